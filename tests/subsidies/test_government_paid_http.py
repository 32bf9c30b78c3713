"""政府代缴 with claims on government, over HTTP as the real roles: example A17 to the fen."""

from __future__ import annotations

import pytest

from tests.subsidies.requests import CLAIMS, arrive, balances, claim, get, interest, pay

pytestmark = pytest.mark.usefixtures("sound_books")


def test_example_a17_with_claims_on_government(people, person, on_day):
    """Government pays 100 and 30 for somebody severely disabled: 130.49, 266.46, 408.82; all of it claimed and paid."""
    resident = person(disability_grade=2)
    for year, month, balance in ((2010, 10, "130.49"), (2011, 4, "266.46"), (2012, 4, "408.82")):
        on_day(year, month, 20)
        pay(people, resident, year=year, on=f"{year}-{month:02d}-20", kind="government_paid", channel="government")
        on_day(year + 1, 1, 10)
        for purpose, amount in (("government_paid", "100.00"), ("contribution_subsidy", "30.00")):
            made = claim(people, str(year), purpose=purpose)
            assert (made["line_count"], made["amounts"]["total"]) == (1, amount)
            arrive(people, made, f"{year + 1}-01-10")
        interest(people, year)
        assert balances(people.auditor, resident) == ("0.00", balance)
    position = get(people.finance, f"{CLAIMS}/position", county="440783")
    told = {(one["purpose"], one["level"]): one for one in position["items"]}
    assert told["government_paid", "province"]["received"] == "99.99"
    assert told["government_paid", "county"]["received"] == "100.02"
    assert {one["outstanding"] for one in position["items"]} == {"0.00"}
    # The fund bore the interest until the money came: months of 2.25 %, 2.75 % and 3.50 %, both kinds of money.
    late = claim(people, "2013", purpose="late_interest")
    assert late["line_count"] == 6
    summary = get(people.auditor, f"{CLAIMS}/{late['id']}/summary")
    assert sum(row["line_count"] for row in summary["items"]) == 6
