"""The API's description: what FastAPI derives, plus the permission of each operation and the one shape of all errors."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from fastapi import params
from fastapi.dependencies.utils import get_flat_params
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.dependencies import Public, Requires
from api.problems import MEDIA_TYPE
from api.schemas.base import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

    from api.permissions import Permission

PROBLEM_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "问题说明 (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_SECURITY: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": "nongbao_session", "description": "浏览器会话"},
    "client": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": {}}},
        "description": "接入系统",
    },
}


class RouteWithoutPermission(AssertionError):
    """A programming error: a route does not say who may use it. The process does not start."""


def program_version() -> str:
    """Return the installed version of this program."""
    try:
        return version("nongbao")
    except PackageNotFoundError:
        return "0"


def permission_of(route: APIRoute) -> Permission:
    """Return the permission that a route declares. Raises `RouteWithoutPermission`."""
    declared = [one.dependency for one in route.dependencies if isinstance(one.dependency, Requires | Public)]
    if len(declared) != 1:
        message = f"{route.name} {route.path} must declare exactly one permission, not {len(declared)}"
        raise RouteWithoutPermission(message)
    return declared[0].permission


def query_parameters_of(route: APIRoute) -> frozenset[str]:
    """Return the names of all query parameters that the route or its dependencies read."""
    fields = get_flat_params(route.dependant)
    return frozenset(field.alias for field in fields if isinstance(field.field_info, params.Query))


def describe(app: FastAPI, routes: Iterable[APIRoute]) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        permissions = {route.name: permission_of(route).value for route in routes}
        _add_permissions(document, permissions)
        _add_components(document)
        app.openapi_schema = document
    return app.openapi_schema


def _add_permissions(document: dict[str, Any], permissions: dict[str, str]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            permission = permissions[operation["operationId"]]
            operation["x-permission"] = permission
            operation["security"] = [] if permission == "public" else [{"session": []}, {"client": []}]


def _add_components(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SECURITY
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
