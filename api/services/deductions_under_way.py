"""Whether a bank is being asked for somebody's contribution at this moment: who takes cash meanwhile would take it twice.

A payment and the release of a batch meet at an advisory lock of the county: payments share it, a release holds it alone
while it looks at what has been paid and until it is committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from api.errors import DomainError
from api.services.contribution_rules import YEAR_KINDS
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.services.contribution_rules import Offer

_LOCK = 7032
SHARE = Prepared("deduction_share", "int", f"SELECT pg_advisory_xact_lock_shared({_LOCK}, $1)")
"""First of all that a payment asks; to be read is what whoever held the lock has committed."""
_LIVE = """
      FROM collection_lines AS l
      JOIN collection_batches AS b ON l.county_code = b.county_code AND l.batch_id = b.id
      LEFT JOIN collection_outcomes AS o ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq
     WHERE b.state IN ('sent', 'posted') AND o.seq IS NULL
"""
OF_PERSON = Prepared(
    "deduction_under_way",
    "int, bigint, int",
    f"SELECT 1 {_LIVE} AND l.county_code = $1 AND l.resident_id = $2 AND l.contribution_year = $3 LIMIT 1",
)


class DeductionUnderWay(DomainError):
    """The year is on a deduction file that the bank has not answered for this person."""

    code = "deduction-under-way"
    title = "该年度正在银行代扣"


def refuse(offer: Offer, *, is_under_way: bool) -> None:
    """Raise `DeductionUnderWay` when the offer is for a year that the bank is being asked for."""
    if is_under_way and offer.kind in YEAR_KINDS:
        detail = f"此人{offer.contribution_year}年度保费已报银行代扣，尚未回盘；请等银行返回后再办理，以免重复缴费。"
        raise DeductionUnderWay(detail, pointer="/contribution_year")


def lock_release(session: Session, county_code: int) -> None:
    """Let no payment of the county begin until this transaction ends."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK}, :county)"), {"county": county_code})


def share(session: Session, county_code: int) -> None:
    """Let no batch of the county be released until this transaction ends; what was released before is seen."""
    session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_LOCK}, :county)"), {"county": county_code})


def of_people(session: Session, county_code: int, resident_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return (person, year) of what the bank is being asked for; shares the lock with a release."""
    share(session, county_code)
    rows = session.execute(
        text(
            f"SELECT l.resident_id, l.contribution_year {_LIVE} AND l.county_code = :county AND l.resident_id = ANY(:ids)"
        ),
        {"county": county_code, "ids": list(resident_ids)},
    )
    return {(row.resident_id, row.contribution_year) for row in rows}
