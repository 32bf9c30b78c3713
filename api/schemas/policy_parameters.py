"""Policy parameters as the API shows them: each value with its layer, its period, its legal basis and who decided it."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from api.policy.parameter_layers import NATIONAL, Standing, layer_of
from api.policy.parameters import Evidence
from api.schemas.base import DayIn, DivisionCode, DivisionIn, Id, Money, MonthIn, Schema
from api.vocabulary import Decision, ParameterChangeState, ParameterLayer

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A line that must say something: a document, an article, a reason."""


class PolicyParameterCreate(Schema):
    """A change of one parameter for one layer: a unit's code, or 100000000000 for the nation."""

    code: Annotated[str, Field(max_length=60, pattern="^[a-z0-9_]+$")]
    division_code: DivisionIn
    value: Any
    """As `GET /policy-parameters` shows the code: money and percentages are strings, days are ISO strings."""
    valid_from: DayIn
    valid_to: DayIn | None = None
    paid_from: DayIn | None = None
    """For a basic pension that is dated back: first day of the month in which it is first paid."""
    document: Line
    article: Line
    reason: Line


class PolicyParameterDecision(Schema):
    """What the second person says."""

    decision: Decision
    opinion: Line | None = None

    @model_validator(mode="after")
    def _approve_or_reject(self) -> Self:
        if self.decision is Decision.RETURN:
            message = "参数变更只能同意或不予通过"
            raise ValueError(message)
        if self.decision is Decision.REJECT and self.opinion is None:
            message = "不予通过须写明理由"
            raise ValueError(message)
        return self


class PolicyParameterRead(Schema):
    """One value of one parameter for one layer and period. Money and percentages are strings."""

    id: Id | None
    """Of a change; null for what stands in the statutes that come with the service."""
    code: str
    label: str
    topic: str
    kind: str
    value: Any
    valid_from: date
    valid_to: date | None
    paid_from: date | None
    document: str
    article: str
    evidence: Evidence
    note: str
    layer: ParameterLayer
    division_code: DivisionCode
    division_name: str | None
    lowest_layer: ParameterLayer
    """How far down the parameter may be set, and why no further."""
    lowest_reason: str
    effective: bool
    """Whether it is what holds in the division and on the day asked for."""
    state: ParameterChangeState
    serial: str | None
    """Rises with each approval; amounts that were posted name the newest at their time."""
    content_hash: str | None
    maker_id: Id | None
    maker_name: str | None
    checker_id: Id | None
    checker_name: str | None
    opinion: str | None
    proposed_at: datetime | None
    decided_at: datetime | None
    version: int | None


class ParameterImpactRequest(Schema):
    """A change that is tried out, whether or not its document is at hand; for which unit, and which year or month."""

    code: Annotated[str, Field(max_length=60, pattern="^[a-z0-9_]+$")]
    division_code: DivisionIn
    value: Any
    valid_from: DayIn
    valid_to: DayIn | None = None
    paid_from: DayIn | None = None
    document: Line | None = None
    article: Line | None = None
    reason: Line | None = None
    division: DivisionIn | None = None
    """Left out, the actor's own unit."""
    year: Annotated[int, Field(strict=True, ge=2009, le=2100)] | None = None
    month: MonthIn | None = None


class ImpactAmounts(Schema):
    """Persons, and money before and after."""

    person_count: int
    changed_count: int
    """Persons whose amount changes."""
    before: Money
    after: Money
    difference: Money


class ImpactPayer(Schema):
    """Money before and after for one level of government, or for the fund."""

    payer: str
    label: str
    before: Money
    after: Money
    difference: Money


class ImpactUnit(ImpactAmounts):
    """One village."""

    division_code: DivisionCode
    division_name: str | None


class ImpactPerson(Schema):
    """One of the largest changes."""

    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    before: Money
    after: Money
    difference: Money


class ParameterImpactRead(Schema):
    """The dry run of a change. `money_known` is false where a parameter decides no amount by itself."""

    division_code: DivisionCode
    basis: str
    money_known: bool
    period: str | None
    total: ImpactAmounts
    payers: list[ImpactPayer]
    units: list[ImpactUnit]
    largest: list[ImpactPerson]
    conflicts: list[str]
    """What stands in the way of an approval."""
    notes: list[str]
    uses: list[str]


class LawBasis(Schema):
    """A value that an amount rests on; `change_id` is null for what stands in the statutes."""

    code: str
    label: str
    value: Any
    valid_from: date
    document: str
    article: str
    layer: ParameterLayer
    division_code: DivisionCode
    change_id: Id | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Show what stood."""
        entry, change = standing.entry, standing.change
        place = NATIONAL if change is None else change.layer_code
        return cls(
            code=entry.code,
            label=entry.label,
            value=entry.value,
            valid_from=entry.valid_from,
            document=entry.document,
            article=entry.article,
            layer=layer_of(place),
            division_code=place,
            change_id=None if change is None else change.change_id,
        )


class LawTrace(Schema):
    """The state of the dated law by which an amount was judged: the newest change's serial, "0" for the statutes alone."""

    serial: str
    bases: list[LawBasis]
