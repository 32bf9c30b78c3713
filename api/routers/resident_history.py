"""Earlier rows of a person over HTTP: change by change, and where each fact comes from."""

from api.dependencies import KeyringDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.resident_history import ChangeRead, FieldSourceRead, FieldSources, ResidentVersionRead, SourceRead
from api.services import resident_history
from api.services.resident_history import Source

router = Router(prefix="/residents", tags=["residents"])


def _source(source: Source) -> SourceRead:
    return SourceRead.model_validate({"kind": source.kind, "id": source.id, "name": source.name})


@router.get("/{resident_id}/versions", name="list_resident_versions", dependencies=[requires(Permission.RESIDENT_READ)])
def list_resident_versions(
    session: ReadSessionDep, keyring: KeyringDep, page: PageDep, resident_id: IdIn
) -> Page[ResidentVersionRead]:
    """List what a person's row was, newest first, with what each change brought and who brought it."""
    versions, following = resident_history.list_versions(
        session, keyring, resident_id=resident_id, limit=page.limit, after=page.after
    )
    items = [
        ResidentVersionRead(
            version=one.version,
            since=one.since,
            until=one.until,
            source=_source(one.source),
            changes=None
            if one.changes is None
            else [ChangeRead(field=c.field, label=c.label, old=c.old, new=c.new) for c in one.changes],
        )
        for one in versions
    ]
    return Page(items=items, next=following)


@router.get("/{resident_id}/sources", name="list_resident_sources", dependencies=[requires(Permission.RESIDENT_READ)])
def list_resident_sources(session: ReadSessionDep, keyring: KeyringDep, resident_id: IdIn) -> FieldSources:
    """List where each fact of a person comes from."""
    return FieldSources(
        items=[
            FieldSourceRead(
                field=one.field,
                label=one.label,
                value=one.value,
                since=one.since,
                version=one.version,
                source=None if one.source is None else _source(one.source),
            )
            for one in resident_history.list_sources(session, keyring, resident_id=resident_id)
        ]
    )
