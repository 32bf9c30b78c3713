"""Any sequence of money events leaves `nongbao verify` green and equals an independent model, to the fen."""

from __future__ import annotations

import os
from random import SystemRandom
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.services import verification
from tests.conftest import make_app, signing_in
from tests.money.model import SOURCES
from tests.money.programs import BASE, COUNTY, open_office, run_program

if TYPE_CHECKING:
    from api.database import Database
    from tests.money.programs import Office

LENGTH = 60
PROGRAMS = 40 if os.environ.get("FULL_TESTS") else 3
SEED = os.environ.get("PROGRAM_SEED")
_FUND = """
SELECT fund_account, sum(debit_fen - credit_fen) AS fen FROM fund_lines
 WHERE county_code = :county GROUP BY fund_account HAVING sum(debit_fen - credit_fen) <> 0
"""


def seed_of(place: int) -> int:
    """The one given from outside; else always the same first, and new ones after it."""
    if SEED:
        return int(SEED)
    return SystemRandom().randrange(10**9) if place else 20101001


@pytest.mark.parametrize("place", range(1 if SEED else PROGRAMS))
def test_books_equal_the_model_whatever_happens(place, fresh_database) -> None:
    number = seed_of(place)
    print(f"seed {number}")
    app = make_app(fresh_database)
    with signing_in(app, fresh_database) as sign_in:
        hold(open_office(app, fresh_database, sign_in, number), fresh_database, number)


def hold(office: Office, database: Database, number: int) -> None:
    """Run the program of a seed; after each step the fund, and everybody's account, are what the model says."""

    def fund_of() -> dict[str, int]:
        with database.read_snapshot(system_actor(COUNTY * 1_000_000)) as session:
            rows = session.execute(text(_FUND), {"county": COUNTY}).all()
        return {row.fund_account: int(row.fen) for row in rows}

    def check(office) -> None:
        story = "\n".join([f"seed {number}", *office.told])
        assert fund_of() == office.books.fund(), story
        for person in office.people:
            shown = office.clients["county_clerk"].get(f"{BASE}/accounts/{person}").json()
            expected = office.books.balance(person)
            assert {name: int(shown[name].replace(".", "")) for name in SOURCES} == expected, f"{story}\n{person}"

    run_program(office, LENGTH, check)
    print("\n".join(office.told))
    report = verification.verify(database)
    broken = {check.name: check.rows for check in report.checks if not check.ok}
    assert not broken, "\n".join([f"seed {number}", *office.told])
