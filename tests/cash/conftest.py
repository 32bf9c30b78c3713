"""Offices that handle cash, over HTTP, on days that pass."""

from __future__ import annotations

import contextlib
import itertools
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.database import WHOLE, DatabaseRole, system_actor
from api.dependencies import Service
from api.main import create_app
from api.services import verification
from api.settings import Settings
from api.vocabulary import RoleName
from tests import factories
from tests.ledger_facts import assert_ledger_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "/api/v1"
FIRST_DAY = date(2011, 3, 1)
CHECKS = (
    "01_fund_lines_balance", "07_two_persons_move_money", "12_receipts_unbroken", "13_receipts_equal_contributions",
    "15_cash_in_hand_not_negative", "16_remittances_booked", "75_blocks_counted", "76_voids_burnt",
    "77_remittances_equal_receipts", "78_receipts_cash_whole", "79_cash_of_collectors",
)  # fmt: skip
_keys = itertools.count(1)


class Person:
    """Somebody signed in: answers of the API by short words."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.user_id = client.user_id

    def get(self, path: str, *, accept: str | None = None, **query: object):
        headers = {"Accept": accept} if accept else {}
        return self.client.get(f"{BASE}/{path}", params=query, headers=headers)

    def post(self, path: str, body: dict | None = None, *, version: int | None = None, key: str | None = None):
        headers = {"Idempotency-Key": key or f"cash-test-{next(_keys)}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.client.post(f"{BASE}/{path}", json=body, headers=headers)

    def done(self, path: str, body: dict | None = None, **more: object) -> dict:
        """What the answer says of something that must go well."""
        answer = self.post(path, body, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(self, path: str, body: dict | None = None, **more: object) -> tuple[int, str]:
        answer = self.post(path, body, **more)
        return answer.status_code, answer.json()["code"]


class Town:
    """The office on a day; `go_to` lets days pass."""

    def __init__(self, app, database, stack) -> None:
        self.app, self.database, self._stack = app, database, stack
        self.go_to(FIRST_DAY)

    def go_to(self, day: date) -> None:
        service = self.app.state.service
        self.today = day
        self.app.state.service = Service(
            settings=service.settings, database=service.database, keyring=service.keyring, business_date=day
        )

    def days_later(self, days: int) -> None:
        self.go_to(self.today + timedelta(days=days))

    def person(self, role: RoleName, *, division: int | None = None) -> Person:
        with self.database.unit_of_work(system_actor(440000000000)) as session:
            user = factories.make_user(session, role=role, division=division)
        client = self._stack.enter_context(
            contextlib.closing(TestClient(self.app, raise_server_exceptions=False, base_url="http://127.0.0.1"))
        )
        answer = client.post(f"{BASE}/sessions", json={"username": user.username, "password": factories.PASSWORD})
        assert answer.status_code == 201, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        client.user_id = user.id
        person = Person(client)
        person.name = user.display_name
        return person

    def payers(self, count: int, *, village: int = factories.VILLAGE) -> list[str]:
        with self.database.unit_of_work(system_actor(440783000000)) as session:
            people = [factories.make_resident(session, village=village) for _ in range(count)]
            for one in people:
                factories.enrol(session, one)
            return [str(one.id) for one in people]

    def payment(self, payer: str, **changes: object) -> dict:
        body = {
            "resident_id": payer,
            "contribution_year": 2011,
            "kind": "annual",
            "tier": "100.00",
            "paid_on": self.today.isoformat(),
            "channel": "cash",
        }
        return body | changes

    def pay(self, collector: Person, payer: str | None = None, **changes: object) -> dict:
        payer = payer or self.payers(1)[0]
        return collector.done("contributions", self.payment(payer, **changes))

    def verify(self) -> None:
        with self.database.read_snapshot(system_actor(440783000000)) as session:
            assert_ledger_holds(session)
        with self.database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
            for name in CHECKS:
                found = verification.run_check(session, name)
                assert found.ok, (name, found.rows)


@pytest.fixture(scope="module")
def town(database) -> Iterator[Town]:
    settings = Settings(_env_file=None, pool_size=16)
    app = create_app(Service(settings=settings, database=database, keyring=factories.KEYRING, business_date=FIRST_DAY))
    with contextlib.ExitStack() as stack:
        stack.enter_context(TestClient(app, base_url="http://127.0.0.1"))
        yield Town(app, database, stack)


@pytest.fixture(autouse=True)
def a_new_day(request):
    """Each test begins on the same day, and leaves books that hold."""
    if "town" not in request.fixturenames:
        yield
        return
    town = request.getfixturevalue("town")
    town.go_to(FIRST_DAY)
    yield
    town.verify()


@pytest.fixture
def collector(town) -> Person:
    return town.person(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def clerk(town) -> Person:
    return town.person(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(town) -> Person:
    return town.person(RoleName.COUNTY_REVIEWER)


@pytest.fixture(scope="module")
def finance(town) -> Person:
    return town.person(RoleName.FINANCE)
