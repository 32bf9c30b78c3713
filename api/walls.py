"""Walls of a table, for migrations: who owns it, what row-level security shows of it, and what the service may do to it.

A new table is walled in the migration that makes it. Absent a scope the application role sees no row of any table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_SCOPE = (
    "division_code BETWEEN NULLIF(current_setting('app.scope_low', true), '')::bigint "
    "AND NULLIF(current_setting('app.scope_high', true), '')::bigint"
)
IN_COUNTY = (
    "division_code BETWEEN NULLIF(current_setting('app.scope_low', true), '')::bigint / 1000000 * 1000000 "
    "AND NULLIF(current_setting('app.scope_high', true), '')::bigint"
)
"""For what a county decides and all of its units have to know: a row of the county itself is seen by each of them."""
SCOPE_SET = "NULLIF(current_setting('app.scope_low', true), '') IS NOT NULL"


def wall(table: str, test: str = IN_SCOPE) -> None:
    """Give the table to the owner, force its policies on everybody, and let reading follow the scope."""
    op.execute(f"ALTER TABLE {table} OWNER TO nongbao_owner")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY scope ON {table} TO nongbao_app, nongbao_report USING ({test}) WITH CHECK ({test})")
    # The owner migrates data and the wide role looks after the whole installation; neither serves requests.
    op.execute(f"CREATE POLICY whole ON {table} TO nongbao_owner, nongbao_wide USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT ON {table} TO nongbao_app, nongbao_wide, nongbao_report")


def wall_new(*, append_only: Sequence[str] = (), changeable: Sequence[str] = (), test: str = IN_SCOPE) -> None:
    """Wall tables that the migration has just made. Rows of append-only tables can be neither changed nor deleted."""
    for table in (*append_only, *changeable):
        wall(table, test)
        op.execute(f"GRANT INSERT ON {table} TO nongbao_app")
    for table in changeable:
        op.execute(f"GRANT UPDATE ON {table} TO nongbao_app")


_WORD = re.compile(r"'([a-z0-9_]+)'")


def _words_of(table: str, constraint: str) -> list[str]:
    """Return the words that a CHECK of the table lists now."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) "
            "AND conname = :name"
        ),
        {"table": table, "name": constraint},
    )
    return _WORD.findall(found.scalar_one())


def _list_words(table: str, constraint: str, condition: str, words: Sequence[str]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition.format(listed)})")


def add_words(table: str, constraint: str, condition: str, *words: str) -> None:
    """Let a CHECK list further words beside those it lists already; `condition` holds {} where the list goes.

    Migrations that each add words of their own can follow each other in any order.
    """
    known = _words_of(table, constraint)
    _list_words(table, constraint, condition, [*known, *(word for word in words if word not in known)])


def remove_words(table: str, constraint: str, condition: str, *words: str) -> None:
    """Undo `add_words`; rows that use one of the words make it fail."""
    _list_words(table, constraint, condition, [word for word in _words_of(table, constraint) if word not in words])
