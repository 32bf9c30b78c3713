"""Government's money in the demonstration: the year's subsidies claimed, and part of them arrived; and the year proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.demo.users import COUNTY
from api.services import ledger_seals, subsidy_claims, subsidy_receipts, year_proofs
from api.vocabulary import GovernmentLevel, RoleName, SubsidyPurpose

if TYPE_CHECKING:
    from datetime import date

    from api.demo.office import Offices

COUNTY_CODE = COUNTY // 1_000_000
ARRIVED = ((GovernmentLevel.COUNTY, 1), (GovernmentLevel.PROVINCE, 1), (GovernmentLevel.CITY, 2))
"""Who has paid, and which part of what was asked: the city only half."""


def claim_subsidies(offices: Offices, year: int, today: date) -> int:
    """Claim the subsidies of a year's contributions; return the fen that were asked for."""
    clerk, reviewer = offices.of_role(RoleName.COUNTY_CLERK), offices.of_role(RoleName.COUNTY_REVIEWER)
    finance, second = offices.finance_persons()
    purpose = SubsidyPurpose.CONTRIBUTION_SUBSIDY
    with offices.database.unit_of_work(clerk) as session:
        claim = subsidy_claims.compute(
            session,
            actor=clerk,
            county_code=COUNTY_CODE,
            purpose=purpose,
            period=str(year),
            cut_off_on=None,
            today=today,
        )
    with offices.database.unit_of_work(reviewer) as session:
        claim = subsidy_claims.approve(
            session,
            actor=reviewer,
            claim_id=claim.id,
            given_hash=claim.content_hash or "",
            version=claim.version,
            today=today,
        )
    with offices.database.unit_of_work(clerk) as session:
        claim = subsidy_claims.send(session, actor=clerk, claim_id=claim.id, version=claim.version, today=today)
    for level, part in ARRIVED:
        amount_fen = getattr(claim, f"{level.value}_fen") // part
        if not amount_fen:
            continue
        with offices.database.unit_of_work(finance) as session:
            receipt = subsidy_receipts.record(
                session,
                actor=finance,
                county_code=COUNTY_CODE,
                purpose=purpose,
                level=level,
                amount_fen=amount_fen,
                received_on=today,
                bank_reference=f"BT{today:%Y%m%d}-{level.value}",
                claim_ids=[claim.id],
                today=today,
            )
        with offices.database.unit_of_work(second) as session:
            subsidy_receipts.confirm(session, actor=second, receipt_id=receipt.id, version=receipt.version, today=today)
    return claim.amount_fen


def prove_year(offices: Offices, year: int, today: date) -> int:
    """Seal the books and prove everybody's balance of a year; return how many accounts are proved."""
    reviewer = offices.of_role(RoleName.COUNTY_REVIEWER)
    ledger_seals.seal_all(offices.database)
    with offices.database.unit_of_work(reviewer) as session:
        return year_proofs.make(session, actor=reviewer, county_code=COUNTY_CODE, year=year, today=today).account_count
