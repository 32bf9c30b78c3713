"""One request, one transaction: no 2xx before the commit, and a repeated request does its work once."""

from __future__ import annotations

import contextlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.database import system_actor
from api.dependencies import Service
from api.main import create_app
from api.services import audit_events
from api.settings import Settings
from api.vocabulary import RoleName
from api.wire import TransactionLost
from tests import factories
from tests.platform.conftest import SESSIONS

USERS = "/api/v1/users"
CONTRIBUTIONS = "/api/v1/contributions"


def raw(database):
    return psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True)


def user_body():
    word = uuid.uuid4().hex[:10]
    return {
        "username": f"u{word}",
        "display_name": "陈小红",
        "person_key": word,
        "role": "town_clerk",
        "division_code": str(factories.TOWN),
    }


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture
def scratch(fresh_database):
    """An application on a database whose users are watched by constraints that only fire at COMMIT."""
    settings = Settings(_env_file=None, pool_size=16)
    app = create_app(
        Service(settings=settings, database=fresh_database, keyring=factories.KEYRING, business_date=date(2011, 3, 31))
    )
    with fresh_database.unit_of_work(system_actor(440000000000)) as session:
        user = factories.make_user(session, role=RoleName.ADMINISTRATOR)
    with TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1") as client:
        answer = client.post(SESSIONS, json={"username": user.username, "password": factories.PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client, fresh_database


def watch(database, action):
    """Have the database do something at the COMMIT of whoever writes a user."""
    with raw(database) as connection:
        connection.execute(
            f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN {action}; RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
        )


def count(database, body):
    with raw(database) as connection:
        return connection.execute("SELECT count(*) FROM users WHERE username = %s", [body["username"]]).fetchone()[0]


def test_a_constraint_that_fires_at_commit_is_no_success(scratch):
    client, database = scratch
    watch(database, "RAISE EXCEPTION 'late' USING ERRCODE = '23505', CONSTRAINT = 'uq_users_person_key'")
    body = user_body()
    answer = client.post(USERS, json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "person-has-a-user")
    assert count(database, body) == 0


def test_a_connection_that_is_cut_at_commit_is_no_success_and_the_next_request_works(scratch):
    client, database = scratch
    watch(database, "PERFORM pg_terminate_backend(pg_backend_pid())")
    body = user_body()
    answer = client.post(USERS, json=body, headers=key())
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"] == "1"
    assert count(database, body) == 0
    with raw(database) as connection:
        connection.execute("DROP TRIGGER at_commit ON users")
    assert client.post(USERS, json=body, headers=key()).status_code == 201
    assert count(database, body) == 1


def test_a_repetition_after_a_failed_commit_does_the_work(scratch):
    client, database = scratch
    watch(database, "RAISE EXCEPTION 'late' USING ERRCODE = '40001'")
    body, header = user_body(), key()
    assert client.post(USERS, json=body, headers=header).status_code == 503
    with raw(database) as connection:
        connection.execute("DROP TRIGGER at_commit ON users")
    again = client.post(USERS, json=body, headers=header)
    assert again.status_code == 201
    assert "idempotency-replayed" not in again.headers


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "idempotency-key-missing"),
        ({"Idempotency-Key": "short"}, "idempotency-key-invalid"),
        ({"Idempotency-Key": "x" * 65}, "idempotency-key-invalid"),
    ],
)
def test_the_key_is_demanded(sign_in, header, code):
    administrator = sign_in(RoleName.ADMINISTRATOR)
    answer = administrator.post(USERS, json=user_body(), headers=header)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_same_key_for_something_else_is_refused(sign_in):
    administrator = sign_in(RoleName.ADMINISTRATOR)
    header = key()
    assert administrator.post(USERS, json=user_body(), headers=header).status_code == 201
    other = administrator.post(USERS, json=user_body(), headers=header)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def contribution(resident):
    return {
        "resident_id": str(resident.id),
        "contribution_year": 2011,
        "kind": "annual",
        "tier": "100.00",
        "paid_on": "2011-03-02",
        "channel": "cash",
    }


@pytest.fixture
def payer(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        resident = factories.make_resident(session)
        factories.enrol(session, resident)
    return resident


def at_once(client, bodies_and_headers):
    gate = threading.Barrier(len(bodies_and_headers))

    def send(pair):
        gate.wait()
        return client.post(CONTRIBUTIONS, json=pair[0], headers=pair[1])

    with ThreadPoolExecutor(len(bodies_and_headers)) as pool:
        return list(pool.map(send, bodies_and_headers))


def test_twenty_identical_requests_at_once_book_once(sign_in, payer, sql):
    clerk = sign_in(RoleName.TOWN_CLERK)
    header = key()
    answers = at_once(clerk, [(contribution(payer), header)] * 20)
    assert {answer.status_code for answer in answers} == {201}, [
        answer.text for answer in answers if answer.status_code != 201
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    (row,) = sql(
        "SELECT count(*) AS lines FROM account_lines WHERE resident_id = :id AND personal_fen > 0", id=payer.id
    )
    assert row.lines == 1
    (row,) = sql("SELECT personal_fen FROM accounts WHERE resident_id = :id", id=payer.id)
    assert row.personal_fen == 10_000


def test_twenty_different_keys_at_once_book_once_too(sign_in, payer, sql):
    clerk = sign_in(RoleName.TOWN_CLERK)
    answers = at_once(clerk, [(contribution(payer), key()) for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    (row,) = sql("SELECT personal_fen FROM accounts WHERE resident_id = :id", id=payer.id)
    assert row.personal_fen == 10_000


def test_every_route_ends_its_transaction_itself():
    """A route of another class would leave its read snapshot open, and a coroutine would not end it either."""
    from inspect import iscoroutinefunction, signature

    from api.main import ROUTES
    from api.routes import Route

    others = [route for route in ROUTES if not isinstance(route, Route) or iscoroutinefunction(route.endpoint)]
    assert [route.name for route in others if "session" in signature(route.endpoint).parameters] == []
    # `follow_job` tells of a job in snapshots of its own, for a minute at most.
    assert {route.name for route in others} == {"read_health", "follow_job"}


def test_an_event_that_waits_for_company_is_there_after_the_commit(fresh_database):
    actor = system_actor(440783000000)
    with fresh_database.unit_of_work(actor) as session:
        audit_events.record(session, actor=actor, action="try", subject_kind="it's", detail_word="\\'; --")
    with raw(fresh_database) as connection:
        row = connection.execute("SELECT subject_kind, detail FROM audit_events WHERE action = 'try'").fetchone()
    assert row == ("it's", {"detail_word": "\\'; --"})


def test_a_unit_of_work_that_fails_leaves_nothing_of_what_waited(fresh_database):
    actor = system_actor(440783000000)
    with contextlib.suppress(ZeroDivisionError), fresh_database.unit_of_work(actor) as session:
        audit_events.record(session, actor=actor, action="try", subject_kind="thing")
        raise ZeroDivisionError
    with fresh_database.unit_of_work(actor) as session:
        session.execute(text("SELECT 1"))
    with raw(fresh_database) as connection:
        assert connection.execute("SELECT count(*) FROM audit_events WHERE action = 'try'").fetchone() == (0,)


def test_a_commit_that_the_server_turns_into_a_rollback_is_no_success(fresh_database):
    actor = system_actor(440783000000)
    with pytest.raises(TransactionLost), fresh_database.unit_of_work(actor) as session, contextlib.suppress(DBAPIError):
        session.execute(text("SELECT 1 / 0"))
