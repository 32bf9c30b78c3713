"""A person's account on the village's phone, and the year's end at the county's desk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


def look(page, name):
    """Keep a picture where somebody asks for it."""
    folder = os.environ.get("ACCOUNT_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_account_on_the_phone(visit):
    village = visit(**PHONE)
    village.enter("shihai")
    people = village.api("/residents", enrolment="county_approved", limit="200")["items"]
    with_money = next(one for one in people if float(village.api(f"/accounts/{one['id']}")["personal"]) > 0)
    village.open(f"/residents/{with_money['id']}")
    village.page.get_by_role("link", name="明细、对账单与证明").click()
    expect(village.page.get_by_role("heading", level=1)).to_contain_text("的个人账户")
    village.page.get_by_role("button", name="2010年").click()
    expect(village.page.get_by_role("heading", name="2010年度对账单")).to_be_visible()
    expect(village.page.locator("main")).to_contain_text("按1月1日人民银行一年期存款利率")
    assert village.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    village.page.get_by_role("button", name="补记一笔").click()
    expect(village.page.get_by_label("收到日期")).to_be_visible()
    look(village.page, "account-phone")
    village.open("/interest")
    expect(village.page.get_by_role("heading", name="打印对账单")).to_be_visible()
    assert village.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    look(village.page, "interest-phone")


def test_a_year_is_proven_at_the_countys_desk(visit):
    desk = visit(width=1280, height=800)
    desk.enter("county_clerk", "/interest")
    expect(desk.page.locator("main")).to_contain_text("2010年度")
    desk.page.get_by_role("button", name="出具年度证明").first.click()
    expect(desk.page.get_by_text("2010年度，第1版")).to_be_visible(timeout=30_000)
    look(desk.page, "interest-desk")
    people = desk.api("/residents", enrolment="county_approved", limit="200")["items"]
    with_money = next(one for one in people if float(desk.api(f"/accounts/{one['id']}")["personal"]) > 0)
    desk.open(f"/residents/{with_money['id']}/account?year=2010")
    expect(desk.page.get_by_text("全县根摘要", exact=True)).to_be_visible()
    look(desk.page, "account-desk")
