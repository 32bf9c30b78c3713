"""居民: single registration, changes with their history, deaths, moves, and showing a protected value.

A single record passes the same table of rules as a roster file. Every change keeps the earlier row as a version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, county_of, next_id, run_sql
from api.errors import DomainError, FieldFault, Invalid, NotFound
from api.exchange.pinyin import name_pinyin
from api.exchange.roster_cells import CELL_READERS
from api.exchange.roster_scope import RosterScope
from api.exchange.rosters import read_record
from api.models import Division, Enrolment, Resident
from api.services import audit_events, case_closing, identity_changes, resident_facts, resident_spells
from api.services.resident_documents import require_not_retired
from api.services.resident_protection import Revealed, differs, open_field, sealed_columns
from api.services.resident_records import columns_of, fault_of, household_of, is_refusal, issue_fault
from api.services.resident_rows import keep_and_update, lock
from api.vocabulary import (
    CaseStop,
    DivisionLevel,
    DocumentKind,
    EnrolmentState,
    HukouKind,
    IdentityPart,
    ResidentStatus,
    Sex,
    SpellEnd,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

APPROVED_ONLY = frozenset(
    {"name", "bank_account_sealed", "hukou_kind", "is_student", "employee_insured", "other_pension"}
)
"""Columns that no single person changes of somebody insured: they decide who is paid and who counts."""
_FOLLOWERS = (
    *("20_move_accounts", "20_move_enrolments", "20_move_contributions", "20_move_benefits"),
    *(
        "21_move_awards",
        "22_move_documents",
        "22_move_cancellations",
        "22_move_enrolment_terms",
        "23_move_change_requests",
    ),
    *("22_move_attachments", "22_move_attachment_contents", "22_move_attachment_subjects"),
)


class ResidentRecordInvalid(Invalid):
    """The record breaks rules of the roster; each is listed with its field and code."""

    code = "resident-record-invalid"
    title = "居民资料有误"


class ResidentGone(DomainError):
    """The person is dead or has moved away already."""

    code = "resident-gone"
    title = "此人已登记为死亡或迁出"


class DateOutsideLife(Invalid):
    """The event lies before the birth or after today."""

    code = "date-outside-life"
    title = "日期早于出生日期或晚于今天"


class CountyApprovalRequired(DomainError):
    """What decides about an insured person's rights is changed by 变更登记, which the county approves (policy.md P2)."""

    code = "county-approval-required"
    title = "已参保人员的这一项须办理变更登记，经县级复核后变更"


def get(session: Session, resident_id: int) -> Resident:
    """Return one person. Raises `NotFound`."""
    query = select(Resident).where(col(Resident.county_code) == resident_id // 10**10, col(Resident.id) == resident_id)
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    return resident


def register(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    division_code: int,
    record: Mapping[str, str],
    other_pension: bool,
    today: date,
    here_since: date | None = None,
) -> Resident:
    """Enter one person by the rules of the roster; `record` holds text by our field names.

    `here_since` is the first day in the village of who came from elsewhere.
    Raises `NotFound` for a village outside the actor's unit and `ResidentRecordInvalid` with every fault. A number that
    is registered anywhere in the county violates `uq_residents_id_token`, and one that somebody had before has its
    tombstone: the answer is the same (`NumberTaken`), whatever the cause and wherever that person is.
    """
    village = _village(session, actor, division_code)
    scope = RosterScope(divisions={village.code: village.name}, division_code=village.code, as_of=today)
    reading = read_record({**record, "village_code": str(village.code)}, scope=scope)
    if reading.refused:
        raise ResidentRecordInvalid(
            faults=[fault_of(issue.column, issue.code, issue.message) for issue in reading.refused]
        )
    values = cast("dict[str, Any]", reading.values)
    if here_since is not None and not values["birth_date"] <= here_since <= today:
        raise DateOutsideLife(pointer="/here_since")
    county_code = county_of(village.code)
    resident_id = next_id(session, county_code, sequence="resident_serials")
    pinyin, initials = name_pinyin(values["name"])
    resident = Resident(
        county_code=county_code,
        id=resident_id,
        division_code=village.code,
        household_id=household_of(session, village.code, values["household_number"], values["village_group"]),
        document_kind=DocumentKind.RESIDENT_ID,
        id_token=keyring.id_token(values["id17"]),
        name=values["name"],
        pinyin=pinyin,
        initials=initials,
        sex=Sex(values["sex"]),
        birth_date=values["birth_date"],
        ethnicity=values["ethnicity"],
        hukou_kind=HukouKind(values["hukou_kind"] or HukouKind.RURAL),
        address=values["address"],
        village_group=values["village_group"],
        relation=values["relation"],
        is_student=values["student"],
        employee_insured=values["employee_insured"],
        other_pension=other_pension,
        disability_grade=values["disability_grade"],
        dibao=values["dibao"],
        wubao=values["wubao"],
        land_taken=values["land_taken"],
        remark=values["remark"],
        status=ResidentStatus.ALIVE,
        here_since=here_since,
        source_id=actor.user_id,
        version=1,
    )
    protected = {name: values[name] for name in ("phone", "bank_account")}
    for column, sealed in sealed_columns(keyring, resident_id, protected).items():
        setattr(resident, column, sealed)
    session.add(resident)
    session.flush()
    require_not_retired(session, county_code, resident.id_token)
    resident_facts.follow_flags(session, actor=actor, resident=resident, on=None)
    _record(session, actor, "register_resident", resident)
    return resident


def change(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident_id: int,
    version: int,
    record: Mapping[str, str],
    today: date,
    other_pension: bool | None = None,
    effective_on: date | None = None,
) -> Resident:
    """Change facts of a person; `record` holds text by field name, empty text erases. The earlier row stays as a version.

    Categories and hukou kind change as of `effective_on` (default: today); a mistake is put right as of the day of birth.
    Raises `NotFound`, `StaleVersion`, `ResidentMerged`, `ResidentRecordInvalid`, `DateOutsideLife`, `BeforePresentStay`,
    `CountyApprovalRequired` or, for the name, `SameHandsChangeIdentity`.
    """
    resident = lock(session, resident_id, version)
    values: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for name, raw in record.items():
        cell = CELL_READERS[name](raw)
        codes = [code for code in (cell.refusal, *cell.warnings) if code]
        # A phone that cannot be read is left empty in a file of thousands; a person at the form is told instead.
        faults += [issue_fault(name, code) for code in codes if is_refusal(name, code) or code == "bad_phone_ok"]
        values[name] = cell.value
    if not faults and values.get("hukou_kind", "") is None:
        faults.append(FieldFault("/hukou_kind", "bad_value", "户口性质只能填写：农业、非农业。"))
    if faults:
        raise ResidentRecordInvalid(faults=faults)
    changes = columns_of(session, keyring, resident, values)
    if other_pension is not None:
        changes["other_pension"] = other_pension
    changed = {name: value for name, value in changes.items() if differs(keyring, resident, name, value)}
    if APPROVED_ONLY & changed.keys() and _is_insured(session, resident):
        raise CountyApprovalRequired
    on = effective_on or today
    if not resident.birth_date <= on <= today:
        raise DateOutsideLife(pointer="/effective_on")
    if changed:
        if "hukou_kind" in changed:
            changed |= resident_spells.change_hukou(session, resident, actor=actor, kind=changed["hukou_kind"], on=on)
        _write_change(session, actor, resident, changed, today)
        if set(resident_facts.FLAGS.values()) & changed.keys():
            resident_facts.follow_flags(session, actor=actor, resident=resident, on=on)
        _record(session, actor, "change_resident", resident, fields=sorted(changed))
    return resident


def _write_change(session: Session, actor: Actor, resident: Resident, changed: dict[str, Any], today: date) -> None:
    """Change the row; a new name is one of the two halves of an identity and is written down as such."""
    if "name" not in changed:
        keep_and_update(session, actor, resident, changed)
        return
    part, hands = IdentityPart.NAME, {actor.user_id}
    identity_changes.check_hands(session, resident, part=part, hands=hands, request_id=None, today=today)
    mark = identity_changes.mark_of(session, resident, part)
    keep_and_update(session, actor, resident, changed | mark)
    identity_changes.record(
        session, actor=actor, resident=resident, part=part, hands=hands, today=today, is_marked=bool(mark)
    )


def report_death(
    session: Session,
    *,
    actor: Actor,
    resident_id: int,
    version: int,
    died_on: date,
    source: str,
    today: date,
    evidence: str | None = None,
) -> Resident:
    """Register a death (P13). It ends nothing by itself: the payment run looks at the day of death.

    Raises `NotFound`, `StaleVersion`, `ResidentGone` or `DateOutsideLife`.
    """
    resident = lock(session, resident_id, version)
    if resident.status is ResidentStatus.DEAD:
        raise ResidentGone
    if not resident.birth_date <= died_on <= today:
        raise DateOutsideLife(pointer="/died_on")
    changes: dict[str, Any] = _status(ResidentStatus.DEAD, died_on, source, evidence)
    left_on = resident.status_on
    if resident.status is ResidentStatus.MOVED_OUT and left_on is not None and left_on <= died_on:
        # Who dies elsewhere belonged to the village until they left it and not until they died.
        resident_spells.end_stay(session, resident, actor=actor, on=left_on, reason=SpellEnd.MOVED_OUT)
        changes["here_since"] = died_on
    elif resident.here_since is not None and died_on < resident.here_since:
        # The move came in before the death: the old village must not count the dead.
        resident_spells.change_going(session, resident, actor=actor, now=None, to=died_on)
    keep_and_update(session, actor, resident, changes)
    case_closing.close_cases(session, actor=actor, resident=resident, why=CaseStop.DEATH, today=today)
    _record(session, actor, "report_death", resident, died_on=died_on.isoformat(), source=source)
    return resident


def report_move(
    session: Session,
    *,
    actor: Actor,
    resident_id: int,
    version: int,
    moved_on: date,
    to_division_code: int | None,
    today: date,
    reason: str | None = None,
    evidence: str | None = None,
) -> Resident:
    """Register a move: out of the county without a destination, else to another village of the actor's unit (P14).

    Account, enrolment, benefit and facts follow to the new village; what was booked stays where it was booked, and the
    old village's lists of earlier days keep the person. Raises `NotFound` (also for the village), `StaleVersion`,
    `ResidentGone`, `DateOutsideLife` or `BeforePresentStay`.
    """
    resident = lock(session, resident_id, version)
    if resident.status is not ResidentStatus.ALIVE:
        raise ResidentGone
    if not resident.birth_date <= moved_on <= today:
        raise DateOutsideLife(pointer="/moved_on")
    if to_division_code is None:
        if resident.here_since is not None and moved_on < resident.here_since:
            raise resident_spells.BeforePresentStay(pointer="/moved_on")
        keep_and_update(session, actor, resident, _status(ResidentStatus.MOVED_OUT, moved_on, reason, evidence))
        case_closing.close_cases(session, actor=actor, resident=resident, why=CaseStop.MOVED_OUT, today=today)
    else:
        village = _village(session, actor, to_division_code)
        if county_of(village.code) != resident.county_code:
            raise NotFound
        if village.code != resident.division_code:
            since = resident_spells.end_stay(
                session,
                resident,
                actor=actor,
                on=moved_on,
                reason=SpellEnd.MOVED_WITHIN,
                to_division_code=village.code,
                evidence=evidence,
            )
            keep_and_update(session, actor, resident, {"division_code": village.code, "household_id": None} | since)
            _move_followers(session, resident)
    _record(session, actor, "report_move", resident, moved_on=moved_on.isoformat(), to=to_division_code)
    return resident


def _status(status: ResidentStatus, on: date, reason: str | None, evidence: str | None) -> dict[str, Any]:
    return {"status": status, "status_on": on, "status_reason": reason, "status_evidence": evidence}


def reveal(session: Session, keyring: Keyring, *, actor: Actor, resident_id: int, field: str, reason: str) -> Revealed:
    """Show one protected value in full; who asked and why is on record before the answer leaves.

    Raises `NotFound` or `NothingRecorded`.
    """
    resident = get(session, resident_id)
    value = open_field(keyring, resident, field)
    _record(session, actor, "reveal_resident_field", resident, field=field, reason=reason)
    return Revealed(field, value)


def _village(session: Session, actor: Actor, division_code: int) -> Division:
    """Return a village of the actor's unit. Raises `NotFound`, the same for a foreign village and one that is none."""
    low, high = actor.scope
    division = session.get(Division, division_code) if low <= division_code <= high else None
    if division is None or division.level is not DivisionLevel.VILLAGE:
        raise NotFound
    return division


def _is_insured(session: Session, resident: Resident) -> bool:
    query = select(col(Enrolment.id)).where(
        col(Enrolment.county_code) == resident.county_code,
        col(Enrolment.resident_id) == resident.id,
        col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED,
    )
    return session.scalars(query).first() is not None


def _move_followers(session: Session, resident: Resident) -> None:
    for step in _FOLLOWERS:
        run_sql(
            session,
            "resident_changes",
            step,
            county_code=resident.county_code,
            resident_id=resident.id,
            division_code=resident.division_code,
        )


def _record(session: Session, actor: Actor, action: str, resident: Resident, **detail: Any) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="resident",
        subject_id=resident.id,
        division_code=resident.division_code,
        **detail,
    )
