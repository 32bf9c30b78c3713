"""The server that the benchmarks run on: an embedded PostgreSQL of their own, durable, thrown away at the end."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from api import embedded, migrations
from api.embedded import places
from api.service import LOGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.embedded import EmbeddedServer

EMPTY = "bench_empty"
REPORTED = (
    *("server_version", "shared_buffers", "max_wal_size", "work_mem", "fsync", "synchronous_commit"),
    *("full_page_writes", "data_checksums", "wal_level", "autovacuum", "jit"),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A running server with an empty migrated template, of which databases are cloned."""

    server: EmbeddedServer
    work_dir: Path

    def dsn(self, database: str) -> str:
        """Connection string of the superuser, who seeds and whose COPY is the floor."""
        return self.server.dsn_for(database)

    def service_url(self, database: str) -> str:
        """URL with which the service itself logs in: no rights but those of its roles, walls on."""
        return self.server.url_for(database, user=LOGIN)

    def clone(self, template: str, name: str) -> str:
        """Make (or make again) a database from a template. The files are copied, so all pages start in equal state."""
        self.drop(name)
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._command(copied.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is in it."""
        self._command(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def checkpoint(self) -> None:
        """Write everything out, so that each timed piece of work pays for its own full-page images."""
        self._command(sql.SQL("CHECKPOINT"))

    def settings(self) -> dict[str, str]:
        """The settings that figures depend on."""
        with psycopg.connect(self.dsn("postgres")) as connection:
            rows = connection.execute(
                "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(REPORTED)]
            ).fetchall()
        return dict(rows)

    def _command(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running(*, shared_buffers: str | None) -> Iterator[Machine]:
    """Start the server, give it, and leave nothing behind, whatever ends the block."""
    work_dir = Path(tempfile.mkdtemp(prefix="nongbao-bench-"))
    # The server's own account passes through; it may not list.
    work_dir.chmod(0o711)
    data_dir = work_dir / "server"
    try:
        server = embedded.ensure_started(data_dir)
        if shared_buffers is not None:
            _enlarge(server, shared_buffers)
            embedded.stop(data_dir)
            server = embedded.ensure_started(data_dir)
        machine = Machine(server, work_dir)
        migrations.upgrade(server.url)
        migrations.ensure_login(server.url, LOGIN)
        machine.clone("nongbao", EMPTY)
        yield machine
    finally:
        known = places.load(data_dir)
        with contextlib.suppress(embedded.EmbeddedServerError):
            embedded.stop(data_dir, immediate=True)
        if known is not None and Path(known.base) != data_dir:
            shutil.rmtree(known.base, ignore_errors=True)
        shutil.rmtree(work_dir, ignore_errors=True)


def _enlarge(server: EmbeddedServer, shared_buffers: str) -> None:
    with psycopg.connect(server.dsn_for("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET shared_buffers = {}").format(sql.Literal(shared_buffers)))


def describe(machine: Machine) -> dict[str, Any]:
    """What the figures were measured on: machine, program, server."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "commit": _git("rev-parse", "HEAD"),
        "changed_files": len(_git("status", "--porcelain").splitlines()),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "load": [round(one, 2) for one in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": machine.settings(),
    }


def _git(*arguments: str) -> str:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()
    return ""


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
