"""The division tree: read it, and bring it in from the statistics bureau's list."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from api.database import scope_of
from api.errors import Invalid, NotFound
from api.models import Division
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import DivisionLevel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session


class DivisionFileInvalid(Invalid):
    """A row of the division file is not a unit; nothing was taken."""

    code = "division-file-invalid"
    title = "行政区划文件有误"


def get(session: Session, code: int) -> Division:
    """Return one unit. Raises `NotFound`."""
    division = session.get(Division, code)
    if division is None:
        raise NotFound
    return division


def get_own(session: Session, code: int) -> Division:
    """Return a unit that lies wholly within what the session's actor may see. Raises `NotFound`.

    The tree itself is open to everybody, so figures of a unit have to ask: of people elsewhere row-level security shows
    none, and a report over nobody looks like a unit where nobody lives.
    """
    low, high = session.info["actor"].scope
    unit_low, unit_high = scope_of(code)
    if not low <= unit_low <= unit_high <= high:
        raise NotFound
    return get(session, code)


def names_of(session: Session, codes: Collection[int]) -> dict[int, str]:
    """Return the names of these units."""
    query = select(col(Division.code), col(Division.name)).where(col(Division.code).in_(codes))
    return {row[0]: row[1] for row in session.execute(query)}


def names_on(session: Session, code: int, on: date) -> dict[int, str]:
    """Return the names of the units of a unit's province: enough to tell a village elsewhere from one that nobody knows.

    Raises `NotFound` when the unit is none of them on that day.
    """
    low = code // 10**10 * 10**10
    rows = session.execute(
        text(
            "SELECT code, name FROM divisions WHERE code BETWEEN :low AND :high"
            " AND (valid_from IS NULL OR valid_from <= :as_of) AND (valid_to IS NULL OR valid_to >= :as_of)"
        ),
        {"low": low, "high": low + 10**10 - 1, "as_of": on},
    ).all()
    known = {row.code: row.name for row in rows}
    if code not in known:
        raise NotFound
    return known


def list_units(
    session: Session, *, parent_code: int | None, limit: int, after: str | None
) -> tuple[Sequence[Division], str | None]:
    """Return the units directly below a parent, or the whole tree without one, by code; and the next cursor."""
    query = select(Division).order_by(col(Division.code)).limit(limit + 1)
    if parent_code is not None:
        query = query.where(col(Division.parent_code) == parent_code)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Division.code) > start[0])
    rows = session.scalars(query).all()
    following = encode_cursor(rows[limit - 1].code) if len(rows) > limit else None
    return rows[:limit], following


def import_file(session: Session, content: bytes) -> tuple[int, int]:
    """Bring in a division list (`code,name,level,kind,parent_code,in_scope`); return (rows, changed rows).

    All or nothing: a wrong row raises `DivisionFileInvalid` with its number. The same file again changes nothing.
    """
    rows = [_parse(number, row) for number, row in enumerate(csv.DictReader(io.StringIO(_decode(content))), start=2)]
    if not rows:
        detail = "文件中没有任何行政区划。"
        raise DivisionFileInvalid(detail)
    statement = insert(Division).values(rows)
    fields = ("name", "level", "kind", "parent_code", "in_scope")
    changed = statement.on_conflict_do_update(
        index_elements=["code"],
        set_={field: getattr(statement.excluded, field) for field in fields},
        where=func.row(*(getattr(Division, field) for field in fields)).is_distinct_from(
            func.row(*(getattr(statement.excluded, field) for field in fields))
        ),
    ).returning(col(Division.code))
    return len(rows), len(session.execute(changed).all())


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    detail = "无法识别文件编码，请保存为 UTF-8 或 GB18030。"
    raise DivisionFileInvalid(detail)


def _parse(number: int, row: dict[str, str]) -> dict[str, object]:
    """Read one row; the code must be 12 digits and the level a known word."""
    code, level, parent = (str(row.get(name) or "").strip() for name in ("code", "level", "parent_code"))
    known = level in {word.value for word in DivisionLevel}
    digits = all(part.isascii() and part.isdigit() and len(part) == 12 for part in (code, parent or code))
    name = str(row.get("name") or "").strip()
    if not (known and digits and name):
        detail = f"第 {number} 行不是有效的行政区划(须有 12 位代码、名称和级别)。"
        raise DivisionFileInvalid(detail)
    return {
        "code": int(code),
        "name": name,
        "level": DivisionLevel(level),
        "kind": str(row.get("kind") or "").strip() or None,
        "parent_code": int(parent) if parent else None,
        "in_scope": str(row.get("in_scope", "true")).strip().lower() in {"true", "1", "是", "t"},
    }
