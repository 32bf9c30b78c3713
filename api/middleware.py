"""What surrounds every request: its id, limits on its body, security headers, the access log, counters and the audit of
refusals. Written against ASGI itself, since wrapping a request in a task of its own costs more than most reads.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api import logs, problems
from api.services import audit_events

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.database import Actor
    from api.metrics import Metrics
    from api.service import Service
    from api.settings import Settings

LOG: Final = structlog.stdlib.get_logger("nongbao.access")
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
AUDITED_REFUSALS: Final = frozenset({403, 409, 412})
IMPORTS: Final = "/api/v1/imports"
"""Where large files come in; they are read in pieces."""
QUIET: Final = frozenset({"read_health", "read_readiness", "read_metrics"})
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'"
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_QUEUE_PER_WORKER: Final = 4
_DEEPEST: Final = 20
_LARGEST_INTEGER: Final = 10**15
_ONE_PAPER: Final = "/attachments"
"""Uploads that end so carry one scanned paper and not a county's roster."""
_FORM_AROUND_A_FILE: Final = 1 << 14


class Edge:
    """The outermost layer: names the request, answers faults of ours, adds headers, counts, logs and audits."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._most = settings.pool_size * _QUEUE_PER_WORKER
        self._waiting = 0
        metrics.in_flight.set_function(lambda: self._waiting)
        # Answers about people stay out of every cache; the page's own files say themselves how long they keep.
        headers = SECURITY_HEADERS | {"Cache-Control": "no-store"}
        if settings.secure_cookie:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        shown = Headers(scope=scope).get("x-request-id", "")
        request_id = shown if REQUEST_ID.fullmatch(shown) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        sent: dict[str, int] = {}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                headers = [one for one in message.get("headers", ()) if one[0] != b"x-request-id"]
                present = {name for name, _ in headers}
                headers += [one for one in self._headers if one[0] not in present]
                headers.append((b"x-request-id", request_id.encode()))
                message["headers"] = headers
            await send(message)

        started = time.perf_counter()
        self._waiting += 1
        try:
            await self._answer(scope, receive, send_with_headers, sent)
        finally:
            self._waiting -= 1
            self._account_for(scope, sent.get("status", 0), time.perf_counter() - started)
        await self._audit(scope, sent.get("status", 0))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, sent: dict[str, int]) -> None:
        """Pass the request on; refuse it when too many wait already; answer what nobody below has answered."""
        if self._waiting > self._most and not scope["path"].startswith(("/healthz", "/metrics")):
            self._metrics.refused_busy.inc()
            busy = problems.problem(
                Request(scope),
                status=503,
                code="busy",
                title="系统繁忙",
                detail="同时处理的请求过多，请稍后重试。",
                headers={"Retry-After": "1"},
            )
            await busy(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if "status" in sent:
                raise
            response = await problems.on_unexpected(Request(scope), error)
            await response(scope, receive, send)

    def _account_for(self, scope: Scope, status: int, seconds: float) -> None:
        operation = getattr(scope.get("route"), "name", None) or "none"
        self._metrics.count(scope["method"] if operation != "none" else "ANY", operation, status, seconds)
        if operation in QUIET:
            return
        state = scope["state"]
        actor: Actor | None = state.get("actor")
        logs.write_access(
            request_id=state["request_id"],
            method=scope["method"],
            operation=operation,
            status=status,
            code=state.get("problem_code"),
            milliseconds=round(seconds * 1000, 1),
            user_id=actor.user_id if actor else None,
        )

    async def _audit(self, scope: Scope, status: int) -> None:
        """Write down that somebody signed in was refused a change."""
        state = scope["state"]
        actor: Actor | None = state.get("actor")
        if actor is None or scope["method"] in SAFE_METHODS or status not in AUDITED_REFUSALS:
            return
        operation = getattr(scope.get("route"), "name", None) or "unknown"
        service: Service = scope["app"].state.service
        await run_in_threadpool(_record_refusal, service, actor, operation, str(state.get("problem_code", status)))


def _record_refusal(service: Service, actor: Actor, operation: str, code: str) -> None:
    """Write the refusal in a transaction of its own: the refused one is gone."""
    try:
        with service.database.unit_of_work(actor) as session:
            audit_events.record(session, actor=actor, action=operation, subject_kind="request", outcome=code)
    except Exception as error:  # noqa: BLE001 (the answer has left; a lost event must not become a second fault)
        LOG.warning("refusal not audited", request_id=actor.request_id, error=type(error).__name__)


class _Flaw(ValueError):
    """JSON that parsers read differently from each other, or not at all."""


class BodyLimits:
    """Counts bodies while they are read, and refuses JSON that is ambiguous or too deep before anything parses it."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._most_body = settings.max_body_bytes
        self._most_upload = settings.max_upload_bytes
        self._most_attachment = min(settings.max_upload_bytes, settings.max_attachment_bytes + _FORM_AROUND_A_FILE)
        self._most_import = settings.max_import_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what keeps the limits."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        most = self._most_body
        if kind == "multipart/form-data":
            most = self._most_of_form(scope["path"])
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or len(declared) > 15 or int(declared) > most:
            await self._refuse(scope, receive, send, 413)
            return
        if kind == "application/json" or kind.endswith("+json"):
            await self._pass_json(scope, receive, send, most)
            return
        await self._app(scope, _counted(receive, most), send)

    def _most_of_form(self, path: str) -> int:
        """Return how large a form with files may be: one paper, a roster of a county, or any other file."""
        if path.endswith(_ONE_PAPER):
            return self._most_attachment
        return self._most_import if path == IMPORTS else self._most_upload

    async def _pass_json(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Read the whole body, look at it, and hand it on."""
        parts: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            part = message.get("body", b"")
            size += len(part)
            if size > most:
                await self._refuse(scope, receive, send, 413)
                return
            parts.append(part)
            more = message.get("more_body", False)
        body = b"".join(parts)
        if body and not is_plain_json(body):
            await self._refuse(scope, receive, send, 400)
            return
        await self._app(scope, _replayed(body, receive), send)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
        if status == 413:
            code, title, detail = "body-too-large", "提交的内容过大", "提交的内容超过上限。"
        else:
            code, title = "json-invalid", "不是有效的 JSON"
            detail = "JSON 不得有重复的字段名、NaN 或 Infinity、过大的整数，嵌套不得超过 20 层。"
        answer = problems.problem(Request(scope), status=status, code=code, title=title, detail=detail)
        # The rest of the body is not read, so the connection cannot serve another request.
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


def _counted(receive: Receive, most: int) -> Receive:
    """Return a `receive` that stops at the limit, whatever Content-Length said."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413)
        return message

    return counted


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read already, and then what the connection says."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def is_plain_json(body: bytes) -> bool:
    """Tell whether every parser reads this body alike: UTF-8, no name twice, no NaN, sane integers, 20 levels."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
            parse_int=_small_int,
        )
    except (ValueError, RecursionError):
        return False
    return _depth_is_fine(value)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Flaw
    return found


def _refuse_constant(_word: str) -> None:
    raise _Flaw


def _small_int(digits: str) -> int:
    if len(digits) > 16 or abs(int(digits)) > _LARGEST_INTEGER:
        raise _Flaw
    return int(digits)


def _depth_is_fine(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST + 1):
        level = [child for item in level for child in _children(item)]
        if not level:
            return True
    return False


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
