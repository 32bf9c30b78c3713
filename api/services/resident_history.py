"""Earlier rows of a person: as of a day, change by change, and where each fact comes from.

Who may read a person reads of the past what happened while the person lived in the reader's unit: a version stands in the
village of its time, and row-level security hides those of other units. Protected values are opened to be compared and
leave masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from api.crypto import mask_bank_account, mask_id, mask_phone
from api.database import run_sql
from api.errors import NotFound
from api.models import Division, Household, ImportBatch, User
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_search import ResidentView, facts_of, id_number_of
from api.services.residents import get
from api.services.two_persons import SYSTEM_USER
from api.vocabulary import HukouKind, ResidentStatus, Sex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

LABELS = {
    "name": "姓名",
    "id_number": "身份证号",
    "sex": "性别",
    "birth_date": "出生日期",
    "ethnicity": "民族",
    "division_code": "所在村(社区)",
    "village_group": "村民小组",
    "household_id": "户号",
    "relation": "与户主关系",
    "address": "户籍地址",
    "hukou_kind": "户口性质",
    "phone": "联系电话",
    "bank_account": "银行账号",
    "is_student": "在校学生",
    "employee_insured": "参加职保",
    "other_pension": "领取其他养老金",
    "disability_grade": "残疾等级",
    "dibao": "低保",
    "wubao": "五保",
    "land_taken": "被征地",
    "remark": "备注",
    "status": "状态",
    "status_on": "状态日期",
}
"""What of a row is told, in the order of the page."""
NEWEST = 2**31 - 1
ALL_AT_ONCE = 1_000
"""Versions of one person that are looked through for the sources of the facts."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who brought a fact: an import, a user, the system, or somebody of a unit that the reader does not see."""

    kind: str
    id: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One fact before and after, as a page shows it."""

    field: str
    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A row of the past or the present one. `changes` is None where the row before is another unit's."""

    version: int
    since: datetime
    until: datetime | None
    source: Source
    changes: list[Change] | None


@dataclass(frozen=True, slots=True)
class FactSource:
    """Where a fact that stands now comes from. `since` and `source` are None where it is older than what is seen."""

    field: str
    label: str
    value: str | None
    since: datetime | None
    version: int | None
    source: Source | None


def read_as_of(session: Session, keyring: Keyring, *, resident_id: int, as_of: date) -> ResidentView:
    """Return a person as the roster knew them at the end of a business day; what ran for them then is not told.

    Raises `NotFound`, also for a day before they were registered, or before they came to the reader's unit.
    """
    resident = get(session, resident_id)
    row = run_sql(
        session,
        "resident_history",
        "10_read_as_of",
        county_code=resident.county_code,
        resident_id=resident.id,
        as_of=as_of.isoformat(),
    ).one_or_none()
    if row is None:
        raise NotFound
    then = facts_of(_read_row(row.facts))
    return ResidentView(then, row.division_name or "", None, None, row.household_number, id_number_of(keyring, then))


def list_versions(
    session: Session, keyring: Keyring, *, resident_id: int, limit: int, after: str | None
) -> tuple[list[Version], str | None]:
    """Return a page of a person's versions, newest first, and the next cursor. Raises `NotFound`, `InvalidCursor`."""
    resident = get(session, resident_id)
    start = decode_cursor(after, int)
    # One more to compare the last with, and one to know whether it is the last.
    rows = _rows(session, resident, before=NEWEST if start is None else start[0], maximum=limit + 1)
    teller = _Teller.of(session, keyring, resident, rows)
    versions = [
        Version(
            row.version,
            _since(row),
            row.replaced_at,
            teller.source(row),
            teller.changes(rows, number),
        )
        for number, row in enumerate(rows[:limit])
    ]
    return versions, encode_cursor(versions[-1].version) if len(rows) > limit else None


def list_sources(session: Session, keyring: Keyring, *, resident_id: int) -> list[FactSource]:
    """Return where each fact of a person comes from: the version that brought it, and who brought that.

    Raises `NotFound`.
    """
    resident = get(session, resident_id)
    rows = _rows(session, resident, before=NEWEST, maximum=ALL_AT_ONCE)
    teller = _Teller.of(session, keyring, resident, rows)
    found = []
    for field, label in LABELS.items():
        value = teller.plain(rows[0], field)
        brought = 0
        while brought + 1 < len(rows) and teller.plain(rows[brought + 1], field) == value:
            brought += 1
        row = rows[brought]
        is_known = brought + 1 < len(rows) or row.version == 1
        found.append(
            FactSource(
                field,
                label,
                teller.shown(rows[0], field),
                _since(row) if is_known else None,
                row.version if is_known else None,
                teller.source(row) if is_known else None,
            )
        )
    return found


def _rows(session: Session, resident: Any, *, before: int, maximum: int) -> Sequence[Any]:
    rows: Sequence[Any] = run_sql(
        session,
        "resident_history",
        "20_list_versions",
        county_code=resident.county_code,
        resident_id=resident.id,
        before=max(0, min(before, NEWEST)),
        maximum=maximum,
    ).all()
    return rows


def _since(row: Any) -> datetime:
    """The moment from which a row stood: each change writes its own."""
    return datetime.fromisoformat(row.facts["updated_at"])


def _read_row(row: dict[str, Any]) -> dict[str, Any]:
    """Read a row that was kept as JSON: days, tokens and ciphertext come as text."""
    facts = dict(row)
    for name in ("birth_date", "status_on"):
        if facts.get(name) is not None:
            facts[name] = date.fromisoformat(facts[name])
    facts["id_token"] = UUID(facts["id_token"])
    for name in ("document_sealed", "phone_sealed", "bank_account_sealed"):
        if facts.get(name) is not None:
            facts[name] = bytes.fromhex(facts[name].removeprefix("\\x"))
    return facts


def _yes_or_no(value: Any) -> str:
    return "是" if value else "否"


_WORDS: dict[str, Callable[[Any], str]] = {
    "sex": lambda value: Sex(value).label,
    "hukou_kind": lambda value: HukouKind(value).label,
    "status": lambda value: ResidentStatus(value).label,
    "disability_grade": lambda value: f"{'一二三四'[value - 1]}级",
    **dict.fromkeys(("is_student", "employee_insured", "other_pension", "dibao", "wubao", "land_taken"), _yes_or_no),
}
_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": mask_id,
    "phone": mask_phone,
    "bank_account": mask_bank_account,
}


class _Teller:
    """Tells the facts of a person's rows in words, with the names of units, houses and sources read once."""

    def __init__(self, protected: dict[int, dict[str, str | None]], names: dict[str, dict[int, Any]]) -> None:
        self._protected = protected
        self._names = names

    @classmethod
    def of(cls, session: Session, keyring: Keyring, resident: Any, rows: Sequence[Any]) -> _Teller:
        protected = {row.version: _open(keyring, _read_row(row.facts)) for row in rows}

        def ids(name: str) -> set[int]:
            return {row.facts[name] for row in rows if row.facts.get(name) is not None}

        county = resident.county_code
        units = select(col(Division.code), col(Division.name)).where(col(Division.code).in_(ids("division_code")))
        houses = select(col(Household.id), col(Household.number)).where(
            col(Household.county_code) == county, col(Household.id).in_(ids("household_id"))
        )
        names = {
            "division_code": _pairs(session.execute(units).all()),
            "household_id": _pairs(session.execute(houses).all()),
            "source": sources_of(session, county, ids("source_id")),
        }
        return cls(protected, names)

    def plain(self, row: Any, field: str) -> Any:
        """The value itself, to be compared."""
        return self._protected[row.version][field] if field in _MASKS else row.facts.get(field)

    def shown(self, row: Any, field: str) -> str | None:
        """The value as a page shows it, masked where it is protected."""
        value = self.plain(row, field)
        if value is None:
            return None
        if field in _MASKS:
            return _MASKS[field](value)
        if field in self._names:
            # A house of another unit has no number here.
            return str(self._names[field].get(value, ""))
        return _WORDS[field](value) if field in _WORDS else str(value)

    def source(self, row: Any) -> Source:
        """Who brought a row."""
        found: Source = self._names["source"][row.facts["source_id"]]
        return found

    def changes(self, rows: Sequence[Any], number: int) -> list[Change] | None:
        """What a row brought against the one before; all that is known of the first; None where that is not seen."""
        row = rows[number]
        if row.version == 1:
            return []
        before = rows[number + 1] if number + 1 < len(rows) else None
        if before is None or before.version != row.version - 1:
            return None
        return [
            Change(field, label, self.shown(before, field), self.shown(row, field))
            for field, label in LABELS.items()
            if self.plain(before, field) != self.plain(row, field)
        ]


def _open(keyring: Keyring, facts: dict[str, Any]) -> dict[str, str | None]:
    """The protected values of a row in full, for comparing and masking alone."""
    opened: dict[str, str | None] = {"id_number": id_number_of(keyring, facts_of(facts))}
    for column in ("phone", "bank_account"):
        sealed = facts.get(f"{column}_sealed")
        opened[column] = (
            None if sealed is None else keyring.unseal(sealed, table="residents", column=column, row_id=facts["id"])
        )
    return opened


def _pairs(rows: Iterable[Any]) -> dict[int, Any]:
    return {row[0]: row[1] for row in rows}


def sources_of(session: Session, county_code: int, ids: set[int]) -> dict[int, Source]:
    """Return who stands behind ids that rows name as their source, each of them.

    One place for all kinds: imports, users and the system; a source of another kind of thing is added here.
    """
    found = {one: Source("other", one, None) for one in ids}
    people = select(col(User.id), col(User.display_name)).where(col(User.id).in_(ids))
    found |= {row[0]: Source("user", row[0], row[1]) for row in session.execute(people)}
    files = select(col(ImportBatch.id)).where(col(ImportBatch.county_code) == county_code, col(ImportBatch.id).in_(ids))
    found |= {one: Source("import", one, "名册导入") for one in session.scalars(files)}
    return found | {one: Source("system", one, "系统") for one in ids & {SYSTEM_USER}}
