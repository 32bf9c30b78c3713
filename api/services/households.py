"""户: the houses of a village with what they owe, and one as its door card: who lives here and what each has to do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, county_of, run_sql, scope_of
from api.errors import NotFound
from api.models import Attachment, Contribution, Enrolment, Household
from api.policy.ages import latest_birth_date
from api.policy.contributions import SEVERELY_DISABLED
from api.policy.household_tasks import MemberFacts, Task, due_fen, tasks_for
from api.services import enrolment_terms
from api.services.contribution_rules import YEAR_KINDS, complete_years
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_questions import LAST_CHARACTER, Wanted
from api.services.resident_search import ResidentView, list_residents
from api.vocabulary import AttachmentKind, EnrolmentState, HukouKind, PostingState, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.policy.parameters import PolicyParameters

MOST_MEMBERS = 200
_ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED, EnrolmentState.WITHDRAWN)


class HouseView(NamedTuple):
    """A house, how many people of the roster live in it, how many of them owe something of the year, and how much."""

    id: int
    division_code: int
    number: str
    village_group: str | None
    members: int
    unpaid: int
    due_fen: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the house and what they have to do.

    `paid_this_year` is None for who owes nothing and has paid nothing: not insured, a child, 60 at launch.
    """

    view: ResidentView
    paid_this_year: bool | None
    due_fen: int
    tasks: tuple[Task, ...]


def list_households(
    session: Session,
    *,
    actor: Actor,
    division_code: int | None = None,
    number: str | None = None,
    unpaid_only: bool = False,
    today: date,
    limit: int,
    after: str | None,
) -> tuple[list[HouseView], str | None]:
    """Return the houses of a unit whose number begins so, by number, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    start = decode_cursor(after, int, str) or (0, "")
    rows = run_sql(
        session,
        "households",
        "10_list_houses",
        county_low=county_of(low),
        county_high=county_of(high),
        low=low,
        high=high,
        number_from=number or "",
        number_until=(number or "") + LAST_CHARACTER,
        unpaid_only=unpaid_only,
        after_division=start[0],
        after_number=start[1],
        maximum=limit + 1,
        **_figures(session, actor.division_code if division_code is None else division_code, today),
    ).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else encode_cursor(last.division_code, last.number)
    return [HouseView._make(row) for row in rows[:limit]], following


def get_members(
    session: Session, keyring: Keyring, *, actor: Actor, household_id: int, today: date
) -> tuple[Household, list[Member]]:
    """Return a house and its people, each with what they owe and have to do. Raises `NotFound`."""
    query = select(Household).where(
        col(Household.county_code) == household_id // 10**10, col(Household.id) == household_id
    )
    household = session.scalars(query).one_or_none()
    if household is None:
        raise NotFound
    views, _ = list_residents(
        session,
        keyring,
        actor=actor,
        today=today,
        division_code=household.division_code,
        wanted=Wanted(household_id=household.id),
        limit=MOST_MEMBERS,
        after=None,
    )
    parameters = law_on(session, household.division_code, today)
    facts = _facts(session, household.county_code, views, today)
    return household, [_member(view, facts[view.resident.id], today, parameters) for view in views]


def _member(view: ResidentView, facts: MemberFacts, today: date, parameters: PolicyParameters) -> Member:
    owed_fen = due_fen(facts, today, parameters)
    paid = True if today.year in facts.complete_years else (False if owed_fen else None)
    return Member(view, paid, owed_fen, tasks_for(facts, today, parameters))


def _figures(session: Session, division_code: int, today: date) -> dict[str, object]:
    """What the list needs of the law as of a day, so that the statement says the same as `due_fen`."""
    parameters = law_on(session, division_code, today)
    first_year = today.year - parameters.benefit_age + (0 if parameters.turning_year_required else 1)
    groups = parameters.government_paid_groups
    return {
        "year": today.year,
        "born_from": date(first_year, 1, 1),
        "born_after": latest_birth_date(age=parameters.benefit_age, on=parameters.launch_on),
        "minimum_fen": parameters.minimum_tier_fen,
        "severe_grade": parameters.severe_disability_grade,
        "helped_severe": SEVERELY_DISABLED in groups,
        "helped_dibao": "dibao" in groups,
        "helped_wubao": "wubao" in groups,
        "helped_land": "land_taken" in groups,
    }


def _facts(session: Session, county_code: int, views: Sequence[ResidentView], today: date) -> dict[int, MemberFacts]:
    """Read what the tasks of these people depend on: three questions for a house of any size."""
    ids = [view.resident.id for view in views]
    posted = _posted(session, county_code, ids)
    tiers = _tiers(session, county_code, ids, today.year)
    papers = _papers(session, county_code, ids)
    found: dict[int, MemberFacts] = {}
    for view in views:
        resident = view.resident
        this_year = [
            row for row in posted[resident.id] if row.contribution_year == today.year and row.kind in YEAR_KINDS
        ]
        flags = {"dibao": resident.dibao, "wubao": resident.wubao, "land_taken": resident.land_taken}
        found[resident.id] = MemberFacts(
            birth_date=resident.birth_date,
            hukou=HukouKind(resident.hukou_kind),
            status=ResidentStatus(resident.status),
            student=resident.is_student,
            employee_insured=resident.employee_insured,
            other_pension=resident.other_pension,
            disability_grade=resident.disability_grade,
            groups=frozenset(name for name, holds in flags.items() if holds),
            enrolment=view.enrolment_state,
            tier_fen=tiers.get(resident.id, 0),
            year_tier_fen=max((row.tier_fen for row in this_year), default=None),
            year_paid_fen=sum(row.amount_fen for row in this_year),
            complete_years=complete_years(posted[resident.id]),
            drawing=view.benefit_state is not None,
            has_bank_account=resident.bank_account_sealed is not None,
            papers=frozenset(papers[resident.id]),
        )
    return found


def _posted(session: Session, county_code: int, ids: Sequence[int]) -> dict[int, list[Contribution]]:
    query = (
        select(Contribution)
        .where(
            col(Contribution.county_code) == county_code,
            col(Contribution.resident_id).in_(ids),
            col(Contribution.state) == PostingState.POSTED,
        )
        .order_by(col(Contribution.contribution_year), col(Contribution.id))
    )
    found: dict[int, list[Contribution]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.resident_id].append(row)
    return found


def _tiers(session: Session, county_code: int, ids: Sequence[int], year: int) -> dict[int, int]:
    """Return by which tier each of these people pays a year: as applied for, or by the change that holds in it."""
    query = select(Enrolment).where(
        col(Enrolment.county_code) == county_code,
        col(Enrolment.resident_id).in_(ids),
        col(Enrolment.state).not_in(_ENDED),
    )
    changes = enrolment_terms.changes_of(session, county_code, ids)
    return {
        enrolment.resident_id: enrolment_terms.in_year(enrolment, changes.get(enrolment.id, []), year).tier_fen
        for enrolment in session.scalars(query)
    }


def _papers(session: Session, county_code: int, ids: Sequence[int]) -> dict[int, set[AttachmentKind]]:
    query = select(col(Attachment.resident_id), col(Attachment.kind)).where(
        col(Attachment.county_code) == county_code,
        col(Attachment.resident_id).in_(ids),
        col(Attachment.voided_at).is_(None),
    )
    found: dict[int, set[AttachmentKind]] = defaultdict(set)
    for resident_id, kind in session.execute(query):
        found[resident_id].add(kind)
    return found
