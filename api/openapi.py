"""The API's description: what FastAPI derives, plus the permission of each operation and the one shape of all errors."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from api.schemas.base import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from api.routes import Route

_SECURITY: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": "nongbao_session", "description": "浏览器会话"},
    "client": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": {}}},
        "description": "接入系统",
    },
}


def program_version() -> str:
    """Return the installed version of this program."""
    try:
        return version("nongbao")
    except PackageNotFoundError:
        return "0"


def describe(app: FastAPI, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=routes, tags=app.openapi_tags
        )
        permissions = {route.name: route.access.permission.value for route in routes}
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
