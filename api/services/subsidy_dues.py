"""应申报补贴: what government owes and has not been asked for; and a claim's lines made of it, at the law's parts.

What is owed is found in sets (api/sql/subsidy_claims); how an amount divides is asked of the law once per amount and day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import load_sql, plan_for_sets, run_sql
from api.policy.ages import Month
from api.policy.interest import accrual_of, late_subsidy_claim_fen
from api.policy.subsidies import ByLevel, late_interest_by_level, split, split_basic_pension
from api.services.laws import law_on
from api.vocabulary import DueKind, SubsidyPurpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import SubsidyClaim
    from api.policy.interest import Accrual

FOLDER = "subsidy_claims"
_SOURCES = {
    SubsidyPurpose.CONTRIBUTION_SUBSIDY: "10_due_contributions",
    SubsidyPurpose.GOVERNMENT_PAID: "10_due_contributions",
    SubsidyPurpose.BASIC_PENSION: "11_due_pensions",
    SubsidyPurpose.LATE_INTEREST: "12_due_late_interest",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the law is asked: an amount in fen, of which day, until which month it was late, and of what kind."""

    owed_fen: int
    split_on: date
    covered_month: date | None
    due_kind: str | None


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """What is owed and not asked for, of one purpose: how many contributions or months, and how much by level."""

    count: int
    amounts: ByLevel


def insert_lines(session: Session, claim: SubsidyClaim, *, today: date) -> dict[str, Any]:
    """Write the lines of a claim that is being computed; return the figures that the law gave, for the record."""
    plan_for_sets(session)
    run_sql(session, FOLDER, "20_create_staging")
    columns = (
        "resident_id, division_code, contribution_id, contribution_year, month, due_kind, tier_fen, origin, due_on, "
        "split_on, covered_month, waits, turn, owed_fen, is_return, amount_fen, central_fen, province_fen, city_fen, "
        "county_fen, town_fen"
    )
    source = load_sql(FOLDER, _SOURCES[claim.purpose])
    session.execute(
        text(f"INSERT INTO due_items ({columns})\nSELECT {columns} FROM (\n{source}\n) AS due"),
        _facts(claim.county_code, claim.purpose, cut_off_on=claim.cut_off_on, as_of=today, only_booked=False),
    )
    questions = [
        Question(row.owed_fen, row.split_on, row.covered_month, row.due_kind)
        for row in session.execute(
            text(
                "SELECT DISTINCT owed_fen, split_on, covered_month, due_kind FROM due_items WHERE NOT is_return "
                "ORDER BY split_on, owed_fen, covered_month, due_kind"
            )
        )
    ]
    answers = ask_law(session, claim.county_code, claim.purpose, questions)
    run_sql(
        session,
        FOLDER,
        "30_insert_lines",
        county_code=claim.county_code,
        claim_id=claim.id,
        purpose=claim.purpose.value,
        amounts=[one.owed_fen for one in questions],
        days=[one.split_on for one in questions],
        covered=[one.covered_month for one in questions],
        kinds=[one.due_kind for one in questions],
        central=[one.central_fen for one in answers],
        province=[one.province_fen for one in answers],
        city=[one.city_fen for one in answers],
        county=[one.county_fen for one in answers],
        town=[one.town_fen for one in answers],
    )
    session.execute(text("DROP TABLE due_items"))
    return {"parts": _record(questions, answers)}


def unclaimed(session: Session, county_code: int, purpose: SubsidyPurpose, *, as_of: date) -> Unclaimed:
    """Return what government owes as of a day and no approved claim asks for, by level; below zero: to be taken back."""
    source = load_sql(FOLDER, _SOURCES[purpose])
    rows = session.execute(
        text(
            f"""
            SELECT owed_fen, split_on, covered_month, due_kind, is_return, count(*) AS number,
                   sum(central_fen) AS central_fen, sum(province_fen) AS province_fen, sum(city_fen) AS city_fen,
                   sum(county_fen) AS county_fen, sum(town_fen) AS town_fen
              FROM (
{source}
              ) AS due
             GROUP BY owed_fen, split_on, covered_month, due_kind, is_return
            """
        ),
        _facts(county_code, purpose, cut_off_on=as_of, as_of=as_of, only_booked=True),
    ).all()
    fresh = [row for row in rows if not row.is_return]
    questions = [Question(row.owed_fen, row.split_on, row.covered_month, row.due_kind) for row in fresh]
    total, count = ByLevel(), 0
    for row, amounts in zip(fresh, ask_law(session, county_code, purpose, questions), strict=True):
        total += amounts.times(row.number)
        count += row.number if amounts.total_fen else 0
    for row in rows:
        if row.is_return:
            parts = (row.central_fen, row.province_fen, row.city_fen, row.county_fen, row.town_fen)
            total += ByLevel(*(int(part) for part in parts))
            count += row.number
    return Unclaimed(count, total)


def ask_law(
    session: Session, county_code: int, purpose: SubsidyPurpose, questions: Sequence[Question]
) -> list[ByLevel]:
    """Return what each level bears of each amount, by the law of its day. Raises `ParametersUnknown`."""
    unit = county_code * 1_000_000
    if purpose is SubsidyPurpose.LATE_INTEREST:
        return [late_interest_by_level(_lost_fen(session, unit, one)) for one in questions]
    if purpose is SubsidyPurpose.BASIC_PENSION:
        raised = DueKind.BACK_PAY.value
        return [
            split_basic_pension(one.owed_fen, law_on(session, unit, one.split_on), is_raise=one.due_kind == raised)
            for one in questions
        ]
    return [split(one.owed_fen, law_on(session, unit, one.split_on).subsidy_shares) for one in questions]


def _lost_fen(session: Session, unit: int, question: Question) -> int:
    """Interest that a late subsidy would have earned (A3)."""
    if question.covered_month is None:
        return 0
    first, last = Month.of(question.split_on), Month.of(question.covered_month)
    accruals = {year: _accrual(session, unit, year) for year in range(first.year, last.year + 1)}
    return late_subsidy_claim_fen(
        question.owed_fen,
        due_month=first,
        arrived_month=last,
        accruals=accruals,
        rounding=law_on(session, unit, question.covered_month).interest_rounding,
    )


def _accrual(session: Session, unit: int, year: int) -> Accrual:
    law = law_on(session, unit, date(year, 12, 31))
    return accrual_of(year, mode=law.rate_mode, rates=law.pboc_one_year_rates, published=law.published_rates)


def _facts(
    county_code: int, purpose: SubsidyPurpose, *, cut_off_on: date, as_of: date, only_booked: bool
) -> dict[str, Any]:
    return {
        "county_code": county_code,
        "purpose": purpose.value,
        "cut_off_on": cut_off_on,
        "as_of": as_of,
        "only_booked": only_booked,
    }


def _record(questions: Sequence[Question], answers: Sequence[ByLevel]) -> list[dict[str, Any]]:
    """One entry for all days on which an amount divides alike, so that a year of contributions stays readable."""
    days: dict[tuple[int, str | None, date | None, ByLevel], list[date]] = defaultdict(list)
    for one, amounts in zip(questions, answers, strict=True):
        days[one.owed_fen, one.due_kind, one.covered_month, amounts].append(one.split_on)
    return [
        {
            "owed_fen": owed_fen,
            "due_kind": due_kind,
            "covered_month": covered.isoformat() if covered else None,
            "from": min(on).isoformat(),
            "to": max(on).isoformat(),
            "levels_fen": [
                amounts.central_fen, amounts.province_fen, amounts.city_fen, amounts.county_fen, amounts.town_fen,
            ],
        }
        for (owed_fen, due_kind, covered, amounts), on in days.items()
    ]  # fmt: skip
