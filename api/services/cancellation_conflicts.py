"""What else is under way with a person whose participation is being cancelled, told to who reviews it (features 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlmodel import col

from api.models import Award, Cancellation, ChangeRequest, PaymentRun
from api.models.change_requests import LIVING_STATES
from api.models.payment_runs import PaymentLine
from api.vocabulary import AwardState, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


class Conflict(NamedTuple):
    """Something that stands beside the case: its kind for programs, a sentence for people."""

    kind: str
    message: str


def conflicts_of(session: Session, case: Cancellation) -> list[Conflict]:
    """Return what is still open about the person; none of it stops the case, but each needs an answer."""
    return [*_change_requests(session, case), *_awards(session, case), *_runs(session, case)]


def _change_requests(session: Session, case: Cancellation) -> Iterator[Conflict]:
    query = select(ChangeRequest).where(
        col(ChangeRequest.county_code) == case.county_code,
        col(ChangeRequest.resident_id) == case.resident_id,
        col(ChangeRequest.state).in_(LIVING_STATES),
    )
    for request in session.scalars(query.order_by(col(ChangeRequest.id))):
        yield Conflict("change_request", f"变更登记“{request.kind.label}”尚未办结({request.state.label})。")


def _awards(session: Session, case: Cancellation) -> Iterator[Conflict]:
    query = select(Award).where(
        col(Award.county_code) == case.county_code,
        col(Award.resident_id) == case.resident_id,
        col(Award.state) == AwardState.PROPOSED,
    )
    for _award in session.scalars(query):
        yield Conflict("award", "待遇核定待复核，请先退回。")


def _runs(session: Session, case: Cancellation) -> Iterator[Conflict]:
    query = (
        select(col(PaymentRun.month), col(PaymentRun.state))
        .join(
            PaymentLine,
            (col(PaymentLine.county_code) == col(PaymentRun.county_code))
            & (col(PaymentLine.run_id) == col(PaymentRun.id)),
        )
        .where(
            col(PaymentRun.county_code) == case.county_code,
            col(PaymentRun.state).not_in([RunState.CLOSED, RunState.DISCARDED]),
            col(PaymentLine.resident_id) == case.resident_id,
        )
        .distinct()
    )
    for month, state in session.execute(query).all():
        yield Conflict("payment_run", f"{month:%Y-%m}发放批次({RunState(state).label})含有此人，结清或作废后才能结算。")
