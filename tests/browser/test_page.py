"""The page as people use it: in a real browser, against a real server, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from api.exchange.pinyin import name_pinyin

pytestmark = pytest.mark.browser

TOWN = "440783001000"
SHIHAI = "440783001210"
PHONE = {"width": 360, "height": 780}
PATHS = ("/work", "/progress", "/register", "/residents")
THUMB = 44


def paying_resident(visitor) -> dict:
    """Somebody whose money has come in, so that their life has more than one event."""
    contribution = visitor.api("/contributions", limit="1")["items"][0]
    return visitor.api(f"/residents/{contribution['resident_id']}")


def test_a_wrong_password_is_refused_in_words_and_the_right_one_lets_in(visit):
    visitor = visit()
    visitor.open("/")
    expect(visitor.page).to_have_url(re.compile(r"/login\?back="))
    expect(visitor.page.get_by_label("用户名")).to_be_focused()
    visitor.sign_in("town_clerk", "certainly not the password")
    refusal = visitor.page.get_by_role("alert")
    expect(refusal).to_contain_text(re.compile("[一-鿿]"))
    expect(visitor.page.get_by_label("密码")).to_have_value("")
    visitor.sign_in("town_clerk")
    expect(visitor.page).to_have_url(re.compile("/work$"))
    expect(visitor.page.get_by_role("banner")).to_contain_text("街道经办 余小姐")


def test_a_deep_link_survives_the_sign_in(visit):
    visitor = visit()
    visitor.enter("town_clerk", f"/residents?division={SHIHAI}")
    expect(visitor.page).to_have_url(re.compile(rf"/residents\?division={SHIHAI}$"))
    expect(visitor.page.get_by_label("村（社区）")).to_have_value(SHIHAI)


def test_the_gauge_and_the_facts_show_what_the_api_says(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/progress")
    figures = visitor.api("/reports/participation", division=TOWN)
    assert figures["insured"] > 0
    gauge = visitor.page.get_by_role("region", name="现在的参保率").get_by_role("img")
    expect(gauge).to_contain_text(f"{figures['rate']}%")
    facts = visitor.page.locator("dl.facts")
    for name in ("eligible", "insured", "registered", "recipients"):
        expect(facts).to_contain_text(f"{figures[name]:,}")
    if not figures["reached"]:
        expect(visitor.page.locator(".headline")).to_contain_text(f"还差 {figures['gap']:,} 人")


def test_the_ranking_leads_to_the_village_and_back(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/progress")
    children = visitor.api("/reports/participation", division=TOWN)["children"]
    rows = visitor.page.locator("ol.ranking a")
    expect(rows).to_have_count(len(children))
    village = next(unit for unit in children if unit["division_code"] == SHIHAI)
    row = visitor.page.locator("ol.ranking a", has_text=village["division_name"])
    expect(row).to_contain_text(f"{village['rate']}%")
    row.click()
    expect(visitor.page).to_have_url(re.compile(f"/progress/{SHIHAI}"))
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(f"{village['division_name']}参保进度")
    gauge = visitor.page.get_by_role("region", name="现在的参保率").get_by_role("img")
    expect(gauge).to_contain_text(f"{village['rate']}%")
    visitor.page.get_by_role("link", name="返回三埠街道").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("三埠街道参保进度")


def test_the_trend_has_a_point_for_every_frozen_month(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/progress")
    points = visitor.api("/reports/participation/trend", division=TOWN, limit="200")["items"]
    assert len(points) == 6
    section = visitor.page.get_by_role("region", name="变化趋势")
    expect(section).to_contain_text(f"{points[-1]['rate']}%")


def test_pinyin_initials_find_a_person(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/residents")
    wanted = paying_resident(visitor)
    initials = name_pinyin(wanted["name"])[1]
    visitor.page.get_by_label("姓名、名字或拼音").press_sequentially(initials)
    expect(visitor.page).to_have_url(re.compile(rf"q={initials}$"))
    visitor.await_list()
    row = visitor.page.get_by_role("row").filter(has=visitor.page.locator(f'a[href$="/residents/{wanted["id"]}"]'))
    expect(row).to_contain_text(wanted["name"])
    expect(row).to_contain_text(wanted["id_number_masked"])
    found = visitor.page.locator("a.result").all_inner_texts()
    assert found
    assert all(name_pinyin(name.strip())[1].startswith(initials) for name in found)


def test_a_name_that_nobody_has_is_answered_in_words(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/residents")
    visitor.page.get_by_label("姓名、名字或拼音").fill("查无此人")
    expect(visitor.page.get_by_text("没有找到“查无此人”")).to_be_visible()


def test_a_person_shows_account_and_timeline(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/residents")
    person = paying_resident(visitor)
    account = visitor.api(f"/accounts/{person['id']}")
    events = visitor.api(f"/residents/{person['id']}/timeline", limit="20")["items"]
    visitor.open(f"/residents/{person['id']}")
    expect(visitor.page.get_by_role("heading", name=person["name"])).to_be_visible()
    expect(visitor.page).to_have_title(re.compile(person["name"]))
    whole, cents = account["total"].split(".")
    expect(visitor.page.get_by_role("region", name="个人账户")).to_contain_text(f"¥{int(whole):,}.{cents}")
    course = visitor.page.get_by_role("region", name="办理经过")
    expect(course.locator("li.event")).to_have_count(len(events))
    for event in events:
        expect(course).to_contain_text(event["title"])
    kinds = " ".join(event["kind"] for event in events)
    assert "contribution" in kinds
    assert "enrolment" in kinds
    # The number on the card is the masked one, and the whole one is nowhere in the page.
    expect(visitor.page.get_by_text(person["id_number_masked"]).first).to_be_visible()
    assert not re.search(r"\b\d{17}[\dX]\b", visitor.page.content())


def test_signing_out_ends_the_session_and_going_back_shows_nothing(visit):
    visitor = visit()
    visitor.enter("town_clerk", "/residents")
    expect(visitor.page.locator("a.result").first).to_be_visible()
    visitor.page.get_by_role("button", name="退出").click()
    expect(visitor.page).to_have_url(re.compile("/login"))
    assert visitor.context.request.get(f"{visitor.site}/api/v1/sessions/current").status == 401
    visitor.page.go_back()
    expect(visitor.page.get_by_label("用户名")).to_be_visible()
    expect(visitor.page.locator("a.result")).to_have_count(0)


def test_an_assistant_sees_their_own_village_only(visit):
    visitor = visit()
    visitor.enter("shihai", "/residents")
    expect(visitor.page.get_by_role("banner")).to_contain_text("石海村")
    expect(visitor.page.locator("a.result").first).to_be_visible()
    places = visitor.page.locator("tbody tr td:nth-child(5)").all_inner_texts()
    assert places
    assert all(place.startswith("石海村") for place in places)
    visitor.open(f"/progress/{TOWN}")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    expect(visitor.page.get_by_role("img", name=re.compile("参保率"))).to_have_count(0)


def test_an_unknown_address_is_answered_by_the_page(visit):
    visitor = visit()
    visitor.open("/no/such/page")
    expect(visitor.page.get_by_role("heading", name="没有这个页面", level=1)).to_be_attached()


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_scrolls_down_and_never_sideways(visit, path):
    visitor = visit(**PHONE)
    visitor.enter("town_clerk", path)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    box = visitor.page.get_by_role("navigation", name="主要页面").bounding_box()
    assert round(box["y"] + box["height"]) == PHONE["height"]
    for link in visitor.page.get_by_role("navigation", name="主要页面").get_by_role("link").all():
        size = link.bounding_box()
        assert min(size["width"], size["height"]) >= THUMB


def test_a_person_on_a_phone(visit):
    visitor = visit(**PHONE)
    visitor.enter("town_clerk", "/residents")
    person = paying_resident(visitor)
    visitor.page.get_by_label("姓名、名字或拼音").fill(person["name"])
    expect(visitor.page).to_have_url(re.compile(r"[?&]q="))
    visitor.await_list()
    # Two people may share name and masked number; the address is one person's alone.
    card = visitor.page.locator("li.person", has=visitor.page.locator(f'a[href$="/residents/{person["id"]}"]'))
    # The whole card is the link: a tap beside the name counts.
    card.tap(position={"x": 300, "y": 70})
    expect(visitor.page).to_have_url(re.compile(f"/residents/{person['id']}$"))
    expect(visitor.page.get_by_role("heading", name="办理经过")).to_be_visible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_navigation_of_a_desk_is_at_the_top(visit):
    visitor = visit()
    visitor.enter("town_clerk")
    box = visitor.page.get_by_role("navigation", name="主要页面").bounding_box()
    assert box["y"] + box["height"] < 120
    visitor.page.get_by_role("navigation", name="主要页面").get_by_role("link", name="居民").click()
    expect(visitor.page.get_by_role("table")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="居民")).to_have_attribute("aria-current", "page")


def test_the_keyboard_alone_is_enough(visit):
    visitor = visit()
    visitor.open("/")
    page = visitor.page
    page.keyboard.type("town_clerk")
    page.keyboard.press("Tab")
    page.keyboard.type("nongbao-2010-sanbu")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/work$"))
    visitor.open("/residents")
    page.locator("a.result").first.wait_for()
    page.keyboard.press("/")
    expect(page.get_by_label("姓名、名字或拼音")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.result").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="办理经过")).to_be_visible()


def test_the_window_of_these_tests_notices_what_the_policy_refuses(visit):
    """Else the silence at the end of every other test would prove nothing."""
    visitor = visit()
    visitor.open("/login")
    visitor.page.evaluate("document.body.setAttribute('style', 'color: red')")
    visitor.page.evaluate("fetch('/api/v1/no-such-thing?x=1', { method: 'POST' })")
    visitor.page.wait_for_load_state("networkidle")
    with pytest.raises(AssertionError):
        visitor.check()
    assert any("style-src" in fault for fault in visitor.faults)
    visitor.faults.clear()
    visitor.page.evaluate("window.__violations = []")


def test_an_assistant_says_at_the_door_why_somebody_has_not_joined(visit):
    visitor = visit(**PHONE)
    visitor.enter("shihai", "/register?status=not_enrolled&reason=unexplained")
    page = visitor.page
    before = visitor.api("/participation-register/totals")["unexplained"]
    assert before > 0
    first = page.locator("ul.names > li").first
    name = first.locator(".name").inner_text()
    first.get_by_role("button", name="记原因").click()
    expect(page.get_by_role("button", name="无意愿")).to_be_focused()
    expect(page.get_by_role("button", name="在校学生")).to_have_count(0)
    page.get_by_role("button", name="外出联系不上").click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("form.reason")).to_have_count(0)
    visitor.await_list()
    assert visitor.api("/participation-register/totals")["unexplained"] == before - 1
    visitor.open("/register?status=not_enrolled&reason=unreachable")
    told = page.locator("ul.names > li").filter(has_text=name).first
    expect(told).to_contain_text("凭据：入户走访")
