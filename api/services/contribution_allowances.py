"""What somebody may pay today, with the amounts and the reasons: this year's payment, 补缴 and 趸缴."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import DomainError, NotFound
from api.policy.contribution_sums import Allowance, DuePayment, OpenYears
from api.policy.contributions import INSTALMENTS, assess, may_be_paid_by_government
from api.policy.lump_sums import lump_sum_allowance
from api.policy.make_up import make_up_allowance
from api.services import contributions, payers
from api.services.contribution_rules import YEAR_KINDS, complete_years, posted_year
from api.services.laws import law_on
from api.vocabulary import Rhythm

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters
    from api.services.payers import Payer, PayerEnrolment

COUNTY_SPAN = 10_000_000_000


def read(session: Session, *, resident_id: int, today: date) -> Allowance:
    """Return what a person may pay today. Raises `NotFound`. policy.md §1, §2.1, §3.3 P5."""
    county_code = resident_id // COUNTY_SPAN
    payer = payers.look(session, county_code=county_code, resident_id=resident_id, year=today.year)
    if payer is None:
        raise NotFound
    law = law_on(session, payer.resident.division_code, today)
    paid = complete_years(payer.posted)
    barred = _barred(payer, today)
    none = OpenYears((), 0, ())
    resident = payer.resident
    flags = {"dibao": resident.dibao, "wubao": resident.wubao, "land_taken": resident.land_taken}
    return Allowance(
        resident_id=resident_id,
        on=today,
        barred=barred,
        tiers_fen=law.tiers_fen,
        paid_years=tuple(sorted(paid)),
        government_pays=may_be_paid_by_government(
            disability_grade=resident.disability_grade,
            groups=[name for name, holds in flags.items() if holds],
            parameters=law,
        ),
        due=_due(payer, payer.enrolment, law, today) if payer.enrolment and barred is None else None,
        make_up=none if barred else _make_up(payer, law, today),
        lump_sum=none if barred else _lump_sum(payer, law, today),
    )


def _barred(payer: Payer, today: date) -> DomainError | None:
    """Why the person can pay nothing at all."""
    try:
        _, account = contributions.check_payer(payer, today)
    except DomainError as error:
        return error
    return None if account.state == "open" else contributions.AccountNotOpen()


def _due(payer: Payer, terms: PayerEnrolment, law: PolicyParameters, today: date) -> DuePayment:
    """The next payment of the current year by the tier and rhythm that hold for it."""
    posted = posted_year(payer.posted, today.year)
    rhythm = posted.rhythm if posted else terms.rhythm
    tier_fen = posted.tier_fen if posted else terms.tier_fen
    done = posted.instalments if posted else frozenset()
    count = INSTALMENTS[rhythm]
    numbers = (0,) if rhythm is Rhythm.YEARLY else range(1, count + 1)
    following = next((number for number in numbers if number not in done), numbers[-1])
    facts: dict[str, Any] = {
        "year": today.year,
        "tier_fen": tier_fen,
        "rhythm": rhythm,
        "instalment": following,
        "instalments": count,
    }
    try:
        assessed = assess(
            birth_date=payer.resident.birth_date,
            contribution_year=today.year,
            tier_fen=tier_fen,
            paid_on=today,
            parameters=law,
            rhythm=rhythm,
            instalment=following,
            posted=posted,
        )
    except DomainError as error:
        return DuePayment(**facts, amount_fen=0, subsidy_fen=0, refusal=error, reasons=())
    return DuePayment(
        **facts,
        amount_fen=assessed.personal_fen,
        subsidy_fen=assessed.subsidy_fen,
        refusal=None,
        reasons=assessed.reasons,
    )


def _make_up(payer: Payer, law: PolicyParameters, today: date) -> OpenYears:
    allowed = make_up_allowance(
        birth_date=payer.resident.birth_date, paid_years=complete_years(payer.posted), on=today, parameters=law
    )
    return OpenYears(allowed.years, allowed.remaining, allowed.reasons)


def _lump_sum(payer: Payer, law: PolicyParameters, today: date) -> OpenYears:
    allowed = lump_sum_allowance(
        birth_date=payer.resident.birth_date,
        taken_years={row.contribution_year for row in payer.posted if row.kind in YEAR_KINDS},
        paid_years=complete_years(payer.posted),
        on=today,
        parameters=law,
    )
    return OpenYears(allowed.years, len(allowed.years), allowed.reasons)
