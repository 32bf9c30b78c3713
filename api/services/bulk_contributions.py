"""缴费 for a list of people: the law judges each row by itself, the ledger takes all that stand in one go.

What is written is what recording them one by one would write: a journal, a contribution and, for cash, a numbered
receipt each. Annual contributions and 政府代缴 only; make-up and collective money are matters of a single person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor, copy_rows, new_ids, run_sql
from api.errors import DomainError, NotFound
from api.models import Account, Contribution, Enrolment, EnrolmentTerms, Receipt, Resident
from api.services import (
    audit_events,
    bulk_receipts,
    contributions,
    deductions_under_way,
    enrolment_terms,
    fund_periods,
    laws,
    receipts,
)
from api.services.bulk_enrolments import Refusal
from api.services.contribution_rules import Judged, Offer, judge
from api.vocabulary import Channel, EnrolmentState, PostingState, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.services.receipts import Written

FOLDER = "bulk_contribution"
CHUNK = 2000
COLUMNS = (
    "row_no",
    "contribution_id",
    "journal_id",
    "resident_id",
    "division_code",
    "contribution_year",
    "kind",
    "tier_fen",
    "amount_fen",
    "subsidy_fen",
    "waiting_subsidy_fen",
    "personal_fen",
    "gov_fen",
    "paid_on",
    "booked_on",
    "channel",
    "receipt_id",
    "receipt_number",
    "issued_on",
    "verification_code",
)


@dataclass(frozen=True, slots=True)
class NewContribution:
    """A row of the list."""

    resident_id: int
    offer: Offer
    written: Written | None = None
    """The receipt that was handed out for it beforehand."""


@dataclass(slots=True)
class _Person:
    """What the law and the ledger must know of one person."""

    resident: Resident
    enrolment: Enrolment | None
    account: Account | None
    posted: list[Contribution]
    terms: list[EnrolmentTerms]
    """Changes of tier and rhythm since 参保登记."""


def record_all(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    county_code: int,
    rows: Sequence[NewContribution],
    today: date,
) -> tuple[int, list[Refusal]]:
    """Record a list; return how many contributions were booked, and why the other rows were not."""
    wanted = sorted({row.resident_id for row in rows})
    deducted = deductions_under_way.of_people(session, county_code, wanted)
    people = _people(session, county_code, wanted)
    refusals: list[Refusal] = []
    accepted: list[_Accepted] = []
    tray = None
    if any(row.offer.channel is Channel.CASH for row in rows):
        law = laws.law_on(session, actor.division_code, today)
        tray = bulk_receipts.Tray.open(session, actor=actor, county_code=county_code, today=today, law=law)
    for number, row in enumerate(rows):
        try:
            is_deducted = (row.resident_id, row.offer.contribution_year) in deducted
            deductions_under_way.refuse(row.offer, is_under_way=is_deducted)
            judged = _judge(session, people.get(row.resident_id), row.offer, today)
            accepted.append(_Accepted(number, row, judged, *_numbered(tray, row, judged)))
        except DomainError as error:
            refusals.append(Refusal(number, error.code, error.detail))
        else:
            people[row.resident_id].posted.append(_standing(row, judged))
    if tray is not None:
        tray.close(session)
    _book(session, actor=actor, keyring=keyring, county_code=county_code, accepted=accepted, people=people, today=today)
    audit_events.record(
        session,
        actor=actor,
        action="record_contributions",
        subject_kind="contributions",
        accepted=len(accepted),
        refused=len(refusals),
        amount_fen=sum(one.judged.amount_fen for one in accepted),
    )
    return len(accepted), refusals


class _Accepted(NamedTuple):
    """A row that is booked, with the number and the day of its receipt when it was paid in cash."""

    row_no: int
    row: NewContribution
    judged: Judged
    number: int | None
    issued_on: date | None


def _numbered(
    tray: bulk_receipts.Tray | None, row: NewContribution, judged: Judged
) -> tuple[int, date] | tuple[None, None]:
    """Take a payment in cash into the collector's hand. Raises as `Tray.take`, and `ReceiptNeedsCash`."""
    if row.offer.channel is not Channel.CASH or tray is None:
        if row.written is not None:
            raise receipts.ReceiptNeedsCash(pointer="/receipt")
        return None, None
    return tray.take(judged.personal_fen, row.written)


def _people(session: Session, county_code: int, resident_ids: Sequence[int]) -> dict[int, _Person]:
    """Load everybody of the list, their accounts locked in order of id against a run that goes on meanwhile."""
    found: dict[int, _Person] = {}
    for start in range(0, len(resident_ids), CHUNK):
        part = resident_ids[start : start + CHUNK]
        accounts = {
            row.resident_id: row
            for row in session.scalars(
                select(Account)
                .where(col(Account.county_code) == county_code, col(Account.resident_id).in_(part))
                .order_by(col(Account.resident_id))
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        }
        enrolments = {
            row.resident_id: row
            for row in session.scalars(
                select(Enrolment).where(
                    col(Enrolment.county_code) == county_code,
                    col(Enrolment.resident_id).in_(part),
                    col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED,
                )
            )
        }
        terms = enrolment_terms.changes_of(session, county_code, part)
        residents = session.scalars(
            select(Resident).where(col(Resident.county_code) == county_code, col(Resident.id).in_(part))
        )
        for resident in residents:
            enrolment = enrolments.get(resident.id)
            changed = terms.get(enrolment.id, []) if enrolment else []
            found[resident.id] = _Person(resident, enrolment, accounts.get(resident.id), [], changed)
        for posted in _posted(session, county_code, part):
            if posted.resident_id in found:
                found[posted.resident_id].posted.append(posted)
    return found


def _posted(session: Session, county_code: int, resident_ids: Sequence[int]) -> Iterator[Contribution]:
    yield from session.scalars(
        select(Contribution)
        .where(
            col(Contribution.county_code) == county_code,
            col(Contribution.resident_id).in_(resident_ids),
            col(Contribution.state) == PostingState.POSTED,
        )
        .order_by(col(Contribution.contribution_year), col(Contribution.id))
    )


def _judge(session: Session, person: _Person | None, offer: Offer, today: date) -> Judged:
    """Apply to one row the refusals that `contributions.record` would apply."""
    if person is None:
        raise NotFound
    resident = person.resident
    if offer.paid_on > today:
        raise contributions.PaidInFuture
    if resident.status is not ResidentStatus.ALIVE and (
        resident.status_on is None or resident.status_on < offer.paid_on
    ):
        raise contributions.ResidentGone
    if person.enrolment is None:
        raise contributions.EnrolmentNotApproved
    if person.account is None or person.account.state != "open":
        raise contributions.AccountNotOpen
    contributions.check_not_cancelled(person.account, offer.paid_on)
    contributions.check_period(person.account, offer.paid_on)
    contributions.check_opened(person.account, offer.paid_on)
    contributions.check_once(person.posted, offer)
    terms = enrolment_terms.in_year(person.enrolment, person.terms, offer.contribution_year)
    law = laws.law_on(session, resident.division_code, offer.paid_on)
    return judge(offer, resident=resident, enrolment=terms, posted=person.posted, benefit_started=False, law=law)


def _standing(row: NewContribution, judged: Judged) -> Contribution:
    """Return what tells the law that this year is now taken. Not added to the session."""
    return Contribution(
        resident_id=row.resident_id,
        contribution_year=row.offer.contribution_year,
        kind=row.offer.kind,
        instalment=row.offer.instalment,
        tier_fen=judged.tier_fen,
        amount_fen=judged.amount_fen,
        paid_on=row.offer.paid_on,
    )


def _book(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    county_code: int,
    accepted: Sequence[_Accepted],
    people: dict[int, _Person],
    today: date,
) -> None:
    """Write journals, lines, balances, contributions and receipts of the accepted rows."""
    if not accepted:
        return
    cash = sum(one.number is not None for one in accepted)
    ids = iter(new_ids(session, county_code, 2 * len(accepted) + cash))
    months = {one.row.offer.paid_on.replace(day=1) for one in accepted}
    open_months = {
        month
        for month in sorted(months)
        if fund_periods.booking_day(session, county_code, wanted=month, today=today) == month
    }
    rows = []
    for number, row, judged, receipt_number, issued_on in accepted:
        contribution_id, journal_id = next(ids), next(ids)
        division_code = people[row.resident_id].resident.division_code
        receipt: Receipt | None = None
        if receipt_number is not None and issued_on is not None:
            receipt = Receipt(
                county_code=county_code,
                id=next(ids),
                division_code=division_code,
                collector_id=actor.user_id,
                number=receipt_number,
                contribution_id=contribution_id,
                resident_id=row.resident_id,
                amount_fen=judged.personal_fen,
                issued_on=issued_on,
                verification_code="",
            )
        rows.append(
            (
                number,
                contribution_id,
                journal_id,
                row.resident_id,
                division_code,
                row.offer.contribution_year,
                row.offer.kind.value,
                judged.tier_fen,
                judged.amount_fen,
                judged.subsidy_fen,
                judged.waiting_subsidy_fen,
                judged.personal_fen,
                judged.gov_fen,
                row.offer.paid_on,
                row.offer.paid_on if row.offer.paid_on.replace(day=1) in open_months else today,
                row.offer.channel.value,
                receipt.id if receipt else None,
                receipt.number if receipt else None,
                receipt.issued_on if receipt else None,
                receipts.verification_code(keyring, receipt) if receipt else None,
            )
        )
    session.execute(
        text(
            """
            CREATE TEMP TABLE judged_contributions
                (row_no int, contribution_id bigint, journal_id bigint, resident_id bigint, division_code bigint,
                 contribution_year smallint, kind text, tier_fen bigint, amount_fen bigint, subsidy_fen bigint,
                 waiting_subsidy_fen bigint, personal_fen bigint, gov_fen bigint, paid_on date, booked_on date,
                 channel text, receipt_id bigint, receipt_number int, issued_on date, verification_code text)
                 ON COMMIT DROP
            """
        )
    )
    copy_rows(session, "judged_contributions", COLUMNS, rows)
    run_sql(session, FOLDER, "10_insert_journals", county_code=county_code, maker_id=actor.user_id)
    run_sql(session, FOLDER, "20_post_account_lines", county_code=county_code)
    run_sql(session, FOLDER, "30_insert_fund_lines", county_code=county_code, maker_id=actor.user_id)
    run_sql(
        session, FOLDER, "40_insert_contributions", county_code=county_code, law_serial=laws.serial_of(session),
        recorded_by_id=actor.user_id,
    )  # fmt: skip
    if cash:
        run_sql(session, FOLDER, "50_insert_receipts", county_code=county_code, collector_id=actor.user_id)
    session.execute(text("DROP TABLE judged_contributions"))
