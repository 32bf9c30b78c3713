"""Imports as the API shows them. Refusals name the cell and the rule, never the content."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from api.models import ImportBatch
from api.schemas.base import DivisionCode, Id, Money, Schema
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


class FindingSeverity(StrEnum):
    """Weight of a finding."""

    REFUSAL = "refusal"
    WARNING = "warning"


class ImportMode(StrEnum):
    """Whether a file is applied by its upload where it is small, or becomes a job in any case."""

    AUTO = "auto"
    JOB = "job"


class ImportFinding(Schema):
    """A finding at one cell: the row of the sheet (header = 1), the heading, the code and the Chinese message."""

    row: int
    column: str
    code: str
    message: str


class ImportFindingRead(ImportFinding):
    """A finding with its weight: a refusal keeps its row out, a warning tells what was changed or left out."""

    severity: FindingSeverity


class ImportMoney(Schema):
    """What a list credits, by source."""

    personal: Money
    collective: Money
    gov: Money
    total: Money


class ImportPreview(Schema):
    """What a file would do, or has been approved to do."""

    rows: int
    accepted: int
    created: int
    changed: int
    unchanged: int
    refused_rows: int
    warnings: int
    refused_by_code: dict[str, int]
    changes: dict[str, int]
    """How many rows change each fact, by the roster's heading."""
    money: ImportMoney | None
    needs_second_person: bool

    @classmethod
    def of(cls, batch: ImportBatch, *, needs_second_person: bool) -> Self | None:
        """Show the preview, if there is one already."""
        if batch.preview is None:
            return None
        facts = dict(batch.preview)
        money = facts.pop("money_fen")
        shown = ImportMoney(**money, total=sum(money.values())) if money else None
        return cls(**facts, money=shown, needs_second_person=needs_second_person)


class ImportApproval(Schema):
    """The preview that is approved."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ImportSummary(Schema):
    """An import in a list. `job_id` is null for a file that was applied by its upload."""

    id: Id
    kind: str
    division_code: DivisionCode
    state: ImportState
    rows: int
    accepted: int
    unchanged: int
    created: int
    changed: int
    refused_rows: int
    job_id: Id | None
    imported_by_id: Id
    approved_by_id: Id | None
    created_at: datetime
    ended_at: datetime | None
    version: int

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
            created=batch.created_count,
            changed=batch.changed_count,
            refused_rows=batch.refused_count,
            job_id=batch.job_id,
            imported_by_id=batch.imported_by_id,
            approved_by_id=batch.approved_by_id,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
            version=batch.version,
        )


class ImportDetail(ImportSummary):
    """An import with its preview and what was refused (at most 1,000; `findings` and the file have them all)."""

    preview: ImportPreview | None
    content_hash: str | None
    error_code: str | None
    error_detail: str | None
    stored_until: date | None
    """Day from which the stored file may be gone; null while the import is under way or nothing is stored."""
    refused: list[ImportFinding]


class ImportRead(Schema):
    """What an upload did. `id` is null for a dry run; a file that became a job has counts once it is checked."""

    id: Id | None
    kind: str
    state: ImportState
    job_id: Id | None
    dry_run: bool
    rows: int
    accepted: int
    unchanged: int
    created: int
    changed: int
    refused_rows: int
    refused: list[ImportFinding]
    warnings: list[ImportFinding]
