"""今日待办 in a real browser: an application and a change from the door to the county, each by its own person."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

VILLAGE = "440783001210"
ACCOUNT = "6228480402564890026"


def somebody(visitor, **query):
    """A living person of the village who is of working age."""
    people = visitor.api("/residents", division=VILLAGE, limit="200", **query)["items"]
    return next(one for one in people if one["status"] == "alive" and 20 <= one["age"] < 55)


def somebody_eligible(visitor):
    """A person of working age whom the register counts and who has not joined, nor has an application on its way."""
    people = visitor.api("/participation-register", division=VILLAGE, status="not_enrolled", limit="200")["items"]
    for one in people:
        person = visitor.api(f"/residents/{one['resident_id']}")
        if 20 <= person["age"] < 55 and person["enrolment_state"] is None:
            return person
    raise LookupError("nobody is left to join")


def no_sideways_scrolling(page):
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than the screen"


def decide(visit, username, name, button, *, opinion=None, width=1280, height=800):
    """Open the case of a person from one's list and say something."""
    visitor = visit(width=width, height=height)
    visitor.enter(username)
    page = visitor.page
    expect(page).to_have_url(re.compile("/work$"))
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_role("button", name=button).wait_for()
    no_sideways_scrolling(page)
    if opinion:
        page.get_by_role("textbox", name="意见").fill(opinion)
    page.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile("/work$"))
    return visitor


def test_a_change_goes_from_the_phone_of_the_village_to_the_county(visit):
    phone = visit(width=360, height=740)
    phone.enter("shihai")
    page = phone.page
    expect(page.get_by_role("heading", name="今日待办")).to_be_visible()
    person = somebody(phone, enrolment="county_approved")
    phone.open(f"/residents/{person['id']}")
    page.get_by_role("link", name="申请变更").click()
    page.get_by_label("变更项目").select_option("bank_account")
    page.get_by_label("新的银行账号").fill(ACCOUNT)
    page.get_by_label("凭什么证明").select_option("bank_book")
    no_sideways_scrolling(page)
    page.get_by_role("button", name="提交，等待村级核对").click()
    expect(page.get_by_role("heading", name="变更：银行账号")).to_be_visible()
    expect(page.locator("ins")).to_contain_text("0026")
    assert ACCOUNT not in page.content()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page).to_have_url(re.compile("/work$"))
    decide(visit, "town_reviewer", person["name"], "退回补正", opinion="请附存折复印件")
    phone.open("/work?box=returned")
    page.get_by_role("link", name=person["name"], exact=True).click()
    expect(page.get_by_text("请附存折复印件")).to_be_visible()
    page.get_by_role("link", name="补正后重新提交").click()
    page.get_by_label("新的银行账号").fill(ACCOUNT)
    page.get_by_role("button", name="提交，等待村级核对").click()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page).to_have_url(re.compile("/work$"))
    decide(visit, "town_reviewer", person["name"], "同意", width=360, height=740)
    county = decide(visit, "county_reviewer", person["name"], "同意并办结")
    now = county.api(f"/residents/{person['id']}")
    assert now["bank_account_masked"].endswith("0026")


def test_an_application_is_handed_in_and_approved_with_others(visit):
    phone = visit(width=360, height=740)
    phone.enter("shihai")
    page = phone.page
    person = somebody_eligible(phone)
    phone.open(f"/residents/{person['id']}")
    page.get_by_role("link", name="参保登记").click()
    page.get_by_label("¥200.00").check()
    no_sideways_scrolling(page)
    page.get_by_role("button", name="提交，等待村级核对").click()
    expect(page.get_by_text("预计生效月份")).to_be_visible()
    phone.open("/work")
    page.get_by_label(f"选择{person['name']}的参保登记 200.00元/年").check()
    page.get_by_role("button", name="全部同意").click()
    expect(page.get_by_text("已同意 1 件")).to_be_visible()
    reviewer = visit()
    reviewer.enter("town_reviewer")
    expect(reviewer.page.get_by_role("link", name=person["name"], exact=True)).to_be_visible()


def test_a_refusal_says_why_in_the_form(visit):
    phone = visit(width=360, height=740)
    phone.enter("shihai")
    person = somebody(phone)
    phone.open(f"/residents/{person['id']}/change?kind=phone")
    phone.page.get_by_label("新的联系电话").fill("123")
    phone.page.get_by_role("button", name="提交，等待村级核对").click()
    expect(phone.page.get_by_text("联系电话无法识别").first).to_be_visible()
    assert phone.faults.pop().startswith("422")
