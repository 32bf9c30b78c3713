"""Booking what the bank said: town by town in sets, each line whole or not at all, and the batch's own counts with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import col

from api.database import next_id, run_sql
from api.models import CollectionBatch
from api.services import interest_corrections, ledger
from api.services.collection_batches import FOLDER
from api.vocabulary import CollectionState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Under which days and persons something is booked, and what it came from: a file or the decision of a finding."""

    deducted_on: date
    """The value date: interest runs from the next month."""
    booked_on: date
    today: date
    maker_id: int
    checker_id: int
    source: str
    """Part of the journals' natural keys."""
    return_id: int | None = None
    finding_number: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """How many lines and how many fen."""

    lines: int = 0
    amount_fen: int = 0


def post_deducted(
    session: Session, batch: CollectionBatch, booking: Booking, *, file_no: int, towns: Sequence[int]
) -> Sums:
    """Book the judged lines of one file that the bank deducted, one journal per town.

    Interest that is posted for the day of the deduction already is corrected by the same two persons.

    Raises `interest_corrections.CorrectionOutsideScope`, and `UnbalancedEntry` when the statement wrote anything but one of
    each per line; the transaction ends with it. An account that cannot take a line any more was found when the lines were
    judged, under the batch's lock.
    """
    lines = amount_fen = 0
    closed: list[int] = []
    for town in towns:
        counts: Any = run_sql(
            session,
            FOLDER,
            "70_post_town",
            county_code=batch.county_code,
            batch_id=batch.id,
            file_no=file_no,
            town=town,
            journal_id=next_id(session, batch.county_code),
            dedup_key=f"collection:{booking.source}:{town}",
            booked_on=booking.booked_on,
            deducted_on=booking.deducted_on,
            value_year=booking.deducted_on.year,
            value_month=booking.deducted_on.month,
            maker_id=booking.maker_id,
            checker_id=booking.checker_id,
            return_id=booking.return_id,
            finding_number=booking.finding_number,
            law_serial=batch.law_serial,
        ).one()
        if len({counts.lines, counts.changed, counts.written, counts.contributed, counts.finished}) != 1:
            message = "lines, accounts, contributions and outcomes differ"
            raise ledger.UnbalancedEntry(message)
        lines += counts.lines
        amount_fen += counts.amount_fen
        closed += counts.closed_ids or ()
    if closed:
        interest_corrections.correct(
            session,
            maker_id=booking.maker_id,
            checker_id=booking.checker_id,
            county_code=batch.county_code,
            resident_ids=closed,
            since=booking.deducted_on,
            today=booking.today,
        )
    return Sums(lines, amount_fen)


def keep_failed(session: Session, batch: CollectionBatch, booking: Booking, *, file_no: int) -> Sums:
    """Keep the judged lines of one file that the bank did not deduct."""
    counts: Any = run_sql(
        session, FOLDER, "80_fail_lines", county_code=batch.county_code, batch_id=batch.id, file_no=file_no,
        return_id=booking.return_id, finding_number=booking.finding_number,
    ).one()  # fmt: skip
    return Sums(counts.lines, counts.amount_fen)


def count_in(session: Session, batch: CollectionBatch, deducted: Sums, failed: Sums, *, on: date) -> None:
    """Add to the batch's counts under its lock; the batch closes once every line is final."""
    deducted_count = batch.deducted_count + deducted.lines
    failed_count = batch.failed_count + failed.lines
    is_covered = deducted_count + failed_count == batch.line_count
    state = CollectionState(batch.state)
    if is_covered:
        state = CollectionState.CLOSED
    elif deducted_count + failed_count:
        state = CollectionState.POSTED
    session.execute(
        update(CollectionBatch)
        .where(col(CollectionBatch.county_code) == batch.county_code, col(CollectionBatch.id) == batch.id)
        .values(
            deducted_count=deducted_count,
            deducted_fen=batch.deducted_fen + deducted.amount_fen,
            failed_count=failed_count,
            failed_fen=batch.failed_fen + failed.amount_fen,
            state=state,
            closed_on=(batch.closed_on or on) if is_covered else None,
            version=batch.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(batch)
