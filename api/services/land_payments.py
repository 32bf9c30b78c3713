"""被征地资金: a land project's approved list becomes lists of a payer; what of its money is due, has come and is posted.

policy.md §2.2, 粤府办〔2010〕41号. The sums were frozen by the county's approval; nothing here can change one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlmodel import col

from api.database import run_sql
from api.errors import NotFound
from api.models import LandPerson, LandProject, PayerList, PayerListLine
from api.services import land_lists, payer_lists
from api.services.payer_list_refusals import LandNothingDue, LandProjectNotApproved
from api.services.payer_lists import FOLDER, NewLine, PayerStatement
from api.vocabulary import LandProjectState, PayerKind, PayerLineState, PayerListKind, PayerListState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor


@dataclass(frozen=True, slots=True)
class LandMoney:
    """A project's money in fen: what is due for its people, what has arrived and not gone back, what is on accounts."""

    due_fen: int
    received_fen: int
    posted_fen: int


def pay(
    session: Session, *, actor: Actor, project_id: int, payer_name: str, contribution_year: int, today: date
) -> PayerList:
    """Make the list of a project's people who are on none yet, with the sums of the frozen list.

    Whoever cannot be credited now is told among the refused rows and stays due. Raises `NotFound`,
    `LandProjectNotApproved`, `LandNothingDue` and as `payer_lists.create` about the year.
    """
    project = _locked(session, project_id)
    if project.state is not LandProjectState.APPROVED:
        raise LandProjectNotApproved
    statement = PayerStatement(
        kind=PayerListKind.LAND,
        payer_kind=PayerKind.ORGANISATION,
        payer_name=payer_name,
        basis=project.approval_number,
        basis_on=project.land_approved_on,
        contribution_year=contribution_year,
        division_code=project.division_code,
        land_project_id=project.id,
    )
    payer_lists.check_statement(session, statement, today)
    due = _unlisted(session, project)
    judged = payer_lists.judge_people(session, project.county_code, [one.resident_id for one in due], today)
    lines = []
    refused: list[dict[str, Any]] = []
    for place, one in enumerate(due, start=1):
        known = judged.get(one.resident_id)
        if known is not None and known.left_reason is None:
            lines.append(NewLine(one.resident_id, one.sum_fen))
            continue
        label = known.left_reason.label if known and known.left_reason else "已不在管辖范围内"
        code = known.left_reason.value.replace("_", "-") if known and known.left_reason else "not-found"
        refused.append({"row": place, "column": "人员", "code": code, "message": f"暂不能列入：{label}。"})
    if not lines:
        raise LandNothingDue(refused[0]["message"] if refused else None)
    return payer_lists.keep(session, actor=actor, statement=statement, lines=lines, refused=refused)


def money_of(session: Session, project: LandProject) -> LandMoney:
    """Return what of a project's money is due, has come and is posted."""
    row = run_sql(session, FOLDER, "50_sum_land", county_code=project.county_code, project_id=project.id).one()
    due_fen = project.total_fen if project.state is LandProjectState.APPROVED else 0
    return LandMoney(due_fen, int(row.received_fen), int(row.posted_fen))


def check_listed(session: Session, statement: PayerStatement, lines: Sequence[NewLine]) -> None:
    """Make sure that a land project's money goes to people of its own list only. Raises `NotFound`."""
    if statement.land_project_id is None:
        return
    project = session.get(LandProject, (statement.land_project_id // 10**10, statement.land_project_id))
    people = [line.resident_id for line in lines]
    if project is None or len(land_lists.standing(session, project, people)) != len(people):
        raise NotFound


def _locked(session: Session, project_id: int) -> LandProject:
    """Lock the project, so that two lists of its people come one after the other."""
    query = (
        select(LandProject)
        .where(col(LandProject.county_code) == project_id // 10**10, col(LandProject.id) == project_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    project = session.scalars(query).one_or_none()
    if project is None:
        raise NotFound
    return project


def _unlisted(session: Session, project: LandProject) -> Sequence[LandPerson]:
    """Return the people of the frozen list whose sum is on no living list, by person."""
    gone = (PayerLineState.REFUNDED, PayerLineState.READDRESSED)
    listed = exists().where(
        col(PayerList.county_code) == col(LandPerson.county_code),
        col(PayerList.land_project_id) == col(LandPerson.project_id),
        (col(PayerList.state) != PayerListState.WITHDRAWN)
        & ((col(PayerList.state) != PayerListState.REJECTED) | col(PayerList.confirmed_by_id).is_not(None)),
        col(PayerListLine.county_code) == col(PayerList.county_code),
        col(PayerListLine.list_id) == col(PayerList.id),
        col(PayerListLine.resident_id) == col(LandPerson.resident_id),
        col(PayerListLine.state).not_in(gone),
    )
    query = (
        select(LandPerson)
        .where(
            col(LandPerson.county_code) == project.county_code,
            col(LandPerson.project_id) == project.id,
            col(LandPerson.until_round).is_(None),
            ~listed,
        )
        .order_by(col(LandPerson.resident_id))
    )
    return session.scalars(query).all()
