"""Whose answer a bank's file is: payments, deductions and passbook openings are told apart by its name, whatever the bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.errors import Invalid
from api.exchange.bank_files import BankFileUnknown, identify_return
from api.exchange.bank_layouts_loader import FilePurpose, layout_ids, load_layout
from api.models import AccountOpening, CollectionBatch, PaymentRun
from api.vocabulary import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_PART = 3
_COUNTY, _YEAR = 6, 4


class ReturnsMixed(Invalid):
    """The files of one call are answers to different batches."""

    code = "returns-mixed"
    title = "一次只能处理同一批次的回盘文件"


class ReturnUnowned(Invalid):
    """No batch of ours has the number in the file's name."""

    code = "return-unowned"
    title = "没有文件名所指的批次"


@dataclass(frozen=True, slots=True)
class Owner:
    """What a file answers to: the purpose, and the id of the run or batch."""

    purpose: FilePurpose
    id: int


def county_in(names: Sequence[str]) -> int:
    """Return the county that the files' names speak of. Raises `BankFileUnknown`."""
    return min(int(batch[:_COUNTY]) for name in names for _, _, batch in _readings(name))


def owner_of(session: Session, names: Sequence[str]) -> Owner:
    """Return what the files answer to. Raises `BankFileUnknown`, `ReturnUnowned` and `ReturnsMixed`."""
    owners = {_owner(session, name) for name in names}
    if len(owners) != 1:
        raise ReturnsMixed
    return owners.pop()


def _readings(name: str) -> list[tuple[str, FilePurpose, str]]:
    """Return every way in which a layout understands a name: (layout, purpose, batch number)."""
    found = []
    for layout_id in layout_ids():
        try:
            purpose, _, batch = identify_return(load_layout(layout_id), name)
        except BankFileUnknown:
            continue
        if len(batch) > _COUNTY + _PART:
            found.append((layout_id, purpose, batch))
    if not found:
        raise BankFileUnknown
    return found


def _owner(session: Session, name: str) -> Owner:
    for layout_id, purpose, batch in _readings(name):
        county, number = int(batch[:_COUNTY]), batch[_COUNTY:-_PART]
        found = _id_of(session, layout_id, purpose, county, number)
        if found is not None:
            return Owner(purpose, found)
    raise ReturnUnowned


def _id_of(session: Session, layout_id: str, purpose: FilePurpose, county: int, number: str) -> int | None:
    """Return the run or batch with a number as the file names spell it, or None."""
    year, rest = int(number[:_YEAR] or 0), int(number[_YEAR:] or 0)
    if purpose is FilePurpose.PAY:
        runs = session.execute(
            select(col(PaymentRun.id), col(PaymentRun.month)).where(
                col(PaymentRun.county_code) == county, col(PaymentRun.state) != RunState.DISCARDED
            )
        ).all()
        return next((run.id for run in runs if (run.month.year, run.month.month) == (year, rest)), None)
    table, column = (
        (CollectionBatch, col(CollectionBatch.contribution_year))
        if purpose is FilePurpose.DEDUCT
        else (AccountOpening, col(AccountOpening.opened_year))
    )
    query = select(col(table.id)).where(
        col(table.county_code) == county, column == year, col(table.number) == rest, col(table.layout) == layout_id
    )
    return session.execute(query).scalar_one_or_none()
