"""Facts about this installation: the business date and the users of a demonstration, the marks of its keys.

They belong to no unit and hold no personal data; only the wide role writes them.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

from api.database import WHOLE, DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from api.database import Database

BUSINESS_DATE = "business_date"
DEMO_USERS = "demo_users"
KEY_FINGERPRINTS = "key_fingerprints"


def read_fact(session: Session, name: str) -> str | None:
    """Return a fact, or None when it was never written."""
    value = session.execute(
        text("SELECT value FROM installation WHERE name = :name"), {"name": name}
    ).scalar_one_or_none()
    return None if value is None else str(value)


def write_fact(session: Session, name: str, value: str) -> None:
    """Write a fact. The session must be the wide role's: `database.unit_of_work(WHOLE, role=DatabaseRole.WIDE)`."""
    statement = text(
        """
        INSERT INTO installation (name, value) VALUES (:name, :value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()
        """
    )
    session.execute(statement, {"name": name, "value": value})


def business_date(database: Database) -> date | None:
    """Return the fixed date of business that the demonstration left, if it did."""
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        value = read_fact(session, BUSINESS_DATE)
    return date.fromisoformat(value) if value else None


def demo_users(database: Database) -> list[dict[str, Any]]:
    """Return the demonstration's users with their passwords; empty where no demonstration was loaded."""
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        value = read_fact(session, DEMO_USERS)
    return cast("list[dict[str, Any]]", json.loads(value)) if value else []


def schema_revision(database: Database) -> str | None:
    """Return the revision that the database stands at. Raises the driver's error when there is no schema."""
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def foreign_keys_found(database: Database, marks: Mapping[str, str]) -> list[str]:
    """Compare the keys' marks with those the database remembers; return the names that differ or are missing.

    New keys are remembered; on the first start all are.
    """
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        known: dict[str, str] = json.loads(read_fact(session, KEY_FINGERPRINTS) or "{}")
        wrong = sorted(name for name, mark in known.items() if marks.get(name) != mark)
        if not wrong and known != dict(marks):
            write_fact(session, KEY_FINGERPRINTS, json.dumps(dict(marks), sort_keys=True))
    return wrong
