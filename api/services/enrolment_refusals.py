"""What keeps an enrolment from being entered, decided or handed in again."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class EnrolmentRefused(DomainError):
    """The law does not let the person join; every obstacle is listed with the code of the law."""

    status = 409
    code = "enrolment-refused"
    title = "不符合参保条件"


class EnrolmentAlreadyOpen(DomainError):
    """The person is insured, or an application of theirs is on its way."""

    code = "enrolment-already-open"
    title = "此人已参保或已有一份正在办理的参保登记"


class AppliedInFuture(Invalid):
    """The application is dated after today."""

    code = "applied-in-future"
    title = "申请日期不能晚于今天"


class TierNotNeeded(Invalid):
    """Who was 60 at the launch pays nothing, so the tier is 0.00."""

    code = "tier-not-needed"
    title = "制度实施时已满60周岁的人员不用缴费，档次应为 0.00"


class NotReturned(DomainError):
    """Only a case that was sent back can be handed in again."""

    code = "enrolment-not-returned"
    title = "只有被退回的登记可以重新提交"
