"""The migrated database itself: walls on every table, widths of numbers, what the service's role may not do."""

from __future__ import annotations

import psycopg
import pytest

REFERENCE = {"divisions", "installation", "alembic_version", "retired_numbers", "policy_parameter_changes"}
"""Of nobody: units, facts of the installation, and numbers that are not in use without whose they were."""
APPEND_ONLY = {
    "account_lines",
    "audit_events",
    "bank_files",
    "bank_item_notes",
    "bank_returns",
    "bank_statement_lines",
    "bank_statements",
    "cash_movements",
    "change_request_decisions",
    "duplicate_decisions",
    "enrolment_decisions",
    "fund_lines",
    "fund_packs",
    "identity_changes",
    "journals",
    "land_project_steps",
    "payment_lines",
    "receipts",
    "resident_versions",
    "targets",
}
TEXT_IDS = {"request_id"}
"""Marks that others give."""


@pytest.fixture(scope="module")
def catalogue(database):
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def tables(catalogue):
    rows = catalogue.execute(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner) FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
    ).fetchall()
    assert len(rows) > 30
    return rows


def columns(catalogue):
    return catalogue.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()


def test_every_table_has_forced_row_level_security_and_both_policies(catalogue):
    policies = {}
    for table, name, roles in catalogue.execute("SELECT tablename, policyname, roles FROM pg_policies").fetchall():
        policies.setdefault(table, {})[name] = set(roles)
    for name, enabled, forced, owner in tables(catalogue):
        assert enabled, name
        assert forced, name
        assert owner == "nongbao_owner", name
        assert policies[name]["scope"] == {"nongbao_app", "nongbao_report"}, name
        assert policies[name]["whole"] == {"nongbao_owner", "nongbao_wide"}, name


def test_every_table_that_is_no_reference_has_a_county_and_a_division(catalogue):
    found = {}
    for table, column, _ in columns(catalogue):
        found.setdefault(table, set()).add(column)
    for table in set(found) - REFERENCE:
        assert {"county_code", "division_code"} <= found[table], table


OF_THE_COUNTY = {"ledger_seals", "year_proofs", "year_proof_villages"}


def test_the_scope_policy_is_a_plain_comparison_of_the_division(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = 'scope'"
    ).fetchall()
    for table, qual, check in rows:
        assert "SELECT" not in qual, table
        if table in OF_THE_COUNTY:
            # Hashes and sums of the county's villages are read by all of it, and written within the scope only.
            assert "county_code >=" in qual, table
            assert "division_code >=" in check, table
            continue
        assert qual == check, table
        assert table in REFERENCE or "division_code >=" in qual, (table, qual)


def test_money_is_bigint_and_named_so(catalogue):
    for table, column, kind in columns(catalogue):
        if column.endswith("_fen"):
            assert kind == "bigint", (table, column)
        assert kind not in {"money", "real", "double precision", "numeric"}, (table, column)
        assert column not in {"amount", "balance", "total"}, (table, column)


def test_ids_and_division_codes_are_64_bits_wide(catalogue):
    for table, column, kind in columns(catalogue):
        if column in TEXT_IDS:
            continue
        if column == "id" or column.endswith(("_id", "division_code")) or (table == "divisions" and column == "code"):
            assert kind == "bigint", (table, column, kind)


def test_moments_have_a_time_zone(catalogue):
    for table, column, kind in columns(catalogue):
        assert kind != "timestamp without time zone", (table, column)
        if column.endswith("_at"):
            assert kind == "timestamp with time zone", (table, column)
        if column.endswith("_on"):
            assert kind == "date", (table, column)


def test_no_primary_key_starts_without_the_county(catalogue):
    rows = catalogue.execute(
        "SELECT c.relname, a.attname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid "
        "JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
        "WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert rows
    for table, first in rows:
        assert table in REFERENCE or first == "county_code", table


@pytest.mark.parametrize("role", ["nongbao_app", "nongbao_wide", "nongbao_report"])
def test_history_can_be_neither_changed_nor_deleted(catalogue, role):
    names = {name for name, *_ in tables(catalogue)}
    assert names >= APPEND_ONLY
    for name in sorted(names):
        for right in ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
            held = catalogue.execute("SELECT has_table_privilege(%s, %s, %s)", [role, name, right]).fetchone()[0]
            assert not held, (role, name, right)
        if name in APPEND_ONLY or name.startswith("account_lines") or role == "nongbao_report":
            held = catalogue.execute("SELECT has_any_column_privilege(%s, %s, 'UPDATE')", [role, name]).fetchone()[0]
            assert not held, (role, name)
        if role == "nongbao_report":
            assert not catalogue.execute("SELECT has_any_column_privilege(%s, %s, 'INSERT')", [role, name]).fetchone()[
                0
            ]


@pytest.mark.parametrize("role", ["nongbao_app", "nongbao_report"])
def test_without_a_scope_every_table_is_empty(catalogue, role):
    assert catalogue.execute("SELECT count(*) FROM divisions").fetchone()[0] > 0
    names = [name for name, *_ in tables(catalogue)]
    with catalogue.transaction():
        catalogue.execute(f"SET LOCAL ROLE {role}")
        for name in names:
            assert catalogue.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0, name


def test_another_village_is_out_of_sight_and_out_of_reach(catalogue, database):
    from api.database import system_actor
    from tests import factories

    with database.unit_of_work(system_actor(440783000000)) as session:
        here = factories.make_resident(session, village=factories.VILLAGE).id
        there = factories.make_resident(session, village=factories.OTHER_VILLAGE).id
    with catalogue.transaction():
        catalogue.execute(
            f"SET LOCAL ROLE nongbao_app; SET LOCAL app.scope_low = '{factories.VILLAGE}'; SET LOCAL app.scope_high = '{factories.VILLAGE}'"
        )
        seen = {row[0] for row in catalogue.execute("SELECT id FROM residents").fetchall()}
        assert here in seen
        assert there not in seen
        touched = catalogue.execute("UPDATE residents SET name = name WHERE id = %s", [there])
        assert touched.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), catalogue.transaction():
            catalogue.execute("UPDATE residents SET division_code = %s WHERE id = %s", [factories.OTHER_VILLAGE, here])


def test_the_service_roles_have_no_privileges_of_their_own(catalogue):
    rows = catalogue.execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'nongbao%%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
    ).fetchall()
    assert rows == []
