"""Signing in and out: cookie, CSRF token, expiry, guessing, second factor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import second_factor, sessions, throttles
from api.vocabulary import RoleName
from tests import factories
from tests.platform.conftest import SESSIONS

CLERK = RoleName.TOWN_CLERK


def enter(browser, user, password=factories.PASSWORD):
    return browser.post(SESSIONS, json={"username": user.username, "password": password})


def test_sign_in_gives_a_closed_cookie_and_a_csrf_token(browser, new_user):
    answer = enter(browser, new_user(CLERK))
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    body = answer.json()
    assert body["actor"]["division_name"] == "三埠街道"
    assert body["actor"]["role"] == "town_clerk"
    assert len(body["csrf_token"]) == 43
    again = browser.get(f"{SESSIONS}/current").json()
    assert again["csrf_token"] == body["csrf_token"]


def test_the_cookie_itself_is_not_stored(browser, new_user, sql):
    user = new_user(CLERK)
    enter(browser, user)
    token = browser.cookies[sessions.COOKIE]
    stored = sql("SELECT token_hash FROM sessions WHERE user_id = :id", id=user.id)
    assert [bytes(row.token_hash) for row in stored] == [sessions.hash_token(token)]
    assert token.encode() not in bytes(stored[0].token_hash)


def test_a_cookie_is_no_bearer_token_even_a_moment_after_it_was_used(browser, new_user):
    enter(browser, new_user(CLERK))
    assert browser.get(f"{SESSIONS}/current").status_code == 200
    token = browser.cookies[sessions.COOKIE]
    browser.cookies.clear()
    assert browser.get(f"{SESSIONS}/current", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_wrong_password_and_unknown_user_are_one_answer(browser, new_user):
    wrong = enter(browser, new_user(CLERK), "not the password")
    unknown = browser.post(SESSIONS, json={"username": "nobody.here", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 401
    first, second = wrong.json(), unknown.json()
    assert first.pop("request_id") != second.pop("request_id")
    assert first == second
    assert first["code"] == "credentials-wrong"
    assert "set-cookie" not in wrong.headers


def test_disabled_user_cannot_sign_in_and_loses_the_session(browser, new_user, sql):
    user = new_user(CLERK)
    assert enter(browser, user).status_code == 201
    sql("UPDATE users SET disabled_at = now() WHERE id = :id", id=user.id)
    sessions.forget(user.id)
    assert browser.get(f"{SESSIONS}/current").status_code == 401
    assert enter(browser, user).status_code == 401


def test_changes_need_the_csrf_token(browser, new_user):
    csrf = enter(browser, new_user(CLERK)).json()["csrf_token"]
    assert browser.delete(f"{SESSIONS}/current").json()["code"] == "csrf-token-missing"
    wrong = browser.delete(f"{SESSIONS}/current", headers={"X-CSRF-Token": csrf[:-1] + "!"})
    assert wrong.status_code == 403
    assert browser.delete(f"{SESSIONS}/current", headers={"X-CSRF-Token": csrf}).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_can_neither_change_nor_sign_in(browser, new_user, headers):
    user = new_user(CLERK)
    body = {"username": user.username, "password": factories.PASSWORD}
    assert browser.post(SESSIONS, json=body, headers=headers).status_code == 403
    csrf = enter(browser, user).json()["csrf_token"]
    refused = browser.delete(f"{SESSIONS}/current", headers={"X-CSRF-Token": csrf, **headers})
    assert refused.json()["code"] == "csrf-token-missing"


def test_own_page_is_let_through_by_origin(browser, new_user):
    csrf = enter(browser, new_user(CLERK)).json()["csrf_token"]
    headers = {"X-CSRF-Token": csrf, "Origin": "http://127.0.0.1"}
    assert browser.delete(f"{SESSIONS}/current", headers=headers).status_code == 204


def test_sign_out_ends_the_session_for_a_copied_cookie_too(browser, new_user):
    csrf = enter(browser, new_user(CLERK)).json()["csrf_token"]
    token = browser.cookies[sessions.COOKIE]
    answer = browser.delete(f"{SESSIONS}/current", headers={"X-CSRF-Token": csrf})
    assert '"storage"' in answer.headers["clear-site-data"]
    browser.cookies.clear()
    assert browser.get(f"{SESSIONS}/current", headers={"Cookie": f"{sessions.COOKIE}={token}"}).status_code == 401


@pytest.mark.parametrize(
    ("column", "age", "alive"),
    [
        ("seen_at", "14 min", True),
        ("seen_at", "16 min", False),
        ("created_at", "7 h", True),
        ("created_at", "9 h", False),
    ],
)
def test_sessions_end_when_idle_or_old(browser, new_user, sql, column, age, alive):
    user = new_user(CLERK)
    enter(browser, user)
    sql(f"UPDATE sessions SET {column} = now() - CAST(:age AS interval) WHERE user_id = :id", age=age, id=user.id)
    sessions.forget(user.id)
    assert (browser.get(f"{SESSIONS}/current").status_code == 200) is alive


def test_use_is_noted_so_that_a_busy_session_stays(browser, new_user, sql):
    user = new_user(CLERK)
    enter(browser, user)
    sql("UPDATE sessions SET seen_at = now() - interval '10 min' WHERE user_id = :id", id=user.id)
    browser.get(f"{SESSIONS}/current")
    (row,) = sql("SELECT now() - seen_at < interval '1 min' AS fresh FROM sessions WHERE user_id = :id", id=user.id)
    assert row.fresh


def test_a_sixth_session_ends_the_oldest(browser, new_user, sql):
    user = new_user(CLERK)
    for _ in range(6):
        assert enter(browser, user).status_code == 201
    rows = sql("SELECT ended_at FROM sessions WHERE user_id = :id ORDER BY id", id=user.id)
    assert [row.ended_at is None for row in rows] == [False, True, True, True, True, True]


def test_a_sixth_guess_has_to_wait_even_with_the_right_password(app, browser, new_user, sql):
    user = new_user(CLERK)
    for _ in range(5):
        assert enter(browser, user, "a wrong password").status_code == 401
    answer = enter(browser, user)
    assert answer.status_code == 429
    assert answer.json()["code"] == "too-many-attempts"
    assert 1 <= int(answer.headers["retry-after"]) <= 31
    (row,) = sql("SELECT failed_count FROM users WHERE id = :id", id=user.id)
    assert row.failed_count == 5


def test_failures_are_remembered_by_the_database_across_a_restart(database, browser, new_user, sql):
    user = new_user(CLERK)
    sql("UPDATE users SET failed_count = 5, failed_at = now() WHERE id = :id", id=user.id)
    assert enter(browser, user).status_code == 429
    sql("UPDATE users SET failed_at = now() - interval '31 s' WHERE id = :id", id=user.id)
    assert enter(browser, user).status_code == 201
    (row,) = sql("SELECT failed_count FROM users WHERE id = :id", id=user.id)
    assert row.failed_count == 0


def test_the_throttle_doubles_and_forgets():
    now = [0.0]
    throttle = throttles.Throttle(clock=lambda: now[0])
    for _ in range(5):
        throttle.begin("li", "a")
    with pytest.raises(throttles.TooManyAttempts) as refused:
        throttle.begin("li", "a")
    assert refused.value.retry_after == 31
    now[0] = 30.0
    throttle.begin("li", "a")
    with pytest.raises(throttles.TooManyAttempts) as refused:
        throttle.begin("li", "a")
    assert refused.value.retry_after == 61
    now[0] += throttles.WINDOW_SECONDS
    throttle.begin("li", "a")
    assert [throttles.delay(count) for count in (0, 4, 5, 6, 7, 60)] == [0, 0, 30, 60, 120, 900]


def test_an_address_that_tries_many_names_is_slowed_down():
    now = [0.0]
    throttle = throttles.Throttle(clock=lambda: now[0])
    for number in range(30):
        throttle.begin(f"user{number}", "a")
    with pytest.raises(throttles.TooManyAttempts):
        throttle.begin("another", "a")
    throttle.begin("another", "b")
    now[0] = 60.0
    throttle.begin("one more", "a")


def test_events_of_sign_in_are_audited(browser, new_user, sql):
    user = new_user(CLERK)
    enter(browser, user, "a wrong password")
    enter(browser, user)
    rows = sql("SELECT action, outcome FROM audit_events WHERE actor_id = :id ORDER BY id", id=user.id)
    assert [(row.action, row.outcome) for row in rows] == [("sign_in", "credentials-wrong"), ("sign_in", "done")]


def test_one_time_codes_follow_the_standard():
    # RFC 6238, appendix B, cut to six digits.
    secret = b"12345678901234567890"
    cases = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    for seconds, code in cases.items():
        moment = datetime.fromtimestamp(seconds, UTC)
        assert second_factor.code_at(secret, second_factor.step_of(moment)) == code
        assert second_factor.matching_step(secret, code, now=moment, last_used=None) == seconds // 30
        assert second_factor.matching_step(secret, code, now=moment, last_used=seconds // 30) is None


def test_second_factor_renews_the_session_and_a_code_works_once(database, browser, new_user):
    user = new_user(RoleName.COUNTY_REVIEWER)
    with database.unit_of_work(system_actor(440000000000)) as session:
        address = second_factor.enrol(
            session,
            factories.KEYRING,
            actor=system_actor(440000000000),
            county_code=user.county_code,
            user_id=user.id,
            username=user.username,
        )
    secret = base64.b32decode(address.split("secret=")[1].split("&")[0])
    opened = enter(browser, user).json()
    assert opened["actor"]["second_factor"] is False
    before = browser.cookies[sessions.COOKIE]
    code = second_factor.code_at(secret, second_factor.step_of(datetime.now(UTC)))
    path = f"{SESSIONS}/current/second-factor"
    answer = browser.post(path, json={"code": code}, headers={"X-CSRF-Token": opened["csrf_token"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["actor"]["second_factor"] is True
    assert browser.cookies[sessions.COOKIE] != before
    csrf = answer.json()["csrf_token"]
    assert browser.get(f"{SESSIONS}/current").json()["actor"]["second_factor"] is True
    again = browser.post(path, json={"code": code}, headers={"X-CSRF-Token": csrf})
    assert again.json()["code"] == "second-factor-wrong"
    browser.cookies.clear()
    assert browser.get(f"{SESSIONS}/current", headers={"Cookie": f"{sessions.COOKIE}={before}"}).status_code == 401


def test_the_secret_of_the_second_factor_is_sealed(database, new_user, sql):
    user = new_user(RoleName.COUNTY_REVIEWER)
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        address = second_factor.enrol(
            session,
            factories.KEYRING,
            actor=system_actor(440000000000),
            county_code=user.county_code,
            user_id=user.id,
            username=user.username,
        )
    secret = address.split("secret=")[1].split("&")[0]
    (row,) = sql("SELECT second_factor_sealed FROM users WHERE id = :id", id=user.id)
    assert secret.encode() not in bytes(row.second_factor_sealed)
