"""Starts, finds, stops and describes the embedded PostgreSQL. It listens on a unix socket in a closed folder and
nowhere else; it is meant for one machine, for demonstrations, tests and small offices.
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from api.embedded import account as accounts
from api.embedded import binaries as programs
from api.embedded import places as where
from api.embedded import process
from api.embedded.account import Account
from api.embedded.binaries import Binaries
from api.embedded.errors import DataDirectoryIncompatible, EmbeddedServerError, StartTimeout
from api.embedded.places import Places

DATABASE = "nongbao"
SUPERUSER = "postgres"

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_LOG_KEPT_BYTES = 8 * 1024 * 1024
_TAIL_LINES = 12

# Written once by initdb, so that an operator may change them in postgresql.conf or with ALTER SYSTEM.
_DURABLE_DEFAULTS = {
    "max_wal_size": "4GB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    # What people entered must not reach the log: no statement text, no parameters, no DETAIL with the values of a row.
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
}

# For tests, whose data nobody misses after a power cut.
_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "1h",
    # In the data directory, so that nothing of a killed server is left in the machine's shared memory.
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True, kw_only=True)
class EmbeddedServer:
    """A server that accepts connections. `started` tells whether this call started it or found it running."""

    socket_dir: Path
    port: int
    pid: int
    started: bool

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database `nongbao` as the installation's superuser."""
        return self.url_for(DATABASE)

    @property
    def dsn(self) -> str:
        """libpq connection string of the database `nongbao` as the installation's superuser."""
        return self.dsn_for(DATABASE)

    def url_for(self, database: str, *, user: str = SUPERUSER) -> str:
        """SQLAlchemy URL of another database or role on this server. Trust on the socket: there is no password."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql+psycopg://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={self.port}"

    def dsn_for(self, database: str, *, user: str = SUPERUSER) -> str:
        """libpq connection string of another database or role on this server."""
        return psycopg.conninfo.make_conninfo(host=str(self.socket_dir), port=self.port, user=user, dbname=database)


@dataclass(frozen=True, kw_only=True)
class EmbeddedStatus:
    """What is known without starting anything. `version` is the major version of the data directory, if one exists."""

    running: bool
    server: EmbeddedServer | None
    data: Path | None
    version: str | None
    log: Path
    programs: str


def ensure_started(data_dir: Path, *, fast: bool = False, seconds: float = _START_SECONDS) -> EmbeddedServer:
    """Return the running server of this installation, starting (and first creating) it when necessary.

    `data_dir` is NONGBAO_DATA_DIR. `fast` gives a throw-away server for tests, in memory where the machine has room; it
    is swept away by the next fast start once the process that started it is gone. Safe to call from several processes
    at once. Raises EmbeddedServerError or a subclass, with the tail of the server's log.
    """
    deadline = time.monotonic() + seconds
    data_dir = where.prepare_data_dir(data_dir)
    with _locked(data_dir, deadline):
        known = where.load(data_dir)
        if known is not None and (server := _reused(data_dir, known, deadline)) is not None:
            return server
        account = accounts.current()
        if fast:
            _sweep_abandoned()
        places = where.choose(data_dir, account, fast=fast)
        binaries = programs.find(account, where.copies_folder(places))
        _initialise(places, account, binaries)
        _start(data_dir, places, account, binaries, deadline)
        return _connected(places, started=True)


def stop(data_dir: Path, *, immediate: bool = False) -> bool:
    """Stop the server; True when one was running. `immediate` skips the checkpoint (the next start recovers).

    Raises EmbeddedServerError when it does not stop.
    """
    if not data_dir.is_dir():
        return False
    data_dir = data_dir.resolve()
    with _locked(data_dir, time.monotonic() + _STOP_SECONDS):
        known = where.load(data_dir)
        return known is not None and _stop(known, immediate=immediate)


def discard(data_dir: Path) -> None:
    """Stop a fast server at once and delete its data. Refuses a durable server: deleting that is never automatic."""
    known = where.load(data_dir)
    if known is not None and not known.fast:
        message = f"{data_dir} 是正式的数据库, 不能自动删除。"
        raise EmbeddedServerError(message)
    stop(data_dir, immediate=True)
    where.forget(data_dir)


def status(data_dir: Path) -> EmbeddedStatus:
    """Describe the server of this installation without changing anything."""
    data_dir = data_dir.resolve()
    known = where.load(data_dir)
    server = None
    version = None
    if known is not None:
        with contextlib.suppress(OSError):
            version = (known.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if _running(known) is not None:
            with contextlib.suppress(EmbeddedServerError):
                server = _connected(known, started=False)
    return EmbeddedStatus(
        running=server is not None,
        server=server,
        data=known.data if known is not None else None,
        version=version,
        log=where.log_file(data_dir),
        programs=programs.describe(),
    )


@contextlib.contextmanager
def _locked(data_dir: Path, deadline: float) -> Iterator[None]:
    """Let one process at a time start or stop. The kernel frees the lock of a process that dies."""
    handle = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    message = "另一个进程正在启动或停止内置数据库, 等待超时。"
                    raise StartTimeout(message) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _running(places: Places) -> process.PostmasterFile | None:
    """The postmaster of these places, if its process is alive and really is a server of this data directory."""
    found = process.read_postmaster_file(places.data)
    return found if found is not None and process.is_ours(found.pid, places.data) else None


def _reused(data_dir: Path, places: Places, deadline: float) -> EmbeddedServer | None:
    """Return the running server; None when none runs, or when the one that did was just dying or being stopped."""
    log_from = _log_size(data_dir)
    while (found := _running(places)) is not None:
        try:
            _wait_until_ready(data_dir, places, deadline, found.pid, log_from=log_from)
            return _connected(places, started=False)
        except StartTimeout:
            raise
        except EmbeddedServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    return None


def _connected(places: Places, *, started: bool) -> EmbeddedServer:
    """Create the database if it is not there and return the server. Raises EmbeddedServerError if it does not answer."""
    found = process.read_postmaster_file(places.data)
    server = EmbeddedServer(
        socket_dir=Path(places.socket_dir), port=places.port, pid=found.pid if found else 0, started=started
    )
    try:
        with psycopg.connect(server.dsn_for("postgres"), autocommit=True, connect_timeout=10) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as failed:
        message = "内置数据库已启动, 但无法连接。"
        raise EmbeddedServerError(message, log_tail=str(failed)) from failed
    return server


def _buffers_mb() -> int:
    """Megabytes of page cache for the server: an eighth of the machine's memory, between 128 MB and 2 GB.

    A county's residents and their indexes then stay in memory; a page of it costs nothing before it is used.
    """
    try:
        memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    except (ValueError, OSError):
        memory_mb = 2048
    return max(128, min(2048, memory_mb // 8))


def _initialise(places: Places, account: Account, binaries: Binaries) -> None:
    """Create the data directory, whole or not at all."""
    version = places.data / "PG_VERSION"
    if version.exists():
        major = version.read_text(encoding="ascii").strip()
        if major != str(binaries.major):
            message = (
                f"数据目录 {places.data} 由 PostgreSQL {major} 建立, 现有程序是 {binaries.version}。"
                "请先用原版本 pg_dump 导出, 再用新版本导入, 或用 NONGBAO_PG_BIN 指定原版本。"
            )
            raise DataDirectoryIncompatible(message)
        return
    scratch = places.home / "data.new"
    defaults = {"shared_buffers": f"{_buffers_mb()}MB", **_DURABLE_DEFAULTS}
    settings = [f"--set={key}={value}" for key, value in defaults.items()]
    tail = ""
    # The builtin provider decides ordering and case, equally on every machine; the locale of the C library is asked
    # for a few leftovers only. Systems without C.UTF-8 (old glibc, macOS) have one of the other two.
    for locale in (["--locale=C.UTF-8"], ["--locale=C", "--lc-ctype=UTF-8"], ["--locale=C"]):
        shutil.rmtree(scratch, ignore_errors=True)
        answer = account.spawn(
            [
                binaries.initdb,
                f"--pgdata={scratch}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *locale,
                "--data-checksums",
                # Trust on the socket, and only there: its folder is closed to all but the server's account, and
                # whoever is that account (or root) can read the data files anyway. A password would protect nothing.
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-instructions",
                *(["--no-sync"] if places.fast else []),
                *settings,
            ],
            timeout=_START_SECONDS,
        )
        if answer.returncode == 0:
            scratch.rename(places.data)
            return
        tail = (answer.stderr + answer.stdout).decode(errors="replace")
        if "invalid locale" not in tail:
            break
    shutil.rmtree(scratch, ignore_errors=True)
    message = f"无法在 {places.home} 建立数据库。"
    raise EmbeddedServerError(message, log_tail="\n".join(tail.splitlines()[-_TAIL_LINES:]))


def _start(data_dir: Path, places: Places, account: Account, binaries: Binaries, deadline: float) -> None:
    """Start the server and wait until it accepts connections; try again while remains of a killed one die."""
    _clear_stale_files(places)
    settings = {"listen_addresses": "", "unix_socket_directories": places.socket_dir, "port": str(places.port)}
    settings |= {"unix_socket_permissions": "0700"} | (_FAST if places.fast else {})
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    # The shell hands the server over to the init process, so that its end is collected by somebody who lives longer
    # than we do. Nothing is interpolated: the arguments arrive as they are.
    command = ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", binaries.postgres, "-D", str(places.data)]
    while True:
        _rotate_log(data_dir)
        log_from = _log_size(data_dir)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(where.log_file(data_dir), flags, 0o600), "ab") as log:
            answer = account.spawn([*command, *options], stderr=log)
        try:
            _wait_until_ready(data_dir, places, deadline, int(answer.stdout), log_from=log_from)
        except StartTimeout:
            raise
        except EmbeddedServerError as failed:
            # After kill -9 of the postmaster its children need a moment to notice. They hold the shared memory until
            # then, and PostgreSQL rightly refuses to start beside them.
            if "shared memory block" not in failed.log_tail or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
            continue
        return


def _clear_stale_files(places: Places) -> None:
    """Remove what a dead server left. We hold the lock and have seen that no server of these places is alive.

    PostgreSQL clears its own stale files unless their process id has been given to another process of the account;
    then it would refuse to start for ever.
    """
    (places.data / "postmaster.pid").unlink(missing_ok=True)
    for path in Path(places.socket_dir).glob(".s.PGSQL.*"):
        path.unlink(missing_ok=True)


def _wait_until_ready(data_dir: Path, places: Places, deadline: float, pid: int, *, log_from: int) -> None:
    pause = 0.01
    while True:
        found = process.read_postmaster_file(places.data)
        if found is not None and found.ready and process.is_ours(found.pid, places.data):
            return
        # Between fork and exec the process is still the shell, so it counts as alive while it merely exists.
        if not process.exists(pid):
            message = "内置数据库启动后退出。"
            raise EmbeddedServerError(message, log_tail=_log_tail(data_dir, log_from))
        if time.monotonic() > deadline:
            message = "内置数据库没有在规定时间内就绪。"
            raise StartTimeout(message, log_tail=_log_tail(data_dir, log_from))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def _stop(places: Places, *, immediate: bool) -> bool:
    found = _running(places)
    if found is None:
        return False
    if process.terminate(found.pid, data=places.data, immediate=immediate, seconds=_STOP_SECONDS):
        return True
    # A client that never yields can hold up a fast stop; the log protects the data, so insist.
    if process.terminate(found.pid, data=places.data, immediate=True, seconds=_STOP_SECONDS):
        return True
    message = f"内置数据库(进程 {found.pid})没有停止。"
    raise EmbeddedServerError(message)


def _sweep_abandoned() -> None:
    for places in where.abandoned_fast_places():
        with contextlib.suppress(OSError, EmbeddedServerError):
            _stop(places, immediate=True)
            shutil.rmtree(places.base, ignore_errors=True)


def _log_size(data_dir: Path) -> int:
    try:
        return where.log_file(data_dir).stat().st_size
    except OSError:
        return 0


def _rotate_log(data_dir: Path) -> None:
    if _log_size(data_dir) > _LOG_KEPT_BYTES:
        path = where.log_file(data_dir)
        path.replace(path.with_suffix(".log.1"))


def _log_tail(data_dir: Path, start: int) -> str:
    """The last lines that this start wrote: earlier ones would blame the wrong cause."""
    try:
        with where.log_file(data_dir).open("rb") as stream:
            stream.seek(start)
            return "\n".join(stream.read().decode(errors="replace").splitlines()[-_TAIL_LINES:])
    except OSError:
        return ""
