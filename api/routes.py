"""How an endpoint is reached and run: the permission first, the path by its noun, and one thread for all that blocks.

The framework reads path, query, headers and body and describes them. Solving everything else layer by layer, in a
thread of its own each, would cost it more than a read from the database takes.
"""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import wraps
from inspect import Parameter, iscoroutinefunction, signature
from typing import Any, Final, get_args, get_type_hints

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from api.database import abandon, finish
from api.dependencies import (
    Idempotency,
    Provided,
    Public,
    Requires,
    WrittenJson,
    get_actor,
    open_read_session,
    open_session,
    refuse_unknown_parameters,
)
from api.errors import DomainError
from api.problems import MEDIA_TYPE

PREFIX: Final = "/api/v1"
PROBLEM_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "问题说明 (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_REQUEST: Final = "nongbao_request"
_OF_SOMEBODY: Final = frozenset({get_actor, open_session, open_read_session})


class RouteWithoutPermission(AssertionError):
    """A programming error: a route does not say who may use it. The process does not start."""


class Route(APIRoute):
    """A route that asks for the permission first, and whose endpoint's own thread makes what is `Provided`, writes the
    answer and ends the transaction, in this order.
    """

    access: Requires | Public

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[params.Depends] | None = None,
        **options: Any,
    ) -> None:
        """Take what `APIRoute` takes. Raises `RouteWithoutPermission` unless exactly one permission is declared."""
        declared = [one.dependency for one in dependencies or () if isinstance(one.dependency, Requires | Public)]
        if len(declared) != 1:
            message = f"{path} must declare exactly one permission, not {len(declared)}"
            raise RouteWithoutPermission(message)
        self.access = declared[0]
        if not iscoroutinefunction(endpoint):
            endpoint = self._in_one_thread(endpoint)
        others = [one for one in dependencies or () if one.dependency is not self.access]
        super().__init__(path, endpoint, dependencies=others, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the permission and the names of the query before everything else: a stranger's body is never read."""
        handler = super().get_route_handler()
        known = self.query_parameters()

        async def guarded(request: Request) -> Response:
            await self.access(request)
            refuse_unknown_parameters(request, known)
            return await handler(request)

        return guarded

    def query_parameters(self) -> frozenset[str]:
        """Return the names of all query parameters that the route or its dependencies read."""
        fields = get_flat_params(self.dependant)
        return frozenset(field.alias for field in fields if isinstance(field.field_info, params.Query))

    def _in_one_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        made, rest = _split(endpoint)
        if isinstance(self.access, Public) and not _OF_SOMEBODY.isdisjoint(made.values()):
            message = f"{endpoint.__name__} is public and cannot know who acts"
            raise RouteWithoutPermission(message)

        @wraps(endpoint)
        def run(**values: Any) -> Any:
            request: Request = values.pop(_REQUEST)
            for name, make in made.items():
                values[name] = make(request)
            session = next((value for value in values.values() if isinstance(value, Session)), None)
            if session is None:
                return self._written(endpoint(**values), values)
            for value in values.values():
                if isinstance(value, Idempotency):
                    value.bind(session, get_actor(request))
            try:
                answer = self._written(endpoint(**values), values)
                if not session.info["read_only"]:
                    finish(session)
            except DomainError as refusal:
                begun = any(isinstance(value, Idempotency) and value.is_taken for value in values.values())
                if refusal.keeps and not begun:
                    finish(session)
                raise
            finally:
                abandon(session)
            return answer

        added = Parameter(_REQUEST, Parameter.KEYWORD_ONLY, annotation=Request)
        run.__signature__ = signature(endpoint).replace(parameters=[*rest, added])  # type: ignore[attr-defined]
        return run

    def _written(self, answer: Any, values: dict[str, Any]) -> Any:
        """Write out a model that is of the declared type already, with the headers that the endpoint has set."""
        if type(answer) is not self.response_model:
            return answer
        extra = next((value for value in values.values() if isinstance(value, Response)), None)
        status = (extra.status_code if extra is not None else None) or self.status_code or 200
        response = WrittenJson(answer.model_dump_json(by_alias=True), status_code=status)
        if extra is not None:
            response.raw_headers.extend(extra.raw_headers)
        return response


def _split(endpoint: Callable[..., Any]) -> tuple[dict[str, Callable[[Request], Any]], list[Parameter]]:
    """Part an endpoint's parameters into what is made from the request, and what the framework reads from it."""
    hints = get_type_hints(endpoint, include_extras=True)
    made: dict[str, Callable[[Request], Any]] = {}
    rest: list[Parameter] = []
    for name, parameter in signature(endpoint).parameters.items():
        mark = next((one for one in get_args(hints[name]) if isinstance(one, Provided)), None)
        if mark is not None:
            made[name] = mark.make
        elif hints[name] is Request:
            # The framework hands its request to one parameter only.
            made[name] = _itself
        else:
            rest.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))
    return made, rest


def _itself(request: Request) -> Request:
    return request


class Router(APIRouter):
    """Routes of one noun, below `PREFIX` unless they are the installation's own."""

    def __init__(self, *, prefix: str = "", at_root: bool = False, **options: Any) -> None:
        """Take what `APIRouter` takes."""
        super().__init__(
            prefix=prefix if at_root else PREFIX + prefix,
            route_class=Route,
            responses=PROBLEM_RESPONSE,
            generate_unique_id_function=lambda route: route.name,
            **options,
        )


class Resources(BaseRoute):
    """All routes, found by the noun in their path: asking each of a hundred in turn costs as much as answering."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """Sort the routes by noun, in the order of their declaration. Raises `RouteWithoutPermission`."""
        self._routes: dict[str, list[Route]] = {}
        for route in routes:
            if not isinstance(route, Route):
                message = f"{route} is no Route and asks for no permission"
                raise RouteWithoutPermission(message)
            self._routes.setdefault(_noun(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Find the route of a path and method; of another method the one that can say which are allowed."""
        if scope["type"] != "http":
            return Match.NONE, {}
        partial: tuple[Match, Scope] = (Match.NONE, {})
        for route in self._routes.get(_noun(scope["path"]), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, child
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = match, child
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that was found answer."""
        await scope["route"].handle(scope, receive, send)


def _noun(path: str) -> str:
    """Return the noun of a path below `PREFIX`, and nothing for the installation's own paths and the page's files."""
    if not path.startswith(PREFIX + "/"):
        return ""
    return path[len(PREFIX) + 1 :].partition("/")[0]
