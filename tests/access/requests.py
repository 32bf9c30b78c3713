"""Reads references out of the API's description, and sends the request of a case with one of them replaced."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from tests.access.case import ROSTER
from tests.access.cases import PUBLIC_CHANGES, PUBLIC_DIVISIONS
from tests.access.world import ABSENT_COUNTY, ABSENT_DIVISION, ABSENT_ID

if TYPE_CHECKING:
    from httpx import Response
    from starlette.testclient import TestClient

    from tests.access.case import Case
    from tests.access.places import Place

REFERENCE = re.compile(r"\^(?:\\d\{(?:6|12|16)\}|\[1-9\]\\d\{5\})\$")
_keys = itertools.count(1)


class Operation:
    """One operation of the description."""

    def __init__(self, path: str, method: str, facts: dict[str, Any], components: dict[str, Any]) -> None:
        self.path = path
        self.method = method.upper()
        self.name = facts["operationId"]
        self.permission = facts["x-permission"]
        self.parameters = facts.get("parameters", [])
        self.headers = {one["name"] for one in self.parameters if one["in"] == "header"}
        self._components = components
        self._content = facts.get("requestBody", {}).get("content", {})

    def references(self) -> set[str]:
        """Return every parameter and field that names a person, a thing or a unit, as where.name."""
        found = {f"{one['in']}.{one['name']}" for one in self.parameters if self._refers(one["schema"])}
        for kind, content in self._content.items():
            where = "body" if kind == "application/json" else "form"
            fields = self._resolved(content["schema"]).get("properties", {})
            found |= {f"{where}.{name}" for name, schema in fields.items() if self._refers(schema)}
        # A one-time code has six digits like a county, and names nothing.
        return found - {"body.code"}

    def body_schema(self) -> dict[str, Any]:
        """Return the schema of the JSON body, empty without one."""
        content = self._content.get("application/json")
        return self._resolved(content["schema"]) if content else {}

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref")
        return self._components[reference.rpartition("/")[2]] if reference else schema

    def _refers(self, schema: dict[str, Any]) -> bool:
        schema = self._resolved(schema)
        if REFERENCE.fullmatch(str(schema.get("pattern", ""))):
            return True
        parts = [*schema.get("anyOf", []), *schema.get("allOf", []), *schema.get("properties", {}).values()]
        return any(self._refers(part) for part in [*parts, *filter(None, [schema.get("items")])])


def operations_of(document: dict[str, Any]) -> dict[str, Operation]:
    """Return all operations of a description by name."""
    components = document["components"]["schemas"]
    return {
        facts["operationId"]: Operation(path, method, facts, components)
        for path, methods in document["paths"].items()
        for method, facts in methods.items()
    }


def absent(kind: str) -> str:
    """A reference of a kind that names nothing."""
    return {"division": ABSENT_DIVISION, PUBLIC_DIVISIONS: ABSENT_DIVISION, "county": ABSENT_COUNTY}.get(
        kind, ABSENT_ID
    )


def named(place: Place, kind: str) -> str:
    """What a place calls its thing of a kind."""
    return place.things[{PUBLIC_DIVISIONS: "division", PUBLIC_CHANGES: "parameter_change"}.get(kind, kind)]


def send(
    client: TestClient, operation: Operation, case: Case, values: dict[str, str], *, version: str | None = "1"
) -> Response:
    """Send the request of a case with these references. The request's id is always the same, to compare answers."""
    path = operation.path
    for name, word in case.path.items():
        path = path.replace(f"{{{name}}}", word)
    query = dict(case.query)
    body = None if case.body is None else dict(case.body)
    form = None if case.form is None else dict(case.form)
    for slot, value in values.items():
        where, _, name = slot.partition(".")
        if where == "path":
            path = path.replace(f"{{{name}}}", value)
        elif where == "query":
            query[name] = value
        elif where == "form":
            form[name] = value
        elif name == "lines":
            body[name] = [{"resident_id": value, "amount": "1.00"}]
        else:
            body[name] = [value] if name.endswith("ids") else value
    headers = {"X-Request-Id": "access"}
    if "idempotency-key" in operation.headers:
        headers["Idempotency-Key"] = f"access-matrix-{next(_keys)}"
    if "if-match" in operation.headers and version is not None:
        headers["If-Match"] = f'"{version}"'
    roster = ROSTER.format(village=values.get("form.division", "")).encode()
    files = None if case.file is None else {case.file: ("f.csv", case.content or roster)}
    return client.request(operation.method, path, params=query, json=body, data=form, files=files, headers=headers)


def essence(response: Response, value: str) -> tuple[int, dict[str, str], bytes]:
    """What a caller can tell from an answer: status, all headers, all bytes; the caller's own reference blanked."""
    return (
        response.status_code,
        {name: text for name, text in response.headers.items() if name != "content-length"},
        response.content.replace(value.encode(), b"<reference>"),
    )
