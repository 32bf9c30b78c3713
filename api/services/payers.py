"""缴费人: everything that judging one payment needs to know of a person, locked and read in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from api.database import ask
from api.services import deductions_under_way, laws
from api.vocabulary import ContributionKind, ResidentStatus, Rhythm
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

_PERSON = "int, bigint"
# The enrolment is locked first, so that payments of one person come one after another; then the account, against the
# interest run. What stands is read by a statement after them and so sees what whoever held the locks has booked.
_LOCK_ENROLMENT = Prepared(
    "payer_enrolment",
    _PERSON,
    """
    SELECT tier_fen, rhythm FROM enrolments
     WHERE county_code = $1 AND resident_id = $2 AND state = 'county_approved' FOR UPDATE
    """,
)
# Read after the lock: whoever changes the terms holds it too.
_TERMS = Prepared(
    "payer_terms",
    "int, bigint, int",
    """
    SELECT t.tier_fen, t.rhythm
      FROM enrolment_terms AS t
      JOIN enrolments AS e ON e.county_code = t.county_code AND e.id = t.enrolment_id AND e.state = 'county_approved'
     WHERE t.county_code = $1 AND t.resident_id = $2 AND t.from_year <= $3
     ORDER BY t.from_year DESC, t.id DESC
     LIMIT 1
    """,
)
_LOCK_ACCOUNT = Prepared(
    "payer_account",
    _PERSON,
    """
    SELECT state, opened_on, interest_through, cancels_on FROM accounts
     WHERE county_code = $1 AND resident_id = $2 FOR UPDATE
    """,
)
_RESIDENT = Prepared(
    "payer_resident",
    _PERSON,
    """
    SELECT county_code, id, division_code, birth_date, status, status_on, disability_grade, dibao, wubao, land_taken
      FROM residents
     WHERE county_code = $1 AND id = $2
    """,
)
_STANDING = Prepared(
    "payer_standing",
    _PERSON,
    """
    SELECT contribution_year, kind, instalment, tier_fen, amount_fen, payer_list_id
      FROM contributions
     WHERE county_code = $1 AND resident_id = $2 AND state = 'posted'
     ORDER BY contribution_year, id
    """,
)
_READ_ENROLMENT = Prepared(
    "payer_read_enrolment",
    _PERSON,
    """
    SELECT tier_fen, rhythm FROM enrolments
     WHERE county_code = $1 AND resident_id = $2 AND state = 'county_approved'
    """,
)
_READ_ACCOUNT = Prepared(
    "payer_read_account",
    _PERSON,
    """
    SELECT state, opened_on, interest_through, cancels_on FROM accounts WHERE county_code = $1 AND resident_id = $2
    """,
)
_IDS = Prepared("payer_ids", "int", "SELECT $1 * 10000000000 + nextval('serials') FROM generate_series(1, 3)")


class PayerResident(NamedTuple):
    """The person, as far as the law asks."""

    county_code: int
    id: int
    division_code: int
    birth_date: date
    status: ResidentStatus
    status_on: date | None
    disability_grade: int | None
    dibao: bool
    wubao: bool
    land_taken: bool


class PayerEnrolment(NamedTuple):
    """What the year is paid by: as chosen at 参保登记, or changed since; tier in fen."""

    tier_fen: int
    rhythm: Rhythm


class PayerAccount(NamedTuple):
    """The account's state and its days."""

    state: str
    opened_on: date
    interest_through: date | None
    cancels_on: date | None


class Standing(NamedTuple):
    """A contribution that is not reversed, in fen."""

    contribution_year: int
    kind: ContributionKind
    instalment: int
    tier_fen: int
    amount_fen: int
    payer_list_id: int
    """The list of a payer that it stands on; 0 for what was recorded for the person alone."""


@dataclass(frozen=True, slots=True)
class Payer:
    """The person and what was read beside them; `ids` are three new ids."""

    resident: PayerResident
    enrolment: PayerEnrolment | None
    account: PayerAccount | None
    posted: Sequence[Standing]
    ids: tuple[int, int, int]
    is_deducted: bool = False
    """Whether the bank is being asked for the year (代扣)."""


def lock(session: Session, *, county_code: int, resident_id: int, year: int) -> Payer | None:
    """Lock a person's enrolment and account and read what stands; None for nobody in the actor's scope.

    Tier and rhythm are those of `year`.
    """
    key = (county_code, resident_id)
    share = deductions_under_way.SHARE.of(county_code)
    calls = [one.of(*key) for one in (_LOCK_ENROLMENT, _LOCK_ACCOUNT, _RESIDENT, _STANDING)]
    terms, ids, live = _TERMS.of(*key, year), _IDS.of(county_code), deductions_under_way.OF_PERSON.of(*key, year)
    # The law is asked for along with the person: see services/laws.py.
    _, *found, new_ids, deducted, serial = ask(session, share, *calls, terms, ids, live, laws.ask_serial())
    laws.note_serial(session, serial)
    first, second, third = (one for (one,) in new_ids)
    return _payer(*found, ids=(first, second, third), is_deducted=bool(deducted))


def look(session: Session, *, county_code: int, resident_id: int, year: int) -> Payer | None:
    """Read what `lock` reads, for who only asks: nothing is locked and there are no new ids."""
    key = (county_code, resident_id)
    calls = [one.of(*key) for one in (_READ_ENROLMENT, _READ_ACCOUNT, _RESIDENT, _STANDING)]
    live = deductions_under_way.OF_PERSON.of(*key, year)
    *found, deducted = ask(session, *calls, _TERMS.of(*key, year), live)
    return _payer(*found, ids=(0, 0, 0), is_deducted=bool(deducted))


def _payer(
    enrolments: Sequence[Any],
    accounts: Sequence[Any],
    residents: Sequence[Any],
    standing: Sequence[Any],
    changed: Sequence[Any],
    *,
    ids: tuple[int, int, int],
    is_deducted: bool,
) -> Payer | None:
    chosen = (changed or enrolments)[0] if enrolments else None
    if not residents:
        return None
    resident = PayerResident._make(residents[0])
    return Payer(
        resident=resident._replace(status=ResidentStatus(resident.status)),
        enrolment=PayerEnrolment(chosen[0], Rhythm(chosen[1])) if chosen else None,
        account=PayerAccount._make(accounts[0]) if accounts else None,
        posted=[Standing(year, ContributionKind(kind), *rest) for year, kind, *rest in standing],
        ids=ids,
        is_deducted=is_deducted,
    )
