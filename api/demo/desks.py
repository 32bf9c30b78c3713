"""What lies on the desks when the demonstration stops: cases at every step, so that whoever tries it finds work to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.demo import cash_desks
from api.demo.office import COUNTY_CODE, prospects
from api.demo.users import TOWN
from api.services import cancellations, change_requests, duplicate_search, enrolments
from api.services.case_procedures import Ruling
from api.services.change_values import ChangeForm
from api.vocabulary import (
    CancellationProof,
    CancellationReason,
    ChangeKind,
    Decision,
    EnrolmentStep,
    ProofKind,
    Rhythm,
    RoleName,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.demo.office import Offices

VILLAGES = 6
"""Villages whose assistants have cases on their way."""
FIRST_VILLAGE = 200
"""Last three digits from which a code is a village committee's and no community's (policy.md §6.2)."""
TIER_FEN = 10_000
CHANGES = (
    (ChangeKind.PHONE, ProofKind.APPLICATION, "13800138000", None),
    (ChangeKind.ADDRESS, ProofKind.HOUSEHOLD_BOOK, "三埠街道长堤路8号", None),
    (ChangeKind.TIER, ProofKind.APPLICATION, None, 50_000),
    (ChangeKind.BANK_ACCOUNT, ProofKind.BANK_BOOK, "6228480402564890018", None),
)


@dataclass(frozen=True, slots=True)
class Desks:
    """How many cases of each kind were left."""

    enrolments: int
    changes: int
    cancellations: int
    pairs: int
    receipts: int


def lay_out(offices: Offices, today: date) -> Desks:
    """Leave applications, requests and a cancellation at their steps, and the pairs that may be one person."""
    applied = changes = ended = 0
    rural = [one for one in offices.assistants() if one.division_code % 1000 >= FIRST_VILLAGE]
    for place, assistant in enumerate(rural[:VILLAGES]):
        applied += _applications(offices, assistant, today)
        changes += _requests(offices, assistant, place, today)
        ended += _cancellation(offices, assistant, today) if place < 2 else 0
    clerk = offices.of_role(RoleName.TOWN_CLERK)
    with offices.database.unit_of_work(clerk) as session:
        found = duplicate_search.search(session, offices.keyring, actor=clerk, division_code=TOWN)
    return Desks(applied, changes, ended, found.proposed, cash_desks.lay_out(offices, rural[-3:], today))


def _applications(offices: Offices, assistant: Actor, today: date) -> int:
    """Four applications of a village: one each waits for the village, the subdistrict and the county, one was returned."""
    handed_in = today - timedelta(days=9)
    steps = (
        (RoleName.TOWN_CLERK, EnrolmentStep.VILLAGE_CHECK, handed_in + timedelta(days=1)),
        (RoleName.TOWN_REVIEWER, EnrolmentStep.TOWNSHIP_REVIEW, handed_in + timedelta(days=4)),
    )
    with offices.database.unit_of_work(assistant) as session:
        outside = [one for one in prospects(session, assistant.division_code) if not one.is_old]
        cases = [
            enrolments.apply_for(
                session,
                actor=assistant,
                resident_id=person.resident_id,
                tier_fen=TIER_FEN,
                rhythm=Rhythm.YEARLY,
                applied_on=handed_in,
                today=handed_in,
            ).id
            # Some stay outside: whoever tries the demonstration has somebody to ask.
            for person in outside[: min(4, len(outside) // 2)]
        ]
    for first, (role, step, on) in enumerate(steps, start=1):
        for case_id in cases[first:3]:
            _decide(offices, role, case_id, Ruling(step, Decision.APPROVE, "资料齐全。", on))
    for case_id in cases[3:]:
        ruling = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.RETURN, "缺户口簿复印件，请补齐。", steps[0][2])
        _decide(offices, RoleName.TOWN_CLERK, case_id, ruling)
    return len(cases)


def _decide(offices: Offices, role: RoleName, case_id: int, ruling: Ruling) -> None:
    actor = offices.of_role(role)
    with offices.database.unit_of_work(actor) as session:
        enrolments.decide_many(session, actor=actor, enrolment_ids=[case_id], ruling=ruling)


def _requests(offices: Offices, assistant: Actor, place: int, today: date) -> int:
    """One request to change something, of an insured person of the village."""
    kind, proof, value, tier_fen = CHANGES[place % len(CHANGES)]
    form = ChangeForm(kind=kind, effective_on=today, proof=proof, value=value, tier_fen=tier_fen)
    with offices.database.unit_of_work(assistant) as session:
        for resident_id in insured(session, assistant.division_code)[:1]:
            change_requests.hand_in(
                session, offices.keyring, actor=assistant, resident_id=resident_id, form=form, today=today
            )
            return 1
    return 0


def _cancellation(offices: Offices, assistant: Actor, today: date) -> int:
    """One insured person who has died, reported by the assistant; the heirs have not come yet."""
    form = cancellations.Form(
        reason=CancellationReason.DEATH,
        event_on=today - timedelta(days=12),
        proof=CancellationProof.HUKOU_CANCELLED,
        remark="继承人待定",
    )
    with offices.database.unit_of_work(assistant) as session:
        for resident_id in insured(session, assistant.division_code)[1:2]:
            cancellations.hand_in(
                session, offices.keyring, actor=assistant, resident_id=resident_id, form=form, today=today
            )
            return 1
    return 0


def insured(session: Session, division_code: int) -> list[int]:
    """Return insured people of a village who still pay, in an order that no installation's key decides."""
    rows = session.execute(
        text(
            """
            SELECT r.id
              FROM enrolments e
              JOIN residents r ON r.county_code = e.county_code AND r.id = e.resident_id
             WHERE e.county_code = :county_code AND e.division_code = :division_code
               AND e.state = 'county_approved' AND e.tier_fen > 0 AND e.tier_fen < 50000 AND r.status = 'alive'
               AND r.birth_date > DATE '1955-01-01'
             ORDER BY r.birth_date, r.name, r.address, r.sex
             LIMIT 5
            """
        ),
        {"county_code": COUNTY_CODE, "division_code": division_code},
    )
    return [row.id for row in rows]
