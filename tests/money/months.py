"""Steps of finance: interest of a year, money swept to 财政专户, months closed over the bank's statements and reopened."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

from api.database import system_actor
from api.vocabulary import BankAccountName
from tests.fund.worlds import Ledger, end_of, statement_of
from tests.money.office import COUNTY, yuan

if TYPE_CHECKING:
    from datetime import date

    from tests.money.office import Office


def close_interest(office: Office) -> bool:
    """Interest of the oldest open year, once it is over."""
    year = 2010 + len(office.books.closed)
    if office.today.year <= year:
        return False
    made = office.make("county_clerk", "/interest-runs", {"county": str(COUNTY), "year": year})
    approval = {"content_hash": made["content_hash"]}
    posted = office.make("reviewer", f"/interest-runs/{made['id']}/approvals", approval, version=made["version"])
    assert posted["state"] == "posted", office.story(str(posted))
    office.books.closed.append(year)
    return office.did("close_interest", f"{year}: {posted['total']}")


def sweep(office: Office) -> bool:
    """What is in 收入户 goes to 财政专户, proposed by one finance person and approved by the other."""
    amount = office.books.income_fen // office.random.choice((1, 2))
    if amount <= 0:
        return False
    wish = {
        "way": "sweep", "amount": yuan(amount), "moved_on": office.today.isoformat(),
        "bank_reference": office.reference(),
    }  # fmt: skip
    made = office.make("finance", "/fund-transfers", wish)
    path, said = f"/fund-transfers/{made['id']}/decisions", {"decision": "approve"}
    own = office.post("finance", path, said, version=made["version"])
    assert (own.status_code, own.json()["code"]) == (409, "same-person"), office.story(own.text)
    office.make("second_finance", path, said, version=made["version"])
    office.books.income_fen -= amount
    office.books.treasury_fen += amount
    return office.did("sweep", str(amount))


def next_month(office: Office) -> date | None:
    """The month that is to be closed next: the first since the books begin; None once something came before it."""
    with office.database.read_snapshot(system_actor(COUNTY * 1_000_000)) as session:
        first = session.execute(text("SELECT min(business_date) FROM journals")).scalar_one()
    if first is None or (office.months and first.replace(day=1) < min(office.months)):
        return None
    month = first.replace(day=1)
    while office.months.get(month) == "closed":
        month = end_of(month) + timedelta(days=1)
    return month


def close_month(office: Office) -> bool:
    """The bank's statements of the oldest open month come in, and two persons close it."""
    month = next_month(office)
    if month is None or end_of(month) >= office.today:
        return False
    if not bring_statements(office, month):
        return False
    path = f"/fund/periods/{month:%Y-%m}"
    detail = office.get("finance", path)
    states = {one["code"]: one["state"] for one in detail["preconditions"]}
    waived = [code for code, state in states.items() if state == "unmet" and code == "income_zero"]
    body = {"exceptions": [{"code": code, "reason": "月末未及划转"} for code in waived]}
    answer = office.post("finance", f"{path}/closings", body, version=detail["version"])
    if answer.status_code == 409:
        # A month that was opened again has bookings that its statements, which are in, do not know.
        unmet = {code for code, state in states.items() if state == "unmet"} - {"income_zero"}
        assert unmet <= {"bank_explained"}, office.story(answer.text)
        assert month in office.months, office.story(answer.text)
        return office.refused("close_month", answer, "period-not-ready")
    assert answer.status_code == 201, office.story(answer.text)
    period = answer.json()
    said = {"content_hash": period["proposed_hash"]}
    own = office.post("finance", f"{path}/closings/approvals", said, version=period["version"])
    assert (own.status_code, own.json()["code"]) == (409, "same-person"), office.story(own.text)
    closed = office.make("second_finance", f"{path}/closings/approvals", said, version=period["version"])
    assert closed["state"] == "closed", office.story(str(closed))
    office.months[month] = "closed"
    return office.did("close_month", f"{month:%Y-%m}")


def bring_statements(office: Office, month: date) -> bool:
    """The bank prints what the books know of a month, account by account; no bank prints a balance below zero."""
    if month in office.months:
        return True
    with office.database.read_snapshot(system_actor(COUNTY * 1_000_000)) as session:
        nobody = cast("Any", None)
        books = Ledger(session, nobody, nobody, nobody)
        printed = [(account, *books.bank_rows(account, month, end_of(month))) for account in BankAccountName]
    for _, opening, rows in printed:
        if min(itertools.accumulate((amount for *_, amount in rows), initial=opening)) < 0:
            return False
    for account, opening, rows in printed:
        if not (opening or rows or account in office.covered):
            continue
        file = statement_of(account, opening, rows, month, end_of(month))
        form = {
            "account": account.value, "layout": file.layout, "from_on": month.isoformat(),
            "to_on": end_of(month).isoformat(), "closing_balance": yuan(file.closing_fen),
        }  # fmt: skip
        office.make("finance", "/bank-statements", data=form, files={"file": (file.name, file.content, "text/csv")})
        office.covered.add(account)
        match_by_hand(office, account.value, end_of(month))
    return True


def match_by_hand(office: Office, account: str, on: date) -> None:
    """What reference and day do not bring together, two persons do: the bank's lines of a day and amount, and the books'."""
    items = office.get("finance", "/bank-statements/reconciliation", account=account, on=on.isoformat())["items"]
    places = sorted({(one["moved_on"], one["amount"]) for one in items})
    for place in places:
        ids: dict[str, list[str]] = {
            side: [
                one["subject_id"] for one in items if (one["moved_on"], one["amount"]) == place and one["side"] == side
            ]
            for side in ("line", "journal")
        }
        body = {
            "account": account, "line_ids": ids["line"], "journal_ids": ids["journal"], "note": "同日同额，逐笔核对",
        }  # fmt: skip
        made = office.make("finance", "/bank-statements/matches", body)
        path, said = f"/bank-statements/matches/{made['id']}/decisions", {"decision": "approve"}
        own = office.post("finance", path, said, version=made["version"])
        assert own.status_code in {403, 409}, office.story(own.text)
        office.make("second_finance", path, said, version=made["version"])
        office.done["matched by hand"] += 1


def reopen_month(office: Office) -> bool:
    """Two persons open the latest closed month again."""
    closed = [month for month, state in office.months.items() if state == "closed"]
    if not closed:
        return False
    month = max(closed)
    path = f"/fund/periods/{month:%Y-%m}"
    version = office.get("finance", path)["version"]
    asked = office.make("finance", f"{path}/reopenings", {"reason": "补记凭证"}, version=version)
    own = office.post("finance", f"{path}/reopenings/approvals", version=asked["version"])
    assert (own.status_code, own.json()["code"]) == (409, "same-person"), office.story(own.text)
    office.make("second_finance", f"{path}/reopenings/approvals", version=asked["version"])
    office.months[month] = "open again"
    return office.did("reopen_month", f"{month:%Y-%m}")
