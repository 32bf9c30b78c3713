"""Claims on government as they come in and go out: what each level is asked for, what arrived, what is posted."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import SubsidyClaim, SubsidyClaimLine
from api.policy.subsidies import ByLevel
from api.schemas.base import DayIn, DivisionCode, Id, Money, Month, Schema, ShortText
from api.vocabulary import DueKind, GovernmentLevel, SubsidyClaimState, SubsidyHold, SubsidyPurpose


class SubsidyClaimCreate(Schema):
    """Of which county, purpose and period the claim is."""

    county: Annotated[str, Field(pattern=r"^\d{6}$", examples=["440783"])]
    purpose: SubsidyPurpose
    period: Annotated[str, Field(pattern=r"^\d{4}(-\d{2})?$", examples=["2010", "2011-03"])]
    cut_off_on: DayIn | None = None
    """Last day of what it counts; left out, the last day of the period, or today."""
    dry_run: bool = False
    """Compute and show the claim without keeping it."""


class SubsidyClaimApproval(Schema):
    """The content that the checker saw."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SubsidyDiscard(Schema):
    """Why a claim or an arrival is voided."""

    reason: ShortText


class LevelAmounts(Schema):
    """An amount by level of government."""

    central: Money
    province: Money
    city: Money
    county: Money
    town: Money
    total: Money

    @classmethod
    def of(cls, amounts: ByLevel) -> Self:
        """Show an amount by level."""
        return cls(
            central=amounts.central_fen,
            province=amounts.province_fen,
            city=amounts.city_fen,
            county=amounts.county_fen,
            town=amounts.town_fen,
            total=amounts.total_fen,
        )


def claimed_of(claim: SubsidyClaim | SubsidyClaimLine) -> ByLevel:
    """Return the amounts of a claim or of a line by level."""
    return ByLevel(*(getattr(claim, f"{level.value}_fen") for level in GovernmentLevel))


class SubsidyClaimRead(Schema):
    """A claim with what has arrived for it; `id` is null for one that was only tried."""

    id: Id | None
    county: str
    division_code: DivisionCode
    purpose: SubsidyPurpose
    period: str
    cut_off_on: date
    state: SubsidyClaimState
    line_count: int
    amounts: LevelAmounts
    received: LevelAmounts
    outstanding: LevelAmounts
    content_hash: str
    maker_id: Id
    checker_id: Id | None
    approved_on: date | None
    approved_at: datetime | None
    sent_on: date | None
    due_on: date | None
    journal_id: Id | None
    discard_reason: str | None
    version: int

    @classmethod
    def of(cls, claim: SubsidyClaim, received: ByLevel, *, kept: bool = True) -> Self:
        """Show a claim."""
        amounts = claimed_of(claim)
        return cls(
            id=claim.id if kept else None,
            county=f"{claim.county_code:06d}",
            division_code=claim.division_code,
            purpose=claim.purpose,
            period=claim.period,
            cut_off_on=claim.cut_off_on,
            state=claim.state,
            line_count=claim.line_count,
            amounts=LevelAmounts.of(amounts),
            received=LevelAmounts.of(received),
            outstanding=LevelAmounts.of(amounts + received.times(-1)),
            content_hash=claim.content_hash,
            maker_id=claim.maker_id,
            checker_id=claim.checker_id,
            approved_on=claim.approved_on,
            approved_at=claim.approved_at,
            sent_on=claim.sent_on,
            due_on=claim.due_on,
            journal_id=claim.journal_id,
            discard_reason=claim.discard_reason,
            version=claim.version,
        )


class SubsidyClaimLineRead(Schema):
    """One contribution's or month's part; below zero it takes back what an earlier claim asked for."""

    seq: int
    resident_id: Id
    name: str
    division_code: DivisionCode
    contribution_id: Id | None
    contribution_year: int | None
    month: Month | None
    due_kind: DueKind | None
    origin: SubsidyPurpose
    tier: Money
    due_on: date
    waits: bool
    base: Money
    amounts: LevelAmounts
    covered_on: date | None

    @classmethod
    def of(cls, line: SubsidyClaimLine, name: str) -> Self:
        """Show a line with the person's name."""
        return cls(
            seq=line.seq,
            resident_id=line.resident_id,
            name=name,
            division_code=line.division_code,
            contribution_id=line.contribution_id,
            contribution_year=line.contribution_year,
            month=line.month,
            due_kind=line.due_kind,
            origin=line.origin,
            tier=line.tier_fen,
            due_on=line.due_on,
            waits=line.waits,
            base=line.base_fen,
            amounts=LevelAmounts.of(claimed_of(line)),
            covered_on=line.covered_on,
        )


class SubsidySummaryRow(Schema):
    """Persons and sums of a claim for one unit and tier."""

    division_code: DivisionCode
    tier: Money
    heads: int
    line_count: int
    amounts: LevelAmounts
    covered: Money


class SubsidySummary(Schema):
    """A claim by town and tier, or by village and tier of one town."""

    items: list[SubsidySummaryRow]


class LevelPositionRead(Schema):
    """What one level owes for one purpose."""

    purpose: SubsidyPurpose
    level: GovernmentLevel
    due: Money
    claimed: Money
    received: Money
    outstanding: Money
    advance: Money
    overdue: Money
    claimed_rate: str
    """Percent of what is owed in all, to one decimal, for a picture; so is `received_rate`."""
    received_rate: str


class UnclaimedRead(Schema):
    """What is owed and in no approved claim: how many contributions or months, and how much."""

    purpose: SubsidyPurpose
    count: int
    amounts: LevelAmounts


class SubsidyPosition(Schema):
    """A county's position with government as of a day."""

    county: str
    as_of: date
    items: list[LevelPositionRead]
    unclaimed: list[UnclaimedRead]


class TownPostedRead(Schema):
    """What a posting put into the accounts of one town."""

    division_code: DivisionCode
    line_count: int
    amount: Money


class SubsidyPostingRead(Schema):
    """What a posting did, and how many lines wait with their money."""

    claim: SubsidyClaimRead
    towns: list[TownPostedRead]


class SubsidyWaitingRead(Schema):
    """A line whose money is there and that is in no account: why, or null when the next posting takes it."""

    seq: int
    resident_id: Id
    division_code: DivisionCode
    amount: Money
    value_on: date
    hold: SubsidyHold | None
    reason: str
