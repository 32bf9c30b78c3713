"""未缴费名单 (policy.md §3.3 P4): insured people whose year is not complete, and how far each village is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.crypto import mask_phone
from api.database import run_sql, scope_of
from api.errors import Invalid
from api.services import audit_events, divisions
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import Rhythm, UnpaidReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

FOLDER = "unpaid"
LARGEST_WORKBOOK = 100_000


class UnpaidListTooLarge(Invalid):
    """A workbook of so many names helps nobody."""

    code = "unpaid-list-too-large"
    title = "名单超过10万人，请按街道或村导出"


class UnpaidYearUnfit(Invalid):
    """The year lies before the scheme began or has not begun."""

    code = "unpaid-year-unfit"
    title = "年度须在制度实施以来、已开始的年度内"


@dataclass(frozen=True, slots=True)
class UnpaidPerson:
    """Somebody whose year is not complete; amounts in fen, the phone masked."""

    resident_id: int
    name: str
    division_code: int
    division_name: str
    village_group: str
    household_number: str
    phone_masked: str | None
    tier_fen: int
    rhythm: Rhythm
    paid_fen: int
    due_fen: int
    reason: UnpaidReason
    bank_reason: str
    """The bank's own words where it refused the deduction, empty otherwise."""


@dataclass(frozen=True, slots=True)
class VillageCount:
    """A village's people who may pay for a year: how many have, how many not, and what is lacking, in fen."""

    division_code: int
    division_name: str
    payer_count: int
    paid_count: int
    never_paid: int
    instalments_open: int
    due_fen: int


def list_people(
    session: Session,
    keyring: Keyring,
    *,
    division_code: int,
    year: int,
    today: date,
    limit: int,
    after: str | None,
) -> tuple[list[UnpaidPerson], str | None]:
    """Return a page of names by village, group and house, and the next cursor.

    Raises `NotFound` for a unit that is not the actor's, `UnpaidYearUnfit`, `InvalidCursor`.
    """
    facts = _facts(session, division_code, year, today)
    start = decode_cursor(after, int, str, str, int) or (0, "", "", 0)
    rows = _rows(session, facts, start, limit + 1)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.division_code, last.village_group, last.household_number, last.resident_id)
    return _people(session, keyring, rows[:limit]), following


def export_people(
    session: Session, keyring: Keyring, *, actor: Actor, division_code: int, year: int, today: date
) -> tuple[str, list[UnpaidPerson]]:
    """Return the unit's name and all names for a workbook; the export is on record. Raises `UnpaidListTooLarge` too."""
    facts = _facts(session, division_code, year, today)
    rows = _rows(session, facts, (0, "", "", 0), LARGEST_WORKBOOK + 1)
    if len(rows) > LARGEST_WORKBOOK:
        raise UnpaidListTooLarge
    audit_events.record(
        session,
        actor=actor,
        action="export_unpaid_contributions",
        subject_kind="unpaid_contributions",
        division_code=division_code,
        year=year,
        rows=len(rows),
    )
    return divisions.get(session, division_code).name, _people(session, keyring, rows)


def count_villages(session: Session, *, division_code: int, year: int, today: date) -> list[VillageCount]:
    """Return the figures of a unit's villages. Raises `NotFound`, `UnpaidYearUnfit`."""
    facts = _facts(session, division_code, year, today)
    rows = run_sql(session, FOLDER, "20_count_villages", **facts).all()
    names = divisions.names_of(session, [row.division_code for row in rows])
    return [
        VillageCount(
            division_code=row.division_code,
            division_name=names.get(row.division_code, ""),
            payer_count=row.payer_count,
            paid_count=row.payer_count - row.never_paid - row.instalments_open,
            never_paid=row.never_paid,
            instalments_open=row.instalments_open,
            due_fen=int(row.due_fen),
        )
        for row in rows
    ]


def _facts(session: Session, division_code: int, year: int, today: date) -> dict[str, Any]:
    """What the statements ask by."""
    divisions.get_own(session, division_code)
    law = law_on(session, division_code, today)
    if not law.launch_on.year <= year <= today.year:
        raise UnpaidYearUnfit(pointer="/year")
    low, high = scope_of(division_code)
    return {
        "county_low": low // 1_000_000,
        "county_high": high // 1_000_000,
        "low": low,
        "high": high,
        "year": year,
        "benefit_age": law.benefit_age,
        "launch_on": law.launch_on,
    }


def _rows(session: Session, facts: dict[str, Any], start: Sequence[Any], limit: int) -> Sequence[Any]:
    division, group, house, number = start
    rows: Sequence[Any] = run_sql(
        session,
        FOLDER,
        "10_list_unpaid",
        **facts,
        after_division=division,
        after_group=group,
        after_house=house,
        after_id=number,
        row_limit=limit,
    ).all()
    return rows


def _people(session: Session, keyring: Keyring, rows: Sequence[Any]) -> list[UnpaidPerson]:
    names = divisions.names_of(session, {row.division_code for row in rows})
    return [
        UnpaidPerson(
            resident_id=row.resident_id,
            name=row.name,
            division_code=row.division_code,
            division_name=names.get(row.division_code, ""),
            village_group=row.village_group,
            household_number=row.household_number,
            phone_masked=_phone(keyring, row),
            tier_fen=row.tier_fen,
            rhythm=Rhythm(row.rhythm),
            paid_fen=int(row.paid_fen),
            due_fen=row.tier_fen - int(row.paid_fen),
            reason=UnpaidReason(row.reason),
            bank_reason=row.bank_reason,
        )
        for row in rows
    ]


def _phone(keyring: Keyring, row: Any) -> str | None:
    if row.phone_sealed is None:
        return None
    number = keyring.unseal(bytes(row.phone_sealed), table="residents", column="phone", row_id=row.resident_id)
    return mask_phone(number)
