"""Signing in, out, and adding the second factor. The only routes that set a cookie."""

from fastapi import Request, Response

from api.database import Actor
from api.dependencies import (
    ActorDep,
    KeyringDep,
    ReadSessionDep,
    ServiceDep,
    TrustedSiteDep,
    address_of,
    request_id_of,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.sessions import ActorRead, SecondFactorConfirm, SessionCreate, SessionRead
from api.services import divisions, second_factor, sessions
from api.settings import Settings

router = Router(prefix="/sessions", tags=["sessions"])

CLEAR = '"cache", "cookies", "storage"'


def _set_cookie(response: Response, settings: Settings, token: str) -> None:
    """Give the browser its token; it lives until the browser closes, and on the server until it is idle or too old."""
    response.set_cookie(
        sessions.cookie_name(settings), token, path="/", httponly=True, samesite="strict", secure=settings.secure_cookie
    )


def _show(actor: Actor, *, csrf_token: str | None, division_name: str) -> SessionRead:
    return SessionRead(
        csrf_token=csrf_token,
        actor=ActorRead(
            user_id=actor.user_id,
            username=actor.username,
            display_name=actor.display_name,
            role=actor.role,
            division_code=actor.division_code,
            division_name=division_name,
            permissions=sorted(actor.permissions),
            second_factor=actor.second_factor,
        ),
    )


@router.post("", name="sign_in", status_code=201, dependencies=[requires(Permission.PUBLIC), TrustedSiteDep])
def sign_in(request: Request, response: Response, service: ServiceDep, body: SessionCreate) -> SessionRead:
    """Open a session with user name and password; the cookie is set, the CSRF token is in the answer."""
    opened = sessions.sign_in(
        service.database,
        username=body.username,
        password=body.password,
        address=address_of(request),
        request_id=request_id_of(request),
    )
    _set_cookie(response, service.settings, opened.token)
    return _show(opened.actor, csrf_token=opened.csrf_token, division_name=opened.division_name)


@router.get("/current", name="read_session", dependencies=[requires(Permission.SIGNED_IN)])
def read_session(request: Request, service: ServiceDep, session: ReadSessionDep, actor: ActorDep) -> SessionRead:
    """Say who is signed in; a page that was loaded again gets its CSRF token here."""
    cookie = request.cookies.get(sessions.cookie_name(service.settings))
    return _show(
        actor,
        csrf_token=sessions.csrf_token_of(cookie) if cookie else None,
        division_name=divisions.get(session, actor.division_code).name,
    )


@router.delete("/current", name="sign_out", status_code=204, dependencies=[requires(Permission.SIGNED_IN)])
def sign_out(response: Response, service: ServiceDep, actor: ActorDep) -> None:
    """End the session and have the browser forget what it kept of us."""
    sessions.sign_out(service.database, actor)
    name = sessions.cookie_name(service.settings)
    response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=service.settings.secure_cookie)
    response.headers["Clear-Site-Data"] = CLEAR


@router.post("/current/second-factor", name="confirm_second_factor", dependencies=[requires(Permission.SIGNED_IN)])
def confirm_second_factor(
    response: Response,
    service: ServiceDep,
    keyring: KeyringDep,
    session: ReadSessionDep,
    actor: ActorDep,
    body: SecondFactorConfirm,
) -> SessionRead:
    """Show the one-time code that approving asks for; the session goes on under a new token."""
    division_name = divisions.get(session, actor.division_code).name
    token, confirmed = second_factor.confirm(service.database, keyring, actor=actor, code=body.code)
    _set_cookie(response, service.settings, token)
    return _show(confirmed, csrf_token=sessions.csrf_token_of(token), division_name=division_name)
