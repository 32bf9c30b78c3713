"""Making an approved change: the one place where a change request touches the register, by its kind.

Every change keeps the earlier row as a version. The person's row is locked, and what the request was going to change has
been compared with what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import next_id
from api.exchange.pinyin import name_pinyin
from api.models import Award, Benefit, EnrolmentTerms, Resident
from api.policy.id_numbers import check_id_number
from api.services import change_values, enrolment_terms, fact_changes, household_changes
from api.services.change_refusals import ChangeInvalid, IdNumberTaken, NotInsured, OldValueChanged
from api.services.resident_protection import sealed_columns
from api.services.resident_rows import keep_and_update
from api.vocabulary import AwardState, ChangeKind, DocumentKind, FactKind, Rhythm

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import ChangeRequest
    from api.services.change_values import Value


def check(
    session: Session, keyring: Keyring, resident: Resident, request: ChangeRequest, *, today: date, lock: bool = True
) -> None:
    """Make sure that a change can be made as it was asked for. To make it, the person's row is locked before.

    Raises `OldValueChanged`, `NotInsured`, `IdNumberTaken`, `ChangeInvalid`, `HouseholdNumberTaken`, or what the law
    says of a tier that is offered no longer.
    """
    if "houses" in request.old:
        household_changes.check(session, request, lock=lock)
        return
    fact = FactKind(request.old["fact"]) if "fact" in request.old else None
    now = change_values.present(session, keyring, resident, request.kind, fact=fact, today=today)
    if now != old_value(keyring, request):
        raise OldValueChanged
    new = new_value(keyring, request)
    if request.kind is ChangeKind.TIER:
        change_values.check_tier(resident, new.plain["tier_fen"], today)
    if request.kind is ChangeKind.ID_NUMBER:
        check_number(session, keyring, resident, new.secret or "", today=today)


def make(
    session: Session, keyring: Keyring, *, actor: Actor, resident: Resident, request: ChangeRequest, today: date
) -> int | None:
    """Make a change; return the version of the person's row that it made, or None when it touched no row of theirs."""
    if "houses" in request.new:
        return household_changes.make(session, actor, request)
    new = new_value(keyring, request)
    if request.kind in {ChangeKind.TIER, ChangeKind.RHYTHM}:
        _change_terms(session, resident, request, new, today)
        return None
    if request.kind in {ChangeKind.CATEGORY, ChangeKind.EXCLUSION}:
        fact_changes.change(
            session,
            actor=actor,
            resident=resident,
            kind=FactKind(new.plain["fact"]),
            holds=new.plain["holds"],
            value=new.plain["value"],
        )
    else:
        keep_and_update(session, actor, resident, _columns(keyring, resident, request.kind, new, today))
    return resident.version


def old_value(keyring: Keyring, request: ChangeRequest) -> Value:
    """Return what the request was going to change, the secret in full."""
    return change_values.Value(request.old, _open(keyring, request, "old"))


def new_value(keyring: Keyring, request: ChangeRequest) -> Value:
    """Return what the request changes it to, the secret in full."""
    return change_values.Value(request.new, _open(keyring, request, "new"))


def check_number(session: Session, keyring: Keyring, resident: Resident, number: str, *, today: date) -> None:
    """Make sure that a new ID number is nobody else's, and that it does not move the birth date of who draws a pension.

    Raises `ChangeInvalid` or `IdNumberTaken`.
    """
    checked = check_id_number(number, as_of=today).id_number
    if checked is None:
        raise ChangeInvalid(pointer="/value")
    query = select(col(Resident.id)).where(
        col(Resident.county_code) == resident.county_code,
        col(Resident.id_token) == keyring.id_token(checked.body),
        col(Resident.id) != resident.id,
    )
    if session.scalars(query).first() is not None:
        raise IdNumberTaken(pointer="/value")
    if checked.birth_date != resident.birth_date and _has_benefit(session, resident):
        raise ChangeInvalid(
            "此人已有待遇或待遇核定，新号码的出生日期不同，会改变领取时间；请先终止待遇、撤销核定。", pointer="/value"
        )


def _columns(keyring: Keyring, resident: Resident, kind: ChangeKind, new: Value, today: date) -> dict[str, Any]:
    """Return the columns of the roster that a new value sets."""
    if kind is ChangeKind.NAME:
        pinyin, initials = name_pinyin(new.plain["value"])
        return {"name": new.plain["value"], "pinyin": pinyin, "initials": initials}
    if kind is ChangeKind.ID_NUMBER:
        checked = check_id_number(new.secret, as_of=today).id_number
        if checked is None:
            raise ChangeInvalid
        return {
            "id_token": keyring.id_token(checked.body),
            "document_kind": DocumentKind.RESIDENT_ID,
            "document_sealed": None,
            "birth_date": checked.birth_date,
            "sex": checked.sex,
        }
    if kind in change_values.SECRETS:
        return sealed_columns(keyring, resident.id, {change_values.SECRETS[kind]: new.secret})
    return {change_values.TEXTS[kind]: new.plain["value"]}


def _change_terms(session: Session, resident: Resident, request: ChangeRequest, new: Value, today: date) -> None:
    """Let a tier or rhythm hold from the next calendar year that is not paid; payments of the person wait meanwhile."""
    enrolment = enrolment_terms.insured_enrolment(session, resident.county_code, resident.id, lock=True)
    if enrolment is None:
        raise NotInsured
    from_year, terms = enrolment_terms.next_terms(session, enrolment, today.year)
    session.add(
        EnrolmentTerms(
            county_code=enrolment.county_code,
            id=next_id(session, enrolment.county_code),
            enrolment_id=enrolment.id,
            resident_id=enrolment.resident_id,
            division_code=resident.division_code,
            from_year=from_year,
            tier_fen=new.plain.get("tier_fen", terms.tier_fen),
            rhythm=Rhythm(new.plain.get("rhythm", terms.rhythm)),
            request_id=request.id,
        )
    )
    session.flush()


def _has_benefit(session: Session, resident: Resident) -> bool:
    of_person = (resident.county_code, resident.id)
    benefit = select(col(Benefit.resident_id)).where(
        col(Benefit.county_code) == of_person[0], col(Benefit.resident_id) == of_person[1]
    )
    award = select(col(Award.resident_id)).where(
        col(Award.county_code) == of_person[0],
        col(Award.resident_id) == of_person[1],
        col(Award.state).in_((AwardState.PROPOSED, AwardState.APPROVED)),
    )
    return session.scalars(benefit.union_all(award)).first() is not None


def _open(keyring: Keyring, request: ChangeRequest, side: str) -> str | None:
    sealed = request.old_sealed if side == "old" else request.new_sealed
    if sealed is None:
        return None
    return keyring.unseal(sealed, table="change_requests", column=side, row_id=request.id)
