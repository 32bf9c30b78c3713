"""The fund's books of the demonstration: money moved on two persons' word, the bank's statements, and months closed."""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.policy.money import format_yuan
from api.services import bank_matches, bank_statements, fund_closings, fund_reconciliation, fund_transfer_cases
from api.services.bank_matches import Pairing
from api.services.bank_statements import StatementFile
from api.services.fund_transfer_cases import Wish
from api.vocabulary import BankAccountName, BankItemSide, Decision, FundTransferWay

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor, Database

HEADINGS = ("交易日期", "凭证号", "支出金额", "收入金额", "余额", "对方户名")
LAYOUT = "rural_credit_2010"


def move(session: Session, *, finance: Actor, second: Actor, way: FundTransferWay, amount_fen: int, on: date) -> None:
    """Propose a movement, and let the other finance person approve it."""
    wish = Wish(
        way=way, amount_fen=amount_fen, moved_on=on, bank_reference=f"HZ{on:%Y%m%d}-{way.value.replace('_', '-')}"
    )
    made = fund_transfer_cases.propose(session, actor=finance, wish=wish, today=on)
    fund_transfer_cases.decide(
        session,
        actor=second,
        transfer_id=made.id,
        decision=Decision.APPROVE,
        opinion=None,
        version=made.version,
        today=on,
    )


def load_statements(
    database: Database, keyring: Keyring, *, finance: Actor, second: Actor, month: date, today: date
) -> None:
    """Bring the bank's statements of a month in; what the bank has under another reference two persons match by hand."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    for account in BankAccountName:
        with database.unit_of_work(finance) as session:
            file = _statement(session, finance.county_code, account, month, last)
            bank_statements.load(session, actor=finance, keyring=keyring, file=file, today=today)
            done = fund_reconciliation.reconcile_now(session, actor=finance, account=account, on=last)
            open_items = [one for one in done.items if not one.is_explained]
            if not open_items or done.line_fen != done.journal_fen:
                continue
            pairing = Pairing(
                account=account,
                line_ids=[one.subject_id for one in open_items if one.side is BankItemSide.LINE],
                journal_ids=[one.subject_id for one in open_items if one.side is BankItemSide.JOURNAL],
                note="银行退回的发放款，一笔合计入账",
            )
            match = bank_matches.propose(session, actor=finance, pairing=pairing)
        with database.unit_of_work(second) as session:
            bank_matches.decide(
                session, actor=second, match_id=match.id, decision=Decision.APPROVE, version=match.version, today=today
            )


def close(database: Database, *, finance: Actor, second: Actor, month: date, today: date) -> None:
    """Close a month: proposed by one finance person, approved by the other over the pack's hash."""
    with database.unit_of_work(finance) as session:
        period = fund_closings.propose(session, actor=finance, month=month, exceptions=[], version=0, today=today)
    with database.unit_of_work(second) as session:
        fund_closings.approve(
            session,
            actor=second,
            month=month,
            content_hash=period.proposed_hash or "",
            version=period.version,
            today=today,
        )


def _statement(session: Session, county_code: int, account: BankAccountName, first: date, last: date) -> StatementFile:
    """What the bank prints of a month: each movement under the reference that it was made by, refused pensions in one sum."""
    rows = session.execute(
        text(
            """
            SELECT j.business_date,
                   coalesce(t.bank_reference, m.bank_reference, p.bank_reference, s.bank_reference, d.bank_reference,
                            r.county_code || to_char(r.month, 'YYYYMM'),
                            CASE WHEN j.kind = 'contribution' THEN 'ZZ' || j.id ELSE 'TH' || to_char(j.business_date, 'YYYYMMDD') END
                   ) AS reference,
                   coalesce(min(d.amount_fen), sum(f.debit_fen - f.credit_fen)) AS amount_fen, min(j.id) AS first_id
              FROM fund_lines f
              JOIN journals j ON j.county_code = f.county_code AND j.id = f.journal_id
              LEFT JOIN fund_transfers t ON t.county_code = j.county_code AND t.journal_id = j.id
              LEFT JOIN remittances m ON m.county_code = j.county_code AND m.journal_id = j.id
              LEFT JOIN payer_lists p ON p.county_code = j.county_code AND p.arrival_journal_id = j.id
              LEFT JOIN subsidy_receipts s ON s.county_code = j.county_code AND s.journal_id = j.id
              -- What the bank paid over, which may differ from what was booked.
              LEFT JOIN collection_money_proofs d
                     ON d.county_code = j.county_code AND d.batch_id = j.run_id AND j.kind = 'collection'
              LEFT JOIN payment_runs r ON r.county_code = j.county_code AND r.id = j.run_id AND j.kind = 'payment_sent'
             WHERE f.county_code = :county_code AND f.fund_account = :account AND j.business_date <= :last
             GROUP BY 1, 2
             ORDER BY 1, 4
            """
        ),
        {"county_code": county_code, "account": account.value, "last": last},
    ).all()
    balance = sum(int(row.amount_fen) for row in rows if row.business_date < first)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for row in rows:
        if row.business_date >= first:
            fen = int(row.amount_fen)
            balance += fen
            spent, came = (format_yuan(-fen), "") if fen < 0 else ("", format_yuan(fen))
            writer.writerow((row.business_date.isoformat(), row.reference, spent, came, format_yuan(balance), ""))
    return StatementFile(
        account=account,
        layout=LAYOUT,
        from_on=first,
        to_on=last,
        closing_fen=balance,
        name=f"{account.label}{first:%Y%m}.csv",
        content=out.getvalue().encode(),
    )
