"""One throw-away PostgreSQL for the whole test run, one migrated template in it, one clone per module or test."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from starlette.testclient import TestClient

from api.database import Database, system_actor
from api.embedded import discard, ensure_started
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from sqlalchemy.orm import Session

    from api.embedded import EmbeddedServer
    from api.vocabulary import RoleName

DATA_VARIABLE = "NONGBAO_TEST_DATA_DIR"
TEMPLATE = "tpl"
COUNTY = 440783
TOWN = 440783001000
DATA = Path(__file__).parent / "data"


def pytest_configure(config: pytest.Config) -> None:
    """The controller names the folder; workers find it in their environment."""
    if not hasattr(config, "workerinput"):
        os.environ[DATA_VARIABLE] = tempfile.mkdtemp(prefix="nongbao-test-")
        # Nothing of the developer's own installation may leak into a test.
        for name in [name for name in os.environ if name.startswith("NONGBAO_") and name not in KEPT]:
            del os.environ[name]


KEPT = {DATA_VARIABLE, "NONGBAO_CHROMIUM", "NONGBAO_PG_BIN"}


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller stops the server and leaves nothing behind."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ[DATA_VARIABLE])
        if any(folder.iterdir()):
            discard(folder / "server")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> EmbeddedServer:
    """The run's PostgreSQL, started by whoever needs it first."""
    folder = Path(os.environ[DATA_VARIABLE])
    started = ensure_started(folder / "server", fast=True)
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.done").exists():
            _make_template(started)
            (folder / "template.done").touch()
    return started


def _make_template(server: EmbeddedServer) -> None:
    """Migrate an empty database to head and put the real divisions in; every clone starts from it."""
    from api.migrations import upgrade
    from api.services import divisions

    with psycopg.connect(server.dsn_for("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    upgrade(server.url_for(TEMPLATE))
    database = Database(server.url_for(TEMPLATE), pool_size=2)
    with database.unit_of_work(system_actor(440000000000)) as session:
        divisions.import_file(session, (DATA / "divisions.csv").read_bytes())
    database.dispose()


@pytest.fixture(scope="session")
def clone(server: EmbeddedServer) -> Iterator[Callable[[], str]]:
    """Make private databases; each call returns the superuser URL of a fresh clone of the template."""
    made: list[str] = []

    def make() -> str:
        name = f"clone_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.dsn_for("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE)
                )
            )
        made.append(name)
        return server.url_for(name)

    yield make
    with psycopg.connect(server.dsn_for("postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def database(clone: Callable[[], str]) -> Iterator[Database]:
    """A private database for the module; what a test commits, the module's later tests see."""
    database = Database(clone(), pool_size=20)
    yield database
    database.dispose()


@pytest.fixture
def fresh_database(clone: Callable[[], str]) -> Iterator[Database]:
    """A private database for one test."""
    database = Database(clone(), pool_size=20)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session with the county's scope; everything is rolled back after the test."""
    with database.rehearsal(system_actor(440783000000)) as opened:
        yield opened


def make_app(database: Database) -> FastAPI:
    """The application on a database, as `make run` would serve it."""
    from api.dependencies import Service
    from api.main import create_app
    from api.settings import Settings

    settings = Settings(_env_file=None, pool_size=16)
    return create_app(
        Service(settings=settings, database=database, keyring=factories.KEYRING, business_date=date(2011, 3, 31))
    )


@contextlib.contextmanager
def signing_in(app: FastAPI, database: Database) -> Iterator[Callable[..., TestClient]]:
    """Sign new users of roles in; each call returns a client with the CSRF token on it."""
    with contextlib.ExitStack() as stack:

        def enter(role: RoleName, *, division: int | None = None) -> TestClient:
            with database.unit_of_work(system_actor(440000000000)) as opened:
                user = factories.make_user(opened, role=role, division=division)
            client = TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1")
            stack.enter_context(contextlib.closing(client))
            answer = client.post("/api/v1/sessions", json={"username": user.username, "password": factories.PASSWORD})
            assert answer.status_code == 201, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            client.user_id = user.id
            return client

        yield enter


@pytest.fixture(scope="module")
def app(database: Database) -> FastAPI:
    """The application on the module's database."""
    return make_app(database)


@pytest.fixture(scope="module")
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    """A client that has not signed in."""
    with TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def sign_in(app: FastAPI, database: Database) -> Iterator[Callable[..., TestClient]]:
    """Sign a new user of a role in; return their client, with the CSRF token on it."""
    with signing_in(app, database) as enter:
        yield enter
