"""`nongbao verify`: everything that must be true of the books, checked in one snapshot of the whole installation.

Each check is a SELECT of api/sql/verification that returns what breaks its rule. Four are recomputed here: the content
hash of every run, the subsidy of every contribution by the law of its time, the interest of a sample of accounts by the
law's own function, and the roots of the year proofs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.database import WHOLE, DatabaseRole, load_sql
from api.models import YearProof
from api.policy.interest import interest_by_source
from api.policy.money import NOTHING, BySource
from api.services import collection_batches, year_proofs
from api.services.award_rules import accrual_for
from api.services.laws import book_of, law_of_county
from api.services.payment_runs import content_hash
from api.vocabulary import ContributionKind, JournalKind, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Database
    from api.policy.parameters import PolicyParameters

FOLDER = "verification"
SHOWN = 20
SAMPLE = 200
_TITLE = "-- title: "
_INTEREST = frozenset(
    {JournalKind.INTEREST.value, JournalKind.SETTLEMENT_INTEREST.value, JournalKind.INTEREST_CORRECTION.value}
)


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check: how many violations, and the first of them."""

    name: str
    title: str
    violations: int
    rows: tuple[dict[str, Any], ...]

    @property
    def ok(self) -> bool:
        """Whether the rule holds."""
        return self.violations == 0


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one moment."""

    checks: tuple[Check, ...]
    checked_at: datetime

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values; ids and codes are numbers below 2**53."""
        return {
            "ok": self.ok,
            "checks": [
                {
                    "name": check.name,
                    "title": check.title,
                    "ok": check.ok,
                    "violations": check.violations,
                    "rows": [{key: _plain(value) for key, value in row.items()} for row in check.rows],
                }
                for check in self.checks
            ],
            "checked_at": self.checked_at.isoformat(),
        }


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it does; sums of the database are whole fen."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else int(value)


def check_names() -> list[str]:
    """Return the names of the SQL checks, in order."""
    folder = resources.files("api.sql") / FOLDER
    return sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))


def verify(database: Database, *, progress: Callable[[str], None] | None = None) -> Report:
    """Run every check in one READ ONLY snapshot; `progress` hears the name of each as it begins."""
    checks: list[Check] = []
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        session.execute(text("SET LOCAL work_mem = '128MB'"))
        session.execute(text("SET LOCAL jit = off"))
        for name in check_names():
            if progress is not None:
                progress(name)
            checks.append(run_check(session, name))
        for computed in (check_content_hashes, check_posted_subsidies, check_interest_sample, check_year_proofs):
            if progress is not None:
                progress(computed.__name__.removeprefix("check_"))
            checks.append(computed(session))
        checked_at: datetime = session.execute(text("SELECT now()")).scalar_one()
    return Report(tuple(checks), checked_at)


def run_check(session: Session, name: str) -> Check:
    """Run one SQL check: all violations counted, the first of them shown."""
    statement = load_sql(FOLDER, name)
    first, _, _ = statement.partition("\n")
    counted = f"WITH violations AS (\n{statement}\n) SELECT *, count(*) OVER () AS violation_count FROM violations LIMIT {SHOWN}"
    parameters = _divisors(session) if ":divisors" in statement else {}
    rows = [dict(row) for row in session.execute(text(counted), parameters).mappings()]
    total = int(rows[0]["violation_count"]) if rows else 0
    for row in rows:
        del row["violation_count"]
    return Check(name[3:], first.removeprefix(_TITLE), total, tuple(rows))


def _divisors(session: Session) -> dict[str, list[Any]]:
    """Return the 计发月数 of every county and month in which somebody's pension begins."""
    rows = session.execute(text("SELECT DISTINCT county_code, start_month FROM awards")).all()
    return {
        "counties": [row.county_code for row in rows],
        "months": [row.start_month for row in rows],
        "divisors": [law_of_county(session, row.county_code, row.start_month).divisor_months for row in rows],
    }


_SUBSIDIES = text(
    """
    SELECT c.county_code, l.division_code, c.paid_on, c.law_serial, c.kind, c.tier_fen,
           c.subsidy_fen + c.waiting_subsidy_fen AS subsidy_fen, c.contribution_year, c.instalment > 0 AS is_part,
           count(*) AS contribution_count, min(c.id) AS first_id
      FROM contributions c
      JOIN account_lines l ON l.county_code = c.county_code AND l.resident_id = c.resident_id
           AND l.journal_id = c.journal_id AND l.value_year = extract(YEAR FROM c.paid_on)
     WHERE c.state = 'posted' AND c.law_serial IS NOT NULL AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum')
     GROUP BY c.county_code, l.division_code, c.paid_on, c.law_serial, c.kind, c.tier_fen,
              c.subsidy_fen + c.waiting_subsidy_fen, c.contribution_year, c.instalment > 0
    """
)


def check_posted_subsidies(session: Session) -> Check:
    """Compare the subsidy of every contribution with the law of its place and day, as it was when it was posted."""
    newest = book_of(session)
    books = {newest.serial: newest}
    wrong: list[dict[str, Any]] = []
    for row in session.execute(_SUBSIDIES).all():
        if row.law_serial not in books:
            books[row.law_serial] = newest.at(row.law_serial)
        should_fen = _subsidy_of(row, books[row.law_serial].on(row.division_code, row.paid_on))
        # Of a year paid in parts, the one that completes it brings the subsidy.
        if row.subsidy_fen != should_fen and not (row.is_part and row.subsidy_fen == 0):
            wrong.append(
                {
                    "county_code": row.county_code,
                    "first_contribution_id": row.first_id,
                    "contributions": row.contribution_count,
                    "subsidy_fen": row.subsidy_fen,
                    "should_be_fen": should_fen,
                }
            )
    violations = sum(one["contributions"] for one in wrong)
    return Check(
        "posted_subsidies", "每笔缴费的政府补贴与其当时、当地适用的政策参数一致", violations, tuple(wrong[:SHOWN])
    )


def _subsidy_of(row: Any, law: PolicyParameters) -> int:
    is_missed = row.kind == ContributionKind.MAKE_UP.value
    is_coming = False
    if row.kind == ContributionKind.LUMP_SUM.value:
        is_missed, is_coming = row.contribution_year < row.paid_on.year, row.contribution_year > row.paid_on.year
    if (is_missed and not law.make_up_subsidised) or (is_coming and not law.lump_sum_subsidised):
        return 0
    return law.subsidy_fen(row.tier_fen)


def check_content_hashes(session: Session) -> Check:
    """Recompute the content hash of every run and deduction batch from its stored lines."""
    runs = session.execute(text("SELECT county_code, id, content_hash FROM payment_runs ORDER BY id")).all()
    wrong = [
        {"county_code": run.county_code, "run_id": run.id}
        for run in runs
        if content_hash(session, county=run.county_code, run_id=run.id) != run.content_hash
    ]
    batches = session.execute(text("SELECT county_code, id, content_hash FROM collection_batches ORDER BY id")).all()
    wrong += [
        {"county_code": batch.county_code, "run_id": batch.id}
        for batch in batches
        if collection_batches.content_hash(session, county=batch.county_code, batch_id=batch.id) != batch.content_hash
    ]
    return Check("content_hashes", "每个批次的明细与其内容摘要一致(审批的就是现有的)", len(wrong), tuple(wrong[:SHOWN]))


def check_year_proofs(session: Session) -> Check:
    """Recompute the root of every year proof from its leaves, and each village's branch."""
    proofs = session.scalars(select(YearProof).order_by(col(YearProof.county_code), col(YearProof.year))).all()
    wrong = [
        {"county_code": proof.county_code, "year": proof.year, "version": proof.version}
        for proof in proofs
        if year_proofs.recompute_root(session, proof) != proof.root
        or year_proofs.root_of_villages(session, proof) != proof.root
    ]
    return Check("year_proofs", "年度证明的根摘要由其账户逐一推得", len(wrong), tuple(wrong[:SHOWN]))


_SAMPLED = text(
    """
    WITH sampled AS (
        SELECT county_code, resident_id
          FROM (
            SELECT DISTINCT l.county_code, l.resident_id
              FROM accounts a
              JOIN account_lines l ON l.county_code = a.county_code AND l.resident_id = a.resident_id
             WHERE a.interest_through IS NOT NULL
          ) earning
         ORDER BY md5(resident_id::text)
         LIMIT :most
    )
    SELECT l.county_code, l.resident_id, l.journal_id, l.value_year, l.value_month, l.personal_fen, l.collective_fen,
           l.gov_fen, j.kind
      FROM sampled s
      JOIN account_lines l ON l.county_code = s.county_code AND l.resident_id = s.resident_id
      JOIN journals j ON j.county_code = l.county_code AND j.id = l.journal_id
     ORDER BY l.county_code, l.resident_id, l.journal_id, l.value_year
    """
)


def check_interest_sample(session: Session) -> Check:
    """Recompute the interest of some accounts, line by line, by `policy.interest` and not by the run's SQL."""
    accounts: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in session.execute(_SAMPLED, {"most": SAMPLE}).all():
        accounts[row.county_code, row.resident_id].append(row)
    wrong: list[dict[str, Any]] = []
    for (county_code, resident_id), lines in accounts.items():
        for place, line in enumerate(lines):
            if line.kind in _INTEREST:
                should = _interest_of(session, line, lines[:place])
                if should != BySource(line.personal_fen, line.collective_fen, line.gov_fen):
                    wrong.append(
                        {
                            "county_code": county_code,
                            "resident_id": resident_id,
                            "journal_id": line.journal_id,
                            "should_be_fen": should.total_fen,
                        }
                    )
    return Check("interest_sample", f"抽查{len(accounts)}个账户，逐笔重算利息相同", len(wrong), tuple(wrong[:SHOWN]))


def _interest_of(session: Session, line: Any, before: Sequence[Any]) -> BySource:
    """Return the interest that a line should have, from the account's lines before it (policy.md §4.4-4.5).

    A correction makes up what the lines before it lack; a first posting is one that nothing is posted for yet.
    """
    year = line.value_year
    posted = [one for one in before if one.kind in _INTEREST and one.value_year == year]
    from_month = max((one.value_month for one in posted if one.value_month < line.value_month), default=0)
    opening = NOTHING
    moved: dict[Source, dict[int, int]] = {source: {} for source in Source}
    for one in before:
        amounts = BySource(one.personal_fen, one.collective_fen, one.gov_fen)
        if one.value_year < year or (one.value_year == year and one.value_month <= from_month):
            opening += amounts
        elif one.value_year == year:
            for source in Source:
                months = moved[source]
                months[one.value_month] = months.get(one.value_month, 0) + amounts.of(source)
    rounding = law_of_county(session, line.county_code, date(year, 12, 31)).interest_rounding
    should = interest_by_source(
        accrual_for(session, line.county_code, year), opening=opening, credited=moved, debited={}, from_month=from_month,
        to_month=line.value_month, rounding=rounding,
    )  # fmt: skip
    for one in posted:
        if from_month < one.value_month <= line.value_month:
            should -= BySource(one.personal_fen, one.collective_fen, one.gov_fen)
    return should
