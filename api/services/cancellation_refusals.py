"""What keeps a 注销登记 from being taken, changed or taken back."""

from __future__ import annotations

from api.errors import DomainError


class CancellationRefused(DomainError):
    """The rules do not let the participation end this way; every obstacle is listed."""

    code = "cancellation-refused"
    title = "不符合注销登记的条件"


class NotInsured(DomainError):
    """There is no approved enrolment that could end."""

    code = "not-insured"
    title = "此人没有参保，无须注销"


class CancellationAlreadyOpen(DomainError):
    """A cancellation of the person is on its way, or waits for its payment."""

    code = "cancellation-already-open"
    title = "此人已有一份未办结的注销登记"


class PayeeFixed(DomainError):
    """The payee is what a settlement was computed and approved with; and once reviewed, only the county changes it."""

    code = "payee-fixed"
    title = "收款人现在不能更改"


class SettlementStands(DomainError):
    """The cancellation is settled: the settlement is taken back first."""

    code = "settlement-stands"
    title = "该注销登记已有结算，请先作废结算"


class NotYetApproved(DomainError):
    """Only an approved cancellation is revoked; before, it is sent back, turned down or withdrawn."""

    code = "not-yet-approved"
    title = "只有复核通过的注销登记可以撤销"
