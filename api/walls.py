"""Walls of a table, for migrations: who owns it, what row-level security shows of it, and what the service may do to it.

A new table is walled in the migration that makes it. Absent a scope the application role sees no row of any table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_SCOPE = (
    "division_code BETWEEN NULLIF(current_setting('app.scope_low', true), '')::bigint "
    "AND NULLIF(current_setting('app.scope_high', true), '')::bigint"
)
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


def wall_new(*, append_only: Sequence[str] = (), changeable: Sequence[str] = ()) -> None:
    """Wall tables that the migration has just made. Rows of append-only tables can be neither changed nor deleted."""
    for table in (*append_only, *changeable):
        wall(table)
        op.execute(f"GRANT INSERT ON {table} TO nongbao_app")
    for table in changeable:
        op.execute(f"GRANT UPDATE ON {table} TO nongbao_app")
