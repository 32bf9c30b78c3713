"""缴费 as people use it: a year and several years taken on a phone, a payer's list through three persons, who has not paid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_department_lists import card_number

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


def narrow(visitor):
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_payment_from_the_list_of_who_has_not_paid(visit):
    village = visit(**PHONE)
    village.enter("shihai", "/contributions?tab=unpaid")
    expect(village.page.get_by_role("heading", level=1)).to_have_text("缴费")
    unpaid = village.api("/unpaid-contributions", limit="200")["items"]
    assert unpaid, "everybody has paid"
    payable = next(
        one for one in unpaid
        if village.api(f"/contributions/allowances/{one['resident_id']}")["due"]["refusal"] is None
    )  # fmt: skip
    narrow(village)
    village.open(f"/contributions?tab=pay&resident={payable['resident_id']}")
    expect(village.page.locator("form.desk")).to_contain_text(payable["name"])
    narrow(village)
    village.page.get_by_role("button", name=re.compile("登记缴费")).click()
    expect(village.page.get_by_label("已登记")).to_contain_text("收据")
    left = village.api("/unpaid-contributions", limit="200")["items"]
    assert payable["resident_id"] not in {one["resident_id"] for one in left}


def test_missed_years_are_told_and_taken_in_one_sum(visit):
    village = visit(**PHONE)
    village.enter("shihai", "/contributions?tab=pay")
    people = village.api("/residents", enrolment="county_approved", age_from="47", age_to="58", limit="200")["items"]
    one = next(
        one for one in people
        if village.api(f"/contributions/allowances/{one['id']}")["make_up"]["at_most"] >= 2
    )  # fmt: skip
    village.open(f"/contributions?tab=pay&resident={one['id']}")
    village.page.get_by_label("补缴以前年度").check()
    years = village.page.locator("label.year")
    years.nth(0).click()
    years.nth(1).click()
    expect(village.page.get_by_text("2 年合计")).to_be_visible()
    narrow(village)
    village.page.get_by_role("button", name=re.compile("登记缴费")).click()
    expect(village.page.get_by_label("已登记")).to_contain_text("补缴")
    expect(village.page.get_by_label("已登记")).to_contain_text("收据")


def test_a_list_of_a_payer_through_three_persons(visit, tmp_path: Path):
    village = visit(**PHONE)
    village.enter("shihai", "/contributions?tab=payers")
    people = village.api("/residents", enrolment="county_approved", age_to="55", limit="20")["items"]
    named = [one for one in people if village.api(f"/contributions/allowances/{one['id']}")["barred"] is None][:1]
    clerk = visit()
    clerk.enter("county_clerk", "/money")
    number = card_number(clerk, named[0]["id"])
    file = tmp_path / "list.csv"
    file.write_text(f"姓名,身份证号,金额\n{named[0]['name']},{number},50.00\n无此人,{number},50.00\n", encoding="utf-8")
    village.page.get_by_role("button", name="导入名单").click()
    village.page.get_by_label("付款方名称").fill("石海经济联合社")
    village.page.get_by_label("村民会议决议或文件").fill("决议1号")
    village.page.get_by_label("决议日期").fill("2011-01-15")
    village.page.get_by_label("记入年度").fill("2011")
    village.page.get_by_label("名单文件（姓名、身份证号、金额）").set_input_files(file)
    narrow(village)
    village.page.get_by_role("button", name="核对并存为待提交").click()
    expect(village.page).to_have_url(re.compile(r"/payer-lists/\d{16}$"))
    expect(village.page.get_by_role("heading", name="有 1 行未列入")).to_be_visible()
    narrow(village)
    village.page.get_by_role("button", name="提交名单").click()
    expect(village.page.locator("main")).to_contain_text("待确认到账")
    path = "/" + village.page.url.split("/", 3)[3]
    finance = visit()
    finance.enter("finance", path)
    finance.page.get_by_label("银行到账凭证号").fill("JS-1")
    finance.page.get_by_label("到账日期").fill("2011-03-05")
    finance.page.get_by_role("button", name="金额相符，确认到账").click()
    expect(finance.page.locator("main")).to_contain_text("待复核入账")
    county = visit()
    county.enter("county_reviewer", path)
    county.page.get_by_role("button", name="同意入账").click()
    expect(county.page.get_by_label("名单各行")).to_contain_text("已入账")


def test_government_pays_by_a_run_of_two_persons(visit):
    clerk = visit()
    clerk.enter("county_clerk", "/contributions?tab=government")
    clerk.page.get_by_label("代缴日期").fill("2011-02-08")
    clerk.page.get_by_role("button", name="计算代缴名单").click()
    run = clerk.page.get_by_label("2011-02 政府代缴")
    expect(run).to_contain_text("待复核")
    reviewer = visit(**PHONE)
    reviewer.enter("county_reviewer", "/contributions?tab=government")
    narrow(reviewer)
    reviewer.page.get_by_label("2011-02 政府代缴").get_by_role("button", name="复核同意并入账").click()
    expect(reviewer.page.get_by_label("2011-02 政府代缴")).to_contain_text("已入账")
