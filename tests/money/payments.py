"""Steps at the counters: payments in time and late, sums for several years, reversals, and cash to the bank."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.money.model import SUBSIDY_FEN, Paid
from tests.money.office import BASE, PERIOD_CLOSED, START, TIERS, Remittance, fen_of, yuan

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.money.office import Office, Person

BLOCKED = "collector-blocked"
"""Hangs on the age of each receipt's cash (tests/cash/test_model.py): the model takes the service's word for it."""
TAKEN = (
    "contribution-already-recorded",
    "tier-fixed-for-year",
    "make-up-year-not-allowed",
    "contribution-year-not-open",
)
UNDER_WAY = "deduction-under-way"
CAP_YEARS, AGE, NEAR = 15, 60, 45
LAUNCH = date(2010, 10, 1)


def record(office: Office) -> bool:
    """Somebody pays this year, in cash or by transfer; a year that is paid already, or with the bank, is refused."""
    random = office.random
    year = office.today.year
    one = some(office, lambda person: year not in office.books.years_paid(person.id))
    paid_on = max(date(year, 1, 1), START, office.today - timedelta(days=random.choice((0, 0, 2, 20))))
    channel = random.choice(("cash", "bank_transfer"))
    tier_fen = random.choice(TIERS)
    body = offer(one, year, paid_on, channel, tier_fen)
    return taken(office, "record", office.post("clerk", "/contributions", body), one, year, paid_on, channel, tier_fen)


def some(office: Office, fits: Callable[[Person], bool]) -> Person:
    """Somebody of the town: mostly one whom the step fits, at times anybody."""
    people = office.townspeople()
    fitting = [one for one in people if fits(one)]
    return office.random.choice(fitting if fitting and office.random.random() < 0.8 else people)


def offer(one: Person, year: int, paid_on: date, channel: str, tier_fen: int) -> dict[str, Any]:
    """A year's contribution as it is handed in."""
    return {
        "resident_id": one.id,
        "contribution_year": year,
        "kind": "annual",
        "tier": yuan(tier_fen),
        "paid_on": paid_on.isoformat(),
        "channel": channel,
    }


def taken(
    office: Office, kind: str, answer: Any, one: Person, year: int, paid_on: date, channel: str, tier_fen: int
) -> bool:
    """A year's payment was accepted, or refused because it had to be."""
    if year in office.books.years_paid(one.id):
        return office.refused(kind, answer, *TAKEN)
    if office.is_deducted(one.id, year):
        return office.refused(kind, answer, UNDER_WAY)
    if answer.status_code == 409 and channel == "cash":
        return office.refused(kind, answer, BLOCKED)
    assert answer.status_code == 201, office.story(f"{kind}: {answer.text}")
    shown = answer.json()
    if "contribution_id" in shown:
        shown = office.get("clerk", f"/contributions/{shown['contribution_id']}")
    assert (fen_of(shown["amount"]), shown["paid_on"]) == (tier_fen, paid_on.isoformat()), office.story()
    office.books.take(
        Paid(
            shown["id"], one.id, year, paid_on, "annual", "clerk", personal_fen=tier_fen, subsidy_fen=SUBSIDY_FEN,
            held="cash" if channel == "cash" else "income",
        )
    )  # fmt: skip
    return office.did(kind, f"{one.id[-3:]} {year} {tier_fen} {channel} of {paid_on}")


def backdate(office: Office) -> bool:
    """What was paid in a year whose interest is posted is proposed by one person and decided by another."""
    if not office.books.closed:
        return False
    random = office.random
    year = random.choice(office.books.closed)
    one = some(office, lambda person: year not in office.books.years_paid(person.id))
    first = max(START, date(year, 1, 1))
    paid_on = first + timedelta(days=random.randrange((date(year, 12, 31) - first).days + 1))
    channel = random.choice(("cash", "bank_transfer", "bank_transfer"))
    tier_fen = random.choice(TIERS)
    body = offer(one, year, paid_on, channel, tier_fen)
    if random.random() < 0.3:
        plain = office.post("clerk", "/contributions", body)
        assert plain.status_code == 409, office.story(plain.text)
    answer = office.post("clerk", "/backdated-contributions", body | {"reason": "漏录"})
    if answer.status_code == 201:
        made = answer.json()
        says = "reject" if random.random() < 0.15 else "approve"
        said, path = {"decision": says}, f"/backdated-contributions/{made['id']}/decisions"
        own = office.post("clerk", path, said, version=made["version"])
        assert own.status_code == 403, office.story(own.text)
        answer = office.post("reviewer", path, said, version=made["version"])
        if says == "reject":
            assert answer.status_code == 201, office.story(answer.text)
            return office.did("backdate turned down", one.id[-3:])
        if answer.status_code != 201:
            turned = office.post("reviewer", path, {"decision": "reject"}, version=made["version"])
            assert turned.status_code == 201, office.story(turned.text)
    return taken(office, "backdate", answer, one, year, paid_on, channel, tier_fen)


def sixtieth(one: Person) -> date:
    """The 60th birthday."""
    return one.born.replace(year=one.born.year + AGE)


def is_near(one: Person) -> bool:
    """45 or more at launch."""
    return one.born.replace(year=one.born.year + NEAR) <= LAUNCH


def make_up(office: Office) -> bool:
    """Missed years in one sum, without subsidy; one year that may not be made up, and nothing is taken."""
    random = office.random
    one = random.choice(office.townspeople())
    paid = office.books.years_paid(one.id)
    first = sixtieth(one).year - CAP_YEARS if is_near(one) else LAUNCH.year
    free = [year for year in range(first, office.today.year) if year not in paid]
    if not free:
        return False
    years = sorted(random.sample(free, min(len(free), random.choice((1, 2, 3)))))
    wrong = random.random() < 0.15
    if wrong:
        years.append(office.today.year)
    return _sum(office, "make_up", one, years, is_wrong=wrong or len(paid) + len(years) > CAP_YEARS)


def lump_sum(office: Office) -> bool:
    """Years from the first unpaid one on in one sum, with this year's subsidy; a gap, or too young, and nothing is taken."""
    random = office.random
    one = some(office, is_near)
    paid = office.books.years_paid(one.id)
    free = [year for year in range(LAUNCH.year, sixtieth(one).year + 1) if year not in paid]
    wrong = random.random() < 0.15
    years = free[1:3] if wrong else free[: random.choice((2, 3))]
    return _sum(office, "lump_sum", one, years, is_wrong=wrong or not is_near(one))


def _sum(office: Office, kind: str, one: Person, years: list[int], *, is_wrong: bool) -> bool:
    random = office.random
    channel, tier_fen = random.choice(("cash", "bank_transfer")), random.choice(TIERS)
    body = {
        "resident_id": one.id, "years": years, "tier": yuan(tier_fen), "paid_on": office.today.isoformat(),
        "channel": channel,
    }  # fmt: skip
    answer = office.post("clerk", f"/contributions/{kind.replace('_', '-')}s", body)
    if is_wrong:
        return office.refused(kind, answer)
    if any(office.is_deducted(one.id, year) for year in years):
        return office.refused(kind, answer, UNDER_WAY)
    if answer.status_code == 409 and channel == "cash":
        return office.refused(kind, answer, BLOCKED)
    assert answer.status_code == 201, office.story(f"{kind}: {answer.text}")
    shown = answer.json()
    assert fen_of(shown["amount"]) == tier_fen * len(years), office.story(str(shown))
    assert sorted(row["contribution_year"] for row in shown["contributions"]) == years, office.story(str(shown))
    for row in shown["contributions"]:
        has_subsidy = kind == "lump_sum" and row["contribution_year"] == office.today.year
        office.books.take(
            Paid(
                row["id"], one.id, row["contribution_year"], office.today, kind, "clerk", personal_fen=tier_fen,
                subsidy_fen=SUBSIDY_FEN if has_subsidy else 0, held="cash" if channel == "cash" else "income",
            )
        )  # fmt: skip
    return office.did(kind, f"{one.id[-3:]} {years} {tier_fen} {channel}")


def reverse(office: Office) -> bool:
    """A second person undoes a payment; whoever recorded it may not, and cash that is gone cannot be handed back."""
    standing = [one for one in office.books.paid if one.stands]
    if not standing:
        return False
    random = office.random
    # Those of closed years as often as the others: their interest goes back with them.
    late = [one for one in standing if one.paid_on.year in office.books.closed]
    done = random.choice(late if late and random.random() < 0.5 else standing)
    who = random.choice(("reviewer", "county_clerk"))
    version = office.get(who, f"/contributions/{done.id}")["version"]
    answer = office.post(who, f"/contributions/{done.id}/reversals", {"reason": "登记有误"}, version=version)
    if who == done.recorded_by:
        return office.refused("reverse", answer, "same-person")
    waited = done.credited_on is not None and done.credited_on.year in office.books.closed
    if waited and answer.status_code == 409:
        return office.refused("reverse", answer, PERIOD_CLOSED)
    if done.held == "cash" and office.in_hand_fen(done.recorded_by) < done.personal_fen:
        return office.refused("reverse", answer, "cash-already-remitted")
    assert answer.status_code == 201, office.story(f"reverse {done}: {answer.text}")
    again = office.post(who, f"/contributions/{done.id}/reversals", {"reason": "登记有误"}, version=version + 1)
    assert (again.status_code, again.json()["code"]) == (409, "already-reversed"), office.story(again.text)
    is_late = done.paid_on.year in office.books.closed
    office.books.undo(done)
    if is_late:
        office.done["reverse in a closed year"] += 1
    return office.did("reverse", f"{who} undoes {done.person[-3:]} {done.kind} {done.year} of {done.paid_on}")


def remit(office: Office) -> bool:
    """The clerk pays cash in; more than is held is refused."""
    held = office.in_hand_fen("clerk")
    amount = office.random.choice((held, held, held // 2, held + 100))
    if amount <= 0:
        return False
    reference = office.reference()
    body = {"amount": yuan(amount), "paid_in_on": office.today.isoformat(), "bank_reference": reference}
    answer = office.post("clerk", "/remittances", body)
    if amount > held:
        return office.refused("remit", answer, "remittance-exceeds-cash")
    assert answer.status_code == 201, office.story(answer.text)
    office.under_way.append(Remittance(answer.json()["id"], "clerk", amount, reference))
    return office.did("remit", f"{amount} of {held}")


def confirm(office: Office) -> bool:
    """Finance finds the money at the bank, or another amount, or nothing; twice books it once."""
    if not office.under_way:
        return False
    random = office.random
    one = random.choice(office.under_way)
    path, chance = f"/remittances/{one.id}", random.random()
    version = office.clients["finance"].get(f"{BASE}{path}").json()["version"]
    if chance < 0.2:
        gone = office.post("finance", f"{path}/rejections", {"reason": "银行未到账"}, version=version)
        assert gone.status_code == 201, office.story(gone.text)
        office.under_way.remove(one)
        return office.did("remittance rejected", str(one.amount_fen))
    advice = {
        "bank_reference": one.reference, "amount": yuan(one.amount_fen), "arrived_on": office.today.isoformat(),
    }  # fmt: skip
    if chance < 0.4:
        other = office.post(
            "finance", f"{path}/confirmations", advice | {"amount": yuan(one.amount_fen + 1)}, version=version
        )
        one.is_disputed = True
        office.refused("confirm", other, "remittance-differs")
        return office.did("remittance disputed", str(one.amount_fen))
    answer = office.post("finance", f"{path}/confirmations", advice, version=version)
    assert answer.status_code == 201, office.story(answer.text)
    again = office.post("second_finance", f"{path}/confirmations", version=version)
    assert again.status_code in {409, 412}, office.story(again.text)
    office.under_way.remove(one)
    office.books.cash[one.collector] -= one.amount_fen
    office.books.income_fen += one.amount_fen
    return office.did("confirm", str(one.amount_fen))
