"""收款人: who is paid a settlement. The number of the document is a token, the bank account is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.crypto import mask_bank_account, mask_id
from api.errors import FieldFault, Invalid
from api.exchange.roster_cells import clean_bank_account, clean_name
from api.policy.id_numbers import check_character, check_id_number
from api.services import audit_events
from api.services.resident_protection import NothingRecorded
from api.vocabulary import PayeeRelation

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import Cancellation, Resident

TABLE = "cancellations"
_DIGITS = 17


class PayeeInvalid(Invalid):
    """Name, number or account of the payee cannot be read."""

    code = "payee-invalid"
    title = "收款人资料有误"


@dataclass(frozen=True, slots=True)
class PayeeFacts:
    """The payee as handed in; of the person themselves whatever is left out is taken from the roster."""

    relation: PayeeRelation
    name: str | None = None
    id_number: str | None = None
    bank_account: str | None = None


@dataclass(frozen=True, slots=True)
class PayeeShown:
    """The payee as shown: number and account masked."""

    relation: PayeeRelation
    name: str
    id_number_masked: str | None
    bank_account_masked: str | None


def put(
    keyring: Keyring, cancellation: Cancellation, resident: Resident, payee: PayeeFacts | None, *, today: date
) -> None:
    """Write the payee into a cancellation's row; None erases. Raises `PayeeInvalid`."""
    if payee is None:
        cancellation.payee_name = cancellation.payee_relation = cancellation.payee_id_token = None
        cancellation.payee_account_sealed = cancellation.payee_account_index = None
        return
    read = _completed(keyring, resident, payee) if payee.relation is PayeeRelation.SELF else payee
    faults: list[FieldFault] = []
    name = clean_name(read.name or "")
    if name.refusal or not name.value:
        faults.append(FieldFault("/payee/name", "payee-name", "收款人姓名未填写或含有不能使用的字符。"))
    token = resident.id_token
    if payee.relation is not PayeeRelation.SELF:
        number = check_id_number(read.id_number or "", as_of=today).id_number
        token = resident.id_token if number is None else keyring.id_token(number.body)
        if number is None or token == resident.id_token:
            faults.append(FieldFault("/payee/id_number", "payee-id-number", "收款人身份证号码有误，请核对。"))
    account = clean_bank_account(read.bank_account or "")
    if account.refusal or (read.bank_account and not account.value):
        faults.append(FieldFault("/payee/bank_account", "payee-bank-account", "收款人银行账号有误，请核对。"))
    if faults:
        raise PayeeInvalid(faults=faults)
    cancellation.payee_relation = payee.relation
    cancellation.payee_name = str(name.value)
    cancellation.payee_id_token = token
    value = str(account.value) if account.value else None
    cancellation.payee_account_sealed = (
        None if value is None else keyring.seal(value, table=TABLE, column="payee_account", row_id=cancellation.id)
    )
    cancellation.payee_account_index = None if value is None else keyring.blind_index("bank_account", value)


def _completed(keyring: Keyring, resident: Resident, payee: PayeeFacts) -> PayeeFacts:
    """Take what is left out from the roster: it is the person themselves."""
    account = payee.bank_account
    if account is None and resident.bank_account_sealed is not None:
        account = keyring.unseal(
            resident.bank_account_sealed, table="residents", column="bank_account", row_id=resident.id
        )
    return PayeeFacts(payee.relation, resident.name, None, account)


def shown(keyring: Keyring, cancellation: Cancellation) -> PayeeShown | None:
    """Return the payee with number and account masked."""
    if cancellation.payee_relation is None:
        return None
    number = account = None
    if cancellation.payee_id_token is not None:
        kind, id17 = keyring.id_of_token(cancellation.payee_id_token)
        body = f"{id17:0{_DIGITS}d}"
        number = mask_id(body + check_character(body)) if kind == 1 else "*" * _DIGITS
    if cancellation.payee_account_sealed is not None:
        account = mask_bank_account(
            keyring.unseal(
                cancellation.payee_account_sealed, table=TABLE, column="payee_account", row_id=cancellation.id
            )
        )
    return PayeeShown(cancellation.payee_relation, cancellation.payee_name or "", number, account)


def reveal(
    session: Session, keyring: Keyring, *, actor: Actor, cancellation: Cancellation, settlement_id: int, reason: str
) -> str:
    """Return the payee's bank account in full for who pays; who asked and why is on record before the answer leaves.

    Raises `NothingRecorded`.
    """
    if cancellation.payee_account_sealed is None:
        raise NothingRecorded
    account = keyring.unseal(
        cancellation.payee_account_sealed, table=TABLE, column="payee_account", row_id=cancellation.id
    )
    audit_events.record(
        session, actor=actor, action="reveal_payee_account", subject_kind="settlement", subject_id=settlement_id,
        division_code=cancellation.division_code, reason=reason,
    )  # fmt: skip
    return account
