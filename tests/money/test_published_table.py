"""Example A21: the published table of account pensions after fifteen years without interest, through real awards."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.money import BySource
from api.services import awards
from api.vocabulary import ContributionKind, RoleName
from tests import factories
from tests.benefits.worlds import contribute

TURNED = date(2019, 9, 20)
TABLE = {
    120: 1_619,
    240: 2_914,
    360: 4_209,
    480: 5_827,
    600: 7_122,
    960: 11_007,
    1200: 13_597,
    1800: 20_072,
    2400: 26_547,
    3600: 39_496,
}
"""Yearly tier in yuan, monthly account pension in fen. The published row of 1800 (252.52) is an error: 200.72 is right."""


def subsidy_fen(tier: int) -> int:
    """30 for 120 to 360, 60 from 480 (policy.md §2.3)."""
    return 6_000 if tier >= 480 else 3_000


@pytest.mark.parametrize(("tier", "pension_fen"), TABLE.items())
def test_fifteen_years_of_a_tier_give_the_published_pension(session, tier, pension_fen) -> None:
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    person = factories.make_resident(session, birth_date=date(1959, 9, 7))
    factories.enrol(session, person, on=date(2019, 8, 1), tier_fen=tier * 100)
    # Everything is credited in the month of settlement, in which nothing earns interest yet.
    for year in range(2005, 2020):
        kind = ContributionKind.ANNUAL if year == 2019 else ContributionKind.MAKE_UP
        contribute(session, person, year, date(2019, 9, 10), BySource(tier * 100, 0, subsidy_fen(tier)), kind=kind)
    award = awards.propose(session, actor=clerk, resident_id=person.id, today=TURNED)
    assert award.account_pension_fen == pension_fen
    assert award.personal_fen + award.gov_fen == 15 * (tier * 100 + subsidy_fen(tier))
