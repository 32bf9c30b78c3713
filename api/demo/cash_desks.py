"""Cash on the way when the demonstration stops: one collector late, one blocked, one whose deposit waits for the bank."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from api.demo.office import unpaid
from api.errors import DomainError
from api.services import contributions, receipt_blocks, receipt_voids, receipts, remittances
from api.services.contribution_rules import Offer
from api.services.receipts import Written
from api.vocabulary import BlockPurpose, Channel, ContributionKind, RoleName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.database import Actor
    from api.demo.office import Offices

PAYERS = 5
PAPERS = 10


def lay_out(offices: Offices, collectors: Sequence[Actor], today: date) -> int:
    """Leave cash in the hands of the first three collectors; return how many receipts were written."""
    if len(collectors) < 3:
        return 0
    late, blocked, waiting = collectors[:3]
    written = _papers(offices, late, today - timedelta(days=4))
    written += _online(offices, blocked, today - timedelta(days=6))
    written += _online(offices, waiting, today - timedelta(days=1))
    for collector, share in ((blocked, 2), (waiting, 1)):
        with offices.database.unit_of_work(collector) as session:
            held_fen = receipts.cash_in_hand_fen(session, collector.county_code, collector.user_id)
            if held_fen:
                remittances.record(
                    session,
                    actor=collector,
                    amount_fen=held_fen // share,
                    paid_in_on=today,
                    bank_reference=f"JK{today:%Y%m%d}{collector.division_code % 1000:03d}",
                    today=today,
                )
    return written


def _papers(offices: Offices, collector: Actor, day: date) -> int:
    """A booklet whose second number is missing and whose last is said to be spoiled."""
    clerk = offices.of_role(RoleName.TOWN_CLERK)
    with offices.database.unit_of_work(clerk) as session:
        block = receipt_blocks.issue(
            session,
            actor=clerk,
            collector_id=collector.user_id,
            count=PAPERS,
            purpose=BlockPurpose.PAPER,
            label="1号收据本",
            today=day,
        )
    numbers = [number for number in range(block.first_number, block.last_number) if number != block.first_number + 1]
    written = _pay(offices, collector, day, [Written(number, day) for number in numbers[:PAYERS]])
    with offices.database.unit_of_work(collector) as session:
        receipt_voids.propose(
            session, actor=collector, number=block.last_number, last_number=None, reason="填写时写坏", today=day
        )
    return written


def _online(offices: Offices, collector: Actor, day: date) -> int:
    return _pay(offices, collector, day, [None] * PAYERS)


def _pay(offices: Offices, collector: Actor, day: date, papers: Sequence[Written | None]) -> int:
    """Take cash of people who have not paid this year, one receipt each, as far as the law lets them."""
    with offices.database.unit_of_work(collector) as session:
        due = [row.resident_id for row in unpaid(session, collector.division_code, day.year)]
    written = 0
    for resident_id in due:
        if written == len(papers):
            break
        offer = Offer(kind=ContributionKind.ANNUAL, contribution_year=day.year, paid_on=day, channel=Channel.CASH)
        try:
            with offices.database.unit_of_work(collector) as session:
                contributions.record(
                    session,
                    actor=collector,
                    keyring=offices.keyring,
                    resident_id=resident_id,
                    offer=offer,
                    today=day,
                    written=papers[written],
                )
        except DomainError:
            continue
        written += 1
    return written
