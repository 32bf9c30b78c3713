"""What no text column can hold and no cursor was ever given out: a 4xx with a code, never a fault of ours."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import date

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories

STRANGE = ["\x00", "a\x00b", "\ud800", "\U0010ffff", "'; DROP TABLE residents; --", "%", "_", "\\", "x" * 51]


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def county(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture(scope="module")
def resident(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        return factories.make_resident(session, birth_date=date(1970, 5, 1))


@pytest.mark.parametrize("path", ["/residents?q=", "/households?number="])
@pytest.mark.parametrize("text", ["%00", "a%00b", "%ED%A0%80", "%F4%8F%BF%BF", "%25", "_", "%5C", "x" * 51])
def test_strange_searches_find_nobody(clerk, path, text):
    answer = clerk.get(f"/api/v1{path}{text}")
    assert answer.status_code in {200, 422}, answer.text
    if answer.status_code == 200:
        assert answer.json()["items"] == []


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_are_kept_or_refused(clerk, county, resident, text):
    url = f"/api/v1/residents/{resident.id}"
    sent = [
        (clerk, "PATCH", url, {"address": text}),
        (clerk, "PATCH", url, {"remark": text}),
        (clerk, "PATCH", url, {"household_number": text}),
        (clerk, "PATCH", url, {"bank_account": text}),
        (clerk, "POST", f"{url}/deaths", {"died_on": "2050-01-01", "source": text}),
        (county, "POST", f"{url}/reveals", {"field": "bank_account", "reason": text + "##"}),
        (clerk, "POST", "/api/v1/residents/search", {"id_number": text}),
        (
            clerk,
            "POST",
            "/api/v1/enrolments/decisions",
            {"ids": [str(resident.id)], "step": "village_check", "decision": "return", "opinion": text},
        ),
    ]
    for client, method, path, body in sent:
        version = client.get(url).json()["version"]
        headers = {"If-Match": f'"{version}"', "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        answer = client.request(method, path, content=json.dumps(body).encode(), headers=headers)
        assert answer.status_code < 500, (path, body, answer.text)


@pytest.mark.parametrize(
    "path", ["/residents", "/residents?q=l", "/households", "/enrolments", "/imports", "/residents/{}/timeline"]
)
@pytest.mark.parametrize(
    "values", [["\x00", 1], [1], [10**30], ["a", 10**30], ["9999-99-99", "x", "k", 1], ["2011-01-01", "2011-01-01T00:00:00+00:00", "\x00", 1], [["l"]], {}, ["\ud800", 1]]
)  # fmt: skip
def test_cursors_that_were_never_given_out_are_refused_or_empty(clerk, resident, path, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    url = "/api/v1" + path.format(resident.id)
    answer = clerk.get(url + ("&" if "?" in url else "?") + f"after={cursor}")
    assert answer.status_code in {200, 422}, answer.text
