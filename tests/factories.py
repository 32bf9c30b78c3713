"""A legal world with little writing: residents, users, approved enrolments. A test names only what it is about."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from api.crypto import Keyring
from api.database import Actor, county_of, next_id
from api.exchange.pinyin import name_pinyin
from api.models import Account, DuplicatePair, Enrolment, EnrolmentDecision, Household, Resident, ResidentFact, User
from api.permissions import ROLE_PERMISSIONS
from api.policy.id_numbers import check_character
from api.services.duplicate_search import fingerprint, unit_of
from api.services.resident_facts import FLAGS
from api.vocabulary import (
    Decision,
    DocumentKind,
    EnrolmentState,
    EnrolmentStep,
    FactKind,
    FactSource,
    HukouKind,
    ResidentStatus,
    RoleName,
    Sex,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KEYRING = Keyring.from_secret(b"a secret of the tests and of nothing else, long enough")
PASSWORD = "a password for tests only"
# Cheap on purpose: what is tested is the rule and not the hash.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)

VILLAGE = 440783001210
OTHER_VILLAGE = 440783001211
TOWN = 440783001000
COUNTY = 440783000000
DIVISION_OF_ROLE = {
    RoleName.VILLAGE_ASSISTANT: VILLAGE,
    RoleName.TOWN_CLERK: TOWN,
    RoleName.TOWN_REVIEWER: TOWN,
}
_serial = itertools.count(1)


def id_number(birth_date: date, *, sex: Sex = Sex.MALE, area: str = "440783") -> str:
    """A valid ID number that no other call of this run returns."""
    sequence = (next(_serial) * 2 + (1 if sex is Sex.MALE else 0)) % 1000
    body = f"{area[:4]}{next(_serial) % 89 + 10}{birth_date:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def make_household(session: Session, *, village: int = VILLAGE, number: str | None = None) -> Household:
    """A house."""
    county_code = county_of(village)
    household = Household(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=village,
        number=number or f"T{next(_serial)}",
        village_group="1",
    )
    session.add(household)
    session.flush()
    return household


def make_resident(
    session: Session,
    *,
    birth_date: date = date(1970, 5, 1),
    sex: Sex = Sex.MALE,
    village: int = VILLAGE,
    name: str = "梁小明",
    household: Household | None = None,
    bank_account: str | None = "6228480402564890018",
    number: str | None = None,
    **facts: Any,
) -> Resident:
    """A rural resident whom nothing keeps from joining."""
    number = number or id_number(birth_date, sex=sex)
    county_code = county_of(village)
    resident_id = next_id(session, county_code, sequence="resident_serials")
    sealed = index = None
    if bank_account is not None:
        sealed = KEYRING.seal(bank_account, table="residents", column="bank_account", row_id=resident_id)
        index = KEYRING.blind_index("bank_account", bank_account)
    pinyin, initials = name_pinyin(name)
    columns: dict[str, Any] = {
        "hukou_kind": HukouKind.RURAL,
        "pinyin": pinyin,
        "initials": initials,
        "is_student": False,
        "employee_insured": False,
        "other_pension": False,
        "dibao": False,
        "wubao": False,
        "land_taken": False,
        "status": ResidentStatus.ALIVE,
        "relation": "户主",
        "ethnicity": "汉族",
        "village_group": "1",
        "source_id": 1,
    } | facts
    resident = Resident(
        county_code=county_code,
        id=resident_id,
        division_code=village,
        household_id=household.id if household else None,
        document_kind=DocumentKind.RESIDENT_ID,
        id_token=KEYRING.id_token(int(number[:17])),
        name=name,
        sex=sex,
        birth_date=birth_date,
        bank_account_sealed=sealed,
        bank_account_index=index,
        **columns,
    )
    session.add(resident)
    session.flush()
    _record_flags(session, resident)
    return resident


def _record_flags(session: Session, resident: Resident) -> None:
    """Put an open fact behind each flag, as every way into the roster does."""
    for kind, column in FLAGS.items():
        flag = getattr(resident, column)
        if flag:
            make_fact(session, resident, kind, value=str(flag) if kind is FactKind.DISABILITY else None)


def make_fact(session: Session, resident: Resident, kind: FactKind, **facts: Any) -> ResidentFact:
    """A fact of a person, open unless `ended_on` is given."""
    fact = ResidentFact(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        kind=kind,
        source_kind=FactSource.USER,
        source_id=1,
        recorded_by_id=1,
        version=1,
        **facts,
    )
    session.add(fact)
    session.flush()
    return fact


def make_pair(session: Session, one: Resident, other: Resident) -> DuplicatePair:
    """Two people on the list of those who may be one, as a search would have put them there."""
    first, second = sorted((one, other), key=lambda resident: resident.id)
    pair = DuplicatePair(
        county_code=first.county_code,
        id=next_id(session, first.county_code),
        division_code=unit_of(first.division_code, second.division_code),
        first_id=first.id,
        second_id=second.id,
        score=65,
        reasons=["same_name", "same_birth"],
        facts=fingerprint(first, second),
        version=1,
    )
    session.add(pair)
    session.flush()
    return pair


def make_user(session: Session, *, role: RoleName, division: int | None = None, username: str | None = None) -> User:
    """A person with a log-in (password `PASSWORD`)."""
    unit = division or DIVISION_OF_ROLE.get(role, COUNTY)
    number = next(_serial)
    user = User(
        county_code=county_of(unit),
        id=next_id(session, county_of(unit)),
        division_code=unit,
        username=username or f"{role.value}_{number}",
        person_key=f"person-{number}",
        display_name=f"{role.label}{number}",
        role=role,
        password_hash=PASSWORD_HASH,
    )
    session.add(user)
    session.flush()
    return user


def actor_of(user: User) -> Actor:
    """The user as the services see them."""
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role.value,
        division_code=user.division_code,
        permissions=ROLE_PERMISSIONS[user.role],
        second_factor=True,
    )


def make_actor(session: Session, role: RoleName, *, division: int | None = None) -> Actor:
    """A new user of a role, as the services see them."""
    return actor_of(make_user(session, role=role, division=division))


def enrol(
    session: Session,
    resident: Resident,
    *,
    on: date = date(2010, 10, 8),
    tier_fen: int = 10_000,
) -> Enrolment:
    """Put an approved enrolment with its three decisions and an empty account behind a resident."""
    county_code = resident.county_code
    deciders = [next_id(session, county_code) for _ in EnrolmentStep]
    enrolment = Enrolment(
        county_code=county_code,
        id=next_id(session, county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        tier_fen=tier_fen,
        applied_on=on,
        state=EnrolmentState.COUNTY_APPROVED,
        insured_on=on,
        created_by_id=deciders[0],
    )
    session.add(enrolment)
    session.flush()
    for step, decider in zip(EnrolmentStep, deciders, strict=True):
        session.add(
            EnrolmentDecision(
                county_code=county_code,
                id=next_id(session, county_code),
                enrolment_id=enrolment.id,
                division_code=resident.division_code,
                round=1,
                step=step,
                decision=Decision.APPROVE,
                decided_by_id=decider,
                decided_on=on,
            )
        )
    session.add(
        Account(county_code=county_code, resident_id=resident.id, division_code=resident.division_code, opened_on=on)
    )
    session.flush()
    return enrolment
