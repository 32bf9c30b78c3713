"""Why a 补助(资助)明细表 is not taken, confirmed, posted or paid back."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class PayerListStateUnfit(DomainError):
    """The step does not follow from the state that the list is in."""

    code = "payer-list-state"
    title = "名单当前状态不允许此操作"


class PayerListEmpty(Invalid):
    """No row of the file can stand on a list."""

    code = "payer-list-empty"
    title = "名单中没有可以列入的人员"


class PayerLineRefused(Invalid):
    """Somebody cannot stand on the list."""

    code = "payer-line-refused"
    title = "名单中有不能列入的人员"


class PayerLineDuplicate(Invalid):
    """Somebody stands on the list twice."""

    code = "payer-line-duplicate"
    title = "名单中同一人列了两次"


class PayerListElsewhere(Invalid):
    """Money of a land project comes from the project's own list."""

    code = "payer-list-elsewhere"
    title = "被征地资金名单须在征地项目中生成"


class BasisInFuture(Invalid):
    """The day of the resolution, of the arrival or of the refund has not come."""

    code = "payer-list-date"
    title = "日期不正确"


class PayerAmountDiffers(DomainError):
    """What arrived is not what the list comes to."""

    code = "payer-amount-differs"
    title = "到账金额与名单合计不一致"


class PayerContentChanged(DomainError):
    """The list is not the one that the checker looked at."""

    code = "payer-list-changed"
    title = "名单内容与所复核的不一致，请重新查看"


class NothingToRefund(DomainError):
    """No money of the list waits in 待查款项."""

    code = "payer-nothing-left"
    title = "该名单没有待退回的款项"


class SuccessorDiffers(Invalid):
    """What is given to other persons is not what the chosen lines hold."""

    code = "payer-successor-differs"
    title = "改列金额与原名单所选各行合计不一致"


class LandProjectNotApproved(DomainError):
    """The county has not approved the project's list."""

    code = "land-project-not-approved"
    title = "征地项目名单尚未经县级批准"


class LandNothingDue(DomainError):
    """Everybody of the project's list is on a payer's list already."""

    code = "land-nothing-due"
    title = "该项目名单上没有尚未列入付款名单的人员"
