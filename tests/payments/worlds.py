"""Pensioners with little writing, and the steps of a month as one call each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from api.models import Benefit, PaymentLine, Resident
from api.policy.money import BySource
from api.services import ledger, payment_files, payment_returns, payment_runs
from api.vocabulary import BenefitState, FundAccount, JournalKind, RoleName, RunState
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import PaymentRun

COUNTY = 440783
NOBODY = 999


def deposit(session: Session, resident: Resident, amounts: BySource, *, on: date) -> None:
    """Credit an account through the ledger, so that balances equal their lines."""
    if amounts.total_fen == 0:
        return
    ledger.post(
        session,
        county_code=resident.county_code,
        division_code=resident.division_code // 1000 * 1000,
        kind=JournalKind.CONTRIBUTION,
        business_date=on,
        dedup_key=f"test-deposit:{resident.id}:{on}:{amounts.total_fen}",
        maker_id=NOBODY,
        accounts=[
            ledger.AccountEntry(
                resident_id=resident.id,
                division_code=resident.division_code,
                value_on=on,
                personal_fen=amounts.personal_fen,
                collective_fen=amounts.collective_fen,
                gov_fen=amounts.gov_fen,
            )
        ],
        fund=[
            ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=amounts.total_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-amounts.personal_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-amounts.collective_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-amounts.gov_fen),
        ],
    )


def pensioner(
    session: Session,
    *,
    start: date = date(2010, 10, 1),
    award: BySource | None = None,
    balance: BySource | None = None,
    pension_fen: int | None = None,
    state: BenefitState = BenefitState.ACTIVE,
    enrolled: bool = True,
    benefit: dict[str, Any] | None = None,
    **resident: Any,
) -> Resident:
    """A person who draws: enrolled, with an account of `balance` (default: the award) and a running benefit."""
    composition = award or BySource()
    held = composition if balance is None else balance
    facts = {"birth_date": date(1948, 5, 3), "bank_account": f"62284804{factories.id_number(date(1950, 1, 1))[4:14]}"}
    person = factories.make_resident(session, **(facts | resident))
    if enrolled:
        factories.enrol(session, person, on=date(2010, 9, 8))
    deposit(session, person, held, on=date(2010, 9, 20))
    pension = (2 * composition.total_fen + 139) // 278 if pension_fen is None else pension_fen
    session.add(
        Benefit(
            county_code=person.county_code,
            resident_id=person.id,
            division_code=person.division_code,
            award_id=1,
            state=state,
            start_month=start,
            award_personal_fen=composition.personal_fen,
            award_collective_fen=composition.collective_fen,
            award_gov_fen=composition.gov_fen,
            account_pension_fen=pension,
            **(benefit or {}),
        )
    )
    session.flush()
    return person


@dataclass
class Office:
    """The three persons of a month, and the steps that each takes."""

    session: Session
    clerk: Actor
    reviewer: Actor
    finance: Actor
    refuse: Callable[[PaymentLine], bool] = field(default=lambda _line: False)

    @classmethod
    def of(cls, session: Session) -> Office:
        """Three persons of the county."""
        return cls(
            session,
            factories.make_actor(session, RoleName.COUNTY_CLERK),
            factories.make_actor(session, RoleName.COUNTY_REVIEWER),
            factories.make_actor(session, RoleName.FINANCE),
        )

    def compute(self, month: date) -> PaymentRun:
        """Compute a month, on its 12th."""
        return payment_runs.compute(
            self.session, actor=self.clerk, county=COUNTY, month=month, today=month.replace(day=12)
        )

    def approve(self, run: PaymentRun) -> PaymentRun:
        """Approve what was computed."""
        return payment_runs.approve(
            self.session, actor=self.reviewer, run_id=run.id, given_hash=run.content_hash, expected_version=run.version
        )

    def release(self, run: PaymentRun) -> Sequence[Any]:
        """Release the files."""
        _, files = payment_files.release(
            self.session, actor=self.finance, keyring=factories.KEYRING, run_id=run.id, today=run.month.replace(day=13)
        )
        return files

    def answers(self, run: PaymentRun) -> list[tuple[str, bytes]]:
        """The bank's two files for a run: what `refuse` names is refused, everything else paid."""
        made = [
            payment_files.download(
                self.session, actor=self.finance, keyring=factories.KEYRING, run_id=run.id, file_id=one.id
            )
            for one in payment_files.files_of(self.session, run)
        ]
        refused = {
            payment_files.document_number(run, line.seq) for line in lines_of(self.session, run) if self.refuse(line)
        }
        found = []
        for one in made:
            rows = [row.split("|") for row in one.content.decode("gb18030").split("\r\n") if row]
            batch = one.record.name.removeprefix("YHDFFS").removesuffix(".TXT")
            paid = "".join("|".join(row[:5]) + "\r\n" for row in rows if row[4] not in refused)
            back = "".join("|".join([*row[:5], "账号不存在"]) + "\r\n" for row in rows if row[4] in refused)
            found.append((f"YHDFFK{batch}_S.TXT", paid.encode("gb18030")))
            if back:
                found.append((f"YHDFFK{batch}_F.TXT", back.encode("gb18030")))
        return found

    def load(self, run: PaymentRun, files: Sequence[tuple[str, bytes]], *, on: date | None = None) -> Any:
        """Load the bank's answer."""
        return payment_returns.load(
            self.session, actor=self.finance, keyring=factories.KEYRING, run_id=run.id, files=files,
            today=on or run.month.replace(day=16),
        )  # fmt: skip

    def month(self, month: date) -> PaymentRun:
        """A whole month; every line is answered and the run closed."""
        run = self.compute(month)
        self.approve(run)
        self.release(run)
        if run.line_count:
            self.load(run, self.answers(run))
        assert run.state == RunState.CLOSED
        return run


def lines_of(session: Session, run: PaymentRun) -> list[PaymentLine]:
    """The lines of a run by number."""
    from sqlalchemy import select
    from sqlmodel import col

    query = select(PaymentLine).where(col(PaymentLine.run_id) == run.id).order_by(col(PaymentLine.seq))
    return list(session.scalars(query).all())
