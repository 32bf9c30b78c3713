"""Interest runs as they come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import Run
from api.schemas.base import DivisionCode, Id, Money, Schema
from api.vocabulary import RunState


class InterestRunCreate(Schema):
    """Whose interest of which year."""

    county: Annotated[str, Field(pattern=r"^[1-9]\d{5}$")]
    year: Annotated[int, Field(strict=True, ge=2009, le=2100)]


class InterestRunApproval(Schema):
    """What is approved: the hash over the run's content that the approver looked at."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class InterestTown(Schema):
    """Interest of one town."""

    division_code: DivisionCode
    account_count: int
    row_count: int
    personal: Money
    collective: Money
    gov: Money
    posted: bool


class InterestRunRead(Schema):
    """A run: its figures by town and source, the hash to approve, and where it stands."""

    id: Id
    county: str
    year: int
    state: RunState
    rate: str
    rate_mode: str
    account_count: int
    row_count: int
    personal: Money
    collective: Money
    gov: Money
    total: Money
    content_hash: str
    towns: list[InterestTown]
    maker_id: Id
    checker_id: Id | None
    approved_at: datetime | None
    version: int

    @classmethod
    def of(cls, run: Run, posted: frozenset[int] = frozenset()) -> Self:
        """Show a run."""
        towns: list[dict[str, Any]] = run.summary["towns"]
        return cls(
            id=run.id,
            county=str(run.county_code),
            year=int(run.period),
            state=run.state,
            rate=run.parameters["rate"],
            rate_mode=run.parameters["rate_mode"],
            account_count=sum(town["account_count"] for town in towns),
            row_count=run.row_count,
            personal=sum(town["personal_fen"] for town in towns),
            collective=sum(town["collective_fen"] for town in towns),
            gov=sum(town["gov_fen"] for town in towns),
            total=run.total_fen,
            content_hash=run.content_hash,
            towns=[
                InterestTown(
                    division_code=town["town_code"],
                    account_count=town["account_count"],
                    row_count=town["row_count"],
                    personal=town["personal_fen"],
                    collective=town["collective_fen"],
                    gov=town["gov_fen"],
                    posted=town["town_code"] in posted,
                )
                for town in towns
            ],
            maker_id=run.maker_id,
            checker_id=run.checker_id,
            approved_at=run.approved_at,
            version=run.version,
        )
