"""What keeps a change request from being handed in, or from being made at its last approval."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class RequestAlreadyOpen(DomainError):
    """A request about the same item of the same person is on its way."""

    code = "request-already-open"
    title = "此人的同一项目已有正在办理的变更登记"


class ChangeInvalid(Invalid):
    """The new value cannot be read, or is none that this item can have."""

    code = "change-invalid"
    title = "变更内容有误"


class NothingChanges(Invalid):
    """The new value is the present one."""

    code = "nothing-changes"
    title = "变更后的内容与现有内容相同"


class EffectiveDateUnfit(Invalid):
    """The change cannot hold from a day after today, nor from before the person's birth."""

    code = "effective-date-unfit"
    title = "生效日期不能晚于今天，也不能早于出生日期"


class NotInsured(DomainError):
    """Tier and rhythm are chosen by who is insured; before that they stand in the application."""

    code = "not-insured"
    title = "此人尚未参保，缴费档次和周期请在参保登记中填写"


class HouseholdChangeInvalid(Invalid):
    """The houses would not be in order: somebody is no member, or a house has no head or two."""

    code = "household-change-invalid"
    title = "分户、并户内容有误"


class HouseholdNumberTaken(DomainError):
    """The village has a house under the new number."""

    code = "household-number-taken"
    title = "本村已有此户号"


class NoHousehold(DomainError):
    """The person is in no house."""

    code = "no-household"
    title = "此人没有登记户号"


class OldValueChanged(DomainError):
    """What the request was going to change is no longer as it was when it was handed in."""

    code = "old-value-changed"
    title = "原内容已被另行变更，请退回申报人核对后重新提交"


class PersonGone(DomainError):
    """The person is dead or has moved away; their account is settled by 注销登记 instead."""

    code = "person-gone"
    title = "此人已登记为死亡或迁出"


class IdNumberTaken(DomainError):
    """The number is registered; the answer does not say to whom."""

    code = "resident-already-registered"
    title = "该证件号码已登记，请联系县级经办机构核实"
