"""Money with an earlier value date: whatever the order of booking, the account ends as the law has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from api.database import new_ids, next_id, system_actor
from api.models import Run
from api.policy.accounts import Credit, close_years
from api.policy.ages import Month
from api.policy.interest import RateMode, RateStep, RateTable, accrual_of
from api.policy.money import NOTHING, BySource, Rounding
from api.policy.parameters import parameters_on
from api.services import interest_corrections, interest_postings, interest_runs, ledger, verification
from api.services.contributions import AccountNotOpen
from api.services.interest_corrections import CorrectionOutsideScope, correct
from api.services.interest_figures import figures_of
from api.vocabulary import FundAccount, JournalKind, RunState, Source
from tests.interest.population import CHECKER, COUNTY, MAKER, TOWNS, Person, credit, open_account, settle
from tests.ledger_facts import assert_ledger_holds

SYSTEM = system_actor(440783000000)
LAW = parameters_on(date(2012, 12, 31))
PUBLISHED = RateTable((RateStep(date(2011, 1, 1), 28_500),))


def accrual_by(mode=RateMode.JAN1):
    return lambda year: accrual_of(year, mode=mode, rates=LAW.pboc_one_year_rates, published=PUBLISHED)


@dataclass
class Books:
    """A county whose years are closed one after another, in one transaction."""

    session: object
    mode: RateMode = RateMode.JAN1
    rounding: Rounding = Rounding.HALF_UP_FEN
    closed: int = 2009
    standing: dict[int, list[tuple[date, BySource]]] = field(default_factory=dict)

    def law(self, year):
        accrual = accrual_by(self.mode)(year)
        return {
            "year": year,
            "last_year": year + 6,
            "rate_mode": accrual.mode.value,
            "rate": accrual.year_rate_text,
            "accrual": list(accrual.numerators),
            "denominator": accrual.denominator,
            "unit": 10 if self.rounding is Rounding.CEIL_JIAO else 1,
        }

    def open(self) -> Person:
        person = open_account(self.session, opened_on=date(2010, 1, 1))
        self.standing[person.resident_id] = []
        return person

    def book(self, person: Person, day: date, amounts: BySource) -> None:
        credit(self.session, person, day, amounts)
        self.standing[person.resident_id].append((day, amounts))
        self.correct([person], day)

    def reverse(self, person: Person, place: int) -> None:
        day, amounts = self.standing[person.resident_id].pop(place)
        post_reversal(self.session, person, day, amounts)
        self.correct([person], day)

    def correct(self, people, since):
        return correct(
            self.session, maker_id=MAKER, checker_id=CHECKER, county_code=COUNTY,
            resident_ids=[one.resident_id for one in people], since=since, today=date(2015, 1, 1),
        )  # fmt: skip

    def close(self, monkeypatch) -> None:
        """The annual run of the next year, as it posts, within the transaction."""
        year = self.closed + 1
        with monkeypatch.context() as patch:
            patch.setattr(interest_runs, "accrual_parameters", lambda *_, **__: self.law(year))
            run = interest_runs.compute(
                self.session, actor=SYSTEM, county_code=COUNTY, year=year, today=date(year + 1, 1, 5)
            )
        self.session.execute(update(Run).where(Run.id == run.id).values(state=RunState.APPROVED, checker_id=CHECKER))
        self.session.refresh(run)
        for town in figures_of(run):
            interest_postings.post_town(self.session, run=run, approved=town)
        self.session.execute(update(Run).where(Run.id == run.id).values(state=RunState.POSTED))
        self.closed = year

    def should(self, person: Person) -> BySource:
        """What the calculator gives that sees all credits in the order of their value."""
        paid = [
            Credit(day, source, amounts.of(source))
            for day, amounts in self.standing[person.resident_id]
            for source in Source
            if amounts.of(source)
        ]
        closed = [one for one in paid if one.paid_on.year <= self.closed]
        years = close_years(
            closed, settlement_month=Month(self.closed, 12), accrual_for=accrual_by(self.mode), rounding=self.rounding
        )
        rest = (amounts for day, amounts in self.standing[person.resident_id] if day.year > self.closed)
        return sum(rest, start=years[-1].balance if years else NOTHING)

    def holds(self, person: Person) -> BySource:
        row = self.session.execute(
            text("SELECT personal_fen, collective_fen, gov_fen FROM accounts WHERE resident_id = :id"),
            {"id": person.resident_id},
        ).one()
        return BySource(*row)


def post_reversal(session, person, day, amounts):
    """The mirror of a credit at its value date."""
    ledger.post(
        session, county_code=COUNTY, division_code=person.division_code, kind=JournalKind.REVERSAL,
        business_date=day, dedup_key=f"test:{next_id(session, COUNTY)}", maker_id=MAKER, checker_id=CHECKER,
        accounts=[ledger.AccountEntry(
            resident_id=person.resident_id, division_code=person.division_code, value_on=day,
            personal_fen=-amounts.personal_fen, collective_fen=-amounts.collective_fen, gov_fen=-amounts.gov_fen,
        )],
        fund=[
            ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=-amounts.total_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=amounts.personal_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=amounts.collective_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=amounts.gov_fen),
        ],
    )  # fmt: skip
    person.lines.append((day, NOTHING - amounts))


@pytest.fixture
def books(session):
    return Books(session)


def test_a_payment_of_december_that_was_recorded_after_the_run(books, monkeypatch):
    """Post, close 2010, back-date, close 2011: the same as if it had been there in time."""
    late, punctual = books.open(), books.open()
    books.book(late, date(2010, 10, 20), BySource(12_000, 0, 3_000))
    books.book(punctual, date(2010, 10, 20), BySource(12_000, 0, 3_000))
    books.book(punctual, date(2010, 6, 28), BySource(50_000, 1_000, 0))
    books.close(monkeypatch)
    books.book(late, date(2010, 6, 28), BySource(50_000, 1_000, 0))
    assert books.holds(late) == books.holds(punctual) == books.should(late)
    # 500.00 for six months at 2.25 %: 5.625; with 0.45 of the 120.00 6.075, rounded once.
    assert books.holds(late).personal_fen == 62_000 + 608
    books.close(monkeypatch)
    assert books.holds(late) == books.holds(punctual) == books.should(late)
    assert_ledger_holds(books.session)
    assert verification.check_interest_sample(books.session).ok


@pytest.mark.parametrize(
    ("mode", "rounding"), [(RateMode.PUBLISHED, Rounding.HALF_UP_FEN), (RateMode.JAN1, Rounding.CEIL_JIAO)]
)
def test_the_sample_is_recomputed_by_what_the_run_had(session, monkeypatch, mode, rounding):
    """A law that is changed after the run is no fault of what the run posted, nor of what corrected it."""
    books = Books(session, mode, rounding)
    person = books.open()
    books.book(person, date(2010, 3, 1), BySource(123_457))
    books.close(monkeypatch)
    books.close(monkeypatch)
    assert verification.check_interest_sample(session).ok
    books.book(person, date(2010, 6, 28), BySource(50_003, 1_000, 0))
    assert books.holds(person) == books.should(person)
    assert verification.check_interest_sample(session).ok
    session.execute(text("RESET ROLE"))
    session.execute(text("UPDATE account_lines SET personal_fen = personal_fen + 1 WHERE value_month = 12"))
    assert not verification.check_interest_sample(session).ok


def test_a_reversal_takes_its_interest_back_over_two_years(books, monkeypatch):
    person = books.open()
    books.book(person, date(2010, 3, 1), BySource(100_000))
    books.book(person, date(2010, 3, 1), BySource(7_777, 0, 3_000))
    books.close(monkeypatch)
    books.close(monkeypatch)
    before = books.holds(person)
    books.reverse(person, 0)
    assert books.holds(person) == books.should(person)
    assert before.personal_fen - books.holds(person).personal_fen > 100_000 + 1_687 + 2_796
    rows = books.session.execute(
        text(
            "SELECT l.value_year, l.personal_fen FROM account_lines l JOIN journals j ON j.id = l.journal_id "
            "WHERE j.kind = 'interest_correction' ORDER BY l.value_year"
        )
    ).all()
    assert [row.value_year for row in rows] == [2010, 2011]
    assert all(row.personal_fen < 0 for row in rows)
    assert_ledger_holds(books.session)
    assert verification.check_interest_sample(books.session).ok


def test_nothing_wrong_posts_nothing(books, monkeypatch):
    person = books.open()
    books.book(person, date(2010, 3, 1), BySource(100_000))
    assert books.correct([person], date(2010, 1, 1)) == ()
    books.close(monkeypatch)
    assert books.correct([person], date(2010, 1, 1)) == ()
    # December earns nothing in its own year, and 2011 is not closed.
    books.book(person, date(2010, 12, 28), BySource(10_000))
    count = "SELECT count(*) FROM journals WHERE kind = 'interest_correction'"
    assert books.session.execute(text(count)).scalar_one() == 0
    books.close(monkeypatch)
    assert books.holds(person) == books.should(person)


def test_what_earns_too_little_to_show_has_no_line(books, monkeypatch):
    person = books.open()
    books.close(monkeypatch)
    books.book(person, date(2010, 11, 30), BySource(26))
    assert books.holds(person) == BySource(26)


def test_a_settlement_that_was_taken_back_leaves_two_closings_in_its_year(books, monkeypatch):
    """Interest to June stays posted; what comes late corrects June and then December, each rounded by itself."""
    person = books.open()
    books.book(person, date(2010, 2, 1), BySource(33_333))
    accrual = accrual_by()(2010)
    settle(books.session, person, Month(2010, 6), accrual)
    books.session.execute(text("UPDATE accounts SET state = 'open'"))
    books.close(monkeypatch)
    books.book(person, date(2010, 3, 9), BySource(44_444))
    to_june = round_half(33_333 * 4 + 44_444 * 3, 12)
    whole = 77_777 + to_june
    assert books.holds(person).personal_fen == whole + round_half(whole * 6, 12)
    months = (
        books.session.execute(
            text(
                "SELECT l.value_month FROM account_lines l JOIN journals j ON j.id = l.journal_id "
                "WHERE j.kind = 'interest_correction' ORDER BY l.value_month"
            )
        )
        .scalars()
        .all()
    )
    assert months == [6, 12]
    assert_ledger_holds(books.session)
    assert verification.check_interest_sample(books.session).ok


def round_half(fen_months, months):
    """Fen at 2.25 % a year, half-up, in integers."""
    numerator, denominator = fen_months * 225, months * 10_000
    return (2 * numerator + denominator) // (2 * denominator)


def test_the_law_is_that_of_the_run_and_not_of_today(session, monkeypatch):
    books = Books(session, mode=RateMode.PUBLISHED)
    person = books.open()
    books.close(monkeypatch)
    books.close(monkeypatch)
    books.book(person, date(2011, 1, 3), BySource(120_000))
    # 2.85 % as published for 2011, not 2.75 %: eleven months of 1200.00.
    assert books.holds(person).personal_fen == 120_000 + 3_135


def test_an_account_that_is_drawn_from_is_refused(books, monkeypatch):
    person = books.open()
    books.book(person, date(2010, 2, 1), BySource(33_333))
    books.close(monkeypatch)
    books.session.execute(text("UPDATE accounts SET state = 'drawing'"))
    with pytest.raises(AccountNotOpen):
        books.correct([person], date(2010, 2, 1))


def test_a_town_cannot_correct(database):
    town = system_actor(TOWNS[0])
    with database.rehearsal(town) as session, pytest.raises(CorrectionOutsideScope):
        correct(
            session, maker_id=MAKER, checker_id=CHECKER, county_code=COUNTY, resident_ids=[4407830000000001],
            since=date(2010, 1, 1), today=date(2011, 1, 5),
        )  # fmt: skip


def test_lines_that_do_not_explain_the_balance_stop_the_correction(books, monkeypatch):
    person = books.open()
    books.book(person, date(2010, 2, 1), BySource(33_333))
    books.close(monkeypatch)
    books.session.execute(text("UPDATE accounts SET personal_fen = personal_fen + 1"))
    with pytest.raises(CorrectionOutsideScope):
        books.correct([person], date(2010, 2, 1))


def test_ten_thousand_people_are_corrected_by_the_same_statement(books, monkeypatch):
    """Their journal lies in the lowest unit that holds them all, and its sums are those of one person times as many."""
    count = 10_000
    ids = new_ids(books.session, COUNTY, count, sequence="resident_serials")
    books.session.execute(
        text(
            "INSERT INTO accounts (county_code, resident_id, division_code, opened_on, interest_through) "
            "SELECT 440783, id, 440783001210 + id % 3, '2010-01-01', '2011-12-31' FROM unnest(CAST(:ids AS bigint[])) AS id"
        ),
        {"ids": ids},
    )
    journal = next_id(books.session, COUNTY)
    books.session.execute(
        text(
            "WITH paid AS (UPDATE accounts SET personal_fen = 10000, gov_fen = 3000 RETURNING resident_id, division_code) "
            "INSERT INTO account_lines (county_code, resident_id, journal_id, value_year, value_month, division_code, "
            "personal_fen, gov_fen) SELECT 440783, resident_id, :journal, 2010, 10, division_code, 10000, 3000 FROM paid"
        ),
        {"journal": journal},
    )
    done = interest_corrections.correct(
        books.session, maker_id=MAKER, checker_id=CHECKER, county_code=COUNTY, resident_ids=ids,
        since=date(2010, 10, 3), today=date(2012, 1, 5),
    )  # fmt: skip
    # 100.00 and 30.00 for two months at 2.25 %: 0.375 and 0.1125; then 100.38 and 30.11 for a year at 2.75 %.
    assert [(one.month, one.row_count, one.amounts) for one in done] == [
        (Month(2010, 12), count, BySource(38 * count, 0, 11 * count)),
        (Month(2011, 12), count, BySource(276 * count, 0, 83 * count)),
    ]
    units = books.session.execute(
        text("SELECT DISTINCT division_code FROM journals WHERE kind = 'interest_correction'")
    )
    assert units.scalars().all() == [440783001000]


AMOUNTS = st.builds(
    BySource,
    st.sampled_from([0, 1, 800, 10_000, 12_345, 50_000, 99_999_999]),
    st.sampled_from([0, 0, 267, 1_600]),
    st.sampled_from([0, 3_000, 26, 13_000]),
).filter(lambda amounts: amounts.total_fen)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("credit"), st.integers(0, 1), st.integers(0, 47), AMOUNTS),
        st.tuples(st.just("reverse"), st.integers(0, 1), st.integers(0, 9)),
        st.just(("close",)),
    ),
    min_size=3,
    max_size=14,
)


@given(steps=STEPS, mode=st.sampled_from(list(RateMode)), rounding=st.sampled_from(list(Rounding)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_of_booking_the_law_sees_the_order_of_value(database, monkeypatch, steps, mode, rounding):
    with database.rehearsal(SYSTEM) as session:
        books = Books(session, mode=mode, rounding=rounding)
        people = [books.open(), books.open()]
        for step in steps:
            if step[0] == "close":
                if books.closed < 2013:
                    books.close(monkeypatch)
            elif step[0] == "credit":
                _, who, month, amounts = step
                day = date(2010 + month // 12, month % 12 + 1, 9)
                if day.year <= books.closed + 1:
                    books.book(people[who], day, amounts)
            else:
                _, who, place = step
                standing = books.standing[people[who].resident_id]
                if standing:
                    books.reverse(people[who], place % len(standing))
            for person in people:
                assert books.holds(person) == books.should(person)
        assert_ledger_holds(session)
