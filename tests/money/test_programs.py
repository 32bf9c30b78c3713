"""Any sequence of money events leaves `nongbao verify` green and equals an independent model, to the fen.

In programs of odd seeds the county's law posts subsidies when their money has arrived. `PROGRAM_SEED=` replays a seed.
"""

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
from tests.money.office import COUNTY, fen_of, open_office
from tests.money.programs import never, run_program

if TYPE_CHECKING:
    from api.database import Database
    from tests.money.office import Office

LENGTH = 60
PROGRAMS = 40 if os.environ.get("FULL_TESTS") else 3
SEED = os.environ.get("PROGRAM_SEED")
FIXED_SEED = 20101001
VERIFIED_EVERY = 25
_FUND = """
SELECT fund_account, sum(debit_fen - credit_fen) AS fen FROM fund_lines
 WHERE county_code = :county GROUP BY fund_account HAVING sum(debit_fen - credit_fen) <> 0
"""
_ACCOUNTS = "SELECT resident_id, personal_fen, collective_fen, gov_fen FROM accounts WHERE county_code = :county"


def seed_of(place: int) -> int:
    """The one given from outside; else always the same first, and new ones after it."""
    if SEED:
        return int(SEED)
    return SystemRandom().randrange(10**9) if place else FIXED_SEED


@pytest.mark.parametrize("place", range(1 if SEED else PROGRAMS))
def test_books_equal_the_model_whatever_happens(place, fresh_database) -> None:
    number = seed_of(place)
    print(f"seed {number}")
    app = make_app(fresh_database)
    with signing_in(app, fresh_database) as sign_in:
        office = open_office(app, fresh_database, sign_in, number, on_claim=number % 2 == 1)
        hold(office, fresh_database, number)
    if number == FIXED_SEED:
        assert not never(office), f"never accepted: {never(office)}\n{office.story()}"


def hold(office: Office, database: Database, number: int) -> None:
    """Run the program of a seed; after each step the fund, and everybody's account, are what the model says."""
    office.told.append(f"seed {number}")

    def check(office: Office) -> None:
        with database.read_snapshot(system_actor(COUNTY * 1_000_000)) as session:
            fund = {row.fund_account: int(row.fen) for row in session.execute(text(_FUND), {"county": COUNTY})}
            rows = session.execute(text(_ACCOUNTS), {"county": COUNTY}).all()
        assert fund == office.books.fund(), office.story()
        held = {str(row.resident_id): (row.personal_fen, row.collective_fen, row.gov_fen) for row in rows}
        assert held == {
            person: tuple(office.books.balance(person)[source] for source in SOURCES) for person in office.people
        }, office.story()
        if sum(office.done.values()) % VERIFIED_EVERY == 0:
            verify(office, database)

    try:
        run_program(office, LENGTH, check, is_whole=number == FIXED_SEED)
    finally:
        print("\n".join(office.told))
        print(dict(office.done))
    verify(office, database)
    for person in office.people:
        shown = office.get("county_clerk", f"/accounts/{person}")
        assert {name: fen_of(shown[name]) for name in SOURCES} == office.books.balance(person), office.story(person)


def verify(office: Office, database: Database) -> None:
    """What `nongbao verify` looks at is right."""
    report = verification.verify(database)
    broken = {check.name: check.rows for check in report.checks if not check.ok}
    assert not broken, office.story(str(broken))
