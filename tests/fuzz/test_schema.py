"""Requests made up from the API's own description: no fault of ours, and every answer is as described."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import routes
from api.main import ROUTES
from api.permissions import ROLE_PERMISSIONS
from api.vocabulary import RoleName
from tests.access.case import DONE
from tests.access.cases import CASES
from tests.access.requests import named
from tests.access.world import build

FULL = os.environ.get("FULL_TESTS") == "1"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDS_THE_SESSION = {"sign_out", "confirm_second_factor", "sign_in"}
NAMES = [route.name for route in ROUTES if route.include_in_schema and route.name not in ENDS_THE_SESSION]


@pytest.fixture(scope="module")
def world(database):
    return build(database)


@pytest.fixture(scope="module")
def clients(sign_in):
    return {role: sign_in(role) for role in RoleName}


@pytest.fixture(scope="module")
def schema(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(scope="module")
def described(schema):
    return {found.ok().definition.raw["operationId"]: found.ok() for found in schema.get_all_operations()}


def aim(case, number, own):
    """Let what was made up meet things that exist; every other example does the work that the operation is for."""
    good = CASES[case.operation.definition.raw["operationId"]]
    if number % 2:
        for part, given_values in (("body", good.body), ("query", good.query)):
            if given_values:
                setattr(case, part, dict(given_values))
    for slot, kind in good.slots.items():
        where, _, name = slot.partition(".")
        part = {"path": case.path_parameters, "query": case.query}.get(where, case.body)
        if isinstance(part, dict) and (where == "path" or name in part or (where == "body" and number % 2)):
            part[name] = in_the_shape_of(name, named(own, kind))


def in_the_shape_of(name, value):
    """Return an id as the field takes it: by itself, in a list, or in the lines of a payer's list."""
    if name == "lines":
        return [{"resident_id": value, "amount": "1.00"}]
    return [value] if name.endswith("ids") else value


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_as_described(name, described, clients, world, monkeypatch):
    # What is made up must not change the world for the next example.
    monkeypatch.setattr(routes, "finish", routes.abandon)
    operation, good = described[name], CASES[name]
    permission = operation.definition.raw["x-permission"]
    able = [role for role in RoleName if permission in {"public", "signed-in", *ROLE_PERMISSIONS[role]}]
    client = clients[able[-1] if good.needs is None else RoleName.TOWN_CLERK]
    headers = {"X-CSRF-Token": client.headers["X-CSRF-Token"], "If-Match": f'"{good.version}"'}
    answered = []

    @settings(
        max_examples=100 if FULL else 6,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def answer(case):
        aim(case, len(answered), world["own"])
        case.headers = {}
        response = case.call(
            cookies=dict(client.cookies), headers=headers | {"Idempotency-Key": f"made-up-{len(answered)}"}
        )
        case.validate_response(response, checks=CHECKS)
        assert response.status_code not in {401, 428} or permission == "public"
        if response.status_code >= 400:
            assert response.headers["content-type"] == ["application/problem+json"]
        answered.append(response.status_code)

    answer()
    assert answered
    if good.body is not None and good.seen == DONE:
        assert DONE & set(answered), (name, answered)
