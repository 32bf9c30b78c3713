"""Booking a contribution that the law has judged: its journal, and the row that points at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.database import send_later
from api.models import Contribution
from api.services import fund_periods, ledger
from api.services.laws import serial_of
from api.vocabulary import Channel, FundAccount, JournalKind
from api.wire import Prepared

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.services.contribution_rules import Judged, Offer
    from api.services.payers import PayerResident

_WRITTEN = (
    *("county_code", "id", "resident_id", "division_code", "contribution_year", "kind", "instalment", "tier_fen"),
    *("amount_fen", "subsidy_fen", "paid_on", "channel", "journal_id", "law_serial", "recorded_by_id"),
    *("waiting_subsidy_fen", "payment_group_id"),
)
_CONTRIBUTION = Prepared(
    "contribution",
    f"int, bigint, bigint, bigint, int, text, int, bigint, bigint, bigint, date, text{', bigint' * 5}",
    f"""
    INSERT INTO contributions ({", ".join(_WRITTEN)})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    """,
)


def book(
    session: Session,
    *,
    actor: Actor,
    resident: PayerResident,
    offer: Offer,
    judged: Judged,
    ids: tuple[int, int],
    today: date,
    payment_group_id: int | None = None,
    approved_by_id: int | None = None,
) -> Contribution:
    """Book the journal of what was judged and write the row that points at it; `ids` are new ones for row and journal.

    The account's line keeps the day of payment; the books of a closed month take it today.
    """
    contribution_id, journal_id = ids
    booked_on = fund_periods.booking_day(session, resident.county_code, wanted=offer.paid_on, today=today)
    ledger.post(
        session,
        county_code=resident.county_code,
        division_code=resident.division_code,
        kind=JournalKind.CONTRIBUTION,
        business_date=booked_on,
        dedup_key=f"contribution:{contribution_id}",
        maker_id=actor.user_id,
        checker_id=approved_by_id,
        accounts=[
            ledger.AccountEntry(
                resident_id=resident.id,
                division_code=resident.division_code,
                value_on=offer.paid_on,
                personal_fen=judged.personal_fen,
                collective_fen=judged.collective_fen,
                gov_fen=judged.gov_fen,
                contribution_year=offer.contribution_year,
            )
        ],
        fund=_fund_entries(actor, offer, judged),
        journal_id=journal_id,
    )
    contribution = Contribution(
        county_code=resident.county_code,
        id=contribution_id,
        resident_id=resident.id,
        division_code=resident.division_code,
        contribution_year=offer.contribution_year,
        kind=offer.kind,
        instalment=offer.instalment,
        tier_fen=judged.tier_fen,
        amount_fen=judged.amount_fen,
        subsidy_fen=judged.subsidy_fen,
        paid_on=offer.paid_on,
        channel=offer.channel,
        journal_id=journal_id,
        law_serial=serial_of(session),
        recorded_by_id=actor.user_id,
        waiting_subsidy_fen=judged.waiting_subsidy_fen,
        payment_group_id=payment_group_id,
    )
    send_later(session, _CONTRIBUTION.of(*(getattr(contribution, name) for name in _WRITTEN)))
    return contribution


def _fund_entries(actor: Actor, offer: Offer, judged: Judged) -> list[ledger.FundEntry]:
    """Where the money is now, and to whom the fund owes it."""
    paid_in_fen = judged.personal_fen + judged.collective_fen
    if offer.channel is Channel.CASH:
        held = ledger.FundEntry(account=FundAccount.CASH_IN_HAND, amount_fen=paid_in_fen, party_id=actor.user_id)
    else:
        held = ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=paid_in_fen)
    return [
        held,
        ledger.FundEntry(account=FundAccount.SUBSIDY_RECEIVABLE, amount_fen=judged.gov_fen),
        ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-judged.personal_fen),
        ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-judged.collective_fen),
        ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-judged.gov_fen),
    ]
