"""A person's documents over HTTP: the current and the former ones, and letting a number be registered again."""

from fastapi.responses import JSONResponse

from api.crypto import Keyring, mask_id
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    KeyringDep,
    ReadSessionDep,
    SessionDep,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn
from api.schemas.identities import DocumentCreate, DocumentList, DocumentRead, ReleaseCreate
from api.services import resident_documents, residents

router = Router(tags=["residents"])
OF_RESIDENT = "/residents/{resident_id}/documents"


def _listed(session: SessionDep, keyring: Keyring, resident_id: int) -> DocumentList:
    found = resident_documents.list_documents(session, keyring, residents.get(session, resident_id))
    return DocumentList(
        items=[
            DocumentRead(
                id=one.id,
                kind=one.kind,
                number_masked=mask_id(one.number),
                is_current=one.is_current,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                reason=one.reason,
                evidence=one.evidence,
                merged_from_id=one.merged_from_id,
                is_barred=one.is_barred,
            )
            for one in found
        ]
    )


@router.get(OF_RESIDENT, name="list_resident_documents", dependencies=[requires(Permission.RESIDENT_READ)])
def list_resident_documents(session: ReadSessionDep, keyring: KeyringDep, resident_id: IdIn) -> DocumentList:
    """List every document that a person has or had, numbers masked."""
    return _listed(session, keyring, resident_id)


@router.post(
    OF_RESIDENT,
    name="record_resident_document",
    dependencies=[requires(Permission.RESIDENT_WRITE)],
    status_code=201,
    response_model=DocumentList,
)
def record_resident_document(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    resident_id: IdIn,
    body: DocumentCreate,
) -> JSONResponse:
    """Record a former resident ID or an additional document; the current number changes by an approved case only."""

    def produce() -> DocumentList:
        resident_documents.record_document(
            session,
            keyring,
            actor=actor,
            resident_id=resident_id,
            kind=body.kind,
            number=body.number,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            evidence=body.evidence,
            today=today,
        )
        return _listed(session, keyring, resident_id)

    return idempotency.run(body, produce)


@router.post(
    "/resident-documents/{document_id}/releases",
    name="release_resident_document",
    dependencies=[requires(Permission.DUPLICATE_DECIDE)],
)
def release_resident_document(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    document_id: IdIn,
    body: ReleaseCreate,
) -> DocumentList:
    """Let a former number be registered again: it stood here by mistake. By a county reviewer who did not bring it."""
    document = resident_documents.release(session, actor=actor, document_id=document_id, opinion=body.opinion)
    return _listed(session, keyring, document.resident_id)
