"""The office of a random program: who is signed in, who is insured, where the calendar stands, and the model beside it."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.money.model import Books

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from api.database import Database

BASE = "/api/v1"
COUNTY = 440783
VILLAGES = (440783001210, 440783001211, 440783103200)
TOWN = 440783001
START = date(2010, 10, 20)
TIERS = (10_000, 20_000, 50_000)
HELPED = (8, 9)
"""Places of those for whom government pays."""
SURNAMES = "谭梁关周余黄张邓司何"
PERIOD_CLOSED = "contribution-period-closed"


def yuan(fen: int) -> str:
    """Fen as the API writes them."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen_of(text: str) -> int:
    """Fen of what the API writes."""
    return int(text.replace(".", ""))


@dataclass
class Person:
    """Somebody insured, as far as the steps need to know."""

    id: str
    village: int
    born: date
    tier_fen: int
    is_helped: bool

    @property
    def is_of_town(self) -> bool:
        """Whether the town clerk serves the person."""
        return self.village // 1000 == TOWN


@dataclass
class Remittance:
    """Cash on its way to the bank."""

    id: str
    collector: str
    amount_fen: int
    reference: str
    is_disputed: bool = False


@dataclass
class Batch:
    """A deduction batch: its lines that are not final, and how it stands."""

    id: str
    year: int
    lines: dict[int, str]
    """Person by number of the line."""
    open: set[int]
    state: str = "approved"
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    """Files of the bank that were taken."""


@dataclass
class PayerList:
    """A payer's list: what it gives to whom, and how it stands."""

    id: str
    amounts: dict[str, int]
    year: int
    state: str = "submitted"
    arrived_on: date | None = None


@dataclass
class Office:
    """The signed-in persons, the books in memory, and where the calendar stands."""

    app: FastAPI
    database: Database
    random: Random
    clients: dict[str, TestClient]
    people: dict[str, Person]
    books: Books
    today: date = START
    under_way: list[Remittance] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    lists: list[PayerList] = field(default_factory=list)
    cut_offs: set[tuple[str, date]] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    """Months that have a run of 代缴."""
    months: dict[date, str] = field(default_factory=dict)
    """Months of the fund's books: closed or reopened."""
    covered: set[str] = field(default_factory=set)
    """Accounts of which the bank has sent statements."""
    told: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How often each kind of step was accepted, and refused with the code foretold."""
    keys: Any = field(default_factory=itertools.count)

    def post(self, who: str, path: str, body: Any = None, *, version: Any = None, **more: Any) -> Any:
        """Send what one person does, with a key of its own."""
        headers = {"Idempotency-Key": f"program-{next(self.keys):08d}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        content = {} if body is None else {"json": body}
        return self.clients[who].post(f"{BASE}{path}", headers=headers, **content, **more)

    def make(self, who: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send what has to be accepted, and return the answer's content."""
        answer = self.post(who, path, body, **more)
        assert answer.status_code in {200, 201}, self.story(f"{path}: {answer.text}")
        return answer.json()

    def get(self, who: str, path: str, **query: Any) -> Any:
        """Read."""
        answer = self.clients[who].get(f"{BASE}{path}", params=query)
        assert answer.status_code == 200, self.story(f"{path}: {answer.text}")
        return answer.json()

    def reference(self) -> str:
        """A bank reference that nobody has used."""
        return f"R{next(self.keys):09d}"

    def note(self, step: str) -> None:
        """Keep what was done, to be told when something differs."""
        self.told.append(f"{self.today} {step}")

    def story(self, end: str = "") -> str:
        """What was done so far."""
        return "\n".join([*self.told, end])

    def did(self, kind: str, said: str) -> bool:
        """A step was accepted."""
        self.done[kind] += 1
        self.note(f"{kind}: {said}")
        return True

    def refused(self, kind: str, answer: Any, *codes: str) -> bool:
        """A step was refused, as it should be; nothing moves."""
        told = answer.json().get("code")
        assert answer.status_code in {409, 422}, self.story(f"{kind}: {answer.text}")
        assert not codes or told in codes, self.story(f"{kind}: {answer.text}")
        self.done[f"{kind} refused"] += 1
        self.note(f"{kind} refused: {told}")
        return True

    def pass_time(self) -> None:
        """Let some days go by; the calendar never runs back."""
        self.turn(self.today + timedelta(days=self.random.choice((0, 1, 3, 9, 28, 50))))

    def turn(self, day: date) -> None:
        """Let the office work on a day."""
        self.today = day
        self.app.state.service = replace(self.app.state.service, business_date=day)

    def payers(self) -> list[Person]:
        """People who pay for themselves."""
        return [one for one in self.people.values() if not one.is_helped]

    def townspeople(self) -> list[Person]:
        """Those of them whom the town clerk serves."""
        return [one for one in self.payers() if one.is_of_town]

    def is_deducted(self, person: str, year: int) -> bool:
        """Whether the bank is being asked for somebody's year."""
        return any(
            one.state == "sent" and one.year == year and person in {one.lines[seq] for seq in one.open}
            for one in self.batches
        )

    def in_hand_fen(self, collector: str) -> int:
        """Cash that a collector has not paid in."""
        return self.books.cash[collector] - sum(one.amount_fen for one in self.under_way if one.collector == collector)


def open_office(
    app: FastAPI, database: Database, sign_in: Callable[..., TestClient], seed: int, *, on_claim: bool
) -> Office:
    """Sign everybody in and insure a few people in three villages of two towns."""
    clients = {
        "clerk": sign_in(RoleName.TOWN_CLERK),
        "assistant": sign_in(RoleName.VILLAGE_ASSISTANT, division=VILLAGES[0]),
        "county_clerk": sign_in(RoleName.COUNTY_CLERK),
        "reviewer": sign_in(RoleName.COUNTY_REVIEWER),
        "finance": sign_in(RoleName.FINANCE),
        "second_finance": sign_in(RoleName.FINANCE),
    }
    people = {}
    with database.unit_of_work(system_actor(COUNTY * 1_000_000)) as session:
        for place, surname in enumerate(SURNAMES):
            village = VILLAGES[place % len(VILLAGES)]
            born = date(1961 + place, 1 + place, 9)
            tier_fen = TIERS[0] if place in HELPED else TIERS[place % len(TIERS)]
            made = factories.make_resident(
                session,
                village=village,
                name=f"{surname}某",
                birth_date=born,
                bank_account=f"62284804025648{place:05d}",
                **({"disability_grade": 1} if place in HELPED else {}),
            )
            factories.enrol(session, made, tier_fen=tier_fen)
            people[str(made.id)] = Person(str(made.id), village, born, tier_fen, place in HELPED)
    office = Office(app, database, Random(seed), clients, people, Books(on_claim=on_claim))
    office.turn(START)
    if on_claim:
        post_on_claim(office)
    return office


def post_on_claim(office: Office) -> None:
    """Two persons change the county's law: a subsidy is posted once its money has arrived."""
    draft = {
        "code": "subsidy_posting",
        "division_code": f"{COUNTY}000000",
        "value": "on_claim",
        "valid_from": "2010-10-01",
        "document": "开财社〔2010〕8号",
        "article": "三",
        "reason": "补贴到账后记账",
    }
    change = office.make("county_clerk", "/policy-parameters", draft)
    said = {"decision": "approve"}
    office.make("reviewer", f"/policy-parameters/{change['id']}/decisions", said, version=change["version"])
