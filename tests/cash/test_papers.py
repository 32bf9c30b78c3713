"""收据 on paper: what it says, whether it is ours, and whom the system calls back (reliability.md T1)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.database import system_actor
from api.exchange import printing
from api.services import receipt_checks
from api.vocabulary import RoleName
from tests import factories
from tests.cash.conftest import BASE

PDF = "application/pdf"


@pytest.fixture
def printed(monkeypatch):
    """What was given to the template of each paper that is printed; the paper itself is set as ever."""
    facts = []
    render = printing.render

    def keep(template, given, **more):
        facts.append((template, given))
        return render(template, given, **more)

    monkeypatch.setattr(printing, "render", keep)
    return facts


def said(printed):
    """All texts of the last paper, without spaces."""
    template, facts = printed[-1]
    assert template == "receipt"
    return re.sub(r"\s", "", json.dumps(facts, ensure_ascii=False))


@pytest.fixture
def nobody(town):
    """Somebody without a log-in; guesses of other tests are forgotten."""
    receipt_checks._throttles.clear()
    client = TestClient(town.app, raise_server_exceptions=False, base_url="http://127.0.0.1")
    yield client
    client.close()


def check(nobody, receipt, **changes):
    body = {"number": receipt["serial"], "code": receipt["verification_code"]} | changes
    return nobody.post(f"{BASE}/receipts/verifications", json=body)


class TestPaper:
    def test_the_paper_says_who_paid_what_and_hides_the_number(self, town, collector, printed):
        paid = town.pay(collector, tier="200.00")
        answer = collector.get(f"receipts/{paid['receipt']['id']}", accept=PDF)
        assert (answer.status_code, answer.headers["content-type"]) == (200, PDF)
        assert answer.content.startswith(b"%PDF-")
        words = said(printed)
        with town.database.read_snapshot(system_actor(440783000000)) as session:
            row = session.execute(
                text("SELECT name, id_token FROM residents WHERE id = :id"), {"id": int(paid["resident_id"])}
            ).one()
        full = f"{factories.KEYRING.id_of_token(row.id_token)[1]:017d}"
        for part in (
            row.name, '"amount":"200.00"', "人民币贰佰元整", paid["receipt"]["serial"], paid["receipt"]["verification_code"],
            "2011年", "2011-03-01", collector.name, "年度缴费", full[:6] + "********", "查验",
        ):  # fmt: skip
            assert part in words, part
        assert full not in words
        assert '"stamp":""' in words
        again = collector.get(f"receipts/{paid['receipt']['id']}", accept=PDF)
        assert again.content == answer.content

    def test_a_reversed_one_says_so(self, town, collector, reviewer, printed):
        paid = town.pay(collector)
        reviewer.done(f"contributions/{paid['id']}/reversals", {"reason": "录错"}, version=1)
        answer = collector.get(f"receipts/{paid['receipt']['id']}", accept=PDF)
        assert answer.status_code == 200
        assert '"stamp":"已冲正"' in said(printed)
        listed = collector.get("receipts", collector_id=str(collector.user_id)).json()["items"]
        assert [(one["is_reversed"], one["collector_name"]) for one in listed] == [(True, collector.name)]

    def test_json_is_what_comes_without_asking_for_paper(self, town, collector):
        receipt = town.pay(collector)["receipt"]
        seen = collector.get(f"receipts/{receipt['id']}").json()
        assert {name: seen[name] for name in receipt} == receipt
        assert (seen["collector_name"], seen["is_reversed"]) == (collector.name, False)

    def test_the_neighbours_paper_is_not_there(self, town, collector):
        receipt = town.pay(collector)["receipt"]
        stranger = town.person(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
        assert stranger.get(f"receipts/{receipt['id']}", accept=PDF).status_code == 404


class TestCheck:
    def test_anybody_learns_amount_day_and_year_and_no_name(self, town, collector, nobody):
        receipt = town.pay(collector, tier="300.00")["receipt"]
        answer = check(nobody, receipt)
        assert answer.status_code == 200
        assert answer.json() == {
            "valid": True, "amount": "300.00", "issued_on": "2011-03-01", "contribution_year": 2011,
            "kind": "annual", "reversed": False, "partly_reversed": False,
        }  # fmt: skip
        code = receipt["verification_code"]
        typed = f" {code[:4].lower()} {code[4:8]} {code[8:]} "
        assert check(nobody, receipt, code=typed).json()["valid"]

    def test_a_reversed_receipt_is_told_as_reversed(self, town, collector, reviewer, nobody):
        paid = town.pay(collector)
        reviewer.done(f"contributions/{paid['id']}/reversals", {"reason": "录错"}, version=1)
        assert check(nobody, paid["receipt"]).json()["reversed"] is True

    def test_wrong_number_and_wrong_code_are_one_answer(self, town, collector, nobody):
        one, other = town.pay(collector)["receipt"], town.pay(collector)["receipt"]
        answers = [
            check(nobody, one, code=other["verification_code"]),
            check(nobody, one, code="A" * 16),
            check(nobody, one, number="440783-999999-000001"),
            check(nobody, one, number="999999-9999999999-999999999"),
            check(nobody, one, number="17"),
            check(nobody, one, code="收据"),
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].json()["valid"] is False
        assert answers[0].json()["amount"] is None

    def test_guessing_is_slowed_down_and_the_right_code_still_waits(self, town, collector, nobody):
        receipt = town.pay(collector)["receipt"]
        wrong = [check(nobody, receipt, code=f"{number:016d}") for number in range(8)]
        assert [answer.status_code for answer in wrong] == [200] * 5 + [429] * 3
        assert wrong[-1].json()["code"] == "too-many-attempts"
        assert int(wrong[-1].headers["Retry-After"]) > 0
        assert check(nobody, receipt).status_code == 429

    def test_a_changed_row_does_not_pass(self, town, collector, nobody):
        receipt = town.pay(collector)["receipt"]
        with town.database.engine.begin() as connection:
            connection.execute(
                text("UPDATE receipts SET amount_fen = amount_fen + 1 WHERE id = :id"), {"id": int(receipt["id"])}
            )
        assert check(nobody, receipt).json()["valid"] is False
        with town.database.engine.begin() as connection:
            connection.execute(
                text("UPDATE receipts SET amount_fen = amount_fen - 1 WHERE id = :id"), {"id": int(receipt["id"])}
            )
        assert check(nobody, receipt).json()["valid"] is True


class TestSample:
    def test_the_system_draws_and_nobody_chooses(self, town, clerk, collector):
        for _ in range(12):
            town.pay(collector)
        drawn = clerk.get("receipts/samples", n=4).json()
        assert len(drawn["items"]) == 4
        assert clerk.get("receipts/samples", n=4).json() == drawn
        longer = clerk.get("receipts/samples", n=6).json()["items"]
        assert longer[:4] == drawn["items"]
        town.days_later(1)
        tomorrow = clerk.get("receipts/samples", n=12).json()["items"]
        assert [one["receipt_id"] for one in tomorrow[:4]] != [one["receipt_id"] for one in drawn["items"]]
        past = clerk.get("receipts/samples", n=4, day="2011-03-01").json()["items"]
        assert past == drawn["items"]

    def test_not_tomorrows_not_ones_own_and_not_the_collectors_to_see(self, town, collector):
        giver = town.person(RoleName.TOWN_CLERK)
        own = town.pay(giver)
        drawn = giver.get("receipts/samples", n=50).json()["items"]
        assert str(giver.user_id) not in {one["collector_id"] for one in drawn}
        auditor = town.person(RoleName.AUDITOR)
        seen = auditor.get("receipts/samples", n=50, division=str(factories.VILLAGE)).json()["items"]
        assert len(seen) > 0
        assert own["receipt"]["serial"].startswith("440783-")
        later = (town.today + timedelta(days=1)).isoformat()
        answer = auditor.get("receipts/samples", day=later)
        assert (answer.status_code, answer.json()["code"]) == (422, "drawn-in-future")
        assert collector.get("receipts/samples").status_code == 403
