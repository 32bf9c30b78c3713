"""A department's list in the browser: brought by one person, looked through, adopted by another; on a desk and on a phone."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.lists import as_csv

pytestmark = pytest.mark.browser

SHIHAI = "440783001210"
PHONE = {"width": 360, "height": 780}
PENSIONERS = 3


def card_number(visitor, resident_id):
    """The full number, as the county agency may see it with a reason."""
    token = visitor.api("/sessions/current")["csrf_token"]
    answer = visitor.context.request.post(
        f"{visitor.site}/api/v1/residents/{resident_id}/reveals",
        headers={"X-CSRF-Token": token, "Content-Type": "application/json"},
        data={"field": "id_number", "reason": "核对名单"},
    )
    assert answer.ok, answer.text()
    return answer.json()["value"]


def death_list(visitor):
    """A list of deaths: people who draw, one under another name, one with another number, and a line that cannot be read."""
    people = visitor.api("/residents", division=SHIHAI, limit="200")["items"]
    drawing = [one for one in people if one["benefit_state"] == "active" and one["status"] == "alive"][: PENSIONERS + 1]
    assert len(drawing) == PENSIONERS + 1
    # The last months of the demonstration have been paid; whoever is said to have died before them was paid too much.
    rows = [(one["name"], card_number(visitor, one["id"]), "2010-12-20", "病故") for one in drawing[:PENSIONERS]]
    last = drawing[PENSIONERS]
    rows.append(("别名", card_number(visitor, last["id"]), "2011-01-05", ""))
    working = next(one for one in people if one["benefit_state"] is None and one["status"] == "alive")
    rows.append((working["name"], factories.id_number(date.fromisoformat(working["birth_date"])), "2011-01-05", ""))
    rows.append(("陈无证", "123", "2011-01-05", ""))
    return as_csv(("姓名", "身份证号", "死亡日期", "死亡原因"), *rows), working


def bring(visitor, content):
    page = visitor.page
    page.get_by_label("名单种类").select_option("deaths")
    page.get_by_label("名单所属单位").select_option(label="三埠街道")
    page.get_by_label("来文文号").fill(f"死亡名单{uuid.uuid4().hex[:6]}号")
    page.get_by_label("名单截止日").fill("2011-02-28")
    page.get_by_label(re.compile("名单文件")).set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="开始比对").click()
    page.get_by_role("heading", name="死亡名单", level=1).wait_for()
    visitor.await_list()


def test_one_brings_a_list_and_another_adopts_it(visit):
    clerk = visit()
    clerk.enter("county_clerk", "/residents")
    clerk.page.get_by_role("link", name="部门名单比对").click()
    expect(clerk.page).to_have_url(re.compile("/department-lists$"))
    content, namesake = death_list(clerk)
    bring(clerk, content)
    page = clerk.page
    expect(page.get_by_role("button", name="复核采用")).to_have_count(0)
    expect(page.get_by_role("region", name="资金影响")).to_contain_text("死亡后仍发放养老金")
    expect(page.get_by_role("region", name="有误未比对的行")).to_contain_text("第 7 行")
    page.get_by_role("button", name=re.compile("姓名相同")).click()
    clerk.await_list()
    [item] = page.get_by_role("article").all()
    item.get_by_role("button", name="指定本人").click()
    item.get_by_label(re.compile(namesake["name"])).first.check()
    item.get_by_label(re.compile("理由")).fill("户口簿核对为同一人")
    item.get_by_role("button", name="确定").click()
    expect(page.get_by_role("article")).to_contain_text("将登记死亡")
    expect(page.get_by_role("region", name="死亡名单")).to_contain_text(f"采用后将办理 {PENSIONERS + 1} 人")
    page.get_by_role("button", name=re.compile("新增")).click()
    clerk.await_list()
    first = page.get_by_role("article").first
    first.get_by_role("button", name="不采用").click()
    first.get_by_label(re.compile("理由")).fill("家属称健在，待走访")
    first.get_by_role("button", name="确定").click()
    expect(first).to_contain_text("家属称健在，待走访")
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载比对表").click()
    assert saved.value.suggested_filename.endswith(".xlsx")
    reviewer = visit()
    reviewer.enter("county_reviewer", page.url.removeprefix(clerk.site))
    expect(reviewer.page.get_by_role("article").first).to_be_visible()
    expect(reviewer.page.get_by_role("button", name="不采用")).to_have_count(0)
    reviewer.page.get_by_role("button", name="复核采用").click()
    expect(reviewer.page.get_by_role("region", name="死亡名单")).to_contain_text(
        f"已办理 {PENSIONERS} 人", timeout=30_000
    )
    # The address shows the new ones, of whom one was left out; the one assigned by hand stands in another group.
    expect(reviewer.page.get_by_role("article").filter(has_text="已办理")).to_have_count(PENSIONERS - 1)


@pytest.mark.parametrize("path", ["/department-lists", "list"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(visit, path):
    visitor = visit(**PHONE)
    visitor.enter("county_clerk", "/department-lists")
    if path == "list":
        visitor.page.locator("a.one").first.click()
        visitor.page.get_by_role("article").first.wait_for()
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    small = visitor.page.evaluate(
        "[...document.querySelectorAll('main button, main a.button, main .up')].filter((one) => one.offsetParent)"
        ".map((one) => [one.textContent.trim(), one.getBoundingClientRect().height]).filter(([, height]) => height < 44)"
    )
    assert small == []
