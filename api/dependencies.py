"""What routes ask for: the actor, a session in the actor's scope, the business date, keys and versions.

These dependencies are coroutines, since a plain function would cost a thread hop each, and take the request alone,
since each one that they ask for in turn is solved anew. The session connects at the endpoint's first statement, and
its commit comes before the answer leaves, so that a commit that fails is never a 2xx.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Scope

from api.crypto import Keyring
from api.database import Actor, abandon, finish
from api.errors import DomainError, Invalid
from api.permissions import Permission
from api.service import Service
from api.services import idempotency_keys, sessions

LOCAL_TIME = ZoneInfo("Asia/Shanghai")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Forbidden(DomainError):
    """The role lacks the right."""

    status = 403
    code = "forbidden"
    title = "没有此项权限"


class SecondFactorRequired(DomainError):
    """Approving and releasing money asks for a recent second factor."""

    status = 403
    code = "second-factor-required"
    title = "此操作须先输入动态口令"


class PreconditionRequired(DomainError):
    """A change came without the version it was made from."""

    status = 428
    code = "if-match-required"
    title = "缺少 If-Match 请求头"


class UnknownParameter(Invalid):
    """A query parameter that the route does not know."""

    code = "unknown-parameter"
    title = "不认识的查询参数"


def get_service(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


async def _get_service(request: Request) -> Service:
    return get_service(request)


ServiceDep = Annotated[Service, Depends(_get_service)]


async def get_keyring(request: Request) -> Keyring:
    """Return the keys for tokens and seals."""
    return get_service(request).keyring


KeyringDep = Annotated[Keyring, Depends(get_keyring)]


def address_of(request: Request) -> str:
    """Return the address of the other end, as the server knows it (behind a trusted proxy: the client's)."""
    return request.client.host if request.client else ""


def request_id_of(request: Request) -> str:
    """Return the request's id; the middleware has vetted or made it."""
    return str(getattr(request.state, "request_id", ""))


def is_same_site(request: Request) -> bool:
    """Tell whether the browser says that our own page sent the request; programs say nothing and are believed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def refuse_other_sites(request: Request) -> None:
    """Refuse a sign-in that another site's page makes in the person's browser. Raises `CsrfTokenMissing`."""
    if not is_same_site(request):
        raise sessions.CsrfTokenMissing


TrustedSiteDep = Depends(refuse_other_sites)


async def get_actor(request: Request) -> Actor:
    """Return who is asking. Raises `NotSignedIn`, and `CsrfTokenMissing` for an unsafe request by cookie alone."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        service = get_service(request)
        credentials = sessions.Credentials(
            cookie=request.cookies.get(sessions.cookie_name(service.settings)),
            bearer=_bearer(request.headers.get("authorization")),
            csrf_token=request.headers.get("x-csrf-token"),
            is_safe=request.method in SAFE_METHODS,
            is_same_site=is_same_site(request),
            request_id=request_id_of(request),
            address=address_of(request),
        )
        known = sessions.cached_actor(credentials)
        if known is None:
            known = await run_in_threadpool(sessions.find_actor, service.database, service.settings, credentials)
        request.state.actor = known
    return known


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


ActorDep = Annotated[Actor, Depends(get_actor)]


async def get_session(request: Request) -> AsyncIterator[Session]:
    """One request, one transaction, committed before the answer leaves: by `Route` as a rule, else here."""
    session = get_service(request).database.session(await get_actor(request))
    try:
        yield session
        if session.in_transaction():
            await run_in_threadpool(finish, session)
    finally:
        if session.in_transaction():
            await run_in_threadpool(abandon, session)


async def get_read_session(request: Request) -> Session:
    """One request, one read-only snapshot, which `Route` ends. It connects in the endpoint, so nothing can be left open."""
    return get_service(request).database.session(await get_actor(request), read_only=True)


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
ReadSessionDep = Annotated[Session, Depends(get_read_session)]


async def get_business_date(request: Request) -> date:
    """Return today's business date: the calendar's in China, or the demonstration's."""
    return get_service(request).business_date or datetime.now(LOCAL_TIME).date()


BusinessDateDep = Annotated[date, Depends(get_business_date)]


class Requires:
    """Dependency that demands a permission; the start-up check and the OpenAPI document read it off the route."""

    def __init__(self, permission: Permission, *, second_factor: bool = False) -> None:
        """Demand `permission`, and a recent second factor where money is approved or released."""
        self.permission = permission
        self.second_factor = second_factor

    async def __call__(self, request: Request) -> None:
        """Raise `NotSignedIn`, `Forbidden` or `SecondFactorRequired`."""
        actor = await get_actor(request)
        if self.permission is not Permission.SIGNED_IN and self.permission not in actor.permissions:
            raise Forbidden
        if self.second_factor and get_service(request).settings.second_factor_required and not actor.second_factor:
            raise SecondFactorRequired


class Public:
    """Mark of a route that needs no sign-in."""

    permission = Permission.PUBLIC

    async def __call__(self) -> None:
        """Demand nothing."""


def requires(permission: Permission, *, second_factor: bool = False) -> Any:
    """Declare the permission of a route: `dependencies=[requires(Permission.X)]`. Every route must have one."""
    return Depends(Public() if permission is Permission.PUBLIC else Requires(permission, second_factor=second_factor))


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not declare: a misspelt filter must not widen a list."""
    if not request.scope["query_string"]:
        return
    name = getattr(request.scope.get("route"), "name", "")
    known = request.app.state.known_parameters.get(name)
    if known is None:
        return
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise UnknownParameter(pointer="/" + unknown[0][:64])


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which slice of a list is wanted."""

    limit: int
    after: str | None


async def get_page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> PageRequest:
    """Return the wanted slice."""
    return PageRequest(limit, after)


PageDep = Annotated[PageRequest, Depends(get_page)]


async def get_if_match(if_match: Annotated[str | None, Header()] = None) -> int:
    """Return the version that the change was made from. Raises `PreconditionRequired`."""
    tag = (if_match or "").removeprefix("W/").strip('"')
    if not tag.isascii() or not tag.isdigit() or len(tag) > 9:
        raise PreconditionRequired
    return int(tag)


IfMatchDep = Annotated[int, Depends(get_if_match)]


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


class WrittenJson(JSONResponse):
    """An answer whose JSON has been written already."""

    def render(self, content: str) -> bytes:
        """Return the text as it is."""
        return content.encode()


class Idempotency:
    """Runs an effect once per key; a repetition gets the stored answer."""

    def __init__(self, session: Session, actor: Actor, operation: str, path: str, key: str) -> None:
        """Bind to the request's session, so that key and effect live or die together."""
        self._session = session
        self._actor = actor
        self._operation = operation
        self._path = path
        self._key = key

    def run(
        self,
        body: BaseModel | str,
        produce: Callable[[], BaseModel],
        *,
        status: int = 201,
        shown_once: Collection[str] = (),
    ) -> JSONResponse:
        """Return the answer of `produce`, or of the first request under this key. Raises `IdempotencyKeyReused`.

        Fields named in `shown_once` are secrets: they are not stored, and a repeated answer has null in their place.
        """
        content = body if isinstance(body, str) else body.model_dump_json()
        request = idempotency_keys.fingerprint(self._operation, self._path, content)
        stored = idempotency_keys.reserve(
            self._session, actor=self._actor, operation=self._operation, key=self._key, request=request
        )
        if stored is not None:
            return JSONResponse(stored.body, status_code=stored.status, headers={"Idempotency-Replayed": "true"})
        answer = produce()
        text = answer.model_dump_json()
        kept = text
        if shown_once:
            fields = answer.model_dump(mode="json")
            kept = json.dumps({name: None if name in shown_once else value for name, value in fields.items()})
        idempotency_keys.remember(
            self._session, actor=self._actor, operation=self._operation, key=self._key, status=status, body=kept
        )
        return WrittenJson(text, status_code=status)


async def get_idempotency(
    request: Request, session: SessionDep, idempotency_key: Annotated[str | None, Header()] = None
) -> Idempotency:
    """Return the once-only runner of this request. Raises `IdempotencyKeyMissing` or `IdempotencyKeyInvalid`."""
    if not idempotency_key:
        raise idempotency_keys.IdempotencyKeyMissing
    visible = all("!" <= letter <= "~" for letter in idempotency_key)
    if not visible or not 8 <= len(idempotency_key) <= 64:
        raise idempotency_keys.IdempotencyKeyInvalid
    operation = getattr(request.scope.get("route"), "name", request.url.path)
    return Idempotency(session, await get_actor(request), operation, request.url.path, idempotency_key)


IdempotencyDep = Annotated[Idempotency, Depends(get_idempotency)]


class Route(APIRoute):
    """A route whose endpoint's own thread writes the answer and ends the transaction, in this order.

    The framework would take three threads one after the other for it, and check our own models a second time.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Take what `APIRoute` takes."""
        if not iscoroutinefunction(endpoint):
            endpoint = self._in_one_thread(endpoint)
        super().__init__(path, endpoint, **options)

    def _in_one_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(endpoint)
        def run(**values: Any) -> Any:
            session = next((value for value in values.values() if isinstance(value, Session)), None)
            if session is None:
                return self._written(endpoint(**values), values)
            try:
                answer = self._written(endpoint(**values), values)
                if not session.info["read_only"]:
                    finish(session)
            finally:
                abandon(session)
            return answer

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


class Router(APIRouter):
    """Routes of one noun."""

    def __init__(self, **options: Any) -> None:
        """Take what `APIRouter` takes."""
        super().__init__(route_class=Route, **options)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say no at a glance to paths without the noun, rather than ask each of its routes."""
        return super().matches(scope) if self.prefix in scope["path"] else (Match.NONE, {})
