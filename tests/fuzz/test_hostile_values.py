"""Values that break parsers, drivers and databases, in every place of every operation: a refusal, never a fault."""

from __future__ import annotations

import base64
import json
import os

import pytest

from api import routes
from api.main import ROUTES
from api.permissions import ROLE_PERMISSIONS
from api.vocabulary import RoleName
from tests.access.case import ROSTER
from tests.access.cases import CASES
from tests.access.requests import named, operations_of
from tests.access.world import build

FULL = os.environ.get("FULL_TESTS") == "1"
NAMES = [route.name for route in ROUTES if route.include_in_schema]
ENDS_THE_SESSION = {"sign_out", "confirm_second_factor", "sign_in"}


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


CURSORS = [
    cursor(text)
    for text in (
        "", "[]", "{}", "null", "[null]", "[true]", "[1e400]", "[NaN]", "[-1]", "[" * 200, '["' + "9" * 60 + '"]',
        "[1" + "0" * 25 + "]", "[1" + "0" * 5000 + "]", '["\\u0000"]', '["\\ud800"]', '["2011-13-45"]', '["x"]',
        "[0, 0]", "[9223372036854775808, 1]", '["2011-01-01", 99999999999999999999]', '["x", "y"]', '["\\u0000", 1]',
        '[1, "\\u0000"]', '["9999-12-31", 1]', '["0001-01-01", "x", 1]', '["a", "\\u0000", 1]', "[1, 1, 1]",
        '["2011-01", 1]', '["x", 1, 1]', '["\\ud800", 1]', '["x", 1]', '["10000-01-01", 1]',
    )
]  # fmt: skip
TEXTS = [
    "", " ", "\x00", "a\x00b", "\ud800", "%", "_", "\\", "'", '"', "<script>", "\u202e", "\U0010ffff", "x" * 300,
    "-1", "0", "1" * 400, "9" * 16, "0" * 16, "0" * 12, "9" * 12, "999999", "000000", "１２３４５６７８９０１２",
    "²" * 16, "2011-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2011-1-1", "1900-01-01", "2100-12-31",
    "2100-12", "1900-01", "2011-00", "999999999999.99", "0.00", "-0.01", "1e5", "NaN", "٣.٠٠", "true", "null",
]  # fmt: skip
NUMBERS = [0, -1, 1.5, 2**31, 2**53, 2**63, 10**14, True, None, [], {}, "1"]


@pytest.fixture(scope="module")
def world(database):
    return build(database)


@pytest.fixture(scope="module")
def operations(app):
    return operations_of(app.openapi())


@pytest.fixture(scope="module")
def clients(sign_in):
    return {role: sign_in(role) for role in RoleName}


@pytest.fixture
def nothing_stays(monkeypatch):
    monkeypatch.setattr(routes, "finish", routes.abandon)


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


class Request:
    """A good request of a case, of which one part at a time is replaced."""

    def __init__(self, operation, case, own):
        self.operation, self.case = operation, case
        self.parts = {slot: named(own, kind) for slot, kind in case.slots.items()}
        for name, value in case.query.items():
            self.parts[f"query.{name}"] = value
        self.optional = {one["name"] for one in operation.parameters if one["in"] == "query"}

    def send(self, client, slot=None, value=None, *, body=None, headers=None):
        """Send it with `slot` (where.name) replaced by `value`."""
        parts = self.parts | ({slot: value} if slot else {})
        path, query = self.operation.path, []
        sent = dict(self.case.body or {}) | {
            name.removeprefix("body."): ([text] if name.endswith("ids") and isinstance(text, str) else text)
            for name, text in parts.items()
            if name.startswith("body.")
        }
        form = dict(self.case.form or {})
        for name, text in parts.items():
            where, _, field = name.partition(".")
            if where == "path":
                path = path.replace("{" + field + "}", percent(text))
            elif where == "query":
                query.append(f"{field}={percent(text)}")
            elif where == "form":
                form[field] = text
        given = {"Idempotency-Key": "hostile-values", "If-Match": '"1"'} | (headers or {})
        url = path + ("?" + "&".join(query) if query else "")
        if self.case.form is not None:
            roster = ROSTER.format(village="440783001210").encode()
            files = {self.case.file: (form.pop("file name", "f.csv"), form.pop("file content", roster))}
            return client.request(self.operation.method, url, data=form, files=files, headers=given)
        if self.case.body is None and body is None:
            return client.request(self.operation.method, url, headers=given)
        content = json.dumps(sent).encode() if body is None else body
        given["Content-Type"] = "application/json"
        return client.request(self.operation.method, url, content=content, headers=given)


def refused_or_done(answer, where):
    """No fault of ours; and a refusal is a problem that does not repeat what was sent."""
    assert answer.status_code < 500, (where, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", where
        assert answer.json()["status"] == answer.status_code, where


def hostile(request, schema):
    """Every place of a request with the values that it should survive: a third of them each, or all with FULL_TESTS."""
    places = [*request.parts, *(f"query.{name}" for name in sorted(request.optional))]
    if request.case.form is not None:
        places += ["form.file name", *(f"form.{name}" for name in request.case.form)]
    else:
        places += [f"body.{name}" for name in schema.get("properties", {}) if f"body.{name}" not in places]
    for index, place in enumerate(places):
        values = CURSORS if place == "query.after" else [*TEXTS, *(NUMBERS if place.startswith("body.") else [])]
        step = 1 if FULL or place == "query.after" else 3
        for value in values[(index + len(request.operation.name)) % step :: step]:
            unsendable = {"path": value in ("", " "), "form": "\ud800" in str(value)}
            if not unsendable.get(place.partition(".")[0], False):
                yield place, value


@pytest.mark.parametrize("name", NAMES)
def test_no_value_is_a_fault(name, operations, world, clients, anonymous, nothing_stays):
    if name in ENDS_THE_SESSION:
        pytest.skip("covered by tests of signing in; a good request here would end the session")
    operation = operations[name]
    able = [role for role in RoleName if operation.permission in {"public", "signed-in", *ROLE_PERMISSIONS[role]}]
    client = anonymous if operation.permission == "public" else clients[able[-1]]
    request = Request(operation, CASES[name], world["own"])
    tried = 0
    for slot, value in hostile(request, operation.body_schema()):
        answer = request.send(client, slot, value)
        assert answer.status_code != 401 or operation.permission == "public", name
        refused_or_done(answer, (name, slot, repr(value)[:80]))
        tried += 1
    for body in (b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b'{"\\u0000": 1}', b'{"a": "\\ud800"}'):
        if operation.method != "GET":
            refused_or_done(request.send(client, body=body), (name, body))
            tried += 1
    for headers in (
        {"If-Match": '"999999999"'}, {"If-Match": "*"}, {"If-Match": '"²"'.encode()}, {"Idempotency-Key": "é" * 9},
        {"Idempotency-Key": "a b c d e f"}, {"Accept": "x" * 9000}, {"X-Request-Id": "x'; SELECT 1"},
        {"Cookie": "nongbao_session=\x01; a=b"},
    ):  # fmt: skip
        sent = {key: value.encode() if isinstance(value, str) else value for key, value in headers.items()}
        refused_or_done(request.send(client, headers=sent), (name, headers))
        tried += 1
    assert tried >= 8
