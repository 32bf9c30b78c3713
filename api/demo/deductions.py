"""The month's deduction of the demonstration: computed, approved, sent to the bank, answered and proved by four hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.demo import bank
from api.demo.users import COUNTY
from api.services import collection_batches, collection_files, collection_money, collection_returns
from api.services.collection_batches import Wanted
from api.vocabulary import RoleName

if TYPE_CHECKING:
    from datetime import date

    from api.database import Actor
    from api.demo.office import Offices
    from api.models import CollectionBatch


def deduct(offices: Offices, month: date, today: date, *, errs: bool) -> int:
    """Deduct the year's contribution from the passbooks of whoever has not paid. Return how many lines were booked.

    With `errs` the bank takes one amount wrongly: the line waits for somebody, and so does what it paid over.
    """
    clerk, reviewer = offices.of_role(RoleName.COUNTY_CLERK), offices.of_role(RoleName.COUNTY_REVIEWER)
    finance, _ = offices.finance_persons()
    with offices.database.unit_of_work(clerk) as session:
        wanted = Wanted(division_code=COUNTY, contribution_year=month.year, layout=bank.LAYOUT)
        batch = collection_batches.compute(session, actor=clerk, wanted=wanted, today=today)
    with offices.database.unit_of_work(reviewer) as session:
        collection_batches.approve(
            session,
            actor=reviewer,
            batch_id=batch.id,
            given_hash=batch.content_hash or "",
            expected_version=batch.version,
            today=today,
        )
    answers = [
        bank.deduct(name, content, offices.life, month, errs=errs)
        for name, content in _sent(offices, finance, batch, today)
    ]
    if not answers:
        return 0
    with offices.database.unit_of_work(finance) as session:
        taken = collection_returns.load(
            session,
            actor=finance,
            keyring=offices.keyring,
            batch_id=batch.id,
            files=[file for one in answers for file in one.files],
            deducted_on=today,
            today=today,
        )
        paid_fen = sum(one.amount_fen for one in answers)
        if paid_fen:
            collection_money.prove(
                session,
                actor=finance,
                batch_id=batch.id,
                amount_fen=paid_fen,
                bank_reference=f"DK{today:%Y%m%d}",
                arrived_on=today,
                today=today,
            )
    return sum(one.posted_count for one in taken.returns)


def _sent(offices: Offices, finance: Actor, batch: CollectionBatch, today: date) -> list[tuple[str, bytes]]:
    """Send an approved batch to the bank; return the files' names and bytes."""
    with offices.database.unit_of_work(finance) as session:
        _, files = collection_files.release(
            session, actor=finance, keyring=offices.keyring, batch_id=batch.id, today=today
        )
        made = [
            collection_files.download(
                session, actor=finance, keyring=offices.keyring, batch_id=batch.id, file_id=file.id
            )
            for file in files
        ]
        return [(one.record.name, one.content) for one in made]
