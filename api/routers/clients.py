"""Machine clients over HTTP, for administrators, within their own unit."""

from fastapi.responses import JSONResponse

from api.dependencies import ActorDep, IdempotencyDep, PageDep, ReadSessionDep, SessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.clients import ClientCreate, ClientCreated, ClientRead
from api.services import clients

router = Router(prefix="/clients", tags=["clients"])

MANAGE = requires(Permission.CLIENT_MANAGE, second_factor=True)


@router.get("", name="list_clients", dependencies=[requires(Permission.CLIENT_MANAGE)])
def list_clients(session: ReadSessionDep, page: PageDep) -> Page[ClientRead]:
    """List the clients of the administrator's unit."""
    rows, after = clients.list_clients(session, limit=page.limit, after=page.after)
    return Page(items=[ClientRead.of(row) for row in rows], next=after)


@router.post("", name="create_client", status_code=201, response_model=ClientCreated, dependencies=[MANAGE])
def create_client(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, body: ClientCreate
) -> JSONResponse:
    """Let another system in; its secret is shown once."""

    def produce() -> ClientCreated:
        client, secret = clients.create(
            session,
            actor=actor,
            name=body.name,
            role=body.role,
            scopes=body.scopes,
            division_code=body.division_code,
        )
        return ClientCreated(client=ClientRead.of(client), client_secret=secret)

    return idempotency.run(body, produce, shown_once={"client_secret"})


@router.delete("/{client_id}", name="disable_client", status_code=204, dependencies=[MANAGE])
def disable_client(session: SessionDep, actor: ActorDep, client_id: IdIn) -> None:
    """Shut a client out at once; it stays in the list."""
    clients.disable(session, actor=actor, client_id=client_id)
