"""Divisions as the API shows them."""

from typing import Self

from api.models import Division
from api.schemas.base import DivisionCode, Schema
from api.vocabulary import DivisionLevel


class DivisionRead(Schema):
    """A unit of the division tree."""

    code: DivisionCode
    name: str
    level: DivisionLevel
    kind: str | None
    parent_code: DivisionCode | None
    in_scope: bool

    @classmethod
    def of(cls, division: Division) -> Self:
        """Show a unit."""
        return cls(
            code=division.code,
            name=division.name,
            level=division.level,
            kind=division.kind,
            parent_code=division.parent_code,
            in_scope=division.in_scope,
        )
