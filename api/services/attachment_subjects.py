"""What a paper can prove: where each kind of subject is kept, whose it is, and whether it has been decided.

A slice that keeps a new kind of case adds one line to `CASES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select
from sqlmodel import col

from api.errors import NotFound
from api.models import (
    Award,
    Cancellation,
    ChangeRequest,
    Contribution,
    Enrolment,
    LandPerson,
    LandProject,
    ResidentFact,
)
from api.vocabulary import AttachmentSubject, AwardState, CaseState, EnrolmentState, LandProjectState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import Resident


@dataclass(frozen=True, slots=True)
class Case:
    """A table of cases of one person each, and the states in which nothing rests on its papers yet."""

    table: Any
    undecided: frozenset[Any] = frozenset()


CASES: Final[dict[AttachmentSubject, Case]] = {
    AttachmentSubject.ENROLMENT: Case(Enrolment, frozenset({EnrolmentState.DRAFT, EnrolmentState.RETURNED})),
    AttachmentSubject.CHANGE_REQUEST: Case(ChangeRequest, frozenset({CaseState.DRAFT, CaseState.RETURNED})),
    AttachmentSubject.CANCELLATION: Case(Cancellation, frozenset({CaseState.DRAFT, CaseState.RETURNED})),
    AttachmentSubject.RESIDENT_FACT: Case(ResidentFact),
    AttachmentSubject.CONTRIBUTION: Case(Contribution),
    AttachmentSubject.AWARD: Case(Award, frozenset({AwardState.PROPOSED})),
}
"""Kinds with `county_code`, `id`, `resident_id` and, where something is undecided, `state`."""


def check_subject(session: Session, resident: Resident, kind: AttachmentSubject, subject_id: int) -> None:
    """Raise `NotFound` unless the subject exists, in sight, and is this person's."""
    if kind is AttachmentSubject.LAND_PROJECT:
        condition = exists().where(
            col(LandPerson.county_code) == resident.county_code,
            col(LandPerson.project_id) == subject_id,
            col(LandPerson.resident_id) == resident.id,
            col(LandPerson.until_round).is_(None),
        )
    elif kind in CASES:
        table = CASES[kind].table
        condition = exists().where(
            table.county_code == resident.county_code, table.id == subject_id, table.resident_id == resident.id
        )
    else:
        raise NotFound
    if not session.execute(select(condition)).scalar_one():
        raise NotFound


def is_decided(session: Session, kind: AttachmentSubject, subject_id: int) -> bool:
    """Tell whether somebody has decided on the strength of the subject's papers; of an unknown kind, yes."""
    if kind is AttachmentSubject.LAND_PROJECT:
        case = Case(LandProject, frozenset({LandProjectState.DRAFT}))
    else:
        case = CASES.get(kind, Case(None))
    if case.table is None or not case.undecided:
        return True
    table = case.table
    query = select(table.state).where(table.county_code == subject_id // 10**10, table.id == subject_id)
    return session.scalars(query).one_or_none() not in case.undecided
