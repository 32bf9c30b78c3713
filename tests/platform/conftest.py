"""Helpers for the platform's tests: a user with a known name, and raw access to the module's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from api.database import Database
    from api.models import User
    from api.vocabulary import RoleName

SESSIONS = "/api/v1/sessions"


@pytest.fixture
def new_user(database: Database) -> Callable[..., User]:
    """Commit a user and return it."""

    def make(role: RoleName, *, division: int | None = None) -> User:
        with database.unit_of_work(system_actor(440000000000)) as session:
            return factories.make_user(session, role=role, division=division)

    return make


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    """A browser of its own, with no cookie."""
    with TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def sql(database: Database) -> Callable[..., list]:
    """Run one statement over the whole installation and return its rows."""

    def run(statement: str, **names: object) -> list:
        with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
            found = session.execute(text(statement), names)
            return list(found) if found.returns_rows else []

    return run
