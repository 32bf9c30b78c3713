"""What routes ask for: the actor, a session in the actor's scope, the business date, keys and versions.

What a `Provided` marks is made from the request in the endpoint's own thread (`api.routes`); the framework, which would
solve it a layer at a time, never sees it. What reads a header or a query parameter is the framework's to describe.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.crypto import Keyring
from api.database import Actor
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


@dataclass(frozen=True, slots=True)
class Provided:
    """Marks a parameter of an endpoint that is made from the request when the endpoint runs, in its thread."""

    make: Callable[[Request], Any]


def get_service(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Provided(get_service)]


def get_keyring(request: Request) -> Keyring:
    """Return the keys for tokens and seals."""
    return get_service(request).keyring


KeyringDep = Annotated[Keyring, Provided(get_keyring)]


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


async def identify(request: Request) -> Actor:
    """Return who is asking. Raises `NotSignedIn`, and `CsrfTokenMissing` for an unsafe request by cookie alone."""
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


def get_actor(request: Request) -> Actor:
    """Return whom `Requires` has identified; a public route knows nobody and must not ask."""
    actor: Actor = request.state.actor
    return actor


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


ActorDep = Annotated[Actor, Provided(get_actor)]


def open_session(request: Request) -> Session:
    """One request, one transaction, which `Route` commits before the answer leaves. It connects at the first statement."""
    return get_service(request).database.session(get_actor(request))


def open_read_session(request: Request) -> Session:
    """One request, one read-only snapshot, which `Route` ends."""
    return get_service(request).database.session(get_actor(request), read_only=True)


SessionDep = Annotated[Session, Provided(open_session)]
ReadSessionDep = Annotated[Session, Provided(open_read_session)]


def get_business_date(request: Request) -> date:
    """Return today's business date: the calendar's in China, or the demonstration's."""
    return get_service(request).business_date or datetime.now(LOCAL_TIME).date()


BusinessDateDep = Annotated[date, Provided(get_business_date)]


class Requires:
    """Demands a permission before anything of the request is read; the OpenAPI document reads it off the route."""

    def __init__(self, permission: Permission, *, second_factor: bool = False) -> None:
        """Demand `permission`, and a recent second factor where money is approved or released."""
        self.permission = permission
        self.second_factor = second_factor

    async def __call__(self, request: Request) -> None:
        """Raise `NotSignedIn`, `Forbidden` or `SecondFactorRequired`."""
        actor = await identify(request)
        if self.permission is not Permission.SIGNED_IN and self.permission not in actor.permissions:
            raise Forbidden
        if self.second_factor and get_service(request).settings.second_factor_required and not actor.second_factor:
            raise SecondFactorRequired


class Public:
    """Mark of a route that needs no sign-in."""

    permission = Permission.PUBLIC

    async def __call__(self, request: Request) -> None:
        """Demand nothing."""


def requires(permission: Permission, *, second_factor: bool = False) -> Any:
    """Declare the permission of a route: `dependencies=[requires(Permission.X)]`. Every route must have one."""
    return Depends(Public() if permission is Permission.PUBLIC else Requires(permission, second_factor=second_factor))


def refuse_unknown_parameters(request: Request, known: Collection[str]) -> None:
    """Refuse query parameters that the route does not declare: a misspelt filter must not widen a list."""
    if not request.scope["query_string"]:
        return
    unknown = sorted(set(request.query_params) - set(known))
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

    def __init__(self, operation: str, path: str, key: str) -> None:
        """Take what the request says; `Route` binds the rest."""
        self._operation = operation
        self._path = path
        self._key = key
        self.is_taken = False
        """Whether the effect has begun: from here on nothing of it stays unless all of it does."""
        self._session: Session
        self._actor: Actor

    def bind(self, session: Session, actor: Actor) -> None:
        """Bind to the request's session, so that key and effect live or die together, and to who asks."""
        self._session = session
        self._actor = actor

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
        self.is_taken = True
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


async def get_idempotency(request: Request, idempotency_key: Annotated[str | None, Header()] = None) -> Idempotency:
    """Return the once-only runner of this request. Raises `IdempotencyKeyMissing` or `IdempotencyKeyInvalid`."""
    if not idempotency_key:
        raise idempotency_keys.IdempotencyKeyMissing
    visible = all("!" <= letter <= "~" for letter in idempotency_key)
    if not visible or not 8 <= len(idempotency_key) <= 64:
        raise idempotency_keys.IdempotencyKeyInvalid
    operation = getattr(request.scope.get("route"), "name", request.url.path)
    return Idempotency(operation, request.url.path, idempotency_key)


IdempotencyDep = Annotated[Idempotency, Depends(get_idempotency)]
