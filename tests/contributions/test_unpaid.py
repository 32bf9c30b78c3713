"""未缴费名单: who is on it and why, page by page, as a workbook, and figures that are those of the names."""

from __future__ import annotations

import io
import uuid
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories

BASE = "/api/v1/unpaid-contributions"
COUNTY = 440783000000
PHONE = "13800138000"


@pytest.fixture(scope="module")
def village(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def people(database, sign_in):
    """One of each kind: on the list or not, by name."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        house = factories.make_household(session, number="12")

        def person(name, *, insured=True, on=date(2010, 10, 8), **facts):
            made = factories.make_resident(session, name=name, **facts)
            if insured:
                factories.enrol(session, made, on=on, tier_fen=facts.get("tier", 10_000))
            return made

        found = {
            "never": person("=危险", household=house, village_group="2"),
            "begun": person("分期"),
            "paid": person("缴清"),
            "lump": person("趸缴", birth_date=date(1955, 6, 18)),
            "launch": person("高龄", birth_date=date(1948, 1, 1)),
            "past": person("已过", birth_date=date(1950, 11, 1)),
            "dead": person("已故", status="dead", status_on=date(2011, 1, 5)),
            "not_insured": person("未保", insured=False),
            "drawing": person("领取", birth_date=date(1951, 1, 5)),
            "elsewhere": person("邻村", village=factories.OTHER_VILLAGE),
        }
        session.execute(
            text("UPDATE enrolments SET rhythm = 'quarterly' WHERE resident_id = :id"), {"id": found["begun"].id}
        )
        session.execute(
            text("UPDATE accounts SET state = 'drawing' WHERE resident_id = :id"), {"id": found["drawing"].id}
        )
        sealed = factories.KEYRING.seal(PHONE, table="residents", column="phone", row_id=found["never"].id)
        session.execute(
            text("UPDATE residents SET phone_sealed = :sealed WHERE id = :id"),
            {"sealed": sealed, "id": found["never"].id},
        )
    clerk = sign_in(RoleName.TOWN_CLERK)
    facts = {"paid_on": "2011-03-02", "channel": "bank_transfer"}
    annual = facts | {"contribution_year": 2011, "kind": "annual"}
    for path, body in (
        ("contributions", annual | {"resident_id": str(found["begun"].id), "instalment": 1}),
        ("contributions", annual | {"resident_id": str(found["paid"].id)}),
        ("contributions/lump-sums", facts | {"resident_id": str(found["lump"].id), "until_year": 2012}),
    ):
        answer = clerk.post(f"/api/v1/{path}", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        assert answer.status_code == 201, answer.text
    return found


def test_names_reasons_and_what_is_due(village, people):
    items = village.get(BASE).json()["items"]
    assert [(row["name"], row["reason"], row["paid"], row["due"]) for row in items] == [
        ("分期", "instalments_open", "25.00", "75.00"),
        ("=危险", "never_paid", "0.00", "100.00"),
    ]
    never = items[1]
    assert (never["household_number"], never["village_group"], never["rhythm"]) == ("12", "2", "yearly")
    assert never["phone_masked"] not in {None, PHONE}
    assert PHONE not in str(items)


def test_page_by_page_is_the_whole_list(village, people):
    first = village.get(BASE, params={"limit": 1}).json()
    second = village.get(BASE, params={"limit": 1, "after": first["next"]}).json()
    assert [row["name"] for row in first["items"] + second["items"]] == ["分期", "=危险"]
    assert second["next"] is None


def test_figures_are_those_of_the_names(village, sign_in, people):
    counts = village.get(f"{BASE}/counts").json()
    assert (counts["payer_count"], counts["paid_count"], counts["unpaid_count"], counts["due"]) == (4, 2, 2, "175.00")
    [own] = counts["villages"]
    assert (own["never_paid"], own["instalments_open"]) == (1, 1)
    town = sign_in(RoleName.TOWN_CLERK)
    both = town.get(f"{BASE}/counts").json()
    names = town.get(BASE, params={"limit": 200}).json()["items"]
    assert both["unpaid_count"] == len(names) == 3
    assert len(both["villages"]) == 2


def test_another_year(village, people):
    lacking = village.get(BASE, params={"year": 2010, "limit": 200}).json()["items"]
    assert {row["name"] for row in lacking} == {"分期", "=危险", "缴清", "已过"}
    for year in (2009, 2012):
        answer = village.get(BASE, params={"year": year})
        assert (answer.status_code, answer.json()["code"]) == (422, "unpaid-year-unfit")


def test_the_workbook_has_the_names_as_text_and_is_on_record(village, sign_in, people):
    answer = village.get(f"{BASE}/workbook")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[-2:]] == ["分期", "=危险"]
    assert PHONE not in str(rows)
    events = sign_in(RoleName.AUDITOR).get("/api/v1/audit-events").json()["items"]
    assert "export_unpaid_contributions" in {event["action"] for event in events}


def test_a_neighbour_asks_for_nothing(village, people):
    for path in ("", "/counts", "/workbook"):
        assert village.get(f"{BASE}{path}", params={"division": str(factories.OTHER_VILLAGE)}).status_code == 404
