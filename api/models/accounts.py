"""个人账户: the balance of each person by source. Narrow and hot; changed only together with ledger lines."""

from datetime import date

from sqlalchemy import CheckConstraint, Index

from api.models.base import SQLModel, big, count, county, fen, key, not_negative, text_c


class Account(SQLModel, table=True):
    """Balances by source. Always equal to the sum of the account's lines, which `nongbao verify` proves.

    No column that a run changes is indexed and pages are left half empty, so that a run over all accounts updates in
    place; the index by division is what a run takes its town from.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        *not_negative("personal_fen", "collective_fen", "gov_fen"),
        CheckConstraint("paid_count >= 0", name="paid_count_not_negative"),
        CheckConstraint("state IN ('open', 'drawing', 'closed')", name="state"),
        Index("ix_accounts_division_code", "division_code", "resident_id"),
        {"postgresql_with": {"fillfactor": 45}},
    )

    county_code: int = county()
    resident_id: int = key()
    division_code: int = big()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    state: str = text_c(default="open")
    """open while paying, drawing after the award, closed when settled for good."""
    opened_on: date
    interest_through: date | None = None
    """Last day up to which interest is posted: a year's end, or the end of a settlement month."""
    paid_count: int = count()
    """Account pensions paid so far. The split of the next one depends on its number, and it moves with the balance."""
    cancels_on: date | None = None
    """Day of the event of a 注销登记 under way or done: contributions paid after it are refused."""
