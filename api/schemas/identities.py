"""A person's documents as the API takes and shows them. No type here has a full number."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.base import DayIn, Id, Schema, ShortText
from api.vocabulary import DocumentReason, HeldDocumentKind


class DocumentCreate(Schema):
    """A former resident ID or an additional document of a person, and what proves it."""

    kind: HeldDocumentKind
    number: Annotated[str, Field(min_length=5, max_length=40)]
    valid_from: DayIn | None = None
    valid_to: DayIn | None = None
    evidence: ShortText


class ReleaseCreate(Schema):
    """Why a former number may be registered again."""

    opinion: ShortText


class DocumentRead(Schema):
    """A document of a person, its number masked. `is_barred`: nobody may be registered under it."""

    id: Id | None
    kind: HeldDocumentKind
    number_masked: str
    is_current: bool
    valid_from: date | None
    valid_to: date | None
    reason: DocumentReason
    evidence: str | None
    merged_from_id: Id | None
    is_barred: bool


class DocumentList(Schema):
    """Every document of a person: the current one first."""

    items: list[DocumentRead]
