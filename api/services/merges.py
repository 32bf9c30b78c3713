"""One person, two rows: keeping one of them and turning the other into a tombstone, and undoing that exactly.

Money never moves with a merge: the row that has an account, an enrolment or a pension is the one that is kept, and of two
that have such things neither is merged until one is settled. Facts that the kept row lacks are offered and taken only
when they were asked for by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import run_sql
from api.errors import DomainError, Invalid
from api.models import Resident
from api.services.resident_protection import protected_values, sealed_columns
from api.services.resident_rows import keep_and_update
from api.vocabulary import ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

FOLDER = "duplicates"
PLAIN = ("ethnicity", "address", "village_group", "relation", "disability_grade", "remark")
TAKEABLE = (*PLAIN, "household_id", "phone", "bank_account")
BURDENS = {
    "enrolment": "未终结的参保登记",
    "balance": "个人账户余额",
    "award": "待复核或已核定的待遇",
    "benefit": "未终止的待遇",
    "due": "未结清的应发待遇",
}
_AGREEING = {
    (ResidentStatus.ALIVE, ResidentStatus.ALIVE),
    (ResidentStatus.DEAD, ResidentStatus.DEAD),
    (ResidentStatus.MOVED_OUT, ResidentStatus.MOVED_OUT),
    (ResidentStatus.ALIVE, ResidentStatus.MOVED_OUT),
    (ResidentStatus.DEAD, ResidentStatus.MOVED_OUT),
}
"""Status of the kept row and of the other: whoever moved away is registered anew where they moved to."""


class AlreadyMerged(DomainError):
    """One of the two has been merged into another row since."""

    code = "already-merged"
    title = "其中一条登记已并入别的登记"


class OthersMergedIntoIt(DomainError):
    """Other rows were merged into the one that is to be merged."""

    code = "others-merged-into-it"
    title = "已有别的登记并入此登记"


class KeepTheInsured(DomainError):
    """The row with the enrolment, the account or the pension must be the kept one."""

    code = "keep-the-insured"
    title = "应保留已参保或有账户、待遇的登记"


class BothInsured(DomainError):
    """Both rows hold money or open cases; one of them has to be settled first."""

    code = "both-insured"
    title = "两条登记都有参保登记、账户或待遇，不能直接合并"


class StatusesDisagree(DomainError):
    """One of the two is dead or gone and the other is not."""

    code = "statuses-disagree"
    title = "两条登记的状态不一致"


class FactNotOffered(Invalid):
    """The kept row has this fact, or the other does not."""

    code = "fact-not-offered"
    title = "只能补充保留的登记所缺少的资料"


class UndoImpossible(DomainError):
    """Something has happened since the merge that its undoing would contradict."""

    code = "undo-impossible"
    title = "合并之后已有新的变化，不能撤销"


@dataclass(frozen=True, slots=True)
class Burdens:
    """What hangs on a row: the words of `BURDENS` that apply, and how many posted contributions it has."""

    held: tuple[str, ...]
    contributions: int

    @property
    def words(self) -> list[str]:
        """The same in Chinese."""
        return [BURDENS[name] for name in self.held]


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions by which a merge is undone: of the merged row before it, of the kept row after it."""

    lost: int
    kept: int


def burdens_of(session: Session, resident: Resident) -> Burdens:
    """Return what money and cases hang on a row."""
    row = run_sql(session, FOLDER, "60_list_burdens", county_code=resident.county_code, resident_id=resident.id).one()
    return Burdens(tuple(name for name in BURDENS if getattr(row, name)), row.contributions)


def check(session: Session, *, kept: Resident, lost: Resident) -> None:
    """Raise what stands in the way of merging `lost` into `kept`.

    `AlreadyMerged`, `OthersMergedIntoIt`, `StatusesDisagree`, `KeepTheInsured` or `BothInsured`.
    """
    if ResidentStatus.MERGED in (kept.status, lost.status):
        raise AlreadyMerged("其中一条登记已并入别的登记，请重新载入后核实。")
    into = select(col(Resident.id)).where(
        col(Resident.county_code) == lost.county_code, col(Resident.merged_into_id) == lost.id
    )
    if session.scalars(into).first() is not None:
        raise OthersMergedIntoIt("已有别的登记并入拟并入的一条；请先撤销那次合并，或者保留这一条。")
    if (kept.status, lost.status) not in _AGREEING:
        raise StatusesDisagree(
            f"保留的一条登记为“{kept.status.label}”，拟并入的一条登记为“{lost.status.label}”；请先核实并更正状态。"
        )
    of_lost = burdens_of(session, lost)
    if not of_lost.held:
        return
    if not burdens_of(session, kept).held:
        raise KeepTheInsured(f"另一条登记有{'、'.join(of_lost.words)}，应当保留另一条。")
    first = f"冲正{of_lost.contributions}笔缴费、" if of_lost.contributions else ""
    raise BothInsured(
        f"两条登记都有参保登记、账户或待遇。拟并入的一条有{'、'.join(of_lost.words)}；"
        f"须先在这一条上{first}注销参保登记并终止待遇，账户结清后再合并。"
    )


def offered(session: Session, *, kept: Resident, lost: Resident) -> list[str]:
    """Return the facts that the kept row lacks and the other has. A bank account only while no money hangs on the row.

    Where a pension is paid to is changed by the county agency and not in passing (policy.md P2).
    """
    found = [name for name in PLAIN if getattr(kept, name) is None and getattr(lost, name) is not None]
    is_neighbour = kept.division_code == lost.division_code
    if kept.household_id is None and lost.household_id is not None and is_neighbour:
        found.append("household_id")
    if kept.phone_sealed is None and lost.phone_sealed is not None:
        found.append("phone")
    if kept.bank_account_sealed is None and lost.bank_account_sealed is not None and not burdens_of(session, kept).held:
        found.append("bank_account")
    return found


def merge(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    kept: Resident,
    lost: Resident,
    take: Sequence[str],
    today: date,
) -> Versions:
    """Turn `lost` into a tombstone that points at `kept`. Both rows are locked by the caller.

    Its number stays in the unique index, so nobody is registered under it. Raises as `check`, and `FactNotOffered`.
    """
    check(session, kept=kept, lost=lost)
    if not set(take) <= set(offered(session, kept=kept, lost=lost)):
        raise FactNotOffered(pointer="/take")
    before = lost.version
    if take:
        keep_and_update(session, actor, kept, _taken(keyring, kept, lost, take))
    tombstone = {"status": ResidentStatus.MERGED, "status_on": today, "merged_into_id": kept.id}
    keep_and_update(session, actor, lost, tombstone)
    return Versions(lost=before, kept=kept.version)


def unmerge(
    session: Session, *, actor: Actor, kept: Resident, lost: Resident, versions: Versions, take: Sequence[str]
) -> None:
    """Give both rows back what the merge changed. Both are locked by the caller. Raises `UndoImpossible`."""
    if lost.status is not ResidentStatus.MERGED or lost.merged_into_id != kept.id:
        raise UndoImpossible("被并入的登记已不再指向保留的登记。")
    if lost.version != versions.lost + 1:
        raise UndoImpossible("被并入的登记在合并之后又有变更。")
    if kept.status is ResidentStatus.MERGED:
        raise UndoImpossible("保留的登记后来又并入了别的登记；请先撤销那一次合并。")
    if take and kept.version != versions.kept:
        raise UndoImpossible("合并时补充到保留的登记的资料，后来又有变更；请先核实，不能自动退回。")
    if take:
        keep_and_update(session, actor, kept, dict.fromkeys(_columns(take)))
    row = run_sql(
        session, FOLDER, "70_read_version", county_code=lost.county_code, resident_id=lost.id, version=versions.lost
    ).one()
    earlier = {"status": ResidentStatus(row.status), "status_on": row.status_on, "merged_into_id": None}
    keep_and_update(session, actor, lost, earlier)


def _taken(keyring: Keyring, kept: Resident, lost: Resident, take: Sequence[str]) -> dict[str, Any]:
    """Return the columns of the kept row with what it takes; sealed values are sealed anew for their new row."""
    phone, bank_account = protected_values(keyring, lost)
    protected = {"phone": phone, "bank_account": bank_account}
    changes: dict[str, Any] = {name: getattr(lost, name) for name in take if name not in protected}
    return changes | sealed_columns(keyring, kept.id, {name: protected[name] for name in protected if name in take})


def _columns(take: Sequence[str]) -> list[str]:
    """Return the columns behind facts."""
    behind = {"phone": ["phone_sealed"], "bank_account": ["bank_account_sealed", "bank_account_index"]}
    return [column for name in take for column in behind.get(name, [name])]
