"""The offices of the demonstration at work: each step by the person whose duty it is, through the same services as ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import Actor
from api.demo import bank, books
from api.demo.users import COUNTY, TOWN
from api.demo.village_life import Prospect, VillageLife
from api.permissions import ROLE_PERMISSIONS
from api.services import (
    award_batches,
    bulk_contributions,
    bulk_enrolments,
    fact_records,
    fund_transfers,
    interest_runs,
    participation,
    payment_files,
    payment_returns,
    payment_runs,
    receipts,
    remittances,
)
from api.services.bulk_contributions import NewContribution
from api.services.bulk_enrolments import NewEnrolment
from api.services.contribution_rules import Offer
from api.vocabulary import AwardBasis, Channel, ContributionKind, EnrolmentStep, FundAccount, FundTransferWay, RoleName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Database
    from api.models import PaymentRun, Run, User

COUNTY_CODE = COUNTY // 1_000_000


@dataclass(slots=True)
class Offices:
    """Everybody at their desk, and the database they work on."""

    database: Database
    keyring: Keyring
    life: VillageLife
    staff: dict[str, Actor]

    def of_role(self, role: RoleName) -> Actor:
        """Return the office's person of a role."""
        return next(actor for actor in self.staff.values() if actor.role == role.value)

    def assistants(self) -> list[Actor]:
        """Return the village assistants by village code."""
        people = [actor for actor in self.staff.values() if actor.role == RoleName.VILLAGE_ASSISTANT.value]
        return sorted(people, key=lambda actor: actor.division_code)

    def explain(self, on: date) -> int:
        """Assistants record why people of their village have not joined. Return how many said why."""
        told = 0
        for assistant in self.assistants():
            with self.database.unit_of_work(assistant) as session:
                for person, kind in self.life.reasons(prospects(session, assistant.division_code)):
                    fact_records.record(
                        session,
                        actor=assistant,
                        resident_id=person.resident_id,
                        kind=kind,
                        value=None,
                        begins_on=on,
                        review_on=None,
                        evidence="入户走访",
                        today=on,
                    )
                    told += 1
        return told

    def enrol_month(self, month: date, month_no: int, today: date) -> int:
        """Assistants go from door to door; the subdistrict reviews, the county approves. Return the new cases."""
        taken = 0
        for assistant in self.assistants():
            with self.database.unit_of_work(assistant) as session:
                asked = prospects(session, assistant.division_code)
                rows = [
                    NewEnrolment(person.resident_id, tier, self.life.day(month, first=1, last=20))
                    for person, tier in self.life.joiners(asked, month_no)
                ]
                count, _ = bulk_enrolments.register(
                    session, actor=assistant, county_code=COUNTY_CODE, rows=rows, today=today
                )
                taken += count
                bulk_enrolments.approve_step(
                    session,
                    actor=assistant,
                    division_code=assistant.division_code,
                    step=EnrolmentStep.VILLAGE_CHECK,
                    today=today,
                    opinion="资料齐全，情况属实。",
                )
        for role, step, opinion in (
            (RoleName.TOWN_REVIEWER, EnrolmentStep.TOWNSHIP_REVIEW, "经初审，符合参保条件。"),
            (RoleName.COUNTY_REVIEWER, EnrolmentStep.COUNTY_APPROVAL, "经复核，同意参保。"),
        ):
            with self.database.unit_of_work(self.of_role(role)) as session:
                bulk_enrolments.approve_step(
                    session, actor=self.of_role(role), division_code=TOWN, step=step, today=today, opinion=opinion
                )
        return taken

    def collect(self, year: int, month: date, month_no: int, today: date) -> tuple[int, int]:
        """Assistants collect the year's contributions of those who do not wait for the bank to deduct them.

        Government pays for the severely disabled. Return how many were booked, and how many the law refused.
        """
        booked = refused = 0
        for assistant in self.assistants():
            with self.database.unit_of_work(assistant) as session:
                due = unpaid(session, assistant.division_code, year)
                if month_no >= 0:
                    wanted = set(self.life.renewers([row.resident_id for row in due], month_no))
                    due = [row for row in due if row.resident_id in wanted]
                at_the_door = [row for row in due if not (row.has_passbook and self.life.pays_by_bank())]
                rows = [NewContribution(row.resident_id, self._offer(row, year, month)) for row in at_the_door]
                count, refusals = bulk_contributions.record_all(
                    session,
                    actor=assistant,
                    keyring=self.keyring,
                    county_code=COUNTY_CODE,
                    rows=rows,
                    today=today,
                )
                booked += count
                refused += len(refusals)
        return booked, refused

    def _offer(self, row: Row[Any], year: int, month: date) -> Offer:
        """Choose how this household pays; the severely disabled do not."""
        severe = row.disability_grade in {1, 2}
        day = self.life.day(month, first=21, last=28)
        if severe:
            return Offer(
                kind=ContributionKind.GOVERNMENT_PAID, contribution_year=year, paid_on=day, channel=Channel.GOVERNMENT
            )
        channel = Channel.BANK_TRANSFER if self.life.pays_by_transfer() else Channel.CASH
        return Offer(kind=ContributionKind.ANNUAL, contribution_year=year, paid_on=day, channel=channel)

    def remit(self, today: date) -> int:
        """Assistants pay their cash in at the bank, finance matches it with the bank's advice. Return the fen."""
        total_fen = 0
        finance = self.of_role(RoleName.FINANCE)
        for assistant in self.assistants():
            with self.database.unit_of_work(assistant) as session:
                held_fen = receipts.cash_in_hand_fen(session, COUNTY_CODE, assistant.user_id)
                if held_fen == 0:
                    continue
                row = remittances.record(
                    session,
                    actor=assistant,
                    amount_fen=held_fen,
                    paid_in_on=today,
                    bank_reference=f"JK{today:%Y%m%d}{assistant.division_code % 1000:03d}",
                    today=today,
                )
            with self.database.unit_of_work(finance) as session:
                remittances.confirm(session, actor=finance, remittance_id=row.id, version=row.version, today=today)
            total_fen += held_fen
        return total_fen

    def award(self, month: date, today: date) -> int:
        """The county proposes and approves pensions: the launch cohort, and who reaches 60 this month."""
        clerk, reviewer = self.of_role(RoleName.COUNTY_CLERK), self.of_role(RoleName.COUNTY_REVIEWER)
        for basis in (AwardBasis.LAUNCH_COHORT, AwardBasis.TURNING_60):
            with self.database.unit_of_work(clerk) as session:
                award_batches.propose_all(
                    session, actor=clerk, division_code=COUNTY, month=month, basis=basis, today=today
                )
        with self.database.unit_of_work(reviewer) as session:
            waiting = award_batches.proposed_ids(session, division_code=COUNTY, limit=1_000_000)
            if not waiting:
                return 0
            approved = award_batches.approve_all(
                session, actor=reviewer, award_ids=waiting, opinion="经复核，同意核定。", today=today
            )
        return approved.approved

    def pay(self, month: date, today: date) -> tuple[PaymentRun, int]:
        """One monthly payment from computation to the bank's answer; return the run and the refused lines."""
        clerk, reviewer = self.of_role(RoleName.COUNTY_CLERK), self.of_role(RoleName.COUNTY_REVIEWER)
        finance = self.of_role(RoleName.FINANCE)
        with self.database.unit_of_work(clerk) as session:
            run = payment_runs.compute(session, actor=clerk, county=COUNTY_CODE, month=month, today=today)
        with self.database.unit_of_work(reviewer) as session:
            run = payment_runs.approve(
                session, actor=reviewer, run_id=run.id, given_hash=run.content_hash, expected_version=run.version
            )
        self._fund(run.total_fen, today)
        with self.database.unit_of_work(finance) as session:
            _, files = payment_files.release(session, actor=finance, keyring=self.keyring, run_id=run.id, today=today)
            made = [
                payment_files.download(session, actor=finance, keyring=self.keyring, run_id=run.id, file_id=file.id)
                for file in files
            ]
        answers = [part for file in made for part in bank.answer(file.record.name, file.content, self.life)]
        with self.database.unit_of_work(finance) as session:
            loaded = payment_returns.load(
                session, actor=finance, keyring=self.keyring, run_id=run.id, files=answers, today=today
            )
        return loaded.run, sum(part.refused_count for part in loaded.returns)

    def _fund(self, amount_fen: int, today: date) -> None:
        """Contributions go to 财政专户, government's money arrives there, and 支出户 gets what the month needs."""
        if amount_fen == 0:
            return
        finance, second = self.finance_persons()
        with self.database.unit_of_work(finance) as session:
            collected = fund_transfers.balance_fen(session, COUNTY_CODE, FundAccount.INCOME_ACCOUNT)
            ways = [
                (FundTransferWay.SWEEP, collected),
                (FundTransferWay.POOL_GRANT, amount_fen),
                (FundTransferWay.ALLOT, amount_fen),
            ]
            for way, fen in ways:
                if fen > 0:
                    books.move(session, finance=finance, second=second, way=way, amount_fen=fen, on=today)

    def finance_persons(self) -> tuple[Actor, Actor]:
        """The two persons of the fund's finance: one proposes, the other approves."""
        people = [actor for actor in self.staff.values() if actor.role == RoleName.FINANCE.value]
        return people[0], people[1]

    def close_books(self, month: date, today: date) -> None:
        """Bring the month's statements in and close it."""
        self.load_statements(month, today)
        finance, second = self.finance_persons()
        books.close(self.database, finance=finance, second=second, month=month, today=today)

    def load_statements(self, month: date, today: date) -> None:
        """Bring the month's bank statements in."""
        finance, second = self.finance_persons()
        books.load_statements(self.database, self.keyring, finance=finance, second=second, month=month, today=today)

    def post_interest(self, year: int, today: date) -> Run:
        """The annual interest of all accounts: computed by the clerk, approved by the reviewer, posted town by town."""
        clerk, reviewer = self.of_role(RoleName.COUNTY_CLERK), self.of_role(RoleName.COUNTY_REVIEWER)
        with self.database.unit_of_work(clerk) as session:
            run = interest_runs.compute(session, actor=clerk, county_code=COUNTY_CODE, year=year, today=today)
        return interest_runs.approve(
            self.database,
            actor=reviewer,
            run_id=run.id,
            content_hash=run.content_hash,
            version=run.version,
            today=today,
        )

    def freeze(self, as_of: date, today: date) -> participation.Report:
        """The subdistrict freezes its figures for the month's bulletin."""
        reviewer = self.of_role(RoleName.TOWN_REVIEWER)
        with self.database.unit_of_work(reviewer) as session:
            return participation.freeze(session, actor=reviewer, division_code=TOWN, as_of=as_of, today=today)


def actor_of(user: User) -> Actor:
    """Return a user as the services see them."""
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role.value,
        division_code=user.division_code,
        permissions=ROLE_PERMISSIONS[user.role],
        second_factor=True,
    )


def prospects(session: Session, division_code: int) -> list[Prospect]:
    """Return whom the assistant may knock at: of age and without a living case.

    Ordered by what the roster says of them: ids follow the tokens of an installation's own key, and the half year must
    be the same in all of them.
    """
    rows = session.execute(
        text(
            """
            SELECT r.id, r.division_code, r.birth_date <= DATE '1950-10-01' AS is_old
              FROM residents r
             WHERE r.county_code = :county_code AND r.division_code = :division_code
               AND r.birth_date <= DATE '1994-10-01' AND r.status = 'alive' AND r.hukou_kind = 'rural'
               AND NOT r.is_student AND NOT r.employee_insured
               AND NOT EXISTS (SELECT 1 FROM enrolments e
                                WHERE e.county_code = r.county_code AND e.resident_id = r.id
                                  AND e.state NOT IN ('rejected', 'terminated', 'withdrawn'))
             ORDER BY r.birth_date, r.name, r.address, r.sex
            """
        ),
        {"county_code": COUNTY_CODE, "division_code": division_code},
    )
    return [Prospect(row.id, row.division_code, row.is_old) for row in rows]


def unpaid(session: Session, division_code: int, year: int) -> Sequence[Row[Any]]:
    """Return the insured of a village below 60 who have not paid the year."""
    return session.execute(
        text(
            """
            SELECT r.id AS resident_id, r.disability_grade, r.bank_account_sealed IS NOT NULL AS has_passbook
              FROM enrolments e
              JOIN residents r ON r.county_code = e.county_code AND r.id = e.resident_id
              JOIN accounts a ON a.county_code = e.county_code AND a.resident_id = e.resident_id
             WHERE e.county_code = :county_code AND e.division_code = :division_code
               AND e.state = 'county_approved' AND e.tier_fen > 0 AND a.state = 'open'
               AND NOT EXISTS (SELECT 1 FROM contributions c
                                WHERE c.county_code = e.county_code AND c.resident_id = e.resident_id
                                  AND c.contribution_year = :year AND c.state = 'posted')
             ORDER BY r.birth_date, r.name, r.address, r.sex
            """
        ),
        {"county_code": COUNTY_CODE, "division_code": division_code, "year": year},
    ).all()
