"""补助(资助)明细表 over HTTP as the real roles: three persons, every fen in 待查款项 until it is on an account or back."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import pytest
import xlsxwriter
from sqlalchemy import text

from api.database import system_actor
from api.policy.id_numbers import check_character
from api.vocabulary import FundAccount, RoleName
from tests import factories
from tests.cancellations.worlds import verified
from tests.contributions.payments import fund
from tests.land_projects.worlds import LandOffice
from tests.lists import as_csv

BASE = "/api/v1/payer-lists"
COUNTY = 440783000000
HEAD = {
    "kind": "collective", "payer_kind": "village_collective", "payer_name": "石海经济联合社",
    "basis_on": "2011-01-15", "contribution_year": 2011, "division_code": str(factories.VILLAGE),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(sign_in):
    return SimpleNamespace(
        village=sign_in(RoleName.VILLAGE_ASSISTANT),
        clerk=sign_in(RoleName.TOWN_CLERK),
        finance=sign_in(RoleName.FINANCE),
        county=sign_in(RoleName.COUNTY_REVIEWER),
        county_clerk=sign_in(RoleName.COUNTY_CLERK),
    )


@pytest.fixture(autouse=True)
def the_books_hold(database):
    yield
    assert verified(database) == {}


def people(database, count, **facts):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        made = [factories.make_resident(session, **facts) for _ in range(count)]
        for one in made:
            factories.enrol(session, one)
    return made


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(shown):
    return {"If-Match": f'"{shown["version"]}"'}


def done(answer):
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(answer):
    return answer.status_code, answer.json()["code"]


def create(client, rows, **changes):
    body = HEAD | {"basis": f"决议{uuid.uuid4().hex[:6]}"} | changes
    body["lines"] = [{"resident_id": str(one.id), "amount": amount} for one, amount in rows]
    return client.post(BASE, json=body, headers=key())


def act(client, shown, step, **body):
    return client.post(f"{BASE}/{shown['id']}/{step}", json=body or None, headers=match(shown) | key())


def arrive(desk, shown, amount=None, **changes):
    body = {
        "amount": amount or shown["total"], "bank_reference": f"JS{uuid.uuid4().hex[:10]}", "arrived_on": "2011-03-05",
    } | changes  # fmt: skip
    return act(desk.finance, shown, "arrivals", **body)


def received(desk, rows, **changes):
    shown = done(create(desk.village, rows, **changes))
    return done(arrive(desk, done(act(desk.village, shown, "submissions"))))


def approve(desk, shown):
    return act(desk.county, shown, "approvals", content_hash=shown["content_hash"])


def posted(desk, rows, **changes):
    return done(approve(desk, received(desk, rows, **changes)))


def collective(client, one):
    return client.get(f"/api/v1/accounts/{one.id}").json()["collective"]


def suspense(database):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return -fund(session, FundAccount.SUSPENSE)


class TestTheWay:
    def test_three_persons_from_the_village_to_the_accounts(self, desk, database):
        first, second = people(database, 2)
        shown = done(create(desk.village, [(first, "50.00"), (second, "30.50")]))
        assert (shown["state"], shown["total"], shown["line_count"], shown["refused"]) == ("draft", "80.50", 2, [])
        shown = done(act(desk.village, shown, "submissions"))
        assert refused(arrive(desk, shown, "80.00")) == (409, "payer-amount-differs")
        assert arrive(SimpleNamespace(finance=desk.clerk), shown).status_code == 403
        before = suspense(database)
        shown = done(arrive(desk, shown))
        assert (shown["state"], suspense(database) - before) == ("received", 8_050)
        assert collective(desk.clerk, first) == "0.00"
        wrong = act(desk.county, shown, "approvals", content_hash="0" * 64)
        assert refused(wrong) == (409, "payer-list-changed")
        shown = done(approve(desk, shown))
        assert (shown["state"], shown["posted"], shown["posted_count"], shown["waiting"]) == (
            "posted", "80.50", 2, "0.00",
        )  # fmt: skip
        assert (collective(desk.clerk, first), collective(desk.clerk, second)) == ("50.00", "30.50")
        assert suspense(database) == before
        lines = desk.village.get(f"{BASE}/{shown['id']}/lines").json()["items"]
        assert [(line["amount"], line["state"]) for line in lines] == [("50.00", "posted"), ("30.50", "posted")]
        [row] = desk.clerk.get("/api/v1/contributions", params={"resident_id": str(first.id)}).json()["items"]
        assert (row["kind"], row["amount"], row["payer_list_id"], row["paid_on"]) == (
            "collective", "50.00", shown["id"], "2011-03-05",
        )  # fmt: skip
        timeline = desk.village.get(f"/api/v1/residents/{first.id}/timeline").json()["items"]
        assert "2011年度集体补助" in {event["title"] for event in timeline}

    def test_several_payers_of_one_year_and_one_by_hand(self, desk, database):
        [one] = people(database, 1)
        posted(desk, [(one, "50.00")])
        posted(desk, [(one, "20.00")])
        posted(desk, [(one, "5.00")], kind="sponsored", payer_kind="person", payer_name="谭先生")
        by_hand = {
            "resident_id": str(one.id), "contribution_year": 2011, "kind": "collective", "amount": "1.00",
            "paid_on": "2011-03-06", "channel": "bank_transfer",
        }  # fmt: skip
        done(desk.clerk.post("/api/v1/contributions", json=by_hand, headers=key()))
        again = desk.clerk.post("/api/v1/contributions", json=by_hand, headers=key())
        assert refused(again) == (409, "contribution-already-recorded")
        assert collective(desk.clerk, one) == "76.00"
        statement = desk.clerk.get(f"/api/v1/accounts/{one.id}/statement", params={"year": 2011}).json()
        assert (statement["credits"]["collective"], statement["paid_years"]) == ("76.00", 0)

    def test_the_same_list_twice_is_one_list(self, desk, database):
        [one] = people(database, 1)
        done(create(desk.village, [(one, "50.00")], basis="决议第7号"))
        assert refused(create(desk.clerk, [(one, "50.00")], basis="决议第7号")) == (409, "payer-list-exists")

    def test_one_bank_reference_is_one_arrival(self, desk, database):
        one, other = people(database, 2)
        lists = [
            done(act(desk.village, done(create(desk.village, [(who, "9.00")])), "submissions")) for who in (one, other)
        ]
        done(arrive(desk, lists[0], bank_reference="JS-SAME"))
        assert refused(arrive(desk, lists[1], bank_reference="JS-SAME")) == (409, "payer-reference-taken")

    def test_twenty_approvals_are_one_posting(self, desk, database):
        [one] = people(database, 1)
        shown = received(desk, [(one, "50.00")])
        with ThreadPoolExecutor(max_workers=20) as pool:
            answers = list(pool.map(lambda _: approve(desk, shown), range(20)))
        assert sorted(answer.status_code for answer in answers) == [201] + [412] * 19
        assert collective(desk.clerk, one) == "50.00"

    def test_only_the_maker_hands_in_and_takes_back(self, desk, database):
        [one] = people(database, 1)
        shown = done(create(desk.village, [(one, "50.00")]))
        assert refused(act(desk.clerk, shown, "submissions")) == (409, "not-the-maker")
        shown = done(act(desk.village, shown, "withdrawals"))
        assert shown["state"] == "withdrawn"
        assert refused(act(desk.village, shown, "submissions")) == (409, "payer-list-state")
        missing = desk.village.post(f"{BASE}/{shown['id']}/submissions")
        assert missing.status_code == 428


class TestWhoCanStandOnAList:
    def test_refusals_name_the_line(self, desk, database):
        good, gone = people(database, 2)
        [stranger] = people(database, 1, village=factories.OTHER_VILLAGE)
        with database.unit_of_work(system_actor(COUNTY)) as session:
            nobody = factories.make_resident(session)
            session.execute(
                text("UPDATE residents SET status = 'dead', status_on = '2011-02-01' WHERE id = :id"), {"id": gone.id}
            )
        answer = create(desk.village, [(good, "1.00"), (gone, "1.00"), (nobody, "1.00")])
        assert refused(answer) == (422, "payer-line-refused")
        assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
            ("/lines/1/resident_id", "gone"),
            ("/lines/2/resident_id", "not-insured"),
        ]
        assert refused(create(desk.village, [(good, "1.00"), (good, "2.00")])) == (422, "payer-line-duplicate")
        assert create(desk.village, [(stranger, "1.00")]).status_code == 404
        assert create(desk.village, [(good, "1.00")], division_code=str(factories.OTHER_VILLAGE)).status_code == 404
        assert (
            refused(create(desk.village, [(good, "1.00")], contribution_year=2009))[1] == "contribution-year-not-open"
        )
        assert (
            refused(create(desk.village, [(good, "1.00")], contribution_year=2012))[1] == "contribution-year-not-open"
        )
        assert refused(create(desk.village, [(good, "1.00")], basis_on="2011-04-01")) == (422, "payer-list-date")
        assert refused(create(desk.village, [(good, "1.00")], kind="land")) == (422, "invalid")
        assert refused(create(desk.village, [(good, "0.00")])) == (422, "invalid")

    def test_a_file_makes_a_list_of_its_good_rows(self, desk, database):
        good, other = people(database, 2)
        numbers = [_number(one) for one in (good, other)]
        content = as_csv(
            ("姓名", "身份证号", "金额", "备注"),
            (good.name, numbers[0], "50.00", "计划生育户"),
            ("别名", numbers[1], "50.00", ""),
            (other.name, numbers[1], "零", ""),
            ("无此人", factories.id_number(date(1980, 2, 3)), "50", ""),
            (good.name, numbers[0], "60.00", ""),
        )
        shown = done(_upload(desk.village, content, "list.csv"))
        assert (shown["line_count"], shown["total"]) == (1, "50.00")
        assert [(row["row"], row["column"], row["code"]) for row in shown["refused"]] == [
            (3, "姓名", "name-mismatch"),
            (4, "金额", "bad_value"),
            (5, "身份证号", "not-found"),
            (6, "身份证号", "duplicate_in_file"),
        ]
        assert all(number not in str(shown) for number in numbers)

    def test_a_workbook_with_a_number_for_an_id_is_refused_row_by_row(self, desk, database):
        one, other = people(database, 2)
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("姓名", "身份证号", "金额"))
        sheet.write_row(1, 0, (one.name, _number(one), 25))
        sheet.write_row(2, 0, (other.name, 4.4e17, 25))
        book.close()
        shown = done(_upload(desk.village, buffer.getvalue(), "list.xlsx"))
        assert (shown["line_count"], shown["total"], [row["row"] for row in shown["refused"]]) == (1, "25.00", [3])

    def test_a_file_without_a_good_row_is_no_list(self, desk):
        content = as_csv(("姓名", "身份证号", "金额"), ("无此人", factories.id_number(date(1980, 2, 3)), "50"))
        assert refused(_upload(desk.village, content, "list.csv")) == (422, "payer-list-empty")


class TestMoneyThatCannotBePosted:
    def test_who_has_died_meanwhile_is_left_and_the_payer_gets_it_back(self, desk, database):
        good, dying = people(database, 2)
        shown = received(desk, [(good, "50.00"), (dying, "40.00")])
        with database.unit_of_work(system_actor(COUNTY)) as session:
            session.execute(
                text("UPDATE residents SET status = 'dead', status_on = '2011-03-01' WHERE id = :id"), {"id": dying.id}
            )
        before = suspense(database)
        shown = done(approve(desk, shown))
        assert (shown["posted"], shown["waiting"], shown["posted_count"]) == ("50.00", "40.00", 1)
        assert before - suspense(database) == 5_000
        [left] = desk.village.get(f"{BASE}/{shown['id']}/lines", params={"state": "left"}).json()["items"]
        assert (left["left_reason"], left["amount"]) == ("gone", "40.00")
        assert collective(desk.clerk, dying) == "0.00"
        assert verified(database) == {}
        body = {"bank_reference": "TK1", "refunded_on": "2011-03-20"}
        assert refused(act(desk.county, shown, "refunds", **body)) == (403, "forbidden")
        early = act(desk.finance, shown, "refunds", **body | {"refunded_on": "2011-03-01"})
        assert refused(early) == (422, "payer-list-date")
        shown = done(act(desk.finance, shown, "refunds", **body))
        assert shown["waiting"] == "0.00"
        assert before - suspense(database) == 9_000
        assert refused(act(desk.finance, shown, "refunds", **body)) == (409, "payer-nothing-left")

    def test_a_reversed_line_waits_for_the_payer_and_goes_to_somebody_else(self, desk, database):
        wrong, right, bystander = people(database, 3)
        shown = posted(desk, [(wrong, "50.00"), (bystander, "10.00")])
        [row] = desk.clerk.get("/api/v1/contributions", params={"resident_id": str(wrong.id)}).json()["items"]
        undone = desk.county_clerk.post(
            f"/api/v1/contributions/{row['id']}/reversals", json={"reason": "列错人"}, headers=match(row) | key()
        )
        assert done(undone)["state"] == "reversed"
        assert (collective(desk.clerk, wrong), collective(desk.clerk, bystander)) == ("0.00", "10.00")
        shown = done(desk.village.get(f"{BASE}/{shown['id']}"))
        assert (shown["state"], shown["waiting"]) == ("posted", "50.00")
        lines = [{"resident_id": str(right.id), "amount": "50.00"}]
        less = act(
            desk.village, shown, "successors", line_numbers=[1],
            lines=[{"resident_id": str(right.id), "amount": "49.99"}],
        )  # fmt: skip
        assert refused(less) == (422, "payer-successor-differs")
        assert refused(act(desk.village, shown, "successors", line_numbers=[2], lines=lines)) == (
            409, "payer-nothing-left",
        )  # fmt: skip
        made = done(act(desk.village, shown, "successors", line_numbers=[1], lines=lines))
        assert verified(database) == {}
        gone = done(act(desk.village, made, "withdrawals"))
        assert gone["state"] == "withdrawn"
        shown = done(desk.village.get(f"{BASE}/{shown['id']}"))
        assert shown["waiting"] == "50.00"
        made = done(act(desk.village, shown, "successors", line_numbers=[1], lines=lines))
        made = done(act(desk.village, made, "submissions"))
        assert refused(arrive(desk, made)) == (422, "payer-list-date")
        made = done(arrive(desk, made, bank_reference=None))
        assert verified(database) == {}
        done(approve(desk, made))
        assert (collective(desk.clerk, wrong), collective(desk.clerk, right)) == ("0.00", "50.00")

    def test_the_last_reversal_reverses_the_list(self, desk, database):
        [one] = people(database, 1)
        shown = posted(desk, [(one, "50.00")])
        [row] = desk.clerk.get("/api/v1/contributions", params={"resident_id": str(one.id)}).json()["items"]
        done(
            desk.county_clerk.post(
                f"/api/v1/contributions/{row['id']}/reversals", json={"reason": "列错人"}, headers=match(row) | key()
            )
        )
        assert done(desk.village.get(f"{BASE}/{shown['id']}"))["state"] == "reversed"

    def test_a_rejected_list_gives_its_money_back(self, desk, database):
        [one] = people(database, 1)
        shown = received(desk, [(one, "50.00")])
        shown = done(act(desk.county, shown, "rejections", reason="决议未附"))
        assert (shown["state"], shown["waiting"]) == ("rejected", "50.00")
        assert verified(database) == {}
        shown = done(act(desk.finance, shown, "refunds", bank_reference="TK2", refunded_on="2011-03-20"))
        assert shown["waiting"] == "0.00"
        again = done(create(desk.village, [(one, "50.00")], basis=shown["basis"]))
        again = done(act(desk.village, again, "submissions"))
        assert done(act(desk.county, again, "rejections", reason="重复"))["waiting"] == "0.00"

    def test_money_of_a_year_with_posted_interest_corrects_it(self, desk, database):
        [one] = people(database, 1)
        shown = done(create(desk.village, [(one, "50.00")]))
        shown = done(arrive(desk, done(act(desk.village, shown, "submissions")), arrived_on="2010-10-20"))
        with database.unit_of_work(system_actor(COUNTY)) as session:
            session.execute(
                text("UPDATE accounts SET interest_through = '2010-12-31' WHERE resident_id = :id"), {"id": one.id}
            )
        assert done(approve(desk, shown))["posted"] == "50.00"
        # 50.00 from November to December: 5000 x 2.25 % x 2/12 = 18.75 fen.
        assert collective(desk.clerk, one) == "50.19"


class TestLand:
    def test_a_project_pays_its_frozen_list(self, desk, database):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            insured = [factories.make_resident(session) for _ in range(2)]
            for one in insured:
                factories.enrol(session, one)
            later = factories.make_resident(session)
            project = LandOffice.of(session).approved(session, [*insured, later], sum_fen=150_000)
        path = f"/api/v1/land-projects/{project.id}"
        body = {"payer_name": "东环路建设指挥部", "contribution_year": 2011}
        shown = done(desk.village.post(f"{path}/payments", json=body, headers=key()))
        assert (shown["kind"], shown["line_count"], shown["total"]) == ("land", 2, "3000.00")
        assert [row["code"] for row in shown["refused"]] == ["not-insured"]
        assert done(desk.village.get(path))["money"] == {"due": "4500.00", "received": "0.00", "posted": "0.00"}
        shown = done(arrive(desk, done(act(desk.village, shown, "submissions"))))
        assert done(desk.village.get(path))["money"] == {"due": "4500.00", "received": "3000.00", "posted": "0.00"}
        done(approve(desk, shown))
        assert done(desk.village.get(path))["money"] == {"due": "4500.00", "received": "3000.00", "posted": "3000.00"}
        assert collective(desk.clerk, insured[0]) == "1500.00"
        allowance = done(desk.clerk.get(f"/api/v1/contributions/allowances/{insured[0].id}"))
        assert allowance["paid_years"] == []
        nothing = desk.village.post(f"{path}/payments", json=body, headers=key())
        assert refused(nothing) == (409, "land-nothing-due")
        with database.unit_of_work(system_actor(COUNTY)) as session:
            factories.enrol(session, later)
        rest = done(desk.village.post(f"{path}/payments", json=body, headers=key()))
        assert (rest["line_count"], rest["total"]) == (1, "1500.00")

    def test_only_an_approved_project_pays(self, desk, database):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            one = factories.make_resident(session)
            project = LandOffice.of(session).draft(session, [one], approval_number="9")
        body = {"payer_name": "指挥部", "contribution_year": 2011}
        answer = desk.village.post(f"/api/v1/land-projects/{project.id}/payments", json=body, headers=key())
        assert refused(answer) == (409, "land-project-not-approved")


def _number(one):
    id17 = factories.KEYRING.id_of_token(one.id_token)[1]
    return f"{id17:017d}" + check_character(f"{id17:017d}")


def _upload(client, content, name):
    form = {key: str(value) for key, value in HEAD.items() if key != "division_code"} | {
        "basis": f"决议{uuid.uuid4().hex[:6]}", "division": HEAD["division_code"],
    }  # fmt: skip
    return client.post(f"{BASE}/files", data=form, files={"file": (name, content)}, headers=key())
