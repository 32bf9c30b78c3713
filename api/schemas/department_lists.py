"""Lists of other departments as the API takes and shows them: their comparison with the register, numbers masked."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.crypto import mask_id
from api.models import DepartmentList, DepartmentListRow, Resident
from api.policy.list_effects import Per
from api.schemas.base import DivisionCode, Id, IdIn, Money, Schema, ShortText
from api.schemas.imports import ImportFinding
from api.vocabulary import (
    DepartmentListKind,
    DepartmentListState,
    ListEffect,
    ListOutcome,
    ResidentStatus,
)

MOST_ROWS = 200
MOST_SHOWN = 200
ITEM_LABELS = {
    "government_pays": "政府代缴最低档次(新增)",
    "government_ceases": "政府代缴最低档次(停止)",
    "subsidy": "政府缴费补贴",
    "pension": "每月养老金",
    "recover": "死亡后多发养老金，应追回",
}


class MoneyItemRead(Schema):
    """One line of the effect on money: more, or less with a minus sign."""

    code: str
    label: str
    persons: int
    per: Per
    central: Money
    local: Money
    """Province, city, county and town together: how they share it is not known."""
    account: Money
    """From people's own accounts."""


class MoneyEffectRead(Schema):
    """What adopting the chosen rows changes for each level of government, and what is uncertain about it."""

    items: list[MoneyItemRead]
    notes: list[str]
    paid_after_death_persons: int
    paid_after_death_months: int
    paid_after_death: Money

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """Show the effect that a list keeps."""
        return cls(
            items=[
                MoneyItemRead(
                    code=item["code"],
                    label=ITEM_LABELS[item["code"]],
                    persons=item["persons"],
                    per=Per(item["per"]),
                    central=item["central_fen"],
                    local=item["local_fen"],
                    account=item["account_fen"],
                )
                for item in kept["items"]
            ],
            notes=kept["notes"],
            paid_after_death_persons=kept["overpaid"]["persons"],
            paid_after_death_months=kept["overpaid"]["months"],
            paid_after_death=kept["overpaid"]["total_fen"],
        )


class DepartmentListSummary(Schema):
    """A list of a department in a list of lists."""

    id: Id
    kind: DepartmentListKind
    division_code: DivisionCode
    department: str
    document: str
    as_of: date
    complete: bool
    state: DepartmentListState
    rows: int
    refused_rows: int
    counts: dict[ListOutcome, int]
    chosen: int
    """Rows that approving applies."""
    applied: int
    stale: int
    maker_id: Id
    checker_id: Id | None
    decided_at: datetime | None
    opinion: str | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, found: DepartmentList) -> Self:
        """Show a list."""
        return cls(
            id=found.id,
            kind=found.kind,
            division_code=found.division_code,
            department=found.department,
            document=found.document,
            as_of=found.as_of,
            complete=found.is_complete,
            state=found.state,
            rows=found.row_count,
            refused_rows=found.refused_count,
            counts={ListOutcome(word): number for word, number in found.counts.items()},
            chosen=found.chosen_count,
            applied=found.applied_count,
            stale=found.stale_count,
            maker_id=found.maker_id,
            checker_id=found.checker_id,
            decided_at=found.decided_at,
            opinion=found.opinion,
            version=found.version,
            created_at=found.created_at,
        )


class DepartmentListRead(DepartmentListSummary):
    """A list with what was refused of it, its effect on money, and the hash that its checker approves."""

    division_name: str
    content_hash: str
    refused: list[ImportFinding]
    """At most the first 200."""
    money_effect: MoneyEffectRead

    @classmethod
    def detailed(cls, found: DepartmentList, *, division_name: str) -> Self:
        """Show a list in detail."""
        return cls(
            **dict(DepartmentListSummary.of(found)),
            division_name=division_name,
            content_hash=found.content_hash,
            refused=[ImportFinding(**finding) for finding in found.refused[:MOST_SHOWN]],
            money_effect=MoneyEffectRead.of(found.money_effect),
        )


class DepartmentListBrought(DepartmentListRead):
    """A list as it was brought."""

    repeated: bool
    """The same file had been brought before; this is that list."""
    warnings: list[ImportFinding]


class ListPerson(Schema):
    """Somebody of the register beside a row, the number masked."""

    id: Id
    name: str
    birth_date: date
    id_number_masked: str
    division_code: DivisionCode
    division_name: str
    status: ResidentStatus
    status_on: date | None

    @classmethod
    def of(cls, resident: Resident, *, division_name: str, id_number: str) -> Self:
        """Show a person."""
        return cls(
            id=resident.id,
            name=resident.name,
            birth_date=resident.birth_date,
            id_number_masked=mask_id(id_number),
            division_code=resident.division_code,
            division_name=division_name,
            status=resident.status,
            status_on=resident.status_on,
        )


class DepartmentListRowRead(Schema):
    """A row of a list beside what the register says."""

    seq: int
    file_row: int | None
    """Row of the sheet; null for who is not on a complete list."""
    name: str
    id_number_masked: str
    birth_date: date
    value: str | None
    """Grade of a disability."""
    happened_on: date | None
    until_on: date | None
    paper: str | None
    outcome: ListOutcome
    effect: ListEffect
    chosen: bool
    reason: str | None
    by_hand: bool
    held_value: str | None
    held_on: date | None
    paid_after_death_months: int
    paid_after_death: Money
    applied_at: datetime | None
    refusal: str | None
    """Code of what kept a chosen row from being applied."""
    resident: ListPerson | None
    candidates: list[ListPerson]

    @classmethod
    def of(
        cls, row: DepartmentListRow, *, id_number: str, resident: ListPerson | None, candidates: list[ListPerson]
    ) -> Self:
        """Show a row, the number masked."""
        return cls(
            seq=row.seq,
            file_row=row.file_row,
            name=row.name,
            id_number_masked=mask_id(id_number),
            birth_date=row.birth_date,
            value=row.value,
            happened_on=row.happened_on,
            until_on=row.until_on,
            paper=row.paper,
            outcome=row.outcome,
            effect=row.effect,
            chosen=row.is_chosen,
            reason=row.reason,
            by_hand=row.is_by_hand,
            held_value=row.held_value,
            held_on=row.held_on,
            paid_after_death_months=row.paid_after_months,
            paid_after_death=row.paid_after_fen,
            applied_at=row.applied_at,
            refusal=row.refusal,
            resident=resident,
            candidates=candidates,
        )


RowNumber = Annotated[int, Field(ge=1, le=2_000_000)]


class RowsPatch(Schema):
    """Choose rows, or leave them out with a reason: these (`rows`, by `seq`), or every row of an outcome."""

    rows: Annotated[list[RowNumber], Field(default_factory=list, max_length=MOST_ROWS)]
    outcome: ListOutcome | None = None
    chosen: bool
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.rows) is (self.outcome is not None):
            message = "请给出要处理的行，或给出一类结果"
            raise ValueError(message)
        return self


class AssignmentCreate(Schema):
    """Who of the register is meant by a row; null takes it back."""

    seq: RowNumber
    resident_id: IdIn | None = None
    reason: ShortText | None = None


class DepartmentListApproval(Schema):
    """The content that the checker saw."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DepartmentListRejection(Schema):
    """Why a list is not adopted."""

    reason: ShortText
