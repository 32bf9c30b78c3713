"""The chain over the ledger: nothing waits for it, nothing is left out, and whatever is changed behind it shows."""

from __future__ import annotations

import time
from datetime import date

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, load_sql, system_actor
from api.policy.money import BySource
from api.services import ledger_seals, verification
from api.services.ledger_seals import SealAhead, SealCodeMalformed, SealUnlike
from tests.interest.population import COUNTY, credit, open_account

SYSTEM = system_actor(440783000000)
CHECKS = ("85_seals_follow_each_other", "86_seals_equal_ledger")


def book(database, day=date(2010, 10, 20), amounts=BySource(12_000, 0, 3_000)):  # noqa: B008
    with database.unit_of_work(SYSTEM) as session:
        person = open_account(session)
        credit(session, person, day, amounts)
    return person


def seal(database):
    """Seal all; other tests of the run may have a transaction under way for a moment."""
    for _ in range(100):
        done = ledger_seals.seal(database, COUNTY)
        if done is not None:
            return done
        time.sleep(0.05)
    pytest.fail("nothing was sealed")
    return None


@pytest.fixture
def sealed(fresh_database):
    """Three seals over five journals."""
    for count in (2, 2, 1):
        for _ in range(count):
            book(fresh_database)
        while unsealed(fresh_database):
            seal(fresh_database)
    return fresh_database


def unsealed(database):
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        return session.execute(
            text("SELECT count(*) FROM journals WHERE xid >= (SELECT coalesce(max(xid_upto), 0) FROM ledger_seals)")
        ).scalar_one()


def broken(session):
    return {name for name in CHECKS if not verification.run_check(session, name).ok}


@pytest.fixture
def vandal(sealed):
    """The superuser, who may do anything; undone afterwards."""
    session = sealed.session(WHOLE, role=DatabaseRole.WIDE)
    session.execute(text("RESET ROLE"))
    assert broken(session) == set()
    yield session
    session.rollback()
    session.close()


def test_each_seal_takes_what_came_since_the_last(sealed):
    with sealed.read_snapshot(SYSTEM) as session:
        seals, _ = ledger_seals.list_seals(session, county_code=COUNTY, limit=50, after=None)
        assert sum(one.journal_count for one in seals) == 5
        assert sum(one.account_line_count for one in seals) == 5
        assert sum(one.fund_line_count for one in seals) == 15
        assert [one.seq for one in seals] == list(range(len(seals), 0, -1))
        assert ledger_seals.latest(session, COUNTY).hash == seals[0].hash
    assert ledger_seals.seal(sealed, COUNTY) is None
    assert ledger_seals.seal_all(sealed) == []


def test_a_transaction_under_way_holds_the_horizon_and_is_taken_whole_later(fresh_database):
    with fresh_database.unit_of_work(SYSTEM) as slow:
        person = open_account(slow)
        credit(slow, person, date(2010, 10, 20), BySource(100))
        book(fresh_database)
        # The later one has committed and has a higher number: taking it now would lose the slow one for ever.
        assert ledger_seals.seal(fresh_database, COUNTY) is None
    done = seal(fresh_database)
    assert done.journal_count == 2
    with fresh_database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert broken(session) == set()


TAMPERINGS = {
    "an account line changed": "UPDATE account_lines SET personal_fen = personal_fen + 1 WHERE journal_id = (SELECT min(id) FROM journals)",
    "an account line moved to another month": "UPDATE account_lines SET value_month = 1 WHERE journal_id = (SELECT min(id) FROM journals)",
    "an account line given to another person": "UPDATE account_lines SET resident_id = 5 WHERE journal_id = (SELECT max(id) FROM journals)",
    "an account line deleted": "DELETE FROM account_lines WHERE journal_id = (SELECT max(id) FROM journals)",
    "an account line added": "INSERT INTO account_lines (county_code, resident_id, journal_id, value_year, value_month, division_code) SELECT county_code, 5, max(id), 2010, 1, 440783001210 FROM journals GROUP BY 1",
    "a fund line changed": "UPDATE fund_lines SET fund_account = 'cash_in_hand' WHERE fund_account = 'income_account' AND journal_id = (SELECT min(id) FROM journals)",
    "a fund line deleted": "DELETE FROM fund_lines WHERE fund_account = 'income_account' AND journal_id = (SELECT min(id) FROM journals)",
    "a fund line added": "INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen) SELECT county_code, min(id), 'pool', 0, 440783001210, 1 FROM journals GROUP BY 1",
    "a journal's maker changed": "UPDATE journals SET maker_id = 99 WHERE id = (SELECT min(id) FROM journals)",
    "a journal's day changed": "UPDATE journals SET business_date = business_date + 1 WHERE id = (SELECT max(id) FROM journals)",
    "a journal's time changed": "UPDATE journals SET created_at = created_at + interval '1 microsecond' WHERE id = (SELECT max(id) FROM journals)",
    "a journal deleted with all its lines": "WITH gone AS (DELETE FROM journals WHERE id = (SELECT min(id) FROM journals) RETURNING id), lines AS (DELETE FROM account_lines WHERE journal_id IN (SELECT id FROM gone)) DELETE FROM fund_lines WHERE journal_id IN (SELECT id FROM gone)",
    "a journal slipped in below the horizon": "INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, xid) SELECT county_code, min(id) - 1, 440783001210, 'contribution', '2010-10-20', 'x', 7, min(xid) FROM journals GROUP BY 1",
    "a journal moved into another seal": "UPDATE journals SET xid = (SELECT max(xid) FROM journals) WHERE id = (SELECT min(id) FROM journals)",
    "a journal moved beyond the last seal": "UPDATE journals SET xid = xid + 1000000 WHERE id = (SELECT max(id) FROM journals)",
    "a seal's hash changed": "UPDATE ledger_seals SET hash = repeat('a', 64) WHERE seq = 1",
    "a seal's count changed": "UPDATE ledger_seals SET journal_count = journal_count + 1 WHERE seq = 1",
    "a seal's time changed": "UPDATE ledger_seals SET sealed_at = sealed_at - interval '1 day' WHERE seq = 1",
    "the first seal deleted": "DELETE FROM ledger_seals WHERE seq = 1",
    "a seal in the middle deleted": "DELETE FROM ledger_seals WHERE seq = 2",
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whatever_is_changed_behind_a_seal_shows(vandal, what):
    assert vandal.execute(text(TAMPERINGS[what])).rowcount > 0
    assert broken(vandal) != set()


def test_cutting_the_last_seal_off_shows_to_whoever_kept_its_code(vandal):
    """Inside nothing is wrong: that is why the head is kept outside, and why each year's proof holds it."""
    kept = ledger_seals.code_of(ledger_seals.latest(vandal, COUNTY))
    assert ledger_seals.compare(vandal, county_code=COUNTY, kept=kept).hash in kept
    vandal.execute(text("DELETE FROM ledger_seals WHERE seq = (SELECT max(seq) FROM ledger_seals)"))
    vandal.expire_all()
    assert broken(vandal) == set()
    with pytest.raises(SealUnlike):
        ledger_seals.compare(vandal, county_code=COUNTY, kept=kept)


def test_rewriting_the_chain_as_well_shows_to_whoever_kept_a_code(sealed):
    """A vandal who knows the formula seals anew; every check inside is content, the code outside is not."""
    with sealed.read_snapshot(SYSTEM) as session:
        kept = ledger_seals.code_of(ledger_seals.latest(session, COUNTY))
    with sealed.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        session.execute(text("RESET ROLE"))
        session.execute(text("UPDATE account_lines SET personal_fen = personal_fen + 1"))
        session.execute(text("DELETE FROM ledger_seals"))
    while unsealed(sealed):
        seal(sealed)
    with sealed.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert broken(session) == set()
        with pytest.raises(SealUnlike):
            ledger_seals.compare(session, county_code=COUNTY, kept=kept)


def test_a_code_that_is_none(sealed):
    with sealed.read_snapshot(SYSTEM) as session:
        for kept in ("", "1", "1:abc", "x:" + "a" * 64):
            with pytest.raises(SealCodeMalformed):
                ledger_seals.compare(session, county_code=COUNTY, kept=kept)


def test_the_service_can_neither_add_to_the_chain_nor_take_from_it(sealed):
    from sqlalchemy.exc import ProgrammingError

    for statement in (
        "DELETE FROM ledger_seals",
        "UPDATE ledger_seals SET journal_count = 9",
        "INSERT INTO ledger_seals SELECT * FROM ledger_seals WHERE seq = 1",
    ):
        with pytest.raises(ProgrammingError), sealed.unit_of_work(SYSTEM) as session:
            session.execute(text(statement))


def test_a_chain_ahead_of_the_database_is_refused_aloud(sealed):
    with sealed.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        session.execute(text("RESET ROLE"))
        session.execute(
            text(
                "UPDATE ledger_seals SET xid_upto = xid_upto + 1000000000 WHERE seq = (SELECT max(seq) FROM ledger_seals)"
            )
        )
    with pytest.raises(SealAhead):
        ledger_seals.seal_all(sealed)


def test_sealing_and_checking_hash_the_same_text():
    sealing, checking = load_sql("ledger_seals", "20_seal"), load_sql("verification", CHECKS[1])

    def digests(statement):
        start, end = statement.index("account_digests AS"), statement.index("\n)\n", statement.index("contents AS"))
        return " ".join(statement[start:end].split())

    assert digests(sealing) == digests(checking)

    def link(statement):
        start = statement.index("'|', 'nongbao-ledger-seal'")
        found = statement[start : statement.index("'hex')", statement.index("decode(", start))]
        return " ".join(found.split())

    assert link(sealing).replace(" l.", " s.").replace("(l.", "(s.").replace("FROM l.", "FROM s.") == link(checking)
