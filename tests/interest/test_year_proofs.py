"""A year's end under one hash: made once, shown to each, found broken wherever it is touched, and checked by anybody."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.errors import NotFound
from api.policy.money import BySource
from api.policy.proofs import ProofBroken, Sibling, check, climb, path_of, root_of
from api.services import interest_corrections, interest_runs, ledger_seals, verification, year_proofs
from api.services.year_proofs import InterestYearOpen, LedgerUnsealed, ProofUnlike
from api.vocabulary import RoleName
from tests import factories
from tests.interest.population import COUNTY, credit, open_account

SYSTEM = system_actor(440783000000)
TODAY = date(2011, 1, 10)
CHECKS = ("87_year_proofs_are_sealed", "88_year_proofs_equal_ledger")
PEOPLE = 23


def seal(database):
    """Seal all; other tests of the run may have a transaction under way for a moment."""
    for _ in range(100):
        ledger_seals.seal_all(database)
        with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
            left = session.execute(
                text("SELECT count(*) FROM journals WHERE xid >= (SELECT coalesce(max(xid_upto), 0) FROM ledger_seals)")
            ).scalar_one()
        if not left:
            return
        time.sleep(0.05)
    pytest.fail("the horizon does not move")


def make(database, year=2010):
    with database.unit_of_work(SYSTEM) as session:
        return year_proofs.make(session, actor=SYSTEM, county_code=COUNTY, year=year, today=TODAY)


def post_year(database, year=2010):
    with database.unit_of_work(SYSTEM) as session:
        maker = factories.make_actor(session, RoleName.COUNTY_CLERK)
        checker = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    with database.unit_of_work(maker) as session:
        run = interest_runs.compute(session, actor=maker, county_code=COUNTY, year=year, today=date(year + 1, 1, 5))
    interest_runs.approve(database, actor=checker, run_id=run.id, content_hash=run.content_hash)


@pytest.fixture
def county(fresh_database):
    """People of several villages, money of 2010 and of 2011, the interest of 2010 posted."""
    with fresh_database.unit_of_work(SYSTEM) as session:
        people = [open_account(session) for _ in range(PEOPLE)]
        for number, person in enumerate(people[1:]):
            credit(session, person, date(2010, 1 + number % 12, 9), BySource(10_000 + number, number, 3_000))
        credit(session, people[1], date(2011, 1, 5), BySource(50_000))
    post_year(fresh_database)
    fresh_database.people = people
    return fresh_database


@pytest.fixture
def proven(county):
    seal(county)
    county.made = make(county)
    return county


def shown(database, resident_id, *, actor=SYSTEM, **facts):
    with database.read_snapshot(actor) as session:
        return year_proofs.of_account(session, resident_id=resident_id, year=2010, **facts)


def test_a_proof_needs_the_interest_and_the_seal(fresh_database):
    with pytest.raises(InterestYearOpen):
        make(fresh_database)
    with fresh_database.unit_of_work(SYSTEM) as session:
        credit(session, open_account(session), date(2010, 3, 1), BySource(10_000))
    post_year(fresh_database)
    with pytest.raises(LedgerUnsealed):
        make(fresh_database)
    seal(fresh_database)
    assert make(fresh_database).account_count == 1
    with fresh_database.unit_of_work(SYSTEM) as session, pytest.raises(NotFound):
        year_proofs.make(session, actor=SYSTEM, county_code=440784, year=2010, today=TODAY)


def test_everybody_is_in_it_with_what_they_had_at_the_years_end(proven):
    made = proven.made
    assert (made.account_count, made.version) == (PEOPLE, 1)
    with proven.read_snapshot(SYSTEM) as session:
        total = session.execute(
            text(
                "SELECT sum(personal_fen), sum(collective_fen), sum(gov_fen) FROM account_lines WHERE value_year <= 2010"
            )
        ).one()
        assert (made.personal_fen, made.collective_fen, made.gov_fen) == tuple(total)
    for person in proven.people:
        one = shown(proven, person.resident_id)
        check(one.proof)
        assert one.proof.root.hex() == made.root
        assert one.division_code == person.division_code
    # The 500.00 of 2011 are not in it.
    assert shown(proven, proven.people[1].resident_id).proof.closing.personal_fen < 11_000
    with proven.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert all(verification.run_check(session, name).ok for name in CHECKS)
        assert verification.check_year_proofs(session).ok


def test_a_village_sees_the_proofs_of_its_people_and_of_no_others(proven):
    """Runs are booked under the town, where a village does not look; its people's lines are proven all the same."""
    person = proven.people[2]
    village = system_actor(person.division_code)
    one = shown(proven, person.resident_id, actor=village)
    check(one.proof)
    assert len(one.proof.lines) == 2
    other = next(one for one in proven.people if one.division_code != person.division_code)
    with pytest.raises(NotFound):
        shown(proven, other.resident_id, actor=village)


def test_made_again_it_is_the_same(proven):
    again = make(proven)
    assert (again.version, again.root) == (1, proven.made.root)
    with proven.unit_of_work(SYSTEM) as session:
        credit(session, proven.people[3], date(2011, 1, 9), BySource(1))
    seal(proven)
    assert make(proven).version == 1


def test_a_correction_makes_a_new_version_and_the_old_stays(proven):
    person = proven.people[4]
    with proven.unit_of_work(SYSTEM) as session:
        credit(session, person, date(2010, 3, 9), BySource(100_000))
        interest_corrections.correct(
            session, maker_id=11, checker_id=12, county_code=COUNTY, resident_ids=[person.resident_id],
            since=date(2010, 3, 9), today=TODAY,
        )  # fmt: skip
    with pytest.raises(LedgerUnsealed):
        make(proven)
    seal(proven)
    second = make(proven)
    assert second.version == 2
    assert second.root != proven.made.root
    old, new = (shown(proven, person.resident_id, version=version) for version in (1, 2))
    for one in (old, new):
        check(one.proof)
    # 1000.00 for nine months at 2.25 %.
    assert new.proof.closing.personal_fen - old.proof.closing.personal_fen in {101_687, 101_688}
    village = shown(proven, person.resident_id, version=1, actor=system_actor(person.division_code))
    assert village.proof == old.proof
    with proven.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert all(verification.run_check(session, name).ok for name in CHECKS)


TAMPERINGS = {
    "a line of the year": "UPDATE account_lines SET value_month = 13 - value_month WHERE (resident_id, journal_id) = (SELECT resident_id, min(journal_id) FROM account_lines WHERE value_year = 2010 GROUP BY 1 ORDER BY 1 LIMIT 1)",
    "a leaf's amount": "UPDATE year_proof_leaves SET personal_fen = personal_fen + 1 WHERE resident_id = (SELECT max(resident_id) FROM year_proof_leaves)",
    "a leaf gone": "DELETE FROM year_proof_leaves WHERE resident_id = (SELECT max(resident_id) FROM year_proof_leaves)",
    "a leaf in another village": "UPDATE year_proof_leaves SET division_code = (SELECT max(division_code) FROM year_proof_leaves) WHERE resident_id = (SELECT min(resident_id) FROM year_proof_leaves WHERE division_code < (SELECT max(division_code) FROM year_proof_leaves))",
    "a village's root": "UPDATE year_proof_villages SET root = repeat('b', 64) WHERE division_code = (SELECT min(division_code) FROM year_proof_villages)",
    "the county's root": "UPDATE year_proofs SET root = repeat('c', 64)",
    "the county's sum": "UPDATE year_proofs SET gov_fen = gov_fen + 1",
    "the seal under it": "DELETE FROM ledger_seals WHERE seq = (SELECT seal_seq FROM year_proofs)",
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_is_changed_behind_it_shows(proven, what):
    session = proven.session(WHOLE, role=DatabaseRole.WIDE)
    try:
        session.execute(text("RESET ROLE"))
        assert session.execute(text(TAMPERINGS[what])).rowcount > 0
        found = [verification.run_check(session, name).ok for name in CHECKS]
        assert not all([*found, verification.check_year_proofs(session).ok])
    finally:
        session.rollback()
        session.close()


def test_a_line_changed_behind_the_proof_is_told_to_whoever_asks_for_it(proven):
    person = proven.people[5]
    with proven.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        session.execute(text("RESET ROLE"))
        session.execute(
            text("UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE resident_id = :id"), {"id": person.resident_id}
        )
    with pytest.raises(ProofUnlike):
        shown(proven, person.resident_id)


def test_no_part_of_a_proof_can_be_changed(proven):
    proof = shown(proven, proven.people[6].resident_id).proof
    check(proof)
    line = proof.lines[0]
    first = proof.path[0]
    forgeries = [
        replace(proof, resident_id=proof.resident_id + 1),
        replace(proof, year=2011),
        replace(proof, county_code=440784),
        replace(proof, closing=proof.closing + BySource(1)),
        replace(proof, closing=proof.closing + BySource(1), opening=proof.opening + BySource(1)),
        replace(proof, lines=proof.lines[1:]),
        replace(proof, lines=(*proof.lines, line)),
        replace(proof, lines=(replace(line, value_month=1 + line.value_month % 12), *proof.lines[1:])),
        replace(proof, lines=(replace(line, journal_id=7), *proof.lines[1:])),
        replace(proof, leaf=b"\1" * 32),
        replace(proof, root=b"\1" * 32),
        replace(proof, path=proof.path[1:]),
        replace(proof, path=(replace(first, is_left=not first.is_left), *proof.path[1:])),
        replace(proof, path=(Sibling(first.is_left, b"\2" * 32), *proof.path[1:])),
    ]
    for forgery in forgeries:
        with pytest.raises(ProofBroken):
            check(forgery)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True))
def test_every_leaf_climbs_to_the_root_and_no_other_does(leaves):
    root = root_of(leaves)
    for place, leaf in enumerate(leaves):
        path = path_of(leaves, place)
        assert climb(leaf, path) == root
        assert climb(bytes(32), path) != root or leaf == bytes(32)
    if len(leaves) > 1:
        assert root_of(leaves[::-1]) != root
        assert root_of(leaves[:-1]) != root
