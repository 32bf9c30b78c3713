"""补助(资助)明细表: lists of what others pay into persons' accounts, and the lines of a run of 政府代缴."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, count, county, fen, instant, key, not_negative, small, text_c, word_of
from api.vocabulary import (
    GovernmentPaidOutcome,
    LeftReason,
    PayerKind,
    PayerLineState,
    PayerListKind,
    PayerListState,
)

STOPPED = "state IN ('withdrawn', 'rejected')"


class PayerList(SQLModel, table=True):
    """One list of one payer for one year: three persons, and every fen accounted for until it is on an account or back."""

    __tablename__ = "payer_lists"
    __table_args__ = (
        Index(
            "uq_payer_lists_content_hash",
            "county_code",
            "content_hash",
            unique=True,
            postgresql_where=text(f"NOT ({STOPPED})"),
        ),
        Index(
            "uq_payer_lists_bank_reference",
            "county_code",
            "bank_reference",
            unique=True,
            postgresql_where=text("bank_reference IS NOT NULL"),
        ),
        Index(
            "uq_payer_lists_refund_reference",
            "county_code",
            "refund_reference",
            unique=True,
            postgresql_where=text("refund_reference IS NOT NULL"),
        ),
        Index("ix_payer_lists_division", "division_code", "id"),
        Index(
            "ix_payer_lists_land_project",
            "county_code",
            "land_project_id",
            postgresql_where=text("land_project_id IS NOT NULL"),
        ),
        *not_negative("line_count", "total_fen"),
        CheckConstraint("confirmed_by_id <> maker_id", name="two_persons_confirm"),
        CheckConstraint("checker_id <> maker_id AND checker_id <> confirmed_by_id", name="three_persons"),
        CheckConstraint("(confirmed_by_id IS NULL) = (arrival_journal_id IS NULL)", name="confirmed_is_booked"),
        CheckConstraint("(confirmed_by_id IS NULL) = (arrived_on IS NULL)", name="confirmed_has_a_day"),
        CheckConstraint(
            "state NOT IN ('received', 'posted', 'reversed') OR confirmed_by_id IS NOT NULL", name="confirmed"
        ),
        CheckConstraint("state NOT IN ('posted', 'rejected', 'reversed') OR checker_id IS NOT NULL", name="checked"),
        CheckConstraint("(kind = 'land') = (land_project_id IS NOT NULL)", name="land_has_a_project"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """Unit whose people the list is of."""
    kind: PayerListKind = word_of(PayerListKind)
    payer_kind: PayerKind = word_of(PayerKind)
    payer_name: str = text_c()
    basis: str = text_c()
    """The resolution or document that decides the amounts, with its number."""
    basis_on: date
    contribution_year: int = small()
    land_project_id: int | None = big(nullable=True, default=None)
    source_list_id: int | None = big(nullable=True, default=None)
    """The list whose unposted money this one gives to other persons; no money arrives for it at the bank."""
    line_count: int = count()
    total_fen: int = fen(default=0)
    content_hash: str = text_c()
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    """Rows of the file that did not get on the list: row, column, code and message, without what stood there."""
    state: PayerListState = word_of(PayerListState, default=PayerListState.DRAFT)
    maker_id: int = big()
    bank_reference: str | None = text_c(nullable=True, default=None)
    arrived_on: date | None = None
    confirmed_by_id: int | None = big(nullable=True, default=None)
    arrival_journal_id: int | None = big(nullable=True, default=None)
    checker_id: int | None = big(nullable=True, default=None)
    decided_on: date | None = None
    opinion: str | None = text_c(nullable=True, default=None)
    posted_count: int = count()
    posted_fen: int = fen(default=0)
    """What approval posted; reversals since are told by the lines."""
    refund_reference: str | None = text_c(nullable=True, default=None)
    """Bank reference of the last refund."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class PayerListLine(SQLModel, table=True):
    """One person's amount of a list, and where that money is now."""

    __tablename__ = "payer_list_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "list_id", "line_no"),
        ForeignKeyConstraint(["county_code", "list_id"], ["payer_lists.county_code", "payer_lists.id"]),
        Index("uq_payer_list_lines_resident", "county_code", "list_id", "resident_id", unique=True),
        Index("ix_payer_list_lines_resident_id", "county_code", "resident_id"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("(state = 'left') <= (left_reason IS NOT NULL)", name="left_for_a_reason"),
        CheckConstraint("state NOT IN ('posted', 'reversed') OR contribution_id IS NOT NULL", name="posted_counts"),
        CheckConstraint("(state = 'readdressed') = (readdressed_to_id IS NOT NULL)", name="readdressed_to_a_list"),
    )

    county_code: int = county()
    list_id: int = key()
    line_no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    division_code: int = big()
    """Unit of the list, so that whoever sees the list sees its lines."""
    resident_id: int = big()
    amount_fen: int = fen()
    state: PayerLineState = word_of(PayerLineState, default=PayerLineState.LISTED)
    left_reason: LeftReason | None = word_of(LeftReason, nullable=True, default=None)
    contribution_id: int | None = big(nullable=True, default=None)
    refund_journal_id: int | None = big(nullable=True, default=None)
    readdressed_to_id: int | None = big(nullable=True, default=None)


class GovernmentPaidLine(SQLModel, table=True):
    """What a run of 政府代缴 says of one person: paid, or left out and why. Only what posting did to it changes."""

    __tablename__ = "government_paid_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "run_id", "resident_id"),
        Index("ix_government_paid_lines_division", "county_code", "run_id", "division_code"),
        *not_negative("tier_fen", "subsidy_fen", "waiting_subsidy_fen"),
        CheckConstraint("(outcome = 'pay') <= (tier_fen > 0)", name="pay_has_an_amount"),
        CheckConstraint("contribution_id IS NULL OR outcome = 'pay'", name="only_pay_is_posted"),
    )

    county_code: int = county()
    run_id: int = key()
    resident_id: int = key()
    division_code: int = big()
    outcome: GovernmentPaidOutcome = word_of(GovernmentPaidOutcome)
    groups: str = text_c()
    """Groups of `government_paid_groups` that name the person, by comma; a disability with its grade."""
    tier_fen: int = fen(default=0)
    """What government pays: the lowest tier of the day."""
    subsidy_fen: int = fen(default=0)
    """Subsidy that is posted with it."""
    waiting_subsidy_fen: int = fen(default=0)
    """Subsidy that is posted once its money has arrived."""
    contribution_id: int | None = big(nullable=True, default=None)
