"""Why something cannot be done to a land project or its list."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class LandDateInFuture(Invalid):
    """The approval or the meeting has not taken place yet."""

    code = "land-date-in-future"
    title = "日期不能晚于今天"


class LandListClosed(DomainError):
    """The list is out of the village's hands: it changes only after a return."""

    code = "land-list-closed"
    title = "名单已定，退回后才能修改"


class LandListEmpty(DomainError):
    """Nobody is on the list."""

    code = "land-list-empty"
    title = "名单上还没有人"


class LandListTooLong(DomainError):
    """The list has more people than a village has."""

    code = "land-list-too-long"
    title = "名单人数超过上限"


class LandPersonNotAlive(DomainError):
    """The person is dead or has moved away."""

    code = "land-person-not-alive"
    title = "此人已登记为死亡或迁出，不能列入名单"


class ResolutionMissing(DomainError):
    """The list is decided by the villagers' meeting, and the day and the resolution are not given."""

    code = "resolution-missing"
    title = "缺少村民会议的日期和决议"


class LandStepNotNext(DomainError):
    """The project waits for another step."""

    code = "land-step-not-next"
    title = "当前不是这一环节"


class LandStepForbidden(DomainError):
    """The step belongs to another role."""

    status = 403
    code = "land-step-forbidden"
    title = "此环节由其他岗位办理"


class ReturnReasonMissing(Invalid):
    """A return says why."""

    code = "return-reason-missing"
    title = "退回须写明原因"


class PublicationRunning(DomainError):
    """The list still hangs out."""

    code = "publication-running"
    title = "公示期未满"


class LandListNotPublished(DomainError):
    """Objections are heard while the list hangs out."""

    code = "land-list-not-published"
    title = "名单不在公示中"


class ObjectionsOpen(DomainError):
    """An objection has not been ruled on, or was found right and the list not mended."""

    code = "objections-open"
    title = "还有未处理或成立的异议"


class ObjectionRuled(DomainError):
    """The objection has been ruled on."""

    code = "objection-ruled"
    title = "该异议已有处理结果"
