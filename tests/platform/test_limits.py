"""What surrounds every request: bodies, ids, headers, problems without the input, logs without secrets."""

from __future__ import annotations

import io
import json

import pytest

from api import logs
from api.middleware import is_plain_json
from api.vocabulary import RoleName
from tests.platform.conftest import SESSIONS

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "fine"),
    [
        (b'{"a": 1, "b": [1.5, true, null, "x"]}', True),
        (b'{"a": 1, "a": 2}', False),
        (b'{"a": {"b": 1, "b": 1}}', False),
        (b'{"a": NaN}', False),
        (b'{"a": -Infinity}', False),
        (b'{"a": 1000000000000001}', False),
        (b'{"a": ' + b"9" * 5000 + b"}", False),
        (b"[" * 20 + b"]" * 20, True),
        (b"[" * 22 + b"]" * 22, False),
        (b"[" * 100_000 + b"]" * 100_000, False),
        (b'{"a": "\xff"}', False),
        ('{"a": 1}'.encode("utf-16"), False),
        (b"{", False),
    ],
)
def test_only_json_that_all_parsers_read_alike(browser, body, fine):
    assert is_plain_json(body) is fine
    answer = browser.post(SESSIONS, content=body, headers=JSON)
    assert (answer.json()["code"] == "json-invalid") is not fine
    assert answer.status_code == (422 if fine else 400)


def test_bodies_are_counted_by_length_and_while_they_are_read(browser):
    declared = browser.post(SESSIONS, content=b" " * (1 << 20) + b"{}", headers=JSON)

    def parts():
        for _ in range(17):
            yield b" " * (1 << 16)

    chunked = browser.post(SESSIONS, content=parts(), headers=JSON)
    form = browser.post(
        "/api/v1/oauth/token", content=parts(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    for answer in (declared, chunked, form):
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_problem_never_repeats_what_was_sent(browser):
    answer = browser.post(
        SESSIONS, json={"username": 440783195001011234, "password": ["secret-canary"], "extra": "440783195001011234"}
    )
    assert answer.status_code == 400
    answer = browser.post(
        SESSIONS, json={"username": {"id": "440783195001011234"}, "password": ["secret-canary"], "extra": 1}
    )
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/username", "/password", "/extra"}
    assert "440783195001011234" not in answer.text
    assert "secret-canary" not in answer.text


def test_unknown_query_parameters_are_refused_and_known_ones_are_not(sign_in):
    clerk = sign_in(RoleName.TOWN_CLERK)
    assert clerk.get("/api/v1/divisions", params={"parent": "440783001000", "limit": 5}).status_code == 200
    answer = clerk.get("/api/v1/divisions", params={"parnet": "440783001000"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")
    assert answer.json()["errors"][0]["pointer"] == "/parnet"


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-1.2_X", True), ("a" * 65, False), ("a b", False), ("<x>", False), ("", False)]
)
def test_request_ids_are_vetted_and_returned(browser, sent, kept):
    answer = browser.get("/api/v1/nowhere", headers={"X-Request-ID": sent})
    shown = answer.headers["x-request-id"]
    assert answer.json()["request_id"] == shown
    assert (shown == sent) is kept
    assert shown


def test_unknown_paths_and_methods_are_problems(browser):
    assert browser.get("/api/v1/nowhere").json()["code"] == "not-found"
    wrong = browser.put(SESSIONS, json={})
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")


def test_answers_carry_the_security_headers(browser):
    for path in ("/healthz", "/docs", "/api/v1/nowhere", "/"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert browser.get("/healthz").headers["cache-control"] == "no-store"


@pytest.fixture
def page(app, tmp_path, monkeypatch):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>page</p>")
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path.parent / "outside.txt").write_text("outside")
    monkeypatch.setattr(app.router.default, "_folder", tmp_path)


@pytest.mark.usefixtures("page")
def test_the_page_answers_its_own_paths_and_keeps_hashed_files(browser):
    assert browser.get("/residents/4407830000001000").text == "<p>page</p>"
    assert browser.get("/").headers["cache-control"] == "no-cache"
    assert "immutable" in browser.get("/assets/app-1a2b.js").headers["cache-control"]
    assert browser.get("/assets/missing.js").status_code == 404
    assert browser.post("/residents", json={}).status_code == 404
    assert browser.get("/" + "a" * 300).text == "<p>page</p>"
    for path in ("/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt"):
        assert browser.get(path).text != "outside"


def test_docs_and_description_work_without_script_or_internet(browser):
    page = browser.get("/docs")
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert "sign_in" in page.text
    assert browser.get("/docs/style.css").headers["content-type"].startswith("text/css")
    assert browser.get("/openapi.json").json()["openapi"].startswith("3.")


def test_readiness_and_counters(app, browser):
    assert browser.get("/readyz").json()["ready"] is True
    browser.get("/api/v1/nowhere")
    text = browser.get("/metrics").text
    assert 'nongbao_requests_total{method="ANY",operation="none",status="404"}' in text
    app.state.is_stopping = True
    try:
        assert browser.get("/readyz").status_code == 503
        assert browser.get("/healthz").status_code == 200
    finally:
        app.state.is_stopping = False


def test_the_access_log_has_no_query_and_no_secret(browser, monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(logs, "_access", written)
    browser.get("/api/v1/divisions", params={"q": "query-canary"}, headers={"Authorization": "Bearer token-canary"})
    browser.post(SESSIONS, json={"username": "name-canary", "password": "password-canary"})
    logged = written.getvalue()
    assert [json.loads(line)["operation"] for line in logged.splitlines()] == ["list_divisions", "sign_in"]
    assert "canary" not in logged


def test_a_fault_of_ours_is_a_static_problem(app, browser, monkeypatch):
    def fail(*_args, **_names):
        raise RuntimeError("inside-canary")

    monkeypatch.setattr("api.services.sessions.sign_in", fail)
    answer = browser.post(SESSIONS, json={"username": "a", "password": "b"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "canary" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_too_many_waiting_requests_are_sent_away(app, browser, monkeypatch):
    edge = app.middleware_stack
    while type(edge).__name__ != "Edge":
        edge = edge.app
    monkeypatch.setattr(edge, "_most", 0)
    answer = browser.get("/api/v1/divisions")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "1"
    assert browser.get("/healthz").status_code == 200
