"""Households as the API shows them."""

from api.schemas.base import DivisionCode, Id, Schema
from api.schemas.residents import ResidentSummary


class HouseholdRead(Schema):
    """A house under a 户号."""

    id: Id
    division_code: DivisionCode
    number: str
    village_group: str | None
    members: int


class HouseholdMember(ResidentSummary):
    """A person of the house; `paid_this_year` is null for who is not insured."""

    relation: str | None
    paid_this_year: bool | None


class HouseholdDetail(HouseholdRead):
    """A house with its people, and how many of the insured have not paid for the year."""

    residents: list[HouseholdMember]
    unpaid: int
