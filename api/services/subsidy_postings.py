"""补贴记账 (mode on_claim): put subsidies into the accounts once their money is there, town by town; and take one out again.

Whoever posts is another person than who computed the claim. A line is posted once; what has to wait stays listed with
its reason and is tried again by the next posting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import load_sql, next_id, plan_for_sets, run_sql
from api.services import audit_events, interest_corrections, ledger, subsidy_claims
from api.services.fund_periods import booking_day
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind, SubsidyHold, SubsidyPurpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.database import Actor, Database
    from api.models import Contribution, SubsidyClaim

FOLDER = subsidy_claims.FOLDER
_STAGED = "seq, division_code, resident_id, contribution_id, contribution_year, purpose, amount_fen, value_on, place"
KINDS = {
    SubsidyPurpose.CONTRIBUTION_SUBSIDY: JournalKind.SUBSIDY,
    SubsidyPurpose.LATE_INTEREST: JournalKind.LATE_SUBSIDY_INTEREST,
}
"""Journals of what waits for its money; 代缴 is posted with its contribution, pensions are the pool's."""


@dataclass(frozen=True, slots=True)
class TownPosted:
    """What a posting put into the accounts of one town."""

    town_code: int
    line_count: int
    amount_fen: int


def post(database: Database, *, actor: Actor, claim_id: int, today: date) -> Iterator[TownPosted]:
    """Post what the money of a claim covers, a transaction per town; yields each town once it has committed.

    Posting again goes on where an attempt broke off, and takes what had to wait. Raises `NotFound`, `SamePerson`,
    `SubsidyClaimStateUnfit`. policy.md §3.3 P7, A2.
    """
    with database.read_snapshot(actor) as session:
        claim = subsidy_claims.get(session, claim_id)
        require_second_person(actor, claim.maker_id)
        if claim.state not in subsidy_claims.STANDING:
            raise subsidy_claims.SubsidyClaimStateUnfit(f"申报单状态为{claim.state.label}，不能记账。")
        keys = {"county_code": claim.county_code, "claim_id": claim.id}
        towns = [row.town_code for row in run_sql(session, FOLDER, "70_list_towns", **keys).all()]
    for town_code in towns:
        with database.unit_of_work(actor) as session:
            posted = post_town(session, actor=actor, claim=claim, town_code=town_code, today=today)
        yield posted


def post_town(session: Session, *, actor: Actor, claim: SubsidyClaim, town_code: int, today: date) -> TownPosted:
    """Post one town's covered lines: accounts, lines, journals and marks, all or nothing."""
    plan_for_sets(session)
    town = {
        "county_code": claim.county_code,
        "claim_id": claim.id,
        "low": town_code,
        "high": town_code + 999,
    }
    run_sql(session, FOLDER, "72_lock_accounts", **town).all()
    run_sql(session, FOLDER, "76_create_staging")
    session.execute(
        text(
            f"INSERT INTO ready_lines ({_STAGED}) SELECT {_STAGED} FROM (\n{load_sql(FOLDER, '74_ready_lines')}\n) AS ready "
            "WHERE hold IS NULL"
        ),
        town,
    )
    groups = session.execute(
        text(
            "SELECT value_on, place, count(*) AS number, sum(amount_fen) AS amount_fen FROM ready_lines "
            "GROUP BY value_on, place ORDER BY value_on, place"
        )
    ).all()
    for group in groups:
        _post_group(session, actor, claim, town_code, group, today=today)
    _correct_interest(session, actor, claim, today)
    session.execute(text("DROP TABLE ready_lines"))
    count, amount_fen = sum(group.number for group in groups), int(sum(group.amount_fen for group in groups))
    audit_events.record(
        session,
        actor=actor,
        action="post_subsidies",
        subject_kind="subsidy_claim",
        subject_id=claim.id,
        division_code=town_code,
        line_count=count,
        amount_fen=amount_fen,
    )
    return TownPosted(town_code, count, amount_fen)


def _correct_interest(session: Session, actor: Actor, claim: SubsidyClaim, today: date) -> None:
    """Put right the interest of those whose lines went into a year with posted interest."""
    closed = session.execute(
        text(
            "SELECT array_agg(DISTINCT r.resident_id) AS resident_ids, min(r.value_on) AS since FROM ready_lines AS r "
            "JOIN accounts AS a ON a.county_code = :county_code AND a.resident_id = r.resident_id "
            "WHERE a.interest_through >= r.value_on"
        ),
        {"county_code": claim.county_code},
    ).one()
    if closed.resident_ids:
        interest_corrections.correct(
            session,
            maker_id=claim.maker_id,
            checker_id=actor.user_id,
            county_code=claim.county_code,
            resident_ids=closed.resident_ids,
            since=closed.since,
            today=today,
        )


def _post_group(
    session: Session, actor: Actor, claim: SubsidyClaim, town_code: int, group: Row[Any], *, today: date
) -> None:
    """Book the lines of one town and value date as one journal."""
    journal_id = next_id(session, claim.county_code)
    key = {"county_code": claim.county_code, "journal_id": journal_id, "town_code": town_code}
    run_sql(
        session,
        FOLDER,
        "82_book_journal",
        **key,
        kind=KINDS[claim.purpose].value,
        business_date=booking_day(session, claim.county_code, wanted=group.value_on, today=today),
        dedup_key=f"subsidy:{claim.id}:{town_code}:{journal_id}",
        maker_id=claim.maker_id,
        checker_id=actor.user_id,
    )
    written = run_sql(
        session,
        FOLDER,
        "80_post_lines",
        county_code=claim.county_code,
        claim_id=claim.id,
        journal_id=journal_id,
        value_on=group.value_on,
        place=group.place,
    ).one()
    if (written.line_count, written.amount_fen) != (group.number, group.amount_fen):
        message = "a subsidy's account did not take its line"
        raise ledger.UnbalancedEntry(message)
    run_sql(session, FOLDER, "84_book_fund_lines", **key, amount_fen=int(group.amount_fen))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line whose money is there and that is not in its account: why, or None when the next posting takes it."""

    seq: int
    resident_id: int
    division_code: int
    amount_fen: int
    value_on: date
    hold: SubsidyHold | None


def list_waiting(
    session: Session, *, claim: SubsidyClaim, limit: int, after: str | None
) -> tuple[list[Waiting], str | None]:
    """Return the lines of a claim that are covered and not posted, in order, and the next cursor."""
    start = decode_cursor(after, int)
    rows = session.execute(
        text(
            "SELECT seq, resident_id, division_code, amount_fen, value_on, hold "
            f"FROM (\n{load_sql(FOLDER, '74_ready_lines')}\n) AS ready WHERE seq > :after ORDER BY seq LIMIT :maximum"
        ),
        {
            "county_code": claim.county_code,
            "claim_id": claim.id,
            "low": claim.division_code,
            "high": claim.division_code + 999_999,
            "after": start[0] if start else 0,
            "maximum": limit + 1,
        },
    ).all()
    found = [
        Waiting(
            row.seq, row.resident_id, row.division_code, row.amount_fen, row.value_on,
            SubsidyHold(row.hold) if row.hold else None,
        )
        for row in rows
    ]  # fmt: skip
    return found[:limit], encode_cursor(found[limit - 1].seq) if len(found) > limit else None


def take_back(session: Session, *, actor: Actor, contribution: Contribution, today: date) -> int:
    """Take what was posted for a contribution that is being reversed out of its account again; return how much, in fen.

    The account is locked by the caller. Each posting is undone at its own value date, so that no interest arises, and
    interest that was posted on it is corrected by the caller; the money waits for the next claim, which gives it back to
    government. Raises `ledger.BalanceTooLow`.
    """
    rows = posted_for(session, contribution)
    for row in rows:
        journal_id = ledger.post(
            session,
            county_code=contribution.county_code,
            division_code=row.division_code,
            kind=KINDS[SubsidyPurpose(row.purpose)],
            business_date=today,
            dedup_key=f"subsidy_back:{row.claim_id}:{row.seq}",
            maker_id=contribution.recorded_by_id,
            checker_id=actor.user_id,
            accounts=[
                ledger.AccountEntry(
                    resident_id=row.resident_id,
                    division_code=row.division_code,
                    value_on=row.value_on,
                    gov_fen=-row.amount_fen,
                    contribution_year=row.contribution_year,
                )
            ],
            fund=[
                ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=row.amount_fen),
                ledger.FundEntry(account=FundAccount.SUBSIDY_SUSPENSE, amount_fen=-row.amount_fen),
            ],
        )
        session.execute(
            text(
                """
                INSERT INTO subsidy_postings (county_code, claim_id, seq, is_return, division_code, resident_id,
                                              contribution_id, contribution_year, purpose, amount_fen, value_on, journal_id)
                VALUES (:county_code, :claim_id, :seq, TRUE, :division_code, :resident_id, :contribution_id,
                        :contribution_year, :purpose, :amount_fen, :value_on, :journal_id)
                """
            ),
            {**row._mapping, "county_code": contribution.county_code, "journal_id": journal_id},  # noqa: SLF001
        )
    return sum(row.amount_fen for row in rows)


def posted_for(session: Session, contribution: Contribution) -> Sequence[Row[Any]]:
    """Return what stands in the account for a contribution's waiting subsidy: postings that were not taken back."""
    if not contribution.waiting_subsidy_fen:
        return ()
    return session.execute(
        text(
            """
            SELECT p.claim_id, p.seq, p.division_code, p.resident_id, p.contribution_id, p.contribution_year, p.purpose,
                   p.amount_fen, p.value_on
              FROM subsidy_postings AS p
             WHERE p.county_code = :county_code AND p.contribution_id = :contribution_id AND NOT p.is_return
               AND NOT EXISTS (
                   SELECT 1 FROM subsidy_postings AS b
                    WHERE b.county_code = p.county_code AND b.claim_id = p.claim_id AND b.seq = p.seq AND b.is_return
               )
             ORDER BY p.claim_id, p.seq
            """
        ),
        {"county_code": contribution.county_code, "contribution_id": contribution.id},
    ).all()
