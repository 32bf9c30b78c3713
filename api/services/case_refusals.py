"""What keeps a case of any kind from being decided, withdrawn or handed in again."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class StepForbidden(DomainError):
    """Neither the actor's role nor a delegation to them does this step in this unit."""

    status = 403
    code = "forbidden"
    title = "您的岗位不办理这一环节"


class StepNotNext(DomainError):
    """The case waits for another step, or for none."""

    code = "step-not-next"
    title = "该登记当前不在这一环节"


class OpinionMissing(Invalid):
    """Sending back or turning down needs a reason that the applicant can act on."""

    code = "opinion-missing"
    title = "退回或不予通过时须写明理由"


class CaseNotReturned(DomainError):
    """Only a case that was sent back can be handed in again."""

    code = "case-not-returned"
    title = "只有被退回的登记可以重新提交"


class CaseNotOpen(DomainError):
    """The case is decided, or was withdrawn before."""

    code = "case-not-open"
    title = "该登记已经办结或已撤回"


class NotTheMaker(DomainError):
    """Only whoever handed a case in takes it back; a reviewer sends it back instead."""

    code = "not-the-maker"
    title = "只能由申报人撤回；复核人员请用“退回”"
