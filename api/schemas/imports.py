"""Imports as the API shows them. Refusals name the cell and the rule, never the content."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from api.models import ImportBatch
from api.schemas.base import DivisionCode, Id, Schema
from api.vocabulary import ImportState

MOST_SHOWN = 1000


class ImportKind(StrEnum):
    """Files that come in by upload."""

    RESIDENTS = "residents"
    """花名册: people, by the roster's columns."""
    ENROLMENTS = "enrolments"
    """参保申请名单: drafts of applications for people of the roster."""
    CONTRIBUTIONS = "contributions"
    """缴费名单: contributions of the insured."""


class ImportFinding(Schema):
    """A finding at one cell: the row of the sheet (header = 1), the heading, the code and the Chinese message."""

    row: int
    column: str
    code: str
    message: str


class ImportSummary(Schema):
    """An import in a list."""

    id: Id
    kind: str
    division_code: DivisionCode
    state: ImportState
    rows: int
    accepted: int
    unchanged: int
    refused_rows: int
    imported_by_id: Id
    created_at: datetime

    @classmethod
    def of(cls, batch: ImportBatch) -> Self:
        """Show an import."""
        return cls(
            id=batch.id,
            kind=batch.kind,
            division_code=batch.division_code,
            state=batch.state,
            rows=batch.row_count,
            accepted=batch.accepted_count,
            unchanged=batch.unchanged_count,
            refused_rows=batch.refused_count,
            imported_by_id=batch.imported_by_id,
            created_at=batch.created_at,
        )


class ImportDetail(ImportSummary):
    """An import with what was refused (at most 1,000 findings; the file of refused rows has them all)."""

    refused: list[ImportFinding]


class ImportRead(Schema):
    """What an upload did. `id` is null for a dry run."""

    id: Id | None
    kind: str
    dry_run: bool
    rows: int
    accepted: int
    unchanged: int
    created: int
    changed: int
    refused_rows: int
    refused: list[ImportFinding]
    warnings: list[ImportFinding]
