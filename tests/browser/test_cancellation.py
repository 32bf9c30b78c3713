"""注销登记 as people use it: handed in on a phone, decided and settled at desks, paid by finance."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
STEPS = (("town_clerk", "村级核对"), ("town_reviewer", "街道初审"), ("county_reviewer", "县级复核"))
HEIR = factories.id_number(date(1980, 2, 3))


def test_a_cancellation_from_the_phone_to_the_payment(visit):
    village = visit(**PHONE)
    village.enter("shihai")
    people = village.api("/residents", enrolment="county_approved", limit="200")["items"]
    with_money = next(one for one in people if float(village.api(f"/accounts/{one['id']}")["personal"]) > 0)
    village.open(f"/residents/{with_money['id']}")
    village.page.get_by_role("link", name="办理注销登记").click()
    expect(village.page.get_by_role("heading", level=1)).to_contain_text("注销登记")
    village.page.get_by_label("死亡日期").fill("2011-03-10")
    village.page.get_by_label("证明编号").fill("死证-17")
    village.page.get_by_label("姓名").fill("梁继承")
    village.page.get_by_label("身份证号").fill(HEIR)
    village.page.get_by_label("银行账号").fill("6228480402564890018")
    wide = village.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    village.page.get_by_role("button", name="提交注销登记").click()
    expect(village.page).to_have_url(re.compile(r"/cancellations/\d{16}$"))
    expect(village.page.locator("main")).to_contain_text("待村级核对")
    path = "/" + village.page.url.split("/", 3)[3]
    for username, step in STEPS:
        desk = visit()
        desk.enter(username, path)
        expect(desk.page.get_by_role("heading", name=step)).to_be_visible()
        if step == "街道初审":
            desk.page.get_by_role("button", name="退回").click()
            expect(desk.page.get_by_role("alert")).to_contain_text("须写明理由")
            desk.page.get_by_role("textbox", name="意见").fill("材料齐全")
        desk.page.get_by_role("button", name="同意", exact=True).click()
        expect(desk.page.get_by_role("heading", name=step)).to_be_hidden()
    clerk = visit()
    clerk.enter("county_clerk", path)
    clerk.page.get_by_role("button", name="计算一次性结算").click()
    expect(clerk.page.get_by_role("heading", name="一次性结算单")).to_be_visible()
    reviewer = visit()
    reviewer.enter("county_reviewer", "/settlements")
    reviewer.page.get_by_role("link", name=with_money["name"]).first.click()
    reviewer.page.get_by_text("计算依据").click()
    reviewer.page.get_by_role("button", name=re.compile("同意支付")).click()
    expect(reviewer.page.locator("main")).to_contain_text("待支付")
    finance = visit(**PHONE)
    finance.enter("finance", "/settlements?state=approved")
    finance.page.get_by_role("link", name=with_money["name"]).first.click()
    finance.page.get_by_label("银行凭证号").fill("JS-2011-1")
    finance.page.get_by_role("button", name="登记已支付").click()
    expect(finance.page.locator("main")).to_contain_text("已注销")
    expect(finance.page.locator("main")).to_contain_text("银行凭证 JS-2011-1")
    village.open(f"/residents/{with_money['id']}")
    expect(village.page.locator("main")).to_contain_text("一次性结算已支付")
