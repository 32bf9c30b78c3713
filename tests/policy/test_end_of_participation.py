"""`settle_end` against the account replayed from its beginning: late reports change nothing of what is due."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.accounts import Credit, close_years, pay_out
from api.policy.ages import Month
from api.policy.money import NOTHING, BySource
from api.policy.parameters import parameters_on
from api.policy.settlements import EndFacts, PaidAfterEnd, PensionOwed, Posting, settle_end, sum_by_source
from api.vocabulary import Source
from tests.policy.worlds import accrual, by, fen

FIRST, LAST = 2010, 2018


def facts(event_on, postings=(), **more):
    given_facts = {
        "late": NOTHING, "wrong": (), "owed": (), "composition": NOTHING, "paid_count": 0, "interest_through": None,
        "set_off": False,
    }  # fmt: skip
    return EndFacts(event_on=event_on, postings=tuple(postings), **(given_facts | more))


def settle(end_facts):
    return settle_end(end_facts, accrual=accrual(end_facts.event_on.year), parameters=parameters_on(end_facts.event_on))


def of_source(source, amount):
    return BySource(
        amount if source is Source.PERSONAL else 0,
        amount if source is Source.COLLECTIVE else 0,
        amount if source is Source.GOV else 0,
    )


credits_of = st.lists(
    st.builds(
        Credit,
        paid_on=st.dates(date(FIRST, 1, 1), date(LAST, 12, 31)),
        source=st.sampled_from([Source.PERSONAL, Source.GOV]),
        amount_fen=st.integers(1, 400_000),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(credits_of, st.dates(date(FIRST, 1, 1), date(LAST, 12, 31)), st.integers(0, 3))
def test_a_contributors_account_is_what_it_would_have_been(paid, event_on, years_late):
    """Interest was posted for whole years up to some time after the event; then somebody reported it."""
    month = Month.of(event_on)
    known_year = min(LAST, event_on.year + years_late)
    entered = [one for one in paid if one.paid_on.year <= known_year]
    posted = [Posting(Month.of(one.paid_on), of_source(one.source, one.amount_fen)) for one in entered]
    last_closed = known_year if years_late else event_on.year - 1
    through = None
    if entered and last_closed >= FIRST:
        before = [one for one in entered if one.paid_on.year <= last_closed]
        for closed in (
            close_years(before, settlement_month=Month(last_closed, 12), accrual_for=accrual) if before else ()
        ):
            posted += [Posting(Month(closed.year, 12), closed.interest, is_interest=True)]
        through = date(last_closed, 12, 31)
    late = [one for one in entered if one.paid_on > event_on]
    late_lines = [Posting(Month.of(one.paid_on), of_source(one.source, one.amount_fen)) for one in late]
    for line in late_lines:
        posted.remove(line)
    done = settle(
        facts(event_on, posted, late=sum_by_source(line.amounts for line in late_lines), interest_through=through)
    )
    right = [one for one in paid if one.paid_on <= event_on]
    expected = close_years(right, settlement_month=month, accrual_for=accrual)[-1].balance if right else NOTHING
    assert done.balance == expected
    assert done.refunded + done.retained == expected
    inheritable = parameters_on(event_on).gov_subsidy_inheritable
    assert done.retained.total_fen == (0 if inheritable else expected.gov_fen)
    # Nothing is lost: what is in the account goes to the payee, the pool, government or back to where interest is owed.
    held = sum_by_source(line.amounts for line in [*posted, *late_lines])
    if done.posts_interest:
        held += done.interest
    assert held.total_fen == (done.payable_fen + done.retained.total_fen + done.withdrawn.total_fen + done.late.gov_fen)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.integers(0, 300_000), st.integers(0, 30_000), st.integers(0, 90_000)).filter(
        lambda parts: sum(parts) > 0
    ),
    st.integers(0, 40),
    st.integers(0, 14),
    st.booleans(),
)
def test_a_pensioners_account_is_what_it_would_have_been(parts, months_alive, months_late, agrees):
    """Awarded in June 2015, died some months later, paid some months too long."""
    composition = BySource(*parts)
    settled, start = Month(2015, 6), Month(2015, 7)
    month = start.plus(months_alive)
    until = month.plus(months_late)
    pension_fen = (2 * composition.total_fen + 139) // 278
    common = {
        "composition": composition, "pension_fen": pension_fen, "settlement_month": settled, "start_month": start,
        "accrual_for": accrual,
    }  # fmt: skip
    through_year = until.year - 1
    whole = pay_out(**common, until=until)
    posted = [Posting(settled, composition)]
    posted += [Posting(one.paid_in, NOTHING - one.split.debits) for one in whole.payments]
    posted += [
        Posting(Month(year.year, 12), year.interest, is_interest=True)
        for year in whole.years
        if year.year <= through_year
    ]
    # The award's own interest is in the composition; its line says to where interest is posted.
    posted.append(Posting(settled, NOTHING, is_interest=True))
    wrong = tuple(
        PaidAfterEnd(one.month, one.paid_in, one.split.debits, 11_000 + one.split.fund_fen, pension_fen)
        for one in whole.payments
        if one.month > month
    )
    through = date(through_year, 12, 31) if through_year >= 2015 else settled.last_day
    done = settle(
        facts(
            month.first_day.replace(day=14), posted, wrong=wrong, composition=composition,
            paid_count=len(whole.payments), interest_through=max(through, settled.last_day), set_off=agrees,
        )
    )  # fmt: skip
    expected = pay_out(**common, until=month).balance
    assert done.balance == expected
    assert done.overpaid_fen == sum(one.total_fen for one in wrong)
    assert done.set_off_fen == (min(done.gross_fen, done.overpaid_fen) if agrees else 0)
    assert done.payable_fen == done.gross_fen - done.set_off_fen >= 0
    assert done.shortfall_fen == 0


def test_a12_in_words():
    wrong = [
        PaidAfterEnd(Month(2016, one), Month(2016, one), by("11.11", "1.39"), fen("110.00"), fen("12.50"))
        for one in (4, 5)
    ]
    postings = [Posting(Month(2016, 3), by("1470.79", "183.51"), is_interest=True)]
    postings += [Posting(one.month, NOTHING - one.taken) for one in wrong]
    done = settle(
        facts(
            date(2016, 3, 14), postings, wrong=tuple(wrong), interest_through=date(2016, 3, 31), set_off=True,
            composition=by("1544.38", "192.69"), paid_count=11,
        )
    )  # fmt: skip
    assert (done.gross_fen, done.overpaid_fen, done.payable_fen) == (fen("1654.30"), fen("245.00"), fen("1409.30"))
    said = "".join(reason.message for reason in done.reasons)
    assert "2016-04至2016-05多发2笔，共245.00元" in said
    assert "抵扣多发245.00元，实付1409.30元" in said


def test_what_is_overpaid_beyond_the_refund_stays_owed():
    wrong = (PaidAfterEnd(Month(2011, 4), Month(2011, 4), NOTHING, fen("55.00")),)
    done = settle(facts(date(2011, 3, 14), [Posting(Month(2011, 3), by("20.00"))], wrong=wrong, set_off=True))
    assert (done.set_off_fen, done.payable_fen, done.overpaid_fen) == (fen("20.00"), 0, fen("55.00"))


def test_months_owed_are_split_like_the_payments_they_should_have_been():
    """Payments 1 to 3 of A10: personal 11.11, 11.12, 11.11; gov 1.39, 1.38, 1.39."""
    balance = by("1544.38", "192.69")
    owed = tuple(PensionOwed(Month(2015, one), fen("100.00"), fen("12.50")) for one in (7, 8, 9))
    done = settle(
        facts(
            date(2015, 9, 14), [Posting(Month(2015, 9), balance, is_interest=True)], owed=owed, composition=balance,
            interest_through=date(2015, 9, 30),
        )
    )  # fmt: skip
    assert [one.taken for one in done.owed] == [by("11.11", "1.39"), by("11.12", "1.38"), by("11.11", "1.39")]
    assert done.owed_fen == fen("337.50")
    assert done.gross_fen == balance.total_fen + 3 * fen("100.00")


def test_the_pool_bears_what_was_rightly_paid_out_of_interest_that_goes_back():
    """February, paid in the January run of the next year out of interest of months after the death."""
    postings = [
        Posting(Month(2011, 1), by("10.00")),
        Posting(Month(2011, 12), by("0.25"), is_interest=True),
        Posting(Month(2012, 1), NOTHING - by("10.25")),
    ]
    done = settle(facts(date(2011, 2, 3), postings, interest_through=date(2011, 12, 31)))
    assert done.interest == by("0.02")
    assert (done.shortfall_fen, done.payable_fen, done.withdrawn) == (fen("0.23"), 0, by("0.23"))


def test_late_collective_money_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="collective"):
        settle(facts(date(2011, 2, 3), late=by(collective="1.00")))
