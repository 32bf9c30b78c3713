"""The participation register over HTTP: totals, names page by page, and the names as a workbook."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from api.crypto import mask_id
from api.database import Actor
from api.dependencies import ActorDep, BusinessDateDep, KeyringDep, PageDep, ReadSessionDep, SessionDep, requires
from api.exchange import register_sheets
from api.permissions import Permission
from api.policy.ages import age_on
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, Page
from api.schemas.participation_register import (
    MomentIn,
    ReasonCount,
    RegisterEntry,
    RegisterReason,
    RegisterSums,
    RegisterTotals,
)
from api.services import participation_register
from api.services.participation_register import Entry, Sums, Wanted
from api.vocabulary import FactKind, RegisterStatus, Sex

router = Router(prefix="/participation-register", tags=["reports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class RegisterQuery:
    """Whose register (default: one's own unit), at which date (default: today), as known when (default: now)."""

    division: int | None
    as_of: date | None
    known_at: datetime | None

    def wanted(
        self, actor: Actor, today: date, *, status: RegisterStatus | None = None, reason: RegisterReason | None = None
    ) -> Wanted:
        """Fill in what was left out."""
        return Wanted(
            division_code=self.division or actor.division_code,
            as_of=self.as_of or today,
            known_at=self.known_at,
            status=status,
            reason=reason.value if reason else None,
        )


async def get_query(
    division: Annotated[DivisionIn | None, Query()] = None,
    as_of: Annotated[DayIn | None, Query()] = None,
    known_at: Annotated[MomentIn | None, Query()] = None,
) -> RegisterQuery:
    """Return what all routes of the register ask by."""
    return RegisterQuery(division, as_of, known_at)


QueryDep = Annotated[RegisterQuery, Depends(get_query)]


def _sums(sums: Sums) -> RegisterSums:
    return RegisterSums(
        division_code=sums.division.code,
        division_name=sums.division.name,
        belonging=sums.belonging,
        eligible=sums.eligible,
        insured=sums.by_status.get(RegisterStatus.INSURED, 0),
        registered_unpaid=sums.by_status.get(RegisterStatus.REGISTERED_UNPAID, 0),
        not_enrolled=sums.by_status.get(RegisterStatus.NOT_ENROLLED, 0),
        unexplained=sums.unexplained,
        excluded=sums.by_status.get(RegisterStatus.EXCLUDED, 0),
    )


def _entry(entry: Entry, as_of: date) -> RegisterEntry:
    row = entry.row
    return RegisterEntry(
        resident_id=row.resident_id,
        name=row.name,
        sex=Sex(row.sex),
        birth_date=row.birth_date,
        age=age_on(row.birth_date, as_of),
        id_number_masked=None if entry.id_number is None else mask_id(entry.id_number),
        division_code=row.division_code,
        division_name=entry.division_name,
        village_group=row.village_group,
        household_id=row.household_id,
        household_number=row.household_number,
        status=RegisterStatus(row.status),
        reason=None if row.reason is None else FactKind(row.reason),
        reason_since=row.reason_since,
        reason_evidence=row.reason_evidence,
        fact_id=row.fact_id,
        fact_version=row.fact_version,
    )


@router.get("", name="list_participation_register", dependencies=[requires(Permission.RESIDENT_READ)])
def list_participation_register(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    page: PageDep,
    query: QueryDep,
    status: Annotated[RegisterStatus | None, Query()] = None,
    reason: Annotated[RegisterReason | None, Query()] = None,
) -> Page[RegisterEntry]:
    """List everyone who belonged to a unit's villages at a date, where they stood and why, by group and household."""
    wanted = query.wanted(actor, today, status=status, reason=reason)
    entries, following = participation_register.list_entries(
        session, keyring, wanted, today=today, limit=page.limit, after=page.after
    )
    return Page(items=[_entry(entry, wanted.as_of) for entry in entries], next=following)


@router.get("/totals", name="read_participation_register", dependencies=[requires(Permission.REPORT_READ)])
def read_participation_register(
    session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, query: QueryDep
) -> RegisterTotals:
    """Totals of the register: belonging = eligible + excluded, eligible = insured + registered_unpaid + not_enrolled."""
    wanted = query.wanted(actor, today)
    sums, children = participation_register.totals(session, wanted, today=today)
    return RegisterTotals(
        **dict(_sums(sums)),
        as_of=wanted.as_of,
        known_at=wanted.known_at,
        reasons=[
            ReasonCount(status=status, reason=None if reason is None else FactKind(reason), count=count)
            for (status, reason), count in sorted(
                sums.by_reason.items(), key=lambda item: (item[0][0], item[0][1] or "")
            )
        ],
        children=[_sums(child) for child in children],
    )


@router.get(
    "/workbook",
    name="export_participation_register",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[requires(Permission.RESIDENT_READ)],
)
def export_participation_register(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    query: QueryDep,
    status: Annotated[RegisterStatus | None, Query()] = None,
    reason: Annotated[RegisterReason | None, Query()] = None,
) -> Response:
    """The names as a workbook, numbers masked; the export is on record."""
    wanted = query.wanted(actor, today, status=status, reason=reason)
    unit, entries = participation_register.export_entries(session, keyring, wanted, actor=actor, today=today)
    content = register_sheets.register_workbook(
        unit_name=unit.name,
        as_of=wanted.as_of,
        rows=(_cells(_entry(entry, wanted.as_of)) for entry in entries),
    )
    name = f"participation-register-{unit.code}-{wanted.as_of}.xlsx"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _cells(entry: RegisterEntry) -> list[str]:
    """One person as cells of text, in the order of the sheet's columns."""
    return [
        entry.division_name,
        entry.village_group or "",
        entry.household_number or "",
        entry.name,
        entry.sex.label,
        str(entry.age),
        entry.id_number_masked or "",
        entry.status.label,
        entry.reason.label if entry.reason else ("未说明" if entry.status is RegisterStatus.NOT_ENROLLED else ""),
        entry.reason_since.isoformat() if entry.reason_since else "",
        entry.reason_evidence or "",
    ]
