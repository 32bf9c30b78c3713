"""The walls, from outside: every operation, as every role at two heights, for one's own, foreign and absent things.

A foreign thing is told exactly as one that does not exist: status, headers and bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api import routes
from api.database import scope_of
from api.main import ROUTES
from api.permissions import ROLE_PERMISSIONS
from api.vocabulary import RoleName
from tests import factories
from tests.access.cases import CASES, PUBLIC
from tests.access.requests import absent, essence, named, operations_of, send
from tests.access.world import HERE, build

if TYPE_CHECKING:
    from tests.access.requests import Operation

NAMES = [route.name for route in ROUTES if route.include_in_schema]
HEIGHTS = {"natural": None, "village": HERE}
ACTORS = [
    (role, height)
    for role in RoleName
    for height in HEIGHTS
    if (role, height) != (RoleName.VILLAGE_ASSISTANT, "village")
]
FOREIGN = ("other-village", "other-county")


@pytest.fixture(scope="module")
def world(database):
    return build(database)


@pytest.fixture(scope="module")
def clients(sign_in):
    return {(role, height): sign_in(role, division=HEIGHTS[height]) for role, height in ACTORS}


@pytest.fixture(scope="module")
def operations(app):
    return operations_of(app.openapi())


@pytest.fixture
def nothing_stays(monkeypatch):
    """Every request does its work and is rolled back, so that each cell meets the same world."""
    monkeypatch.setattr(routes, "finish", routes.abandon)


def division_of(role: RoleName, height: str) -> int:
    return HEIGHTS[height] or factories.DIVISION_OF_ROLE.get(role, factories.COUNTY)


def sees(actor, place, kind) -> bool:
    low, high = scope_of(division_of(*actor))
    return kind in PUBLIC or low <= place.unit_of(kind) <= high


def allowed(operation: Operation, role: RoleName) -> bool:
    return operation.permission == "signed-in" or operation.permission in ROLE_PERMISSIONS[role]


def values_for(case, world, slot, value, whose="own"):
    """References of a request: the one in question, and one's own for whatever else the request demands."""
    own = {
        other: named(world[whose if case.together else "own"], kind)
        for other, kind in case.slots.items()
        if other.startswith("path.") or other in case.also
    }
    return own | {slot: value}


def cells_of(operation: Operation) -> list[tuple]:
    """Every cell of an operation: who asks, by which reference, for whose thing."""
    if operation.permission == "public":
        return [(None, None, None)]
    cells: list[tuple] = [("anonymous", None, None), ("signed-out", None, None)]
    for actor in ACTORS:
        slots = sorted(operation.references()) if allowed(operation, actor[0]) else []
        cells += [(actor, slot, whose) for slot in slots for whose in ("own", *FOREIGN)] or [(actor, None, None)]
    return cells


def test_every_operation_and_every_reference_has_a_case(operations):
    assert set(operations) == set(CASES) == set(NAMES)
    for name, operation in operations.items():
        assert operation.references() == set(CASES[name].slots), name
    cells = [(name, *cell) for name, operation in operations.items() for cell in cells_of(operation)]
    tested = [cell for cell in cells if cell[0] in CASES]
    print(f"\naccess matrix: {len(tested)} cells tested / {len(cells)} cells existing")
    assert len(cells) > 1500


@pytest.mark.parametrize("name", NAMES)
def test_cells_of(name, operations, world, clients, anonymous, sign_in, nothing_stays):
    operation, case = operations[name], CASES[name]
    empty = {slot: absent(kind) for slot, kind in case.slots.items()}
    if operation.permission == "public":
        assert send(anonymous, operation, case, empty).status_code not in {401, 403}
        return
    answer = send(anonymous, operation, case, empty)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    said_of_nothing: dict[tuple, tuple] = {}
    for actor, slot, whose in cells_of(operation):
        if isinstance(actor, str):
            continue
        client = sign_in(actor[0], division=HEIGHTS[actor[1]]) if case.fresh else clients[actor]
        where = f"{name} {actor[0].value}@{actor[1]} {slot}={whose}"
        if not allowed(operation, actor[0]):
            _refused(client, operation, case, empty, where)
        elif slot is None:
            assert send(client, operation, case, {}).status_code in case.seen, where
        else:
            _told(client, operation, case, world, actor, slot, whose, where, said_of_nothing)


def _refused(client, operation, case, empty, where):
    """Without the right nothing else is looked at: not the thing, not the body, not the version."""
    first = send(client, operation, case, empty)
    assert (first.status_code, first.json()["code"]) == (403, "forbidden"), where
    path = operation.path
    for name, word in case.path.items():
        path = path.replace(f"{{{name}}}", word)
    for slot, value in empty.items():
        path = path.replace("{" + slot.partition(".")[2] + "}", value)
    bare = client.request(operation.method, path, json={} if case.body else None, headers={"X-Request-Id": "access"})
    assert essence(bare, "-") == essence(first, "-"), where


def _told(client, operation, case, world, actor, slot, whose, where, said_of_nothing):
    """Compare what is said of a thing with what is said of nothing."""
    kind = case.slots[slot]
    value = named(world[whose], kind)
    nothing = absent(kind)
    versions = (case.version, "7", None) if "if-match" in operation.headers else (None,)
    beside = world[whose if case.together else "own"]
    others = all(sees(actor, beside, k) for s, k in case.slots.items() if s.startswith("path.") and s != slot)
    visible = sees(actor, world[whose], kind) and others
    for version in versions:
        asked = send(client, operation, case, values_for(case, world, slot, value, whose), version=version)
        # What belongs together is asked for beside the same things; else a foreign one would be told by its neighbours.
        question = (actor, slot, version, whose if case.together else "own")
        if question not in said_of_nothing:
            empty = send(client, operation, case, values_for(case, world, slot, nothing, question[3]), version=version)
            said_of_nothing[question] = essence(empty, nothing)
        empty = said_of_nothing[question]
        for place in world.values():
            if not sees(actor, place, "division"):
                leaked = [secret for secret in place.secrets - {value} if secret in asked.text]
                assert not leaked, (where, leaked)
        if not visible:
            assert essence(asked, value) == empty, where
        elif version == versions[0]:
            lacks = case.needs is not None and case.needs not in ROLE_PERMISSIONS[actor[0]]
            expected = {403} if lacks else case.seen
            assert asked.status_code in expected, (where, asked.text)
            if not lacks and kind not in PUBLIC:
                assert essence(asked, value) != empty, where


def test_a_signed_out_session_opens_nothing(operations, sign_in, world):
    client = sign_in(RoleName.COUNTY_CLERK)
    cookies = dict(client.cookies)
    assert client.delete("/api/v1/sessions/current").status_code == 204
    client.cookies.update(cookies)
    for name, operation in operations.items():
        if operation.permission != "public":
            case = CASES[name]
            empty = {slot: absent(kind) for slot, kind in case.slots.items()}
            assert send(client, operation, case, empty).status_code == 401, name
