"""Papers and photos over HTTP: taking one in, the list of a person's, the bytes of one, and voiding it."""

from typing import Annotated, Final

from fastapi import Form, Query, Response, UploadFile

from api.dependencies import (
    ActorDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    ServiceDep,
    SessionDep,
    etag,
    requires,
)
from api.exchange.attachment_files import SUFFIXES
from api.permissions import Permission
from api.routes import Router
from api.schemas.attachments import AttachmentRead, AttachmentSubjectCreate, VoidCreate
from api.schemas.base import IdIn, Page
from api.services import attachments
from api.services.attachments import AttachmentView, Subject
from api.vocabulary import AttachmentKind, AttachmentSubject

router = Router(tags=["attachments"])

IN_A_CAGE: Final = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def _read(view: AttachmentView) -> AttachmentRead:
    return AttachmentRead.of(view.attachment, subjects=view.subjects, uploaded_by=view.uploaded_by)


@router.post(
    "/residents/{resident_id}/attachments",
    name="add_attachment",
    dependencies=[requires(Permission.ATTACHMENT_WRITE)],
    status_code=201,
)
def add_attachment(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    service: ServiceDep,
    response: Response,
    resident_id: IdIn,
    file: UploadFile,
    kind: Annotated[AttachmentKind, Form()],
    title: Annotated[str | None, Form(max_length=60)] = None,
    subject_kind: Annotated[AttachmentSubject, Form()] = AttachmentSubject.ENROLMENT,
    subject_id: Annotated[IdIn | None, Form()] = None,
) -> AttachmentRead:
    """Take a photo or scan in: JPEG, PNG or PDF. Bytes that the person has already answer 200 with the same paper."""
    most_bytes = service.settings.max_attachment_bytes
    attachment, is_new = attachments.upload(
        session,
        keyring,
        actor=actor,
        resident_id=resident_id,
        kind=kind,
        title=title,
        content=file.file.read(most_bytes + 1),
        subject=None if subject_id is None else Subject(subject_kind, subject_id),
        most_bytes=most_bytes,
    )
    response.status_code = 201 if is_new else 200
    return _answer(response, attachments.view(session, attachment))


@router.get(
    "/residents/{resident_id}/attachments",
    name="list_attachments",
    dependencies=[requires(Permission.ATTACHMENT_READ)],
)
def list_attachments(
    session: ReadSessionDep, page: PageDep, resident_id: IdIn, voided: Annotated[bool, Query()] = False
) -> Page[AttachmentRead]:
    """List a person's papers, newest first; `voided` lists those that were taken out of use too."""
    views, following = attachments.list_of(
        session, resident_id=resident_id, voided=voided, limit=page.limit, after=page.after
    )
    return Page(items=[_read(view) for view in views], next=following)


@router.get("/attachments/{attachment_id}", name="read_attachment", dependencies=[requires(Permission.ATTACHMENT_READ)])
def read_attachment(session: ReadSessionDep, response: Response, attachment_id: IdIn) -> AttachmentRead:
    """Read what is known of one paper, without its bytes."""
    return _answer(response, attachments.view(session, attachments.get(session, attachment_id)))


@router.get(
    "/attachments/{attachment_id}/content",
    name="read_attachment_content",
    response_class=Response,
    dependencies=[requires(Permission.ATTACHMENT_READ)],
)
def read_attachment_content(session: SessionDep, actor: ActorDep, keyring: KeyringDep, attachment_id: IdIn) -> Response:
    """Return the bytes of one paper; each look is on record, and nothing on the way may keep or run them."""
    attachment, content = attachments.open_content(session, keyring, actor=actor, attachment_id=attachment_id)
    name = f"attachment-{attachment.id}.{SUFFIXES[attachment.media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": IN_A_CAGE}
    return Response(content, media_type=attachment.media_type, headers=headers)


@router.post(
    "/attachments/{attachment_id}/subjects",
    name="link_attachment",
    dependencies=[requires(Permission.ATTACHMENT_WRITE)],
)
def link_attachment(
    session: SessionDep, actor: ActorDep, response: Response, attachment_id: IdIn, body: AttachmentSubjectCreate
) -> AttachmentRead:
    """Say that a paper proves something else of the same person as well."""
    subject = Subject(body.subject_kind, body.subject_id)
    attachment = attachments.link(session, actor=actor, attachment_id=attachment_id, subject=subject)
    return _answer(response, attachments.view(session, attachment))


@router.post(
    "/attachments/{attachment_id}/voids",
    name="void_attachment",
    dependencies=[requires(Permission.ATTACHMENT_WRITE)],
)
def void_attachment(
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
    attachment_id: IdIn,
    body: VoidCreate,
) -> AttachmentRead:
    """Take a paper out of use; what a decision rests on, by a second person only."""
    attachment = attachments.void(
        session, actor=actor, attachment_id=attachment_id, version=version, reason=body.reason
    )
    return _answer(response, attachments.view(session, attachment))


def _answer(response: Response, view: AttachmentView) -> AttachmentRead:
    response.headers["ETag"] = etag(view.attachment.version)
    return _read(view)
