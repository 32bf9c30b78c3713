"""Walls: roles, sequences, ledger partitions, row-level security and grants

What a role may do is decided here and nowhere else. The application role can neither change nor delete ledger lines,
receipts, decisions and audit events; absent a scope it sees no row of any table.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from api.walls import IN_SCOPE, SCOPE_SET, wall

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = {
    "nongbao_owner": "NOLOGIN",
    "nongbao_app": "LOGIN NOINHERIT",
    "nongbao_wide": "LOGIN NOINHERIT",
    "nongbao_report": "LOGIN NOINHERIT",
}
FIRST_YEAR, LAST_YEAR = 2009, 2040
PARTITIONS = [f"account_lines_y{year}" for year in range(FIRST_YEAR, LAST_YEAR + 1)] + ["account_lines_rest"]

REFERENCE = ["divisions", "installation", "alembic_version"]
"""Tables of all counties: visible wherever a scope is set."""
APPEND_ONLY = [
    "account_lines",
    "audit_events",
    "bank_files",
    "bank_returns",
    "enrolment_decisions",
    "fund_lines",
    "journals",
    "participation_snapshots",
    "payment_exceptions",
    "payment_lines",
    "payment_refusals",
    "receipts",
    "resident_versions",
    "run_towns",
    "targets",
]
CHANGEABLE = [
    "access_tokens",
    "accounts",
    "awards",
    "benefits",
    "clients",
    "contributions",
    "enrolments",
    "households",
    "idempotency_keys",
    "imports",
    "payment_dues",
    "payment_runs",
    "remittances",
    "residents",
    "runs",
    "sessions",
    "users",
]
WIDE_WRITES = ["access_tokens", "audit_events", "idempotency_keys", "installation", "sessions", "users"]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    make_roles()
    for sequence in ("serials", "resident_serials"):
        op.execute(f"CREATE SEQUENCE {sequence} AS bigint START 1000 MAXVALUE 9999999999")
        op.execute(f"ALTER SEQUENCE {sequence} OWNER TO nongbao_owner")
        op.execute(f"GRANT USAGE, SELECT ON SEQUENCE {sequence} TO nongbao_app, nongbao_wide")
    make_partitions()
    for table in REFERENCE + APPEND_ONLY + CHANGEABLE + PARTITIONS:
        wall(table, SCOPE_SET if table in REFERENCE else IN_SCOPE)
    for table in APPEND_ONLY + CHANGEABLE:
        op.execute(f"GRANT INSERT ON {table} TO nongbao_app")
    for table in CHANGEABLE:
        op.execute(f"GRANT UPDATE ON {table} TO nongbao_app")
    op.execute("GRANT INSERT, UPDATE ON divisions TO nongbao_app, nongbao_wide")
    for table in WIDE_WRITES:
        op.execute(f"GRANT INSERT ON {table} TO nongbao_wide")
        if table not in APPEND_ONLY:
            op.execute(f"GRANT UPDATE ON {table} TO nongbao_wide")


def make_roles() -> None:
    """Create the roles where the cluster does not have them yet, and let the one who migrates become each of them."""
    for role, attributes in ROLES.items():
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} {attributes}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        op.execute(f"GRANT {role} TO CURRENT_USER")
    op.execute("GRANT USAGE ON SCHEMA public TO nongbao_owner, nongbao_app, nongbao_wide, nongbao_report")
    op.execute("GRANT CREATE ON SCHEMA public TO nongbao_owner")
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def make_partitions() -> None:
    """One partition of the sub-ledger per year keeps posting flat however long the history."""
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        op.execute(
            f"CREATE TABLE account_lines_y{year} PARTITION OF account_lines FOR VALUES FROM ({year}) TO ({year + 1})"
        )
    op.execute("CREATE TABLE account_lines_rest PARTITION OF account_lines DEFAULT")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in REFERENCE + APPEND_ONLY + CHANGEABLE:
        op.execute(f"DROP POLICY scope ON {table}")
        op.execute(f"DROP POLICY whole ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM nongbao_app, nongbao_wide, nongbao_report")
        op.execute(f"ALTER TABLE {table} OWNER TO CURRENT_USER")
    for partition in PARTITIONS:
        op.execute(f"DROP TABLE {partition}")
    for sequence in ("serials", "resident_serials"):
        op.execute(f"DROP SEQUENCE {sequence}")
