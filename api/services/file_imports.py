"""Files that bring people and their business in, by kind: the roster, applications, contributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import DomainError
from api.permissions import Permission
from api.services import list_imports, roster_imports
from api.services.contribution_imports import CONTRIBUTIONS
from api.services.enrolment_imports import ENROLMENTS
from api.services.list_imports import ListResult
from api.services.roster_imports import ImportResult, RefusedFormat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor, Database
    from api.services.roster_loading import Progress

LISTS = {one.kind: one for one in (ENROLMENTS, CONTRIBUTIONS)}
RIGHTS = {
    roster_imports.KIND: Permission.IMPORT_RUN,
    ENROLMENTS.kind: Permission.ENROLMENT_CREATE,
    CONTRIBUTIONS.kind: Permission.CONTRIBUTION_RECORD,
}
"""The right to do for a file's people what doing it for one of them asks for."""


REVIEWS = frozenset({Permission.ENROLMENT_REVIEW, Permission.ENROLMENT_APPROVE})
"""Rights of those who check the work of others."""


class ImportForbidden(DomainError):
    """The actor may not do for one person what the file does for many."""

    status = 403
    code = "forbidden"
    title = "没有此项权限"


def check_right(actor: Actor, kind: str) -> None:
    """Raise `ImportForbidden` unless the actor holds the right of the act itself."""
    if RIGHTS[kind] not in actor.permissions:
        raise ImportForbidden


def check_reviewer(actor: Actor, kind: str) -> None:
    """Raise `ImportForbidden` for somebody who may neither do the act itself nor review the work of those who may."""
    if RIGHTS[kind] not in actor.permissions and not REVIEWS & actor.permissions:
        raise ImportForbidden


def load(session: Session, keyring: Keyring, *, kind: str, **facts: Any) -> ImportResult | ListResult:
    """Import a file within the caller's transaction. Raises as `load_roster` or `load_list`."""
    if kind in LISTS:
        return list_imports.load_list(session, keyring, kind=LISTS[kind], **facts)
    return roster_imports.load_roster(session, keyring, **facts)


def rehearse(session: Session, keyring: Keyring, *, kind: str, **facts: Any) -> ImportResult | ListResult:
    """Do all of `load` within the caller's transaction and undo it."""
    if kind in LISTS:
        return list_imports.rehearse_list(session, keyring, kind=LISTS[kind], **facts)
    return roster_imports.rehearse_roster(session, keyring, **facts)


def import_file(
    database: Database, keyring: Keyring, *, kind: str, progress: Progress, **facts: Any
) -> ImportResult | ListResult:
    """Import a file in a transaction of its own; a dry run does all of it and undoes it."""
    if kind not in LISTS:
        return roster_imports.import_roster(database, keyring, progress=progress, **facts)
    result = list_imports.import_list(database, keyring, kind=LISTS[kind], **facts)
    progress(result.rows)
    return result


def refused_rows_file(result: ImportResult | ListResult, file_format: RefusedFormat) -> bytes:
    """Return the refused rows as a file which, corrected, imports again."""
    if isinstance(result, ListResult):
        return list_imports.refused_rows_file(result, file_format)
    return roster_imports.refused_rows_file(result, file_format)
