"""开户: insured people without a passbook whom the bank is asked to open one for, and the accounts that it writes back."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    instant,
    key,
    not_negative,
    small,
    text_c,
    word_of,
)
from api.vocabulary import OpeningResult, OpeningState


class AccountOpening(SQLModel, table=True):
    """A batch of people for whom the bank is asked to open passbooks."""

    __tablename__ = "account_openings"
    __table_args__ = (
        UniqueConstraint("county_code", "opened_year", "number", name="uq_account_openings_number"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state IN ('computed', 'discarded') OR checker_id IS NOT NULL", name="checked"),
        CheckConstraint("number BETWEEN 1 AND 999", name="number"),
        *not_negative("line_count", "opened_count", "failed_count"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    opened_year: int = small()
    number: int = small()
    """Number within county and year: part of the file names."""
    layout: str = text_c()
    state: OpeningState = word_of(OpeningState, default=OpeningState.COMPUTED)
    line_count: int = count()
    opened_count: int = count()
    failed_count: int = count()
    content_hash: str = text_c(default="")
    maker_id: int = big()
    checker_id: int | None = big(nullable=True, default=None)
    sent_on: date | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class AccountOpeningLine(SQLModel, table=True):
    """A person of a batch; the result is written once."""

    __tablename__ = "account_opening_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "opening_id", "seq"),
        Index("ix_account_opening_lines_resident_id", "county_code", "resident_id"),
        CheckConstraint("(result IS NULL) = (return_id IS NULL)", name="has_a_source"),
    )

    county_code: int = county()
    opening_id: int = key()
    seq: int = key()
    resident_id: int = big()
    division_code: int = big()
    name: str = text_c()
    id_token: UUID
    result: OpeningResult | None = word_of(OpeningResult, nullable=True, default=None)
    return_id: int | None = big(nullable=True, default=None)
    reason: str | None = text_c(nullable=True, default=None)


class AccountOpeningReturn(SQLModel, table=True):
    """A write-back file of the bank that was taken. Append-only."""

    __tablename__ = "account_opening_returns"
    __table_args__ = (
        UniqueConstraint("county_code", "opening_id", "sha256", "succeeded", name="uq_account_opening_returns_sha256"),
        CheckConstraint("line_count = opened_count + failed_count + finding_count", name="covers_every_line"),
        *not_negative("opened_count", "failed_count", "finding_count"),
    )

    county_code: int = county()
    id: int = key()
    opening_id: int = big()
    division_code: int = big()
    name: str = text_c()
    sha256: str = text_c()
    succeeded: bool
    line_count: int
    opened_count: int
    failed_count: int
    finding_count: int
    findings: list[dict[str, Any]] = Field(sa_type=JSONB)
    """Lines that were set aside: number in the file, code. Nothing of the person."""
    loaded_by_id: int = big()
    created_at: datetime = instant()
