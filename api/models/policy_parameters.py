"""Changes of policy parameters: the layers of the law above the files that come with the service."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, instant, key, moment, text_c, word_of
from api.vocabulary import ParameterChangeState


class PolicyParameterChange(SQLModel, table=True):
    """A value of one parameter for one layer and period, proposed by one person and decided by another.

    Never overwritten: what is approved stays, and is superseded by a later approval. Read by every county, since the
    law of a place is made of the layers above it.
    """

    __tablename__ = "policy_parameter_changes"
    __table_args__ = (
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("(state IN ('approved', 'rejected')) = (checker_id IS NOT NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_at_some_time"),
        CheckConstraint("(state = 'approved') = (serial IS NOT NULL)", name="approved_has_serial"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        CheckConstraint("paid_from IS NULL OR paid_from > valid_from", name="paid_after_it_begins"),
        CheckConstraint("document <> '' AND article <> ''", name="has_legal_basis"),
        CheckConstraint("county_code = division_code / 1000000", name="county_of_its_layer"),
        Index(
            "uq_policy_parameter_changes_serial",
            "serial",
            unique=True,
            postgresql_where=text("serial IS NOT NULL"),
        ),
        Index("ix_policy_parameter_changes_code", "code", "valid_from", "id"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The layer: a unit's 12-digit code, 100000000000 for the nation."""
    code: str = text_c()
    value: Any = Field(sa_type=JSONB)
    """As the files write it: money and percentages are strings, days are ISO strings."""
    valid_from: date
    valid_to: date | None = None
    paid_from: date | None = None
    """First month in which a back-dated basic pension is paid."""
    document: str = text_c()
    article: str = text_c()
    reason: str = text_c()
    content_hash: str = text_c()
    """Over all of the above: what is approved is what was looked at."""
    state: ParameterChangeState = word_of(ParameterChangeState, default=ParameterChangeState.PROPOSED)
    serial: int | None = big(nullable=True, default=None)
    """Rises with each approval in the whole installation; what a posted amount names as its law."""
    maker_id: int = big()
    checker_id: int | None = big(nullable=True, default=None)
    opinion: str | None = text_c(nullable=True, default=None)
    decided_at: datetime | None = moment(default=None, nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
