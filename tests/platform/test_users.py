"""Users and the audit trail over HTTP: within the own unit, never for oneself, secrets once."""

from __future__ import annotations

import uuid

import pytest

from api.vocabulary import RoleName
from tests import factories
from tests.platform.conftest import SESSIONS

USERS = "/api/v1/users"


def body(**changes):
    word = uuid.uuid4().hex[:10]
    return {
        "username": f"u{word}",
        "display_name": "陈小红",
        "person_key": f"工号{word}",
        "role": "town_clerk",
        "division_code": str(factories.TOWN),
    } | changes


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture
def administrator(sign_in):
    return sign_in(RoleName.ADMINISTRATOR)


def test_a_new_user_signs_in_with_the_password_that_was_shown_once(administrator, browser):
    header, wanted = key(), body()
    made = administrator.post(USERS, json=wanted, headers=header)
    assert made.status_code == 201, made.text
    password = made.json()["initial_password"]
    assert browser.post(SESSIONS, json={"username": wanted["username"], "password": password}).status_code == 201
    again = administrator.post(USERS, json=wanted, headers=header)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["user"] == made.json()["user"]
    assert again.json()["initial_password"] is None


def test_another_password_under_the_same_key_is_another_request(administrator, sql):
    header, wanted = key(), body()
    first = administrator.post(USERS, json=wanted | {"password": "first-long-password"}, headers=header)
    assert first.status_code == 201, first.text
    again = administrator.post(USERS, json=wanted | {"password": "other-long-password"}, headers=header)
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")
    resets, header = f"{USERS}/{first.json()['user']['id']}/password-resets", key()
    assert administrator.post(resets, json={"password": "third-long-password"}, headers=header).status_code == 201
    again = administrator.post(resets, json={"password": "fourth-long-password"}, headers=header)
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")
    stored = sql("SELECT encode(fingerprint, 'hex') AS mark FROM idempotency_keys")
    assert all("password" not in row.mark for row in stored)


def test_no_password_is_kept_in_the_stored_answer(administrator, sql):
    password = administrator.post(USERS, json=body(), headers=key()).json()["initial_password"]
    rows = sql("SELECT CAST(body AS text) AS body FROM idempotency_keys WHERE operation = 'create_user'")
    assert rows
    assert all(password not in row.body for row in rows)


def test_one_person_has_one_user(administrator):
    first = body()
    assert administrator.post(USERS, json=first, headers=key()).status_code == 201
    again = administrator.post(USERS, json=body(person_key=first["person_key"]), headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "person-has-a-user")
    same_name = administrator.post(USERS, json=body(username=first["username"]), headers=key())
    assert (same_name.status_code, same_name.json()["code"]) == (409, "username-taken")


@pytest.mark.parametrize("unit", ["440784000000", "440000000000", "440783999999"])
def test_units_outside_and_units_that_do_not_exist_are_one_answer(administrator, unit):
    answer = administrator.post(USERS, json=body(division_code=unit), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (404, "division-not-found")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa"])
def test_weak_passwords_are_refused(administrator, password):
    answer = administrator.post(USERS, json=body(password=password), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (422, "password-unsuitable")
    assert password not in answer.text


def test_nobody_changes_their_own_rights(administrator):
    path = f"{USERS}/{administrator.user_id}"
    answer = administrator.patch(path, json={"role": "finance"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "own-user")
    reset = administrator.post(f"{path}/password-resets", json={}, headers=key())
    assert reset.json()["code"] == "own-user"


def test_changes_need_the_version_and_end_the_sessions(administrator, sign_in):
    clerk = sign_in(RoleName.TOWN_CLERK)
    assert clerk.get(f"{SESSIONS}/current").status_code == 200
    path = f"{USERS}/{clerk.user_id}"
    assert administrator.patch(path, json={"role": "town_reviewer"}).status_code == 428
    tag = administrator.get(path).headers["etag"]
    changed = administrator.patch(path, json={"role": "town_reviewer"}, headers={"If-Match": tag})
    assert changed.json()["role"] == "town_reviewer"
    assert clerk.get(f"{SESSIONS}/current").status_code == 401
    stale = administrator.patch(path, json={"disabled": True}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")


def test_an_administrator_of_a_town_sees_no_other_town(sign_in):
    town = sign_in(RoleName.ADMINISTRATOR, division=factories.TOWN)
    elsewhere = sign_in(RoleName.TOWN_CLERK, division=440783103000)
    assert town.get(f"{USERS}/{elsewhere.user_id}").status_code == 404
    listed = town.get(USERS, params={"limit": 200}).json()["items"]
    assert all(440783001000 <= int(row["division_code"]) <= 440783001999 for row in listed)
    absent = town.get(f"{USERS}/4407839999999999").json()
    hidden = town.get(f"{USERS}/{elsewhere.user_id}").json()
    absent.pop("request_id"), hidden.pop("request_id")
    assert absent == hidden


def test_lists_continue_where_they_stopped(administrator):
    for _ in range(3):
        administrator.post(USERS, json=body(), headers=key())
    seen, after = [], None
    while True:
        page = administrator.get(USERS, params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [row["username"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) >= 4
    assert administrator.get(USERS, params={"after": "nonsense"}).json()["code"] == "invalid-cursor"


def test_the_audit_trail_has_effects_and_refusals_and_only_auditors_read_it(administrator, sign_in):
    administrator.post(USERS, json=body(), headers=key())
    administrator.patch(f"{USERS}/{administrator.user_id}", json={"role": "finance"}, headers={"If-Match": '"1"'})
    assert administrator.get("/api/v1/audit-events").json()["code"] == "forbidden"
    auditor = sign_in(RoleName.AUDITOR)
    found = auditor.get("/api/v1/audit-events", params={"actor_id": str(administrator.user_id)}).json()["items"]
    assert [(row["action"], row["outcome"]) for row in found] == [
        ("change_user", "own-user"),
        ("create_user", "done"),
        ("sign_in", "done"),
    ]
