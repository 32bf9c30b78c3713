"""Items of a 变更登记表: what a person's value is now, and what a form wants it to become.

A value has a plain part, which is stored as JSON, and for phone, bank account and ID number a secret, which is sealed.
Values of both sides have the same shape, so that they can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.exchange.roster_cells import CELL_READERS
from api.exchange.roster_rules import make_issue
from api.policy.changes import CATEGORIES, EXCLUSIONS
from api.policy.id_numbers import check_id_number
from api.services import enrolment_terms, fact_changes
from api.services.bulk_enrolments import check_chosen_tier
from api.services.change_refusals import ChangeInvalid, NotInsured
from api.services.laws import law_on
from api.services.resident_protection import open_field, protected_values
from api.vocabulary import ChangeKind, DocumentKind, FactKind, ProofKind, Rhythm, Sex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import Resident

TEXTS = {
    ChangeKind.NAME: "name",
    ChangeKind.SEX: "sex",
    ChangeKind.HUKOU_KIND: "hukou_kind",
    ChangeKind.ADDRESS: "address",
    ChangeKind.VILLAGE_GROUP: "village_group",
    ChangeKind.ETHNICITY: "ethnicity",
}
"""Items that are one plain column of the roster, and the column."""
SECRETS = {ChangeKind.PHONE: "phone", ChangeKind.BANK_ACCOUNT: "bank_account", ChangeKind.ID_NUMBER: "id_number"}
REQUIRED = frozenset({ChangeKind.NAME, ChangeKind.SEX, ChangeKind.HUKOU_KIND, ChangeKind.ID_NUMBER})
"""Items that cannot be erased."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an item; the secret in full, for comparing and masking only."""

    plain: dict[str, Any] = field(default_factory=dict)
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm:
    """A request as it was filled in. Which of the values is used depends on the kind."""

    kind: ChangeKind
    effective_on: date
    proof: ProofKind
    proof_number: str | None = None
    remark: str | None = None
    value: str | None = None
    """A text of the roster, a number, or the grade of a disability."""
    tier_fen: int | None = None
    rhythm: Rhythm | None = None
    fact: FactKind | None = None
    holds: bool | None = None
    """Whether the fact begins (true) or ends."""
    household_number: str | None = None
    leaving: Mapping[int, str] = field(default_factory=dict)
    """Who moves to the other house, with their relation to its head."""
    staying: Mapping[int, str] = field(default_factory=dict)
    """Whose relation changes where they are."""


def present(
    session: Session, keyring: Keyring, resident: Resident, kind: ChangeKind, *, fact: FactKind | None, today: date
) -> Value:
    """Return a person's value of an item as it is now. Raises `NotInsured`."""
    if kind in TEXTS:
        return Value({"value": getattr(resident, TEXTS[kind])})
    if kind is ChangeKind.ID_NUMBER:
        return Value({"recorded": True}, open_field(keyring, resident, "id_number"))
    if kind in SECRETS:
        phone, bank_account = protected_values(keyring, resident)
        secret = phone if kind is ChangeKind.PHONE else bank_account
        return Value({"recorded": secret is not None}, secret)
    if kind in {ChangeKind.TIER, ChangeKind.RHYTHM}:
        enrolment = enrolment_terms.insured_enrolment(session, resident.county_code, resident.id)
        if enrolment is None:
            raise NotInsured
        _, terms = enrolment_terms.next_terms(session, enrolment, today.year)
        return Value({"tier_fen": terms.tier_fen} if kind is ChangeKind.TIER else {"rhythm": terms.rhythm.value})
    if fact is None:
        raise ChangeInvalid("请选择要变更的人群或情形。", pointer="/fact")
    holds, value = fact_changes.standing(session, resident, fact)
    return Value({"fact": fact.value, "holds": holds, "value": value})


def wanted(session: Session, resident: Resident, form: ChangeForm, *, today: date) -> Value:
    """Read what a form wants an item to become. Raises `ChangeInvalid`, `TierNotOffered`, `TierNotNeeded`."""
    kind = form.kind
    if kind is ChangeKind.ID_NUMBER:
        return Value({"recorded": True}, _id_number(form.value, today))
    if kind in TEXTS or kind in SECRETS:
        value = _cell((TEXTS | SECRETS)[kind], form.value)
        if value is None and kind in REQUIRED:
            raise ChangeInvalid(f"请填写新的{kind.label}。", pointer="/value")
        if kind in SECRETS:
            return Value({"recorded": value is not None}, value)
        if kind is ChangeKind.SEX:
            _check_sex(resident, Sex(value))
        return Value({"value": value})
    if kind is ChangeKind.TIER:
        if form.tier_fen is None:
            raise ChangeInvalid("请选择新的缴费档次。", pointer="/tier")
        check_tier(session, resident, form.tier_fen, today)
        return Value({"tier_fen": form.tier_fen})
    if kind is ChangeKind.RHYTHM:
        if form.rhythm is None:
            raise ChangeInvalid("请选择新的缴费周期。", pointer="/rhythm")
        return Value({"rhythm": form.rhythm.value})
    return _fact(form)


def check_tier(session: Session, resident: Resident, tier_fen: int, today: date) -> None:
    """Make sure that a tier is offered to the person today. Raises `TierNotOffered` or `TierNotNeeded`."""
    check_chosen_tier(resident.birth_date, tier_fen, law_on(session, resident.division_code, today))


def _fact(form: ChangeForm) -> Value:
    kinds = CATEGORIES if form.kind is ChangeKind.CATEGORY else EXCLUSIONS
    if form.fact not in kinds:
        raise ChangeInvalid(f"请选择{form.kind.label}中的一项。", pointer="/fact")
    if form.holds is None:
        raise ChangeInvalid("请说明是开始还是结束。", pointer="/holds")
    value = None
    if form.fact is FactKind.DISABILITY and form.holds:
        grade = _cell("disability_grade", form.value)
        if grade is None:
            raise ChangeInvalid("请填写残疾等级：一级至四级。", pointer="/value")
        value = str(grade)
    elif form.value:
        raise ChangeInvalid("这一项不填写内容。", pointer="/value")
    return Value({"fact": form.fact.value, "holds": form.holds, "value": value})


def _cell(name: str, raw: str | None) -> Any:
    """Read a text by the rules of the roster. Raises `ChangeInvalid` without the text."""
    cell = CELL_READERS[name](raw or "")
    fault = cell.refusal or next((code for code in cell.warnings if code == "bad_phone_ok"), None)
    if fault is not None:
        message = "联系电话无法识别，请核对。" if fault == "bad_phone_ok" else make_issue(1, name, fault).message
        raise ChangeInvalid(message, pointer="/value")
    return cell.value


def _id_number(raw: str | None, today: date) -> str:
    checked = check_id_number(raw or "", as_of=today)
    if checked.id_number is None:
        raise ChangeInvalid(checked.refusal.message if checked.refusal else None, pointer="/value")
    return checked.id_number.number


def _check_sex(resident: Resident, sex: Sex) -> None:
    """The 17th digit of an ID number says the sex: where they differ it is the number that is wrong."""
    if resident.document_kind is DocumentKind.RESIDENT_ID and sex is not resident.sex:
        raise ChangeInvalid("身份证号已含性别；性别有误的，请先办理身份证号变更。", pointer="/value")
