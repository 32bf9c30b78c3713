"""The division tree: every village, town and county by its 12-digit statistical code. Reference data of all counties."""

from datetime import date

from sqlalchemy import CheckConstraint

from api.models.base import SQLModel, big, key, text_c, word_of
from api.vocabulary import DivisionLevel


class Division(SQLModel, table=True):
    """A unit and its place in the tree; its code range is what a scope is made of."""

    __tablename__ = "divisions"
    __table_args__ = (CheckConstraint("code BETWEEN 100000000000 AND 999999999999", name="code_has_12_digits"),)

    code: int = key()
    name: str = text_c()
    level: DivisionLevel = word_of(DivisionLevel)
    kind: str | None = text_c(nullable=True)
    """village, community, quasi_village: from digits 10-12 of the code."""
    parent_code: int | None = big(nullable=True, index=True)
    in_scope: bool
    """Whether the unit holds rural residents whom the scheme counts."""
    valid_from: date | None = None
    valid_to: date | None = None
