"""Households as the API shows them."""

from datetime import date
from typing import Self

from api.policy.household_tasks import Task
from api.schemas.base import DivisionCode, Id, Money, Schema
from api.schemas.residents import ResidentSummary
from api.vocabulary import HouseholdTask


class HouseholdRead(Schema):
    """A house under a 户号; `unpaid` counts who owes something of the year, `due` is how much they owe together."""

    id: Id
    division_code: DivisionCode
    division_name: str
    number: str
    village_group: str | None
    members: int
    unpaid: int
    due: Money


class Lack(Schema):
    """Something that is missing for a task."""

    code: str
    message: str


class HouseholdTaskRead(Schema):
    """One thing that a person has to do: since when or by when, for which year, how much, and what is missing for it."""

    kind: HouseholdTask
    message: str
    since: date | None
    by: date | None
    year: int | None
    amount: Money | None
    lacks: list[Lack]

    @classmethod
    def of(cls, task: Task) -> Self:
        """Show a task."""
        return cls(
            kind=task.kind,
            message=task.message,
            since=task.since,
            by=task.by,
            year=task.year,
            amount=task.amount_fen,
            lacks=[Lack(code=one.code, message=one.message) for one in task.lacks],
        )


class HouseholdMember(ResidentSummary):
    """A person of the house; `paid_this_year` is null for who owes nothing and has paid nothing."""

    relation: str | None
    paid_this_year: bool | None
    due: Money
    tasks: list[HouseholdTaskRead]


class HouseholdDetail(HouseholdRead):
    """A house with its people and what each has to do."""

    residents: list[HouseholdMember]
