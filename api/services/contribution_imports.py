"""缴费名单: contributions of a file, booked with their subsidies; cash gets the next receipts of whoever brings the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.database import run_sql
from api.exchange.list_layouts import CONTRIBUTIONS as LAYOUT
from api.services import bulk_contributions
from api.services.bulk_contributions import NewContribution
from api.services.contribution_rules import Offer
from api.services.list_imports import ListKind
from api.services.receipts import CashNeedsAPerson, Written
from api.services.two_persons import SYSTEM_USER
from api.vocabulary import Channel, ContributionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.bulk_enrolments import Refusal
    from api.services.list_imports import Desk, Listed


def _take(desk: Desk, listed: Sequence[Listed]) -> list[Refusal]:
    """Record the rows in their order. Raises `CashNeedsAPerson` for the whole list: half a list is a trap for the rest."""
    rows = [NewContribution(one.resident_id, _offer(desk, one), _written(desk, one)) for one in listed]
    is_person = desk.actor.user_id != SYSTEM_USER and desk.actor.client_id is None
    if not is_person and any(row.offer.channel is Channel.CASH for row in rows):
        raise CashNeedsAPerson(
            "名单中有现金缴费：现金须由收款的经办人本人办理并开具收据，系统和接入程序不能收现金；整份名单未导入。",
            pointer="/channel",
        )
    _, refusals = bulk_contributions.record_all(
        desk.session,
        actor=desk.actor,
        keyring=desk.keyring,
        county_code=desk.county_code,
        rows=rows,
        today=desk.today,
    )
    return refusals


def _offer(desk: Desk, one: Listed) -> Offer:
    """Return the row as it would be handed in alone; without a tier it is the one chosen at enrolment."""
    values = one.row.values
    kind: ContributionKind = values["kind"]
    usual = Channel.GOVERNMENT if kind is ContributionKind.GOVERNMENT_PAID else Channel.CASH
    return Offer(
        kind=kind,
        contribution_year=values["contribution_year"],
        paid_on=values["paid_on"] or desk.today,
        channel=values["channel"] or usual,
        tier_fen=values["tier"],
    )


def _written(desk: Desk, one: Listed) -> Written | None:
    """Return the receipt that was handed out beforehand; without a day of its own it is the payment's."""
    number, issued_on = one.row.values["receipt_number"], one.row.values["receipt_on"]
    if number is None:
        return None
    return Written(number, issued_on or one.row.values["paid_on"] or desk.today)


def _worth(desk: Desk, resident_ids: Sequence[int], mark: int) -> dict[str, int]:
    """Return what the people have been credited since, by source, in fen."""
    people = sorted(set(resident_ids))
    row = run_sql(
        desk.session, "list_import", "10_sum_lines", county_code=desk.county_code, resident_ids=people, mark=mark
    ).one()
    return {"personal": int(row.personal), "collective": int(row.collective), "gov": int(row.gov)}


CONTRIBUTIONS = ListKind(
    kind="contributions",
    layout=LAYOUT,
    take=_take,
    worth=_worth,
    column_of_code={
        "tier-not-offered": "tier",
        "tier-fixed-for-year": "tier",
        "paid-in-future": "paid_on",
        "contribution-period-closed": "paid_on",
        "channel-not-allowed": "channel",
        "contribution-already-recorded": "contribution_year",
        "contribution-year-not-open": "contribution_year",
        "parameters-unknown": "paid_on",
        "not-found": "id_number",
        "receipt-not-issued": "receipt_number",
        "receipt-already-used": "receipt_number",
        "receipt-void": "receipt_number",
        "receipt-needs-cash": "receipt_number",
        "receipt-in-future": "receipt_on",
        "collector-blocked": "channel",
    },
)
