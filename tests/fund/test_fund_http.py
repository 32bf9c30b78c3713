"""The fund over HTTP, as the real roles: transfers, statements, closing, pack, reports; what the others may not do."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import zipfile
from datetime import date

import pytest
import python_calamine

from api.database import system_actor
from api.vocabulary import Channel, RoleName
from tests import factories
from tests.fund.test_bank_statements import INCOME, TREASURY
from tests.fund.worlds import Ledger, statement_of

_keys = itertools.count(1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
API = "/api/v1"


def headers(version=None, **more):
    found = {"Idempotency-Key": f"fund-http-{next(_keys):04d}"} | more
    return found if version is None else found | {"If-Match": f'"{version}"'}


@pytest.fixture(scope="module")
def people(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        books = Ledger.of(session)
        persons = [books.person() for _ in range(3)]
        books.pays(persons[0], on=date(2010, 11, 3), year=2010)
        books.pays(persons[1], on=date(2010, 11, 9), year=2010, channel=Channel.CASH)
        return [one.id for one in persons]


@pytest.fixture(scope="module")
def roles(sign_in):
    named = (
        ("finance", RoleName.FINANCE), ("second", RoleName.FINANCE), ("auditor", RoleName.AUDITOR),
        ("clerk", RoleName.TOWN_CLERK),
    )  # fmt: skip
    return {name: sign_in(role) for name, role in named}


def load(client, account, rows, first, last, *, opening=0, key=None):
    file = statement_of(account, opening, rows, first, last)
    form = {
        "account": account.value, "layout": file.layout, "from_on": first.isoformat(), "to_on": last.isoformat(),
        "closing_balance": f"{file.closing_fen // 100}.{file.closing_fen % 100:02d}",
    }  # fmt: skip
    return client.post(
        f"{API}/bank-statements", data=form, files={"file": (file.name, file.content, "text/csv")},
        headers={"Idempotency-Key": key or f"fund-file-{next(_keys):04d}"},
    )  # fmt: skip


def test_a_month_from_transfer_to_closed_pack(people, roles):
    finance, second, auditor, clerk = (roles[name] for name in ("finance", "second", "auditor", "clerk"))
    for path in ("fund/accounts", "fund/journals", "fund/periods", "fund-transfers", "bank-statements", "reports/fund"):
        assert clerk.get(f"{API}/{path}").status_code == 403, path

    sweep = finance.get(f"{API}/fund-transfers/sweep").json()
    assert (sweep["held"], sweep["is_due"]) == ("100.00", True)
    wish = {"way": "sweep", "amount": "100.00", "moved_on": "2010-11-30", "bank_reference": "SW-1001"}
    assert finance.post(f"{API}/fund-transfers", json=wish).json()["code"] == "idempotency-key-missing"
    assert auditor.post(f"{API}/fund-transfers", json=wish, headers=headers()).status_code == 403
    made = finance.post(f"{API}/fund-transfers", json=wish, headers=headers())
    assert made.status_code == 201, made.text
    transfer = made.json()
    twice = finance.post(f"{API}/fund-transfers", json=wish, headers=headers())
    assert (twice.status_code, twice.json()["code"]) == (409, "fund-transfer-already-proposed")
    decide = f"{API}/fund-transfers/{transfer['id']}/decisions"
    yes = {"decision": "approve"}
    assert finance.post(decide, json=yes, headers=headers(1)).json()["code"] == "same-person"
    assert second.post(decide, json=yes, headers=headers()).status_code == 428
    assert second.post(decide, json=yes, headers=headers(7)).status_code == 412
    done = second.post(decide, json=yes, headers=headers(1))
    assert done.status_code == 201, done.text
    assert done.json()["state"] == "booked"
    assert second.post(decide, json=yes, headers=headers(2)).json()["code"] == "transfer-decided"

    held = {
        one["code"]: one for one in auditor.get(f"{API}/fund/accounts", params={"on": "2010-11-30"}).json()["items"]
    }
    assert (held["1002"]["balance"], held["1003"]["balance"], held["2001"]["balance"]) == ("0.00", "100.00", "-200.00")
    assert held["1001"]["parties"][0]["balance"] == "100.00"
    owed = next(one for one in held.values() if one["account"] == "subsidy_receivable")
    assert [(one["party_name"], one["balance"]) for one in owed["parties"]] == [("尚未申报", "60.00")]
    journals = auditor.get(f"{API}/fund/journals", params={"account": "income_account", "limit": 1}).json()
    assert journals["next"]
    assert journals["items"][0]["kind"] == "fund_transfer"
    more = auditor.get(f"{API}/fund/journals", params={"account": "income_account", "after": journals["next"]}).json()
    assert [one["kind"] for one in more["items"]] == ["contribution"]
    voucher = f"{API}/fund/journals/{done.json()['journal_id']}"
    assert auditor.get(voucher).json()["subject"] == f"fund_transfer:{transfer['id']}"
    assert auditor.get(voucher, headers={"Accept": "application/pdf"}).content.startswith(b"%PDF")
    persons = auditor.get(f"{API}/fund/journals/{more['items'][0]['id']}/persons").json()["items"]
    assert [(one["resident_id"], one["personal"], one["gov"]) for one in persons] == [
        (str(people[0]), "100.00", "30.00")
    ]

    month = f"{API}/fund/periods/2010-11"
    waiting = finance.get(month)
    assert waiting.headers["ETag"] == '"0"'
    states = {one["code"]: one["state"] for one in waiting.json()["preconditions"]}
    assert {code for code, state in states.items() if state == "unmet"} == {"bank_covered"}
    refused = finance.post(f"{month}/closings", json={}, headers=headers(0))
    assert (refused.status_code, refused.json()["code"]) == (409, "period-not-ready")
    assert {one["code"] for one in refused.json()["errors"]} == {"bank-covered"}

    first, last = date(2010, 11, 1), date(2010, 11, 30)
    income = [(date(2010, 11, 3), "ZZ-7", 10_000), (date(2010, 11, 30), "SW-1001", -10_000)]
    loaded = load(finance, INCOME, income, first, last, key="the-same-key-twice")
    assert loaded.status_code == 201, loaded.text
    assert (loaded.json()["matched_count"], loaded.json()["repeated"]) == (2, False)
    again = load(finance, INCOME, income, first, last, key="the-same-key-twice")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert load(finance, INCOME, income, first, last).json()["repeated"] is True
    assert load(finance, TREASURY, [(last, "SW-1001", 10_000)], first, last).json()["matched_count"] == 1
    compared = auditor.get(
        f"{API}/bank-statements/reconciliation", params={"account": "treasury_account", "on": "2010-11-30"}
    ).json()
    assert (compared["bank_balance"], compared["books_balance"], compared["items"]) == ("100.00", "100.00", [])
    lines = auditor.get(f"{API}/bank-statements/{loaded.json()['statement']['id']}/lines").json()["items"]
    assert all(one["match_id"] for one in lines)

    draft = auditor.get(f"{month}/pack").json()
    assert draft["is_draft"] is True
    assert finance.post(f"{month}/closings", json={}, headers=headers(3)).status_code == 412
    period = finance.post(f"{month}/closings", json={}, headers=headers(0))
    assert period.status_code == 201, period.text
    said = {"content_hash": period.json()["proposed_hash"]}
    approve = f"{month}/closings/approvals"
    assert finance.post(approve, json=said, headers=headers(period.json()["version"])).json()["code"] == "same-person"
    assert auditor.post(approve, json=said, headers=headers(period.json()["version"])).status_code == 403
    closed = second.post(approve, json=said, headers=headers(period.json()["version"]))
    assert closed.status_code == 201, closed.text
    assert closed.json()["state"] == "closed"

    pack = auditor.get(f"{month}/pack").json()
    assert (pack["is_draft"], pack["pack_version"], pack["content_hash"]) == (False, 1, said["content_hash"])
    canonical = json.dumps(pack["facts"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == pack["content_hash"]
    assert auditor.get(f"{month}/pack", params={"version": 2}).status_code == 404
    workbook = auditor.get(f"{month}/pack", headers={"Accept": XLSX}).content
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    assert "1 试算平衡表" in book.sheet_names
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert sheets
    assert not [one for one in sheets if b"<f>" in one]
    assert auditor.get(f"{month}/pack", headers={"Accept": "application/pdf"}).content.startswith(b"%PDF")

    frozen = auditor.get(f"{API}/reports/fund", params={"division": "440783000000", "month": "2010-11"}).json()
    assert (frozen["pack_version"], frozen["statement"]["closing"]) == (1, "260.00")
    live = auditor.get(f"{API}/reports/fund", params={"division": "440783001000", "year": 2010}).json()
    assert (live["pack_version"], live["statement"]["year_income_total"]) == (None, "260.00")
    unclear = auditor.get(f"{API}/reports/fund", params={"month": "2010-11", "year": 2010})
    assert unclear.json()["code"] == "period-ambiguous"

    reopen = finance.post(f"{month}/reopenings", json={"reason": "漏记一笔"}, headers=headers(closed.json()["version"]))
    assert reopen.status_code == 201, reopen.text
    back = finance.post(f"{month}/withdrawals", headers=headers(reopen.json()["version"]))
    assert back.json()["state"] == "closed"


def test_contributions_are_counted_by_tier_rhythm_and_group(people, roles):
    clerk = roles["clerk"]
    report = clerk.get(f"{API}/reports/contributions", params={"year": 2010}).json()
    total = report["total"]
    assert (total["paid_persons"], total["paid"], total["unpaid_persons"], total["subsidy"]) == (
        2,
        "200.00",
        1,
        "60.00",
    )
    assert [(one["key"], one["paid_persons"]) for one in report["by_tier"]] == [("100.00", 2)]
    assert [(one["key"], one["unpaid_persons"]) for one in report["by_rhythm"]] == [("yearly", 1)]
    assert sum(one["paid_persons"] for one in report["by_special_group"]) == 2
    november = clerk.get(
        f"{API}/reports/contributions", params={"month": "2010-11", "division": str(factories.VILLAGE)}
    )
    assert november.json()["total"]["paid"] == "200.00"
    elsewhere = clerk.get(
        f"{API}/reports/contributions", params={"month": "2010-12", "division": str(factories.OTHER_VILLAGE)}
    ).json()
    assert elsewhere["total"]["paid_persons"] == 0
    sheet = clerk.get(f"{API}/reports/contributions", params={"year": 2010}, headers={"Accept": XLSX})
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.content))
    assert book.sheet_names[0] == "1 按缴费档次"
