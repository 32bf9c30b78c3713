"""Who belongs to a unit's villages at a date: the one definition, put before the steps that count, sum or list them.

The figures of a report and the names of the register come from the same text, so that they cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.database import county_of, load_sql, plan_for_sets, scope_of
from api.models import Division
from api.policy.ages import latest_birth_date
from api.policy.parameters import HukouTest
from api.policy.participation import excluding_kinds, explaining_kinds
from api.services.laws import law_on

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

FOLDER = "participation"


def run_people(
    session: Session,
    step: str,
    *,
    division_code: int,
    as_of: date,
    known_at: datetime | None = None,
    judged: bool = False,
    **more: Any,
) -> Any:
    """Run a step over the people of a unit at a date; `judged` gives it `register` instead of `people`.

    `known_at` asks for what was known at that moment of who belonged and who was excluded; null is today's knowledge.
    """
    low, high = scope_of(division_code)
    parameters = law_on(session, division_code, as_of)
    source = "03_rows_of_today" if known_at is None else "04_rows_known_then"
    before = f"WITH roster_rows AS (\n{load_sql(FOLDER, source)}\n)"
    before += f",\npeople AS (\n{load_sql(FOLDER, '05_list_people')}\n)"
    if judged:
        before += f",\nregister AS (\n{load_sql(FOLDER, '06_judge_people')}\n)"
    plan_for_sets(session)
    return session.execute(
        text(f"{before}\n{load_sql(FOLDER, step)}"),
        {
            "county_low": county_of(low),
            "county_high": county_of(high),
            "low": low,
            "high": high,
            "as_of": as_of,
            "known_at": known_at,
            "contribution_year": as_of.year,
            "rural_only": parameters.hukou_test is HukouTest.RURAL_ONLY,
            "born_until_16": latest_birth_date(age=parameters.enrolment_age, on=as_of),
            "born_until_60": latest_birth_date(age=parameters.benefit_age, on=as_of),
            "excluding": [kind.value for kind in excluding_kinds(parameters)],
            "explaining": [kind.value for kind in explaining_kinds(parameters)],
            **more,
        },
    )


def left_out(session: Session, division_code: int) -> set[int]:
    """Return the villages of a unit that the scheme leaves out."""
    low, high = scope_of(division_code)
    query = select(col(Division.code)).where(col(Division.in_scope).is_(False), col(Division.code).between(low, high))
    return set(session.scalars(query))
