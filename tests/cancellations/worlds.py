"""P3 through HTTP with little writing, and the persons of examples A11 to A14."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from api.database import DatabaseRole, system_actor
from api.services import awards, verification
from api.vocabulary import Decision
from tests import factories
from tests.benefits.worlds import a9_person, contribute, post_interest
from tests.payments.worlds import Office

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from httpx import Response
    from starlette.testclient import TestClient

    from api.database import Database

API = "/api/v1"
COUNTY = 440783000000
CHECK, REVIEW, APPROVAL = "village_check", "township_review", "county_approval"
HEIR = {
    "relation": "child",
    "name": "梁继承",
    "id_number": factories.id_number(date(1980, 2, 3)),
    "bank_account": "6228480402564890018",
}


def done(answer: Response) -> dict[str, Any]:
    """The body of an answer that did its work."""
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(answer: Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(thing: dict[str, Any]) -> dict[str, str]:
    """The version that was looked at."""
    return {"If-Match": f'"{thing["version"]}"'}


class Desk:
    """Each step of P3 as one call, by the person whose step it is."""

    def __init__(self, people: SimpleNamespace, turn: Callable[[date], None], database: Database) -> None:
        self.people = people
        self.turn = turn
        self.database = database

    def hand_in(self, resident_id: int, client: TestClient | None = None, **form: Any) -> Response:
        body = {
            "resident_id": str(resident_id), "reason": "death", "event_on": "2011-03-10", "proof": "death_certificate",
            "proof_number": "死证2011-017", "payee": HEIR,
        } | form  # fmt: skip
        return (client or self.people.village).post(f"{API}/cancellations", json=body, headers=key())

    def say(
        self, client: TestClient, case: dict[str, Any], step: str, decision: str = "approve", opinion: str | None = None
    ) -> Response:
        body = {"step": step, "decision": decision, "opinion": opinion, "stamped": True}
        return client.post(f"{API}/cancellations/{case['id']}/decisions", json=body, headers=match(case))

    def approve_case(self, case: dict[str, Any]) -> dict[str, Any]:
        """The three steps by three persons."""
        for client, step in (
            (self.people.clerk, CHECK),
            (self.people.reviewer, REVIEW),
            (self.people.county, APPROVAL),
        ):
            case = done(self.say(client, case, step))
        return case

    def compute(self, case: dict[str, Any]) -> Response:
        return self.people.county_clerk.post(f"{API}/cancellations/{case['id']}/settlements", headers=key())

    def approve(self, sheet: dict[str, Any], client: TestClient | None = None, **body: Any) -> Response:
        content = {"content_hash": sheet["content_hash"], "opinion": "同意"} | body
        who = client or self.people.county
        return who.post(f"{API}/settlements/{sheet['id']}/approvals", json=content, headers=match(sheet))

    def pay(
        self, sheet: dict[str, Any], on: str, client: TestClient | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        body = {"bank_reference": f"JS{sheet['id']}", "paid_on": on}
        who = client or self.people.finance
        return who.post(
            f"{API}/settlements/{sheet['id']}/payments", json=body, headers=match(sheet) | (headers or key())
        )

    def discard(self, sheet: dict[str, Any], client: TestClient) -> Response:
        path = f"{API}/settlements/{sheet['id']}/discards"
        return client.post(path, json={"reason": "日期有误"}, headers=match(sheet))

    def case(self, case: dict[str, Any]) -> dict[str, Any]:
        return done(self.people.county.get(f"{API}/cancellations/{case['id']}"))

    def whole(self, resident_id: int, on: date, **form: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """From the report to the payment on one day; the case and the paid settlement."""
        self.turn(on)
        case = self.approve_case(done(self.hand_in(resident_id, **form)))
        sheet = done(self.approve(done(self.compute(case))))
        if sheet["state"] == "approved":
            sheet = done(self.pay(sheet, on.isoformat()))
        return self.case(case), sheet


def verified(database: Database) -> dict[str, Any]:
    """What `nongbao verify` finds wrong, by check: nothing."""
    report = verification.verify(database)
    return {check.name: check.rows for check in report.checks if not check.ok}


def run_check(database: Database, name: str) -> int:
    """Violations of one check."""
    with database.read_snapshot(system_actor(COUNTY), role=DatabaseRole.WIDE) as session:
        return verification.run_check(session, name).violations


def a13_person(database: Database) -> int:
    """Examples A2, A4, A13: three years, a collective's 50.00, interest posted to 2011."""
    from api.policy.money import BySource
    from api.vocabulary import ContributionKind

    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(
            session, birth_date=date(1965, 4, 5), household=factories.make_household(session)
        )
        factories.enrol(session, person, on=date(2010, 10, 8))
        contribute(session, person, 2010, date(2010, 10, 20), BySource(10_000))
        contribute(
            session, person, 2009, date(2010, 12, 15), BySource(0, 0, 3_000), kind=ContributionKind.GOVERNMENT_PAID
        )
        post_interest(session, person, 2010)
        contribute(session, person, 2011, date(2011, 3, 10), BySource(10_000))
        contribute(
            session, person, 2008, date(2011, 6, 10), BySource(0, 0, 3_000), kind=ContributionKind.GOVERNMENT_PAID
        )
        contribute(session, person, 2011, date(2011, 6, 20), BySource(0, 5_000), kind=ContributionKind.COLLECTIVE)
        post_interest(session, person, 2011)
        contribute(session, person, 2012, date(2012, 3, 10), BySource(50_000, 0, 3_000))
        return person.id


def a9_drawing(database: Database, *, until: date, **facts: Any) -> int:
    """Example A9's person, awarded in June 2015 and paid through a month by real runs."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        office = Office.of(session)
        person = a9_person(
            session, household=factories.make_household(session), bank_account="6228480402564890018", **facts
        )
        award = awards.propose(session, actor=office.clerk, resident_id=person.id, today=date(2015, 6, 20))
        awards.decide(
            session, actor=office.reviewer, award_id=award.id, decision=Decision.APPROVE, opinion=None,
            expected_version=award.version, today=date(2015, 6, 25),
        )  # fmt: skip
        month = date(2015, 7, 1)
        while month <= until:
            office.month(month)
            if month.month == 12:
                post_interest(session, person, month.year)
            month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        return person.id
