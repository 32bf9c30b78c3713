"""Users over HTTP, for administrators, within their own unit and never for themselves."""

from fastapi import Response
from fastapi.responses import JSONResponse

from api.crypto import Keyring
from api.dependencies import (
    ActorDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.users import PasswordReset, UserCreate, UserCreated, UserRead, UserUpdate
from api.services import passwords, users

router = Router(prefix="/users", tags=["users"])

MANAGE = requires(Permission.USER_MANAGE, second_factor=True)


@router.get("", name="list_users", dependencies=[requires(Permission.USER_MANAGE)])
def list_users(session: ReadSessionDep, page: PageDep) -> Page[UserRead]:
    """List the users of the administrator's unit, by name."""
    rows, after = users.list_users(session, limit=page.limit, after=page.after)
    return Page(items=[UserRead.of(row) for row in rows], next=after)


@router.get("/{user_id}", name="read_user", dependencies=[requires(Permission.USER_MANAGE)])
def read_user(response: Response, session: ReadSessionDep, user_id: IdIn) -> UserRead:
    """Read one user."""
    user = users.get(session, user_id)
    response.headers["ETag"] = etag(user.version)
    return UserRead.of(user)


@router.post("", name="create_user", status_code=201, response_model=UserCreated, dependencies=[MANAGE])
def create_user(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, idempotency: IdempotencyDep, body: UserCreate
) -> JSONResponse:
    """Let a person sign in; a password that was not given is made and shown once."""
    password = body.password or passwords.generate()

    def produce() -> UserCreated:
        user = users.create(
            session,
            actor=actor,
            username=body.username,
            display_name=body.display_name,
            person_key=body.person_key,
            role=body.role,
            division_code=body.division_code,
            password=password,
        )
        return UserCreated(user=UserRead.of(user), initial_password=None if body.password else password)

    content = body.model_dump_json(exclude={"password"}) + _mark(keyring, body.password)
    return idempotency.run(content, produce, shown_once={"initial_password"})


@router.patch("/{user_id}", name="change_user", dependencies=[MANAGE])
def change_user(
    response: Response, session: SessionDep, actor: ActorDep, version: IfMatchDep, user_id: IdIn, body: UserUpdate
) -> UserRead:
    """Rename a user, change the role, shut them out or let them in again."""
    changes = users.Changes(display_name=body.display_name, role=body.role, disabled=body.disabled)
    user = users.change(session, actor=actor, user_id=user_id, version=version, changes=changes)
    response.headers["ETag"] = etag(user.version)
    return UserRead.of(user)


@router.post(
    "/{user_id}/password-resets",
    name="reset_password",
    status_code=201,
    response_model=UserCreated,
    dependencies=[MANAGE],
)
def reset_password(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    idempotency: IdempotencyDep,
    user_id: IdIn,
    body: PasswordReset,
) -> JSONResponse:
    """Give a user a new password and end their sessions."""
    password = body.password or passwords.generate()

    def produce() -> UserCreated:
        user = users.set_password(session, actor=actor, user_id=user_id, password=password)
        return UserCreated(user=UserRead.of(user), initial_password=None if body.password else password)

    return idempotency.run(_mark(keyring, body.password), produce, shown_once={"initial_password"})


def _mark(keyring: Keyring, password: str | None) -> str:
    """Tell one given password from another in a fingerprint. It is keyed: from a plain hash a short one is guessed."""
    return keyring.blind_index("password", password).hex() if password else "made"
