"""Runs of 政府代缴 as they come in and go out."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import GovernmentPaidLine, Resident, Run
from api.schemas.base import DayIn, DivisionCode, Id, Money, Schema
from api.vocabulary import GovernmentPaidOutcome, RunState


class GovernmentPaidRunCreate(Schema):
    """Whose county, and the day of payment; the year is the day's."""

    county: Annotated[str, Field(pattern=r"^[1-9]\d{5}$")]
    paid_on: DayIn


class GovernmentPaidApproval(Schema):
    """What is approved: the hash over the run's content that the approver looked at."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class GovernmentPaidTown(Schema):
    """A town's part of a run: how many are named, for how many government pays, and what is posted of it."""

    division_code: DivisionCode
    named_count: int
    row_count: int
    paid: Money
    subsidy: Money
    waiting_subsidy: Money
    posted: bool
    posted_count: int
    posted_total: Money


class OutcomeCount(Schema):
    """How many people of one outcome, when the run was computed."""

    outcome: GovernmentPaidOutcome
    count: int


class GovernmentPaidRunRead(Schema):
    """A run: figures by town and outcome, the hash to approve, and where it stands."""

    id: Id
    county: str
    period: str
    year: int
    paid_on: date
    groups: list[str]
    tier: Money
    subsidy_each: Money
    state: RunState
    row_count: int
    total: Money
    content_hash: str
    towns: list[GovernmentPaidTown]
    outcomes: list[OutcomeCount]
    maker_id: Id
    checker_id: Id | None
    approved_at: datetime | None
    version: int

    @classmethod
    def of(cls, run: Run, posted: dict[int, tuple[int, int]] | None = None) -> Self:
        """Show a run with what it has posted by town."""
        done = posted or {}
        towns: list[dict[str, Any]] = run.summary["towns"]
        return cls(
            id=run.id,
            county=str(run.county_code),
            period=run.period,
            year=run.parameters["year"],
            paid_on=run.parameters["paid_on"],
            groups=run.parameters["groups"],
            tier=run.parameters["tier_fen"],
            subsidy_each=run.parameters["subsidy_fen"],
            state=run.state,
            row_count=run.row_count,
            total=run.total_fen,
            content_hash=run.content_hash,
            towns=[
                GovernmentPaidTown(
                    division_code=town["town_code"],
                    named_count=town["named_count"],
                    row_count=town["row_count"],
                    paid=town["paid_fen"],
                    subsidy=town["subsidy_fen"],
                    waiting_subsidy=town.get("waiting_subsidy_fen", 0),
                    posted=town["town_code"] in done,
                    posted_count=done.get(town["town_code"], (0, 0))[0],
                    posted_total=done.get(town["town_code"], (0, 0))[1],
                )
                for town in towns
            ],
            outcomes=[
                OutcomeCount(outcome=GovernmentPaidOutcome(outcome), count=count)
                for outcome, count in run.summary["outcomes"].items()
            ],
            maker_id=run.maker_id,
            checker_id=run.checker_id,
            approved_at=run.approved_at,
            version=run.version,
        )


class GovernmentPaidLineRead(Schema):
    """What a run says of one person, and the contribution that it became."""

    resident_id: Id
    name: str | None
    division_code: DivisionCode
    village_group: str | None
    groups: list[str]
    outcome: GovernmentPaidOutcome
    paid: Money
    subsidy: Money
    waiting_subsidy: Money
    contribution_id: Id | None

    @classmethod
    def of(cls, line: GovernmentPaidLine, resident: Resident | None) -> Self:
        """Show a line."""
        return cls(
            resident_id=line.resident_id,
            name=None if resident is None else resident.name,
            division_code=line.division_code,
            village_group=None if resident is None else resident.village_group,
            groups=line.groups.split(","),
            outcome=line.outcome,
            paid=line.tier_fen,
            subsidy=line.subsidy_fen,
            waiting_subsidy=line.waiting_subsidy_fen,
            contribution_id=line.contribution_id,
        )
