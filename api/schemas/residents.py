"""Residents as the API takes and shows them. No type here has a full document number, phone or bank account."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from api.crypto import mask_bank_account, mask_id, mask_phone
from api.models import Resident
from api.policy.ages import age_on
from api.schemas.attachments import AttachmentLink
from api.schemas.base import DayIn, DivisionCode, DivisionIn, Id, Money, Schema, ShortText
from api.vocabulary import (
    BenefitState,
    EnrolmentState,
    HukouKind,
    ReinstatementKind,
    ResidentCategory,
    ResidentStatus,
    Sex,
)

Text = Annotated[str, Field(max_length=200)]
Flag = Annotated[bool, Field(strict=True)]
Grade = Annotated[int, Field(strict=True, ge=1, le=4)]


class EnrolmentFilter(StrEnum):
    """States of an enrolment, and people who have none."""

    NONE = "none"
    DRAFT = "draft"
    VILLAGE_CHECKED = "village_checked"
    TOWNSHIP_REVIEWED = "township_reviewed"
    COUNTY_APPROVED = "county_approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    WITHDRAWN = "withdrawn"


class BenefitFilter(StrEnum):
    """States of a pension, and people who have none."""

    NONE = "none"
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    TERMINATED = "terminated"


OLDEST = 150
"""Above any age."""


class _Facts(Schema):
    """What registration and change have in common; texts are read by the rules of the roster."""

    ethnicity: Text | None = None
    address: Text | None = None
    village_group: Text | None = None
    household_number: Text | None = None
    relation: Text | None = None
    phone: Text | None = None
    bank_account: Text | None = None
    disability_grade: Grade | None = None
    remark: Text | None = None

    def record(self) -> dict[str, str]:
        """Return the given fields as the texts of a roster row."""
        names = {"is_student": "student"}
        given = {name: getattr(self, name) for name in self.model_fields_set if name not in _NOT_IN_ROSTER}
        return {names.get(name, name): _as_cell(value) for name, value in given.items()}


_NOT_IN_ROSTER = frozenset({"division_code", "other_pension", "here_since", "effective_on"})
_HUKOU = {HukouKind.RURAL: "农业", HukouKind.NON_RURAL: "非农业"}
_SEX = {Sex.MALE: "男", Sex.FEMALE: "女"}


def _as_cell(value: object) -> str:
    """Write a value as a clerk would write it into the roster."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, HukouKind):
        return _HUKOU[value]
    return _SEX[value] if isinstance(value, Sex) else str(value)


class ResidentCreate(_Facts):
    """A person to enter into the roster."""

    name: Annotated[str, Field(max_length=200)]
    id_number: Annotated[str, Field(min_length=1, max_length=40)]
    division_code: DivisionIn
    sex: Sex | None = None
    hukou_kind: HukouKind = HukouKind.RURAL
    is_student: Flag = False
    employee_insured: Flag = False
    other_pension: Flag = False
    dibao: Flag = False
    wubao: Flag = False
    land_taken: Flag = False
    here_since: DayIn | None = None
    """First day in the village, of who came from elsewhere."""


class ResidentUpdate(_Facts):
    """Facts to change; a field that is not given stays, null erases."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    hukou_kind: HukouKind | None = None
    is_student: Flag | None = None
    employee_insured: Flag | None = None
    other_pension: Flag | None = None
    dibao: Flag | None = None
    wubao: Flag | None = None
    land_taken: Flag | None = None
    effective_on: DayIn | None = None
    """First day on which changed categories and hukou kind hold; today by default, the day of birth for a correction."""


class IdNumberSearch(Schema):
    """A search by document number travels in a body, never in an address."""

    id_number: Annotated[str, Field(min_length=1, max_length=40)]


class DeathCreate(Schema):
    """A death and who reported it."""

    died_on: DayIn
    source: ShortText
    evidence: ShortText | None = None
    """Document with its number."""


class MoveCreate(Schema):
    """A move: out of the county, or to another village of one's unit."""

    moved_on: DayIn
    to_division_code: DivisionIn | None = None
    reason: ShortText | None = None
    evidence: ShortText | None = None
    """Document with its number."""


class ReinstatementCreate(Schema):
    """Why somebody taken for gone is on the roster again; a return has its day."""

    kind: ReinstatementKind
    returned_on: DayIn | None = None
    evidence: ShortText


class RevealCreate(Schema):
    """Which value is to be shown in full, and why."""

    field: Literal["id_number", "phone", "bank_account"]
    reason: Annotated[str, Field(min_length=2, max_length=200)]


class RevealRead(Schema):
    """A value in full; the one answer that has it."""

    field: str
    value: str


class ResidentSummary(Schema):
    """A person in a list."""

    id: Id
    name: str
    sex: Sex
    birth_date: date
    age: int
    id_number_masked: str
    division_code: DivisionCode
    division_name: str
    village_group: str | None
    status: ResidentStatus
    enrolment_state: EnrolmentState | None
    benefit_state: BenefitState | None

    @classmethod
    def of(
        cls,
        resident: Resident,
        *,
        division_name: str,
        id_number: str,
        enrolment_state: EnrolmentState | None,
        benefit_state: BenefitState | None,
        today: date,
    ) -> Self:
        """Show a person, the number masked."""
        return cls(
            id=resident.id,
            name=resident.name,
            sex=resident.sex,
            birth_date=resident.birth_date,
            age=age_on(resident.birth_date, today),
            id_number_masked=mask_id(id_number),
            division_code=resident.division_code,
            division_name=division_name,
            village_group=resident.village_group,
            status=resident.status,
            enrolment_state=enrolment_state,
            benefit_state=benefit_state,
        )


class ResidentRead(ResidentSummary):
    """A person with everything that the roster knows, protected values masked."""

    status_on: date | None
    status_reason: str | None
    status_evidence: str | None
    here_since: date | None
    household_id: Id | None
    household_number: str | None
    relation: str | None
    address: str | None
    hukou_kind: HukouKind
    ethnicity: str | None
    phone_masked: str | None
    bank_account_masked: str | None
    disability_grade: int | None
    categories: list[ResidentCategory]
    remark: str | None
    merged_into_id: Id | None
    identity_changed_twice: bool
    version: int

    @classmethod
    def detailed(
        cls,
        resident: Resident,
        *,
        summary: ResidentSummary,
        household_number: str | None,
        phone: str | None,
        bank_account: str | None,
        categories: list[ResidentCategory],
    ) -> Self:
        """Show a person in detail."""
        return cls(
            **dict(summary),
            status_on=resident.status_on,
            status_reason=resident.status_reason,
            status_evidence=resident.status_evidence,
            here_since=resident.here_since,
            household_id=resident.household_id,
            household_number=household_number,
            relation=resident.relation,
            address=resident.address,
            hukou_kind=resident.hukou_kind,
            ethnicity=resident.ethnicity,
            phone_masked=None if phone is None else mask_phone(phone),
            bank_account_masked=None if bank_account is None else mask_bank_account(bank_account),
            disability_grade=resident.disability_grade,
            categories=categories,
            remark=resident.remark,
            merged_into_id=resident.merged_into_id,
            identity_changed_twice=resident.identity_changed_twice,
            version=resident.version,
        )


class TimelineEventRead(Schema):
    """One event of a person's timeline; `at` is the business day, `attachments` the papers of the case it is of."""

    at: date
    kind: str
    title: str
    detail: str
    amount: Money | None
    actor: str | None
    subject_kind: str | None
    subject_id: Id | None
    attachments: list[AttachmentLink]
