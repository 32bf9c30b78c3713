"""Random programs of money: each step goes through the API as the person whose work it is, and into the model.

A step is either meant to be accepted, and then the model takes it too, or meant to be refused, and then nothing moves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.money.model import SUBSIDY_FEN, Books

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from api.database import Database

BASE = "/api/v1"
COUNTY = 440783
VILLAGES = (440783001210, 440783001211, 440783103200)
START = date(2010, 10, 20)
TIERS = (10_000, 20_000, 50_000)


def yuan(fen: int) -> str:
    """Fen as the API writes them."""
    return f"{fen // 100}.{fen % 100:02d}"


@dataclass
class Contribution:
    """A payment that stands, as far as undoing it needs to know."""

    id: str
    person: str
    year: int
    paid_on: date
    tier_fen: int
    collector: str | None
    """Username of whoever holds the cash."""
    recorded_by: str


@dataclass
class Remittance:
    """Cash on its way to the bank."""

    id: str
    collector: str
    amount_fen: int


@dataclass
class Office:
    """The signed-in persons, the books in memory, and where the calendar stands."""

    app: FastAPI
    random: Random
    clients: dict[str, TestClient]
    people: list[str]
    books: Books = field(default_factory=Books)
    today: date = START
    standing: list[Contribution] = field(default_factory=list)
    under_way: list[Remittance] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    keys: Any = field(default_factory=itertools.count)

    def post(self, who: str, path: str, body: Any = None, *, version: str | None = None, **more: Any) -> Any:
        """Send what one person does, with a key of its own."""
        headers = {"Idempotency-Key": f"program-{next(self.keys):08d}"}
        if version is not None:
            headers["If-Match"] = version
        content = {} if body is None else {"json": body}
        return self.clients[who].post(f"{BASE}{path}", headers=headers, **content, **more)

    def note(self, step: str) -> None:
        """Keep what was done, to be told when something differs."""
        self.told.append(f"{self.today} {step}")

    def pass_time(self) -> None:
        """Let some days go by; the calendar never runs back."""
        self.today += timedelta(days=self.random.choice((0, 1, 3, 9, 28, 60)))
        self.app.state.service = replace(self.app.state.service, business_date=self.today)


def open_office(app: FastAPI, database: Database, sign_in: Callable[..., TestClient], seed: int) -> Office:
    """Sign everybody in and insure a few people in three villages of two towns."""
    random = Random(seed)
    clients = {
        "clerk": sign_in(RoleName.TOWN_CLERK),
        "assistant": sign_in(RoleName.VILLAGE_ASSISTANT, division=VILLAGES[0]),
        "county_clerk": sign_in(RoleName.COUNTY_CLERK),
        "reviewer": sign_in(RoleName.COUNTY_REVIEWER),
        "finance": sign_in(RoleName.FINANCE),
        "second_finance": sign_in(RoleName.FINANCE),
    }
    people = []
    with database.unit_of_work(system_actor(COUNTY * 1_000_000)) as session:
        for number in range(8):
            village = VILLAGES[number % len(VILLAGES)]
            person = factories.make_resident(
                session,
                village=village,
                name=f"谭{'一二三四五六七八'[number]}",
                birth_date=date(1965 + number, 3 + number, 9),
                bank_account=f"62284804025648{number:05d}",
            )
            factories.enrol(session, person, tier_fen=TIERS[number % len(TIERS)])
            people.append(str(person.id))
    office = Office(app, random, clients, people)
    office.app.state.service = replace(app.state.service, business_date=office.today)
    return office


def record(office: Office) -> None:
    """Somebody pays a year, in cash or by transfer; a year that is paid already is refused."""
    random = office.random
    person = random.choice(office.people)
    year = office.today.year
    paid_on = max(date(year, 1, 1), START, office.today - timedelta(days=random.choice((0, 0, 2, 20))))
    cash = random.random() < 0.5
    who = "clerk" if person in of_town(office) else "county_clerk"
    if who == "county_clerk":
        return  # Another town: its people pay through the bank.
    tier_fen = random.choice(TIERS)
    paid = [one for one in office.standing if (one.person, one.year) == (person, year)]
    closed = year in office.books.closed
    answer = office.post(
        who,
        "/contributions",
        {
            "resident_id": person,
            "contribution_year": year,
            "kind": "annual",
            "tier": yuan(tier_fen),
            "paid_on": paid_on.isoformat(),
            "channel": "cash" if cash else "bank_transfer",
        },
    )
    office.note(f"{person[-3:]} pays {year}: {tier_fen} {'cash' if cash else 'bank'} -> {answer.status_code}")
    if paid or closed:
        assert answer.status_code in {409, 422}, answer.text
        return
    if answer.status_code == 409 and answer.json()["code"] in HELD_UP:
        return
    assert answer.status_code == 201, answer.text
    office.standing.append(
        Contribution(answer.json()["id"], person, year, paid_on, tier_fen, who if cash else None, who)
    )
    credit(office.books, person, paid_on, tier_fen, 1)
    if cash:
        office.books.cash[who] += tier_fen
    else:
        office.books.income_fen += tier_fen


HELD_UP = frozenset({"collector-blocked", "deduction-under-way"})
"""Refusals that hang on time and on other people's work: the model takes the service's word for them."""


def of_town(office: Office) -> list[str]:
    """People whom the town clerk serves."""
    return [person for place, person in enumerate(office.people) if place % len(VILLAGES) < 2]


def credit(books: Books, person: str, on: date, tier_fen: int, sign: int) -> None:
    """Enter what a year's payment brings to the account: the person's part and the subsidy."""
    books.move(person, year=on.year, month=on.month, source="personal", amount_fen=sign * tier_fen)
    books.move(person, year=on.year, month=on.month, source="gov", amount_fen=sign * SUBSIDY_FEN)
    books.receivable_fen += sign * SUBSIDY_FEN


def reverse(office: Office) -> None:
    """A second person undoes a payment; the one who recorded it may not, and cash that is gone may not either."""
    if not office.standing:
        return
    random = office.random
    done = random.choice(office.standing)
    who = random.choice(("reviewer", "county_clerk"))
    seen = office.clients[who].get(f"{BASE}/contributions/{done.id}")
    answer = office.post(
        who, f"/contributions/{done.id}/reversals", {"reason": "登记有误"}, version=seen.headers["ETag"]
    )
    office.note(f"{who} undoes {done.person[-3:]} {done.year} -> {answer.status_code}")
    if answer.status_code == 409:
        assert answer.json()["code"] in {"cash-already-remitted", "contribution-period-closed"}, answer.text
        return
    assert answer.status_code == 201, answer.text
    office.standing.remove(done)
    credit(office.books, done.person, done.paid_on, done.tier_fen, -1)
    if done.collector:
        office.books.cash[done.collector] -= done.tier_fen
    else:
        office.books.income_fen -= done.tier_fen


def remit(office: Office) -> None:
    """The clerk pays cash in; more than is held is refused."""
    held = office.books.cash["clerk"] - sum(one.amount_fen for one in office.under_way)
    amount = office.random.choice((held, held // 2, held + 100))
    if amount <= 0:
        return
    answer = office.post(
        "clerk",
        "/remittances",
        {
            "amount": yuan(amount),
            "paid_in_on": office.today.isoformat(),
            "bank_reference": f"R{next(office.keys):09d}",
        },
    )
    office.note(f"clerk pays in {amount} of {held} -> {answer.status_code}")
    if amount > held:
        assert (answer.status_code, answer.json()["code"]) == (422, "remittance-exceeds-cash")
        return
    assert answer.status_code == 201, answer.text
    office.under_way.append(Remittance(answer.json()["id"], "clerk", amount))


def confirm(office: Office) -> None:
    """Finance finds the money at the bank; twice books it once."""
    if not office.under_way:
        return
    remittance = office.random.choice(office.under_way)
    seen = office.clients["finance"].get(f"{BASE}/remittances/{remittance.id}")
    path = f"/remittances/{remittance.id}/confirmations"
    answer = office.post("finance", path, version=seen.headers["ETag"])
    assert answer.status_code == 201, answer.text
    again = office.post("second_finance", path, version=seen.headers["ETag"])
    assert again.status_code in {409, 412}, again.text
    office.note(f"finance finds {remittance.amount_fen}")
    office.under_way.remove(remittance)
    office.books.cash[remittance.collector] -= remittance.amount_fen
    office.books.income_fen += remittance.amount_fen


def close_interest(office: Office) -> None:
    """Interest of the oldest open year, once it is over."""
    year = 2010 + len(office.books.closed)
    if office.today.year <= year:
        return
    made = office.post("county_clerk", "/interest-runs", {"county": str(COUNTY), "year": year})
    assert made.status_code == 201, made.text
    path = f"/interest-runs/{made.json()['id']}"
    approval = {"content_hash": made.json()["content_hash"]}
    posted = office.post("reviewer", f"{path}/approvals", approval, version=made.headers["ETag"])
    assert (posted.status_code, posted.json()["state"]) == (201, "posted"), posted.text
    office.note(f"interest of {year}: {posted.json()['total']}")
    office.books.closed.append(year)


STEPS: dict[Callable[[Office], None], int] = {
    record: 10,
    reverse: 3,
    remit: 3,
    confirm: 3,
    close_interest: 2,
}
"""What may happen, and how often in relation to the rest."""


def run_program(office: Office, length: int, check: Callable[[Office], None]) -> None:
    """Let so many things happen, one after another, and hold the books against the model after each."""
    kinds = list(STEPS)
    for _ in range(length):
        if office.random.random() < 0.6:
            office.pass_time()
        if office.today.year > 2012:
            break
        office.random.choices(kinds, weights=list(STEPS.values()))[0](office)
        check(office)
