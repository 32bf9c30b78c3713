"""Making an approved change: the one place where a change request touches the register, by its kind.

Every change keeps the earlier row as a version. The person's row is locked, and what the request was going to change has
been compared with what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import next_id
from api.models import EnrolmentTerms, Resident
from api.policy.id_numbers import check_id_number
from api.services import (
    change_values,
    enrolment_terms,
    fact_changes,
    household_changes,
    identities,
    resident_documents,
    resident_spells,
)
from api.services.change_refusals import ChangeInvalid, IdNumberTaken, NotInsured, OldValueChanged
from api.services.resident_protection import sealed_columns
from api.services.resident_rows import keep_and_update
from api.vocabulary import ChangeKind, DocumentReason, FactKind, HukouKind, Rhythm, Sex

if TYPE_CHECKING:
    from collections.abc import Collection
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

    Whether the same hands change name and number (T7) is known only with the last hand: `make` says so. Raises
    `OldValueChanged`, `NotInsured`, `HouseholdNumberTaken`, `BeforePresentStay`, what `check_number` raises, or what the
    law says of a tier that is offered no longer.
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
        change_values.check_tier(session, resident, new.plain["tier_fen"], today)
    if request.kind is ChangeKind.ID_NUMBER:
        check_number(session, keyring, resident, new.secret or "", today=today)
    if request.kind is ChangeKind.HUKOU_KIND:
        resident_spells.require_present_stay(resident, request.effective_on)


def make(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident: Resident,
    request: ChangeRequest,
    hands: Collection[int],
    today: date,
) -> int | None:
    """Make a change; return the version of the person's row that it made, or None when it touched no row of theirs.

    `hands` are all who handled the request in its present round, its maker included. Raises what the register refuses:
    of name and number `SameHandsChangeIdentity` above all, of facts what `resident_facts` raises.
    """
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
            request=request,
            kind=FactKind(new.plain["fact"]),
            holds=new.plain["holds"],
            value=new.plain["value"],
        )
    elif request.kind in {ChangeKind.NAME, ChangeKind.ID_NUMBER}:
        _change_identity(session, keyring, actor, resident, request, new, hands, today)
    else:
        keep_and_update(session, actor, resident, _columns(session, keyring, actor, resident, request, new))
    return resident.version


def old_value(keyring: Keyring, request: ChangeRequest) -> Value:
    """Return what the request was going to change, the secret in full."""
    return change_values.Value(request.old, _open(keyring, request, "old"))


def new_value(keyring: Keyring, request: ChangeRequest) -> Value:
    """Return what the request changes it to, the secret in full."""
    return change_values.Value(request.new, _open(keyring, request, "new"))


def check_number(session: Session, keyring: Keyring, resident: Resident, number: str, *, today: date) -> None:
    """Make sure that a new ID number is nobody else's, nor was, and that the birth date in it unsettles nothing.

    Raises `ChangeInvalid`, `IdNumberTaken`, `NumberTaken`, `BirthDateSettlesBenefit` or `BirthDateSettlesEnrolment`.
    """
    checked = check_id_number(number, as_of=today).id_number
    if checked is None:
        raise ChangeInvalid(pointer="/value")
    token = keyring.id_token(checked.body)
    query = select(col(Resident.id)).where(
        col(Resident.county_code) == resident.county_code,
        col(Resident.id_token) == token,
        col(Resident.id) != resident.id,
    )
    if session.scalars(query).first() is not None:
        raise IdNumberTaken(pointer="/value")
    resident_documents.require_not_retired(session, resident.county_code, token, unless_of=resident.id)
    if checked.birth_date != resident.birth_date:
        identities.check_birth_date(session, resident, checked.birth_date)


def _change_identity(
    session: Session,
    keyring: Keyring,
    actor: Actor,
    resident: Resident,
    request: ChangeRequest,
    new: Value,
    hands: Collection[int],
    today: date,
) -> None:
    """Change the name or the number by the rules of T7; the evidence names the kind of proof, its number is sealed."""
    case: dict[str, Any] = {
        "actor": actor, "resident": resident, "evidence": request.proof.label, "request_id": request.id,
        "approved_by": sorted(hands), "today": today,
    }  # fmt: skip
    if request.kind is ChangeKind.NAME:
        identities.change_name(session, keyring, name=new.plain["value"], **case)
        return
    number = new.secret or ""
    reading = resident_documents.read_number(number, today, pointer="/value")
    # A number that says the same of its holder was issued anew; one that says something else puts the record right.
    says_the_same = (reading.birth_date, reading.is_male) == (resident.birth_date, resident.sex is Sex.MALE)
    reason = DocumentReason.REISSUED if says_the_same else DocumentReason.CORRECTED
    identities.change_document(session, keyring, id_number=number, reason=reason, **case)


def _columns(
    session: Session, keyring: Keyring, actor: Actor, resident: Resident, request: ChangeRequest, new: Value
) -> dict[str, Any]:
    """Return the columns of the roster that a new value sets; another hukou kind ends the stay. Raises as it does."""
    kind = request.kind
    if kind is ChangeKind.HUKOU_KIND:
        return resident_spells.change_hukou(
            session, resident, actor=actor, kind=HukouKind(new.plain["value"]), on=request.effective_on,
            evidence=request.proof.label,
        )  # fmt: skip
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


def _open(keyring: Keyring, request: ChangeRequest, side: str) -> str | None:
    sealed = request.old_sealed if side == "old" else request.new_sealed
    if sealed is None:
        return None
    return keyring.unseal(sealed, table="change_requests", column=side, row_id=request.id)
