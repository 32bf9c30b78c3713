"""Machine clients: token endpoint, scopes, subtree, withdrawal."""

from __future__ import annotations

import base64

import pytest

from api.database import system_actor
from api.permissions import Permission
from api.services import clients, sessions
from api.vocabulary import RoleName
from tests import factories
from tests.platform.conftest import SESSIONS

TOKEN = "/api/v1/oauth/token"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def client(database):
    with database.unit_of_work(system_actor(440000000000)) as session:
        made, secret = clients.create(
            session,
            actor=system_actor(440000000000),
            name="市级平台",
            role=RoleName.TOWN_CLERK,
            scopes=[Permission.DIVISION_READ, Permission.RESIDENT_READ],
            division_code=factories.TOWN,
        )
    return made, secret


def credentials(client):
    return {**GRANT, "client_id": client[0].client_key, "client_secret": client[1]}


def test_credentials_in_the_body_or_as_basic_give_a_token(browser, client):
    by_body = browser.post(TOKEN, data=credentials(client))
    pair = base64.b64encode(f"{client[0].client_key}:{client[1]}".encode()).decode()
    by_header = browser.post(TOKEN, data=GRANT, headers={"Authorization": f"Basic {pair}"})
    for answer in (by_body, by_header):
        assert answer.status_code == 200
        assert answer.json()["expires_in"] == 600
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["scope"] == "divisions:read residents:read"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


def test_a_bearer_reads_what_it_may_and_nothing_else(browser, client):
    token = browser.post(TOKEN, data={**credentials(client), "scope": "divisions:read"}).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert browser.get("/api/v1/divisions", headers=headers).status_code == 200
    assert browser.get("/api/v1/users", headers=headers).json()["code"] == "forbidden"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nb-unknown"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"scope": "users:manage"}, 400, "invalid_scope"),
        ({"scope": "divisions:read payments:approve"}, 400, "invalid_scope"),
    ],
)
def test_refusals_of_the_token_endpoint(browser, client, changed, status, code):
    form = {name: value for name, value in (credentials(client) | changed).items() if value is not None}
    answer = browser.post(TOKEN, data=form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 401:
        assert answer.headers["www-authenticate"] == "Basic"


def test_cookie_and_bearer_together_are_refused(browser, new_user, client):
    token = browser.post(TOKEN, data=credentials(client)).json()["access_token"]
    user = new_user(RoleName.TOWN_CLERK)
    browser.post(SESSIONS, json={"username": user.username, "password": factories.PASSWORD})
    answer = browser.get("/api/v1/divisions", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["code"] == "two-credentials"


def test_expired_and_withdrawn_tokens_are_worth_nothing(browser, client, sql, database):
    token = browser.post(TOKEN, data=credentials(client)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert browser.get("/api/v1/divisions", headers=headers).status_code == 200
    sql("UPDATE access_tokens SET expires_at = now() - interval '1 s' WHERE client_id = :id", id=client[0].id)
    sessions.forget(client[0].id)
    assert browser.get("/api/v1/divisions", headers=headers).status_code == 401
    fresh = {"Authorization": f"Bearer {browser.post(TOKEN, data=credentials(client)).json()['access_token']}"}
    assert browser.get("/api/v1/divisions", headers=fresh).status_code == 200
    with database.unit_of_work(system_actor(440000000000)) as session:
        clients.disable(session, actor=system_actor(440000000000), client_id=client[0].id)
    assert browser.get("/api/v1/divisions", headers=fresh).status_code == 401
    assert browser.post(TOKEN, data=credentials(client)).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "x", "440783.", "440783." + "A" * 43, "４４０７８３.abc", "999999999999.x", "440783.\udcff"]
)
def test_forged_tokens_are_refused(browser, token):
    header = {"Authorization": b"Bearer " + token.encode("utf-8", "surrogateescape")}
    assert browser.get("/api/v1/divisions", headers=header).status_code == 401


@pytest.mark.parametrize("scope", [Permission.PAYMENT_APPROVE, Permission.USER_MANAGE, Permission.ENROLMENT_CHECK])
def test_no_machine_gets_a_right_that_needs_a_person_or_that_its_role_lacks(session, scope):
    actor = system_actor(440000000000)
    with pytest.raises(clients.ScopeUnsuitable):
        clients.create(
            session, actor=actor, name="x", role=RoleName.TOWN_CLERK, scopes=[scope], division_code=factories.TOWN
        )
