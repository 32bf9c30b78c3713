"""未缴费名单 over HTTP: names page by page, as a workbook, and the figures of the villages."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import ActorDep, BusinessDateDep, KeyringDep, PageDep, ReadSessionDep, SessionDep, requires
from api.exchange import unpaid_sheets
from api.permissions import Permission
from api.policy.money import format_yuan
from api.routes import Router
from api.schemas.base import DivisionIn, Page
from api.schemas.unpaid_contributions import UnpaidCounts, UnpaidPersonRead, UnpaidVillage
from api.services import unpaid_contributions
from api.services.unpaid_contributions import UnpaidPerson

router = Router(prefix="/unpaid-contributions", tags=["contributions"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YearIn = Annotated[int | None, Query(ge=1990, le=2100)]
UnitIn = Annotated[DivisionIn | None, Query()]


def _read(person: UnpaidPerson) -> UnpaidPersonRead:
    return UnpaidPersonRead(
        resident_id=person.resident_id,
        name=person.name,
        division_code=person.division_code,
        division_name=person.division_name,
        village_group=person.village_group,
        household_number=person.household_number,
        phone_masked=person.phone_masked,
        tier=person.tier_fen,
        rhythm=person.rhythm,
        paid=person.paid_fen,
        due=person.due_fen,
        reason=person.reason,
        bank_reason=person.bank_reason,
    )


@router.get("", name="list_unpaid_contributions", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_unpaid_contributions(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    page: PageDep,
    division: UnitIn = None,
    year: YearIn = None,
) -> Page[UnpaidPersonRead]:
    """List insured people of a unit whose year (default: this one) is not complete, by village, group and house."""
    people, following = unpaid_contributions.list_people(
        session,
        keyring,
        division_code=division or actor.division_code,
        year=year or today.year,
        today=today,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[_read(person) for person in people], next=following)


@router.get("/counts", name="count_unpaid_contributions", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def count_unpaid_contributions(
    session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, division: UnitIn = None, year: YearIn = None
) -> UnpaidCounts:
    """Count by village how many may pay for a year, how many have, and what is lacking."""
    wanted = year or today.year
    villages = unpaid_contributions.count_villages(
        session, division_code=division or actor.division_code, year=wanted, today=today
    )
    payers, paid = (sum(one.payer_count for one in villages), sum(one.paid_count for one in villages))
    return UnpaidCounts(
        year=wanted,
        payer_count=payers,
        paid_count=paid,
        unpaid_count=payers - paid,
        due=sum(one.due_fen for one in villages),
        villages=[
            UnpaidVillage(
                division_code=one.division_code,
                division_name=one.division_name,
                payer_count=one.payer_count,
                paid_count=one.paid_count,
                never_paid=one.never_paid,
                instalments_open=one.instalments_open,
                due=one.due_fen,
            )
            for one in villages
        ],
    )


@router.get(
    "/workbook",
    name="export_unpaid_contributions",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[requires(Permission.CONTRIBUTION_READ)],
)
def export_unpaid_contributions(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    division: UnitIn = None,
    year: YearIn = None,
) -> Response:
    """The names as a workbook, phones masked; the export is on record."""
    unit, wanted = division or actor.division_code, year or today.year
    name, people = unpaid_contributions.export_people(
        session, keyring, actor=actor, division_code=unit, year=wanted, today=today
    )
    content = unpaid_sheets.unpaid_workbook(unit_name=name, year=wanted, rows=(_cells(person) for person in people))
    headers = {"Content-Disposition": f'attachment; filename="unpaid-{unit}-{wanted}.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _cells(person: UnpaidPerson) -> list[str]:
    """One person as cells of text, in the order of the sheet's columns."""
    return [
        person.division_name,
        person.village_group,
        person.household_number,
        person.name,
        person.phone_masked or "",
        format_yuan(person.tier_fen),
        person.rhythm.label,
        format_yuan(person.paid_fen),
        format_yuan(person.due_fen),
        person.reason.label + (f"：{person.bank_reason}" if person.bank_reason else ""),
    ]
