"""Earlier rows of a person as the API shows them; protected values are masked on both sides of a change."""

from datetime import datetime
from typing import Literal

from api.schemas.base import Id, Schema


class SourceRead(Schema):
    """Who brought something: an import, a user, the system, or somebody of a unit that one does not see."""

    kind: Literal["import", "user", "system", "other"]
    id: Id
    name: str | None


class ChangeRead(Schema):
    """One fact before and after, in words."""

    field: str
    label: str
    old: str | None
    new: str | None


class ResidentVersionRead(Schema):
    """A row of the past, or the present one, which has no `until`.

    `changes` says what it brought: nothing for the first, null where the row before belongs to another unit.
    """

    version: int
    since: datetime
    until: datetime | None
    source: SourceRead
    changes: list[ChangeRead] | None


class FieldSourceRead(Schema):
    """Where a fact comes from; `since`, `version` and `source` are null where it is older than what one may see."""

    field: str
    label: str
    value: str | None
    since: datetime | None
    version: int | None
    source: SourceRead | None


class FieldSources(Schema):
    """The sources of all facts of a person."""

    items: list[FieldSourceRead]
