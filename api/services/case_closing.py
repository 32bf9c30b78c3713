"""What a death or a move ends: cases about a person that cannot go on without them.

The person's own cases stop. A change of a house in which they lived goes back to its maker, who draws the house up anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlmodel import col

from api.models import ChangeRequest, Enrolment
from api.models.cases import OPEN_STATES
from api.services import case_steps, change_requests, enrolments
from api.vocabulary import CaseState, CaseStop, EnrolmentState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Resident


def close_cases(session: Session, *, actor: Actor, resident: Resident, why: CaseStop, today: date) -> None:
    """Stop what is on its way about a person who died or left; send changes of their house back. The person is locked."""
    own = session.scalars(
        select(Enrolment)
        .where(
            col(Enrolment.county_code) == resident.county_code,
            col(Enrolment.resident_id) == resident.id,
            col(Enrolment.state).in_((*OPEN_STATES, EnrolmentState.RETURNED)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    case_steps.stop(session, enrolments.PROCEDURE, own, actor=actor, why=why, on=today)
    touched = [col(ChangeRequest.resident_id) == resident.id]
    if resident.household_id is not None:
        touched.append(col(ChangeRequest.household_id) == resident.household_id)
        touched.append(col(ChangeRequest.other_household_id) == resident.household_id)
    requests = session.scalars(
        select(ChangeRequest)
        .where(
            col(ChangeRequest.county_code) == resident.county_code,
            or_(*touched),
            col(ChangeRequest.state).in_((*OPEN_STATES, CaseState.RETURNED)),
        )
        .order_by(col(ChangeRequest.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    mine = [request for request in requests if request.resident_id == resident.id]
    others = [
        request for request in requests if request.resident_id != resident.id and request.state != CaseState.RETURNED
    ]
    case_steps.stop(session, change_requests.PROCEDURE, mine, actor=actor, why=why, on=today)
    case_steps.stop(
        session, change_requests.PROCEDURE, others, actor=actor, why=CaseStop.MEMBER_GONE, on=today,
        state=CaseState.RETURNED,
    )  # fmt: skip
