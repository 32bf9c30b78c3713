"""Why a list of another department is not taken, changed or approved."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class ListDateOutside(Invalid):
    """The day of the list has not come yet."""

    code = "list-date-outside"
    title = "名单截止日不能晚于今天"


class DeathListComplete(Invalid):
    """Nobody comes back to life by missing from a list."""

    code = "death-list-complete"
    title = "死亡名单只能作为增加名单"


class ListWithoutRows(Invalid):
    """No row of the file can be compared; of a complete list, that would take the fact from everybody."""

    code = "list-without-rows"
    title = "名单中没有可以比对的行"


class ListStateUnfit(DomainError):
    """The list has been decided about already."""

    code = "list-state"
    title = "名单已复核，不能再改动"


class ListContentChanged(DomainError):
    """The rows are not those that the checker saw."""

    code = "list-content-changed"
    title = "名单内容已变化，请重新查看后再复核"


class RowDoesNothing(DomainError):
    """There is nothing to apply in the row: it agrees with the register, or nobody is known to be meant."""

    code = "list-row-does-nothing"
    title = "该行没有可以采用的变更"


class RowIsKnown(DomainError):
    """The number on the list says who it is; nobody else can be put in their place."""

    code = "list-row-is-known"
    title = "该行已按证件号和姓名找到本人，不能另行指定"


class PersonOutsideUnit(DomainError):
    """The list is not about the unit in which this person lives."""

    code = "person-outside-unit"
    title = "此人不在名单所属单位"


class PersonOnListAlready(DomainError):
    """Another row of the list is about this person."""

    code = "person-on-list-already"
    title = "名单的另一行已是此人"


class RowReasonMissing(Invalid):
    """Leaving a row out, and saying by hand who is meant, needs a reason that the checker can read."""

    code = "list-row-reason-missing"
    title = "请写明理由"
