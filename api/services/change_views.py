"""Reading change requests: lists, the difference of old and new, and what else a reviewer must know before deciding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlmodel import col

from api.crypto import mask_bank_account, mask_id, mask_phone
from api.database import Actor, county_of, scope_of
from api.errors import DomainError, NotFound
from api.models import Benefit, ChangeRequest, Division, Enrolment, Resident
from api.models.cases import OPEN_STATES
from api.models.change_requests import LIVING_STATES
from api.policy.ages import age_on
from api.policy.changes import CHANGE_RULES
from api.policy.money import format_yuan
from api.services import change_effects, change_requests, change_values, enrolment_terms, household_changes
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_categories import categories_of
from api.vocabulary import ChangeKind, EnrolmentState, FactKind, HukouKind, ResidentStatus, Rhythm, Sex

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.vocabulary import CaseState

NOTHING = "（未登记）"
DIFFERS_INSIDE = "（与原内容在遮盖处不同）"
_MASKS = {ChangeKind.PHONE: mask_phone, ChangeKind.BANK_ACCOUNT: mask_bank_account, ChangeKind.ID_NUMBER: mask_id}
_WORDS: dict[ChangeKind, Any] = {ChangeKind.SEX: Sex, ChangeKind.HUKOU_KIND: HukouKind}


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with the person's and the unit's name."""

    request: ChangeRequest
    resident_name: str
    division_name: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of old and new, in words; protected values are masked. `changed` is told by the full values."""

    label: str
    old: str
    new: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something else that is open, or has happened, and that the reviewer must weigh."""

    code: str
    message: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about the person that matters for the decision."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of requests is narrowed to."""

    state: CaseState | None = None
    kind: ChangeKind | None = None
    division_code: int | None = None
    resident_id: int | None = None


def list_requests(
    session: Session, *, actor: Actor, filters: Filters, limit: int, after: str | None
) -> tuple[list[RequestView], str | None]:
    """Return the requests of a unit, the newest first, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if filters.division_code is None else filters.division_code)
    query = _query().where(col(ChangeRequest.division_code).between(low, high))
    if county_of(low) == county_of(high):
        query = query.where(col(ChangeRequest.county_code) == county_of(low))
    narrowed = {
        ChangeRequest.state: filters.state,
        ChangeRequest.kind: filters.kind,
        ChangeRequest.resident_id: filters.resident_id,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(ChangeRequest.id) < start[0])
    rows = session.execute(query.order_by(col(ChangeRequest.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return [RequestView(row[0], row[1], row[2] or "") for row in rows[:limit]], following


def get_view(session: Session, request_id: int) -> RequestView:
    """Return one request. Raises `NotFound`."""
    row = session.execute(
        _query().where(col(ChangeRequest.county_code) == request_id // 10**10, col(ChangeRequest.id) == request_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return RequestView(row[0], row[1], row[2] or "")


def differences(session: Session, keyring: Keyring, request: ChangeRequest) -> list[Difference]:
    """Return old and new side by side."""
    if "houses" in request.old:
        return _house_differences(session, request)
    old, new = change_effects.old_value(keyring, request), change_effects.new_value(keyring, request)
    before, after = _words(request.kind, old), _words(request.kind, new)
    if request.kind in _MASKS and before == after and old != new:
        # The mask hides what differs; a reviewer must not take it for a mistake.
        after += DIFFERS_INSIDE
    label = FactKind(new.plain["fact"]).label if "fact" in new.plain else request.kind.label
    return [Difference(label, before, after, old != new)]


def facts(session: Session, request: ChangeRequest, *, today: date) -> list[Fact]:
    """Return what of the person matters for the decision."""
    resident = _resident(session, request)
    enrolment = enrolment_terms.insured_enrolment(session, request.county_code, request.resident_id)
    benefit = session.scalars(
        select(Benefit).where(
            col(Benefit.county_code) == request.county_code, col(Benefit.resident_id) == request.resident_id
        )
    ).one_or_none()
    told = [
        Fact("年龄", f"{age_on(resident.birth_date, today)}周岁（{resident.birth_date.isoformat()}出生）"),
        Fact("性别", resident.sex.label),
        Fact("户口性质", resident.hukou_kind.label),
        Fact("人员状态", resident.status.label),
        Fact("参保", "已参保" if enrolment else "未参保"),
    ]
    if enrolment is not None:
        from_year, terms = enrolment_terms.next_terms(session, enrolment, today.year)
        told.append(Fact(f"{from_year}年起缴费", f"{format_yuan(terms.tier_fen)}元 {terms.rhythm.label}"))
    told.append(Fact("待遇", benefit.state.label if benefit else "未领取"))
    told.append(Fact("人群", "、".join(one.label for one in categories_of(resident)) or "无"))
    return told


def conflicts(session: Session, keyring: Keyring, request: ChangeRequest, *, today: date) -> list[Conflict]:
    """Return what stands beside or against a request that may still take effect."""
    if request.state not in LIVING_STATES:
        return []
    resident = _resident(session, request)
    found: list[Conflict] = []
    if resident.status is not ResidentStatus.ALIVE:
        found.append(Conflict("person-gone", f"此人已登记为{resident.status.label}，变更不能再办理。"))
    else:
        try:
            change_effects.check(session, keyring, resident, request, today=today, lock=False)
        except DomainError as refusal:
            found.append(Conflict(refusal.code, refusal.detail))
    related = CHANGE_RULES[request.kind].related
    for other in change_requests.living_of(session, request.county_code, request.resident_id):
        if other.id != request.id and other.kind in related:
            message = f"同一人另有“{other.kind.label}”变更正在办理（{other.state.label}）。"
            found.append(Conflict("related-request-open", message, other.id))
    found += _enrolment_conflicts(session, request)
    found += _house_conflicts(session, request)
    return found


def proof_number(keyring: Keyring, request: ChangeRequest) -> str | None:
    """Return the proof's number, masked."""
    sealed = request.proof_number_sealed
    if sealed is None:
        return None
    return mask_bank_account(keyring.unseal(sealed, table="change_requests", column="proof_number", row_id=request.id))


def _enrolment_conflicts(session: Session, request: ChangeRequest) -> list[Conflict]:
    query = select(col(Enrolment.state)).where(
        col(Enrolment.county_code) == request.county_code,
        col(Enrolment.resident_id) == request.resident_id,
        col(Enrolment.state).in_((*OPEN_STATES, EnrolmentState.RETURNED)),
    )
    return [
        Conflict("enrolment-open", f"此人的参保登记正在办理（{EnrolmentState(state).label}）。")
        for state in session.scalars(query)
    ]


def _house_conflicts(session: Session, request: ChangeRequest) -> list[Conflict]:
    houses = [one for one in (request.household_id, request.other_household_id) if one is not None]
    if not houses:
        return []
    query = select(ChangeRequest).where(
        col(ChangeRequest.county_code) == request.county_code,
        or_(col(ChangeRequest.household_id).in_(houses), col(ChangeRequest.other_household_id).in_(houses)),
        col(ChangeRequest.state).in_(LIVING_STATES),
        col(ChangeRequest.id) != request.id,
    )
    return [
        Conflict("household-request-open", f"同一户另有“{other.kind.label}”正在办理（{other.state.label}）。", other.id)
        for other in session.scalars(query)
    ]


def _words(kind: ChangeKind, value: change_values.Value) -> str:
    """Say a value in Chinese, masked where it is protected."""
    plain = value.plain
    if kind in _MASKS:
        return NOTHING if value.secret is None else _MASKS[kind](value.secret)
    if "tier_fen" in plain:
        return f"{format_yuan(plain['tier_fen'])}元/年"
    if "rhythm" in plain:
        return Rhythm(plain["rhythm"]).label
    if "fact" in plain:
        grade = f"{plain['value']}级" if plain["value"] else ""
        return (grade or "是") if plain["holds"] else "否"
    text = plain["value"]
    if text is None:
        return NOTHING
    return str(_WORDS[kind](text).label if kind in _WORDS else text)


def _house_differences(session: Session, request: ChangeRequest) -> list[Difference]:
    """One line for each person of the houses: where they live and as what."""
    before, after = household_changes.people_in(request.old), household_changes.people_in(request.new)
    query = select(col(Resident.id), col(Resident.name)).where(
        col(Resident.county_code) == request.county_code, col(Resident.id).in_(list(before))
    )
    names = {row.id: row.name for row in session.execute(query)}

    def told(place: tuple[str, str | None]) -> str:
        return f"户号{place[0]} {place[1] or '（关系未登记）'}"

    return [
        Difference(
            names.get(person, str(person)), told(before[person]), told(after[person]), before[person] != after[person]
        )
        for person in before
    ]


def _resident(session: Session, request: ChangeRequest) -> Resident:
    query = select(Resident).where(
        col(Resident.county_code) == request.county_code, col(Resident.id) == request.resident_id
    )
    return session.scalars(query).one()


def _query() -> Select[*tuple[Any, ...]]:
    person = and_(
        col(Resident.county_code) == col(ChangeRequest.county_code),
        col(Resident.id) == col(ChangeRequest.resident_id),
    )
    return (
        select(ChangeRequest, col(Resident.name), col(Division.name))
        .join(Resident, person)
        .outerjoin(Division, col(Division.code) == col(ChangeRequest.division_code))
    )
