"""Column helpers shared by all tables, so that width, collation and naming are decided once.

Table classes validate nothing (SQLModel's habit): shape is checked in schemas, truth in the constraints made here.
"""

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy import Enum as SqlEnum
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _defaulted(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give the database the same default as the class, so that set-based steps may leave the column out."""
    default = kwargs.get("default")
    if default is not None and not kwargs.get("primary_key"):
        word = default.value if isinstance(default, Enum) else default
        literal = str(word) if isinstance(word, int) else f"'{word}'"
        kwargs.setdefault("sa_column_kwargs", {})["server_default"] = text(literal)
    return kwargs


def word_of(words: type[Enum], *, name: str | None = None, **kwargs: Any) -> Any:
    """A vocabulary column: VARCHAR with a named CHECK over the words' values, never a native enum of member names."""
    kind = SqlEnum(
        words,
        name=name or words.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=kind, **_defaulted(kwargs))


def county(**kwargs: Any) -> Any:
    """First six digits of the division code: the pool, the unit of work and the shard. Leads every key."""
    return Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False}, **kwargs)


def key(**kwargs: Any) -> Any:
    """A 64-bit part of the primary key."""
    return Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}, **kwargs)


def big(**kwargs: Any) -> Any:
    """A 64-bit integer: ids and division codes."""
    return Field(sa_type=BigInteger, **_defaulted(kwargs))


def fen(**kwargs: Any) -> Any:
    """An amount of money in fen."""
    return Field(sa_type=BigInteger, **_defaulted(kwargs))


def count(**kwargs: Any) -> Any:
    """A number of persons, lines or times, from zero."""
    return Field(**_defaulted({"default": 0, **kwargs}))


def small(**kwargs: Any) -> Any:
    """A year, a grade, a small count."""
    return Field(sa_type=SmallInteger, **_defaulted(kwargs))


def text_c(**kwargs: Any) -> Any:
    """Text in code point order, so that prefixes are ranges and the index serves under row-level security."""
    return Field(sa_type=Text(collation="C"), **_defaulted(kwargs))


def sealed(**kwargs: Any) -> Any:
    """Ciphertext or keyed index made by `api.crypto`."""
    return Field(sa_type=LargeBinary, **kwargs)


def instant(**kwargs: Any) -> Any:
    """A moment, UTC, by the database's clock."""
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        **kwargs,
    )


def moment(**kwargs: Any) -> Any:
    """A moment that may not have come yet."""
    return Field(sa_type=DateTime(timezone=True), **kwargs)


def generated(kind: Any, expression: str) -> Any:
    """A column that the database computes from others of its row; never given, never changed by itself."""
    return Field(
        default=None,
        sa_type=kind,
        nullable=True,
        sa_column_kwargs={"server_default": Computed(expression, persisted=True)},
    )


def not_negative(*columns: str) -> list[CheckConstraint]:
    """One named CHECK per column: the amount is not below zero."""
    return [CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns]


def first_of_month(column: str) -> CheckConstraint:
    """Months are stored as their first day."""
    return CheckConstraint(f"EXTRACT(day FROM {column}) = 1", name=f"{column}_is_first_day")


__all__ = [
    "Field",
    "SQLModel",
    "big",
    "count",
    "county",
    "datetime",
    "fen",
    "first_of_month",
    "instant",
    "key",
    "moment",
    "not_negative",
    "sealed",
    "small",
    "text_c",
    "word_of",
]
