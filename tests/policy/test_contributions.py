"""Examples A4, A5, A8, A9, A17 and A19: assessment of contributions, make-up, government-paid years, deductions."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.collection import judge_deduction, judge_deduction_return
from api.policy.contributions import (
    ContributionAgeOutside,
    ContributionAlreadyRecorded,
    ContributionYearNotOpen,
    InstalmentUnknown,
    NotPaidByGovernment,
    PostedYear,
    RhythmFixedForYear,
    TierFixedForYear,
    TierNotOffered,
    assess,
    assess_government_paid,
    instalment_fen,
    payment_window,
    tier_change_year,
)
from api.policy.make_up import (
    MakeUpCapReached,
    MakeUpClosed,
    MakeUpYearNotAllowed,
    assess_make_up,
    make_up_allowance,
)
from api.vocabulary import Rhythm
from tests.policy.worlds import fen, law

ADULT = date(1970, 4, 1)
A9_BORN = date(1955, 6, 18)
A9_YEARS = range(2010, 2016)


def _assess(**changes: object) -> object:
    facts = {"birth_date": ADULT, "contribution_year": 2011, "tier_fen": fen("200"), "paid_on": date(2011, 3, 2)}
    return assess(**{**facts, "parameters": law("2011-03-02"), **changes})


def test_annual_contribution_counts_a_year_and_earns_the_subsidy() -> None:
    assessed = _assess()
    assert (assessed.personal_fen, assessed.subsidy_fen, assessed.government_paid_fen) == (fen("200"), fen("30"), 0)
    assert assessed.completes_year
    assert [reason.code for reason in assessed.reasons] == ["contribution", "year-counted", "subsidy"]


@pytest.mark.parametrize(
    ("changes", "refusal", "code"),
    [
        ({"tier_fen": fen("120")}, TierNotOffered, "tier-not-offered"),
        ({"paid_on": date(2012, 1, 1)}, ContributionYearNotOpen, "contribution-year-not-open"),
        ({"paid_on": date(2010, 12, 31)}, ContributionYearNotOpen, "contribution-year-not-open"),
        (
            {"contribution_year": 2009, "paid_on": date(2009, 12, 1)},
            ContributionYearNotOpen,
            "contribution-year-not-open",
        ),
        ({"birth_date": date(1995, 3, 3)}, ContributionAgeOutside, "contribution-age-outside"),
        ({"birth_date": date(1950, 10, 1)}, ContributionAgeOutside, "contribution-age-outside"),
        ({"birth_date": date(1950, 12, 31)}, ContributionAgeOutside, "contribution-age-outside"),
        ({"instalment": 1}, InstalmentUnknown, "instalment-unknown"),
        ({"rhythm": Rhythm.MONTHLY, "instalment": 13}, InstalmentUnknown, "instalment-unknown"),
    ],
)
def test_refusals(changes: dict, refusal: type, code: str) -> None:
    with pytest.raises(refusal) as raised:
        _assess(**changes)
    assert raised.value.code == code


def test_sixteenth_birthday_itself_is_old_enough() -> None:
    assert _assess(birth_date=date(1995, 3, 2)).completes_year


def test_year_of_the_60th_birthday_may_be_paid_after_the_birthday() -> None:
    assert _assess(birth_date=date(1951, 2, 1)).completes_year


def test_a4_top_up_is_rejected() -> None:
    posted = PostedYear(tier_fen=fen("500"), rhythm=Rhythm.YEARLY, instalments=frozenset({0}))
    with pytest.raises(TierFixedForYear):
        _assess(contribution_year=2012, paid_on=date(2012, 6, 1), tier_fen=fen("300"), posted=posted)


def test_second_contribution_of_the_year_is_refused() -> None:
    posted = PostedYear(tier_fen=fen("200"), rhythm=Rhythm.YEARLY, instalments=frozenset({0}))
    with pytest.raises(ContributionAlreadyRecorded):
        _assess(posted=posted)


def test_rhythm_is_fixed_for_the_year() -> None:
    posted = PostedYear(tier_fen=fen("200"), rhythm=Rhythm.QUARTERLY, instalments=frozenset({1}))
    with pytest.raises(RhythmFixedForYear):
        _assess(posted=posted, rhythm=Rhythm.MONTHLY, instalment=2)


@pytest.mark.parametrize(
    ("requested_on", "paid", "year"),
    [
        (date(2011, 9, 1), {2010, 2011}, 2012),
        (date(2012, 6, 1), {2010, 2011, 2012}, 2013),
        (date(2012, 1, 5), {2010, 2011}, 2012),
    ],
)
def test_a4_tier_change_takes_effect_in_the_next_unpaid_year(requested_on: date, paid: set[int], year: int) -> None:
    assert tier_change_year(requested_on=requested_on, paid_years=paid) == year


@pytest.mark.parametrize(("rhythm", "count", "each"), [(Rhythm.MONTHLY, 12, "10"), (Rhythm.QUARTERLY, 4, "30")])
def test_a5_instalments_count_one_year_when_complete(rhythm: Rhythm, count: int, each: str) -> None:
    parameters = law("2011-03-02", tiers_fen=(fen("120"),))
    for number in range(1, count + 1):
        earlier = frozenset(range(1, number))
        posted = PostedYear(fen("120"), rhythm, earlier) if earlier else None
        assessed = _assess(parameters=parameters, tier_fen=fen("120"), rhythm=rhythm, instalment=number, posted=posted)
        assert assessed.personal_fen == fen(each)
        assert assessed.completes_year is (number == count)
        assert assessed.subsidy_fen == (fen("30") if number == count else 0)


def test_instalments_sum_to_the_tier() -> None:
    assert sum(instalment_fen(fen("100"), Rhythm.MONTHLY, number) for number in range(1, 13)) == fen("100")


def test_window_of_the_launch_year_opens_with_the_launch() -> None:
    assert payment_window(2010, law("2010-10-15")) == (date(2010, 10, 1), date(2010, 12, 31))


def test_window_is_a_parameter() -> None:
    parameters = law("2011-03-02", window_closes=(2, 29))
    with pytest.raises(ContributionYearNotOpen, match="2011-02-28"):
        _assess(parameters=parameters)


@pytest.mark.parametrize(
    ("tier", "day", "subsidy"),
    [
        ("360", "2014-07-01", "30"),
        ("480", "2014-07-01", "60"),
        ("480", "2014-06-30", "30"),
        ("4800", "2020-05-01", "60"),
    ],
)
def test_subsidy_bands(tier: str, day: str, subsidy: str) -> None:
    on = date.fromisoformat(day)
    assessed = _assess(contribution_year=on.year, paid_on=on, tier_fen=fen(tier), parameters=law(day))
    assert assessed.subsidy_fen == fen(subsidy)


@pytest.mark.parametrize(("tier", "own"), [("100", "0"), ("300", "200")])
def test_a17_government_pays_the_minimum(tier: str, own: str) -> None:
    assessed = assess_government_paid(
        birth_date=ADULT,
        contribution_year=2011,
        tier_fen=fen(tier),
        paid_on=date(2011, 4, 10),
        parameters=law("2011-04-10"),
        disability_grade=2,
    )
    assert (assessed.personal_fen, assessed.government_paid_fen) == (fen(own), fen("100"))
    assert (assessed.gov_fen, assessed.completes_year) == (fen("130"), True)


@pytest.mark.parametrize(("grade", "groups"), [(3, ()), (None, ()), (None, ("dibao",))])
def test_a17_others_pay_themselves(grade: int | None, groups: tuple[str, ...]) -> None:
    with pytest.raises(NotPaidByGovernment):
        assess_government_paid(
            birth_date=ADULT,
            contribution_year=2011,
            tier_fen=fen("100"),
            paid_on=date(2011, 4, 10),
            parameters=law("2011-04-10"),
            disability_grade=grade,
            groups=groups,
        )


def test_a17_groups_are_a_parameter() -> None:
    parameters = law("2011-04-10", government_paid_groups=frozenset({"dibao"}))
    facts = {"birth_date": ADULT, "contribution_year": 2011, "tier_fen": fen("100"), "paid_on": date(2011, 4, 10)}
    assert assess_government_paid(**facts, parameters=parameters, groups=["dibao"]).government_paid_fen == fen("100")


def _make_up(years: object, **changes: object) -> object:
    facts = {"birth_date": A9_BORN, "paid_years": A9_YEARS, "tier_fen": fen("100"), "paid_on": date(2015, 5, 8)}
    # The examples pay the tiers of 2010 throughout.
    parameters = law("2015-05-08", tiers_fen=(fen("100"), fen("200")))
    return assess_make_up(**{**facts, "years": years, "parameters": parameters, **changes})


def test_a9_nine_years_are_made_up_without_subsidy() -> None:
    assessed = _make_up(range(2001, 2010))
    assert (assessed.personal_fen, assessed.subsidy_fen, assessed.paid_years_after) == (fen("900"), 0, 15)


def test_a9_tenth_year_is_refused() -> None:
    with pytest.raises(MakeUpCapReached, match="9年"):
        _make_up(range(2000, 2010))


def test_make_up_subsidy_is_a_parameter() -> None:
    parameters = law("2015-05-08", tiers_fen=(fen("100"),), make_up_subsidised=True)
    assert _make_up([2009, 2008], parameters=parameters).subsidy_fen == fen("60")


@pytest.mark.parametrize("years", [[2014], [2015], [1999], [2009, 2009], []])
def test_make_up_of_a_year_that_cannot_be(years: list[int]) -> None:
    with pytest.raises(MakeUpYearNotAllowed):
        _make_up(years)


def test_make_up_ends_with_benefits() -> None:
    with pytest.raises(MakeUpClosed):
        _make_up([2009], benefit_started=True)


def test_make_up_of_the_launch_cohort_is_refused() -> None:
    with pytest.raises(MakeUpClosed):
        _make_up([2009], birth_date=date(1948, 5, 3), paid_years=())


def test_make_up_tier_must_be_offered() -> None:
    with pytest.raises(TierNotOffered):
        _make_up([2009], tier_fen=fen("150"))


@pytest.mark.parametrize(
    ("born", "paid", "years", "remaining"),
    [
        # 45 on 28 February 2009, so years before the launch are open; the younger have missed years only.
        ("1964-02-29", {2010, 2011}, (2013, 2012, 2009), 3),
        ("1964-02-29", set(range(1996, 2009)), (2013, 2012, 2011, 2010, 2009), 2),
        ("1966-02-01", {2010, 2012}, (2013, 2011), 2),
        ("1996-02-29", {2013}, (2012,), 1),
        ("1970-01-01", {2010, 2011, 2012, 2013}, (), 0),
    ],
)
def test_a8_the_line_between_near_and_far_from_60(
    born: str, paid: set[int], years: tuple[int, ...], remaining: int
) -> None:
    allowance = make_up_allowance(
        birth_date=date.fromisoformat(born), paid_years=paid, on=date(2014, 6, 1), parameters=law("2014-06-01")
    )
    assert (allowance.years, allowance.remaining) == (years, remaining)


def test_a19_passbook_one_fen_short() -> None:
    verdict = judge_deduction(due_fen=fen("120.00"), available_fen=fen("119.99"))
    assert (verdict.accepted, verdict.posted_fen, verdict.reason.code) == (False, 0, "insufficient-funds")
    assert judge_deduction(due_fen=fen("120.00"), available_fen=fen("120.00")).posted_fen == fen("120.00")


@pytest.mark.parametrize(
    ("returned", "succeeded", "accepted", "code"),
    [
        ("120.00", True, True, "deducted"),
        ("119.99", True, False, "amount-differs"),
        ("120.01", True, False, "amount-differs"),
        ("120.00", False, False, "deduction-failed"),
    ],
)
def test_a19_return_line(returned: str, succeeded: bool, accepted: bool, code: str) -> None:
    verdict = judge_deduction_return(due_fen=fen("120.00"), returned_fen=fen(returned), succeeded=succeeded)
    assert (verdict.accepted, verdict.reason.code) == (accepted, code)
    assert verdict.posted_fen == (fen("120.00") if accepted else 0)
