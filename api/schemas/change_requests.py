"""变更登记 as the API takes and shows it. No answer but the audited reveal has a phone, account or ID number in full."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import ChangeRequest
from api.policy.changes import CHANGE_RULES
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, MoneyIn, Schema, ShortText
from api.schemas.cases import DecisionRead, Flag, Waiting
from api.vocabulary import WAITS_FOR, CaseState, ChangeKind, EnrolmentStep, FactKind, ProofKind, Rhythm

Text = Annotated[str, Field(max_length=200)]
Relation = Annotated[str, Field(min_length=1, max_length=20)]
Members = Annotated[dict[IdIn, Relation], Field(max_length=100)]


class ChangeRequestCreate(Schema):
    """One item of a 变更登记表. Which of the values is needed follows from the kind; the others stay out.

    `value`: name, sex (男/女), hukou kind (农业/非农业), address, group, ethnicity, phone, account, ID number, or the grade
    of a disability. `tier`, `rhythm`: what will be paid. `fact` with `holds`: what begins or ends. `household_number`,
    `leaving`, `staying`: the other house, who moves there, and whose relation changes, with relations to the head.
    """

    kind: ChangeKind
    effective_on: DayIn
    proof: ProofKind
    proof_number: Annotated[str, Field(max_length=40)] | None = None
    remark: Text | None = None
    value: Text | None = None
    tier: MoneyIn | None = None
    rhythm: Rhythm | None = None
    fact: FactKind | None = None
    holds: Flag | None = None
    household_number: Annotated[str, Field(max_length=40)] | None = None
    leaving: Members = Field(default_factory=dict)
    staying: Members = Field(default_factory=dict)


class ChangeRequestRead(Schema):
    """A request; `next_step` is what it waits for, `last_step` the one that makes the change."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    kind: ChangeKind
    state: CaseState
    next_step: EnrolmentStep | None
    last_step: EnrolmentStep
    clause: str
    round: int
    requested_on: date
    effective_on: date
    since_on: date | None
    due_on: date | None
    applied_on: date | None
    created_by_id: Id
    version: int

    @classmethod
    def of(cls, request: ChangeRequest, *, resident_name: str, division_name: str) -> Self:
        """Show a request."""
        rule = CHANGE_RULES[request.kind]
        return cls(
            id=request.id,
            resident_id=request.resident_id,
            resident_name=resident_name,
            division_code=request.division_code,
            division_name=division_name,
            kind=request.kind,
            state=request.state,
            next_step=WAITS_FOR.get(request.state),
            last_step=rule.last_step,
            clause=rule.clause,
            round=request.round,
            requested_on=request.requested_on,
            effective_on=request.effective_on,
            since_on=request.since_on,
            due_on=request.due_on,
            applied_on=request.applied_on,
            created_by_id=request.created_by_id,
            version=request.version,
        )


class DifferenceRead(Schema):
    """Old and new of one line, in words, protected values masked; `changed` is told by the full values."""

    label: str
    old: str
    new: str
    changed: bool


class ConflictRead(Schema):
    """Something else that is open or has happened; `request_id` names the other request."""

    code: str
    message: str
    request_id: Id | None


class FactRead(Schema):
    """A fact about the person that matters for the decision."""

    label: str
    value: str


class ChangeRequestDetail(ChangeRequestRead):
    """A request with what a reviewer needs: old and new, the person, what stands against it, and who said what."""

    proof: ProofKind
    proof_number_masked: str | None
    remark: str | None
    differences: list[DifferenceRead]
    facts: list[FactRead]
    conflicts: list[ConflictRead]
    decisions: list[DecisionRead]
    waiting: Waiting


class ChangeRevealCreate(Schema):
    """Which protected value of a request is to be shown in full, and why."""

    side: Literal["old", "new", "proof_number"]
    reason: Annotated[ShortText, Field(min_length=2)]


class ChangeRevealRead(Schema):
    """A value in full."""

    side: str
    value: str
