"""委托代办 as the API takes and shows it."""

from datetime import date, datetime
from typing import Self

from api.models import Delegation, User
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Schema, ShortText
from api.vocabulary import EnrolmentStep, RoleName


class DelegationCreate(Schema):
    """A step given to a colleague from a day to a day, both included."""

    to_user_id: IdIn
    step: EnrolmentStep
    starts_on: DayIn
    ends_on: DayIn
    reason: ShortText


class DelegationRead(Schema):
    """A delegation. Names are null of people whom the reader does not see."""

    id: Id
    division_code: DivisionCode
    from_user_id: Id
    from_user_name: str | None
    to_user_id: Id
    to_user_name: str | None
    step: EnrolmentStep
    starts_on: date
    ends_on: date
    reason: str
    is_active: bool
    revoked_at: datetime | None
    version: int

    @classmethod
    def of(cls, delegation: Delegation, *, names: dict[int, str], today: date) -> Self:
        """Show a delegation as of a day."""
        is_current = delegation.starts_on <= today <= delegation.ends_on
        return cls(
            id=delegation.id,
            division_code=delegation.division_code,
            from_user_id=delegation.from_user_id,
            from_user_name=names.get(delegation.from_user_id),
            to_user_id=delegation.to_user_id,
            to_user_name=names.get(delegation.to_user_id),
            step=delegation.step,
            starts_on=delegation.starts_on,
            ends_on=delegation.ends_on,
            reason=delegation.reason,
            is_active=delegation.revoked_at is None and is_current,
            revoked_at=delegation.revoked_at,
            version=delegation.version,
        )


class ColleagueRead(Schema):
    """Somebody who could take one's step."""

    id: Id
    display_name: str
    role: RoleName

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a colleague."""
        return cls(id=user.id, display_name=user.display_name, role=user.role)


class Colleagues(Schema):
    """People of one's unit who could take one's step."""

    items: list[ColleagueRead]
