"""Why a dated fact is refused."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class FactValueWrong(Invalid):
    """A disability has a grade, nothing else has a value."""

    code = "fact-value-wrong"
    title = "残疾须填写等级(1至4级)，其他情况不填"


class FactAlreadyOpen(DomainError):
    """The fact holds already."""

    code = "fact-already-open"
    title = "此人已登记有这项情况"


class FactOverlaps(DomainError):
    """The days of the fact run into an earlier record of its kind."""

    code = "fact-overlaps"
    title = "与已登记的同类情况在时间上重叠"


class FactNotOpen(DomainError):
    """There is no open fact of the kind to end."""

    code = "fact-not-open"
    title = "此人没有正在持续的这项情况"


class FactEndsBeforeItBegins(Invalid):
    """A fact cannot end before its first day; one that never held is voided."""

    code = "fact-ends-before-it-begins"
    title = "终止日期早于起始日期；登记有误的请作废"


class FactVoided(DomainError):
    """The record was voided already."""

    code = "fact-voided"
    title = "这条记录已作废"


class FactOutsideLife(Invalid):
    """The day lies before the birth or after today."""

    code = "fact-outside-life"
    title = "日期早于出生日期或晚于今天"


class FactNeedsReview(DomainError):
    """What changes who should be insured, or who pays, is not for the village to record (policy.md §8)."""

    status = 403
    code = "fact-needs-review"
    title = "此项影响应参保人数或缴费待遇，请通过变更登记办理"
