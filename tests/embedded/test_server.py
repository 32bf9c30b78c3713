"""The embedded server through its public functions, with real processes and real kills."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from api.embedded import EmbeddedServer, EmbeddedServerError, discard, ensure_started, places, process, status, stop
from api.embedded.errors import DataDirectoryIncompatible, StartTimeout

ROOT = Path(__file__).resolve().parents[2]


def ask(server: EmbeddedServer, statement: str):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def sleep_until_killed(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error):
        connection.execute("SELECT pg_sleep(30)")


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while process.exists(pid):
        assert time.monotonic() < deadline, "the process is still there"
        time.sleep(0.02)


def test_first_start_creates_a_durable_server_with_checksums_and_chinese_text(data_dir):
    server = ensure_started(data_dir)
    assert server.started
    settings = ask(
        server,
        "SELECT current_setting('fsync'), current_setting('data_checksums'), current_setting('server_encoding'),"
        " current_setting('listen_addresses'), current_setting('log_error_verbosity'), current_setting('TimeZone'),"
        " current_setting('log_parameter_max_length_on_error'), current_database()",
    )
    assert settings == ("on", "on", "UTF8", "", "terse", "UTC", "0", "nongbao")
    provider, locale = ask(server, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'nongbao'")
    assert (provider, locale) == ("b", "C.UTF-8")
    assert ask(server, r"SELECT '张三丰' ~ '^\w+$', upper('é')") == (True, "É")


def test_socket_folder_and_data_are_closed_to_others(data_dir):
    server = ensure_started(data_dir, fast=True)
    known = places.load(data_dir)
    for folder in (server.socket_dir, known.data, known.home):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_second_call_and_second_process_reuse_the_running_server(data_dir):
    first = ensure_started(data_dir, fast=True)
    assert ensure_started(data_dir, fast=True) == EmbeddedServer(
        socket_dir=first.socket_dir, port=first.port, pid=first.pid, started=False
    )
    code = (
        "import sys; from pathlib import Path; from api.embedded import ensure_started as e;"
        "s = e(Path(sys.argv[1]), fast=True); print(s.pid, s.started)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(data_dir)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.split() == [str(first.pid), "False"]


def test_server_outlives_the_process_that_started_it_until_it_is_stopped(data_dir):
    code = "import sys; from pathlib import Path; from api.embedded import ensure_started as e; e(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(data_dir)], check=True, cwd=ROOT)
    server = ensure_started(data_dir)
    assert not server.started
    assert stop(data_dir) is True
    assert not process.exists(server.pid)
    assert stop(data_dir) is False


def test_ctrl_c_of_the_terminal_does_not_reach_the_server(data_dir):
    server = ensure_started(data_dir, fast=True)
    assert os.getsid(server.pid) != os.getsid(0)
    assert os.getpgid(server.pid) != os.getpgid(0)


def test_committed_rows_survive_kill_9_of_the_postmaster(data_dir):
    server = ensure_started(data_dir)
    ask(server, "CREATE TABLE kept AS SELECT 20000 AS amount_fen")
    os.kill(server.pid, signal.SIGKILL)
    again = ensure_started(data_dir)
    assert again.started
    assert again.pid != server.pid
    assert again.url == server.url
    assert ask(again, "SELECT amount_fen FROM kept") == (20000,)


def test_killed_postmaster_with_a_busy_client_starts_again(data_dir):
    server = ensure_started(data_dir, fast=True)
    with psycopg.connect(server.dsn, autocommit=True) as busy:
        thread = threading.Thread(target=sleep_until_killed, args=[busy])
        thread.start()
        os.kill(server.pid, signal.SIGKILL)
        assert ask(ensure_started(data_dir, fast=True), "SELECT 1") == (1,)
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_pid_file_that_names_an_unrelated_process_is_not_trusted(data_dir):
    server = ensure_started(data_dir, fast=True)
    pid_file = places.load(data_dir).data / "postmaster.pid"
    content = pid_file.read_text()
    os.kill(server.pid, signal.SIGKILL)
    wait_until_gone(server.pid)
    # The server's account runs the other process: then PostgreSQL itself would believe the file and refuse.
    owner = pid_file.parent.stat()
    with subprocess.Popen(
        ["/bin/sleep", "60"],
        user=owner.st_uid if os.geteuid() == 0 else None,
        group=owner.st_gid if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd="/",
    ) as other:
        try:
            pid_file.write_text(content.replace(str(server.pid), str(other.pid), 1))
            assert status(data_dir).running is False
            assert stop(data_dir) is False
            assert other.poll() is None, "stop() must not touch a process that is not ours"
            assert ensure_started(data_dir, fast=True).started
            assert other.poll() is None
        finally:
            other.kill()


@pytest.mark.parametrize("content", ["", "garbage\n", "-1\n", "1\n", "99999999\n/x\n1\n1\n/x\n\n\nready\n"])
def test_damaged_pid_file_does_not_stop_a_start(data_dir, content):
    server = ensure_started(data_dir, fast=True)
    stop(data_dir)
    (places.load(data_dir).data / "postmaster.pid").write_text(content)
    again = ensure_started(data_dir, fast=True)
    assert again.started
    assert again.port == server.port


def test_many_starters_at_once_get_one_server(data_dir):
    code = (
        "import sys; from pathlib import Path; from api.embedded import ensure_started as e;"
        "s = e(Path(sys.argv[1]), fast=True); print(s.pid, s.started, flush=True); sys.stdin.read()"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    lines = [starter.stdout.readline().split() for starter in starters]
    for starter in starters:
        starter.communicate(timeout=30)
    assert len({pid for pid, _ in lines}) == 1
    assert sorted(started for _, started in lines) == ["False", "False", "True"]


def test_starter_gives_up_with_a_code_when_another_holds_the_lock(data_dir):
    ensure_started(data_dir, fast=True)
    code = (
        "import sys, fcntl; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(data_dir / "postgres.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StartTimeout) as refused:
            ensure_started(data_dir, fast=True, seconds=0.3)
        assert refused.value.code == "embedded-postgres-timeout"
        holder.kill()
    assert ensure_started(data_dir, fast=True, seconds=10).pid


def test_failed_start_names_the_cause_from_the_log(data_dir):
    ensure_started(data_dir, fast=True)
    stop(data_dir)
    with (places.load(data_dir).data / "postgresql.conf").open("a") as stream:
        stream.write("shared_buffers = 'many'\n")
    with pytest.raises(EmbeddedServerError) as refused:
        ensure_started(data_dir, fast=True)
    assert refused.value.code == "embedded-postgres-failed"
    assert "shared_buffers" in refused.value.log_tail
    assert refused.value.status == 503


def test_data_of_another_major_version_is_refused_and_left_alone(data_dir):
    ensure_started(data_dir, fast=True)
    stop(data_dir)
    version = places.load(data_dir).data / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(DataDirectoryIncompatible, match="15"):
        ensure_started(data_dir, fast=True)
    assert version.read_text() == "15\n"


def test_interrupted_initdb_is_done_again(data_dir):
    ensure_started(data_dir, fast=True)
    stop(data_dir)
    known = places.load(data_dir)
    known.data.rename(known.home / "data.new")
    (known.home / "data.new" / "PG_VERSION").unlink()
    assert ask(ensure_started(data_dir, fast=True), "SELECT 1") == (1,)
    assert not (known.home / "data.new").exists()


def test_lost_state_file_finds_the_same_data_again(data_dir):
    server = ensure_started(data_dir)
    ask(server, "CREATE TABLE kept AS SELECT 1 AS one")
    stop(data_dir)
    places.state_file(data_dir).write_text("{")
    assert ask(ensure_started(data_dir), "SELECT one FROM kept") == (1,)


def test_long_path_puts_the_socket_into_a_private_temporary_folder(data_dir):
    deep = data_dir / ("长" * 20) / ("x" * 60)
    server = ensure_started(deep)
    try:
        assert not server.socket_dir.is_relative_to(data_dir.resolve())
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert len(os.fsencode(server.socket_dir / ".s.PGSQL.65535")) <= 103
        assert ask(server, "SELECT 1") == (1,)
        stop(deep)
        assert ensure_started(deep).url == server.url
    finally:
        stop(deep, immediate=True)
        shutil.rmtree(server.socket_dir)


def test_path_with_spaces_and_quotes_works(data_dir):
    odd = data_dir / 'it\'s a "dir" $HOME'
    server = ensure_started(odd)
    try:
        assert ask(server, "SELECT 1") == (1,)
        assert status(odd).running
    finally:
        stop(odd, immediate=True)


def test_fast_server_is_discarded_with_its_data_and_a_durable_one_is_not(data_dir):
    server = ensure_started(data_dir, fast=True)
    assert ask(server, "SELECT current_setting('fsync')") == ("off",)
    base = Path(places.load(data_dir).base)
    discard(data_dir)
    assert not base.exists()
    wait_until_gone(server.pid)
    ensure_started(data_dir)
    with pytest.raises(EmbeddedServerError):
        discard(data_dir)
    assert status(data_dir).running


def test_fast_server_of_a_dead_starter_is_swept_by_the_next_fast_start(data_dir):
    code = (
        "import sys; from pathlib import Path; from api.embedded import ensure_started as e;"
        "print(e(Path(sys.argv[1]), fast=True).pid)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(data_dir / "one")], capture_output=True, text=True, check=True, cwd=ROOT
    )
    orphan = int(answer.stdout)
    base = Path(places.load(data_dir / "one").base)
    ensure_started(data_dir, fast=True)
    assert not process.exists(orphan)
    assert not base.exists()


def test_status_tells_stopped_from_running_and_changes_nothing(data_dir):
    before = status(data_dir)
    assert (before.running, before.server, before.version) == (False, None, None)
    assert not data_dir.exists()
    server = ensure_started(data_dir, fast=True)
    now = status(data_dir)
    assert now.running
    assert now.server.pid == server.pid
    assert now.version == "18"
    stop(data_dir)
    assert status(data_dir).running is False


def test_statements_and_values_of_people_stay_out_of_the_log(data_dir):
    server = ensure_started(data_dir, fast=True)
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (id_number text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('440783195003150019')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('440783195003150019')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES (%s)", ["440783195003150019"])
    log = places.log_file(data_dir).read_text()
    assert "duplicate key" in log
    assert "440783195003150019" not in log
