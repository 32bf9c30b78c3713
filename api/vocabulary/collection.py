"""Words about 代扣: a batch of bank deductions, what the bank said of a line, and lines that somebody has to look at."""

from __future__ import annotations

from api.vocabulary.words import Word


class CollectionState(Word):
    """Life of a deduction batch; from `sent` on it never goes back, and it closes when every line is final."""

    COMPUTED = "computed", "待审批"
    APPROVED = "approved", "已审批"
    SENT = "sent", "已报盘"
    POSTED = "posted", "部分回盘"
    CLOSED = "closed", "已结清"
    DISCARDED = "discarded", "已作废"


class CollectionResult(Word):
    """What finally became of a line."""

    DEDUCTED = "deducted", "已扣款"
    FAILED = "failed", "扣款失败"


class FindingCode(Word):
    """Why a line of a bank's answer was set aside instead of being booked."""

    UNREADABLE = "unreadable", "无法识别"
    UNKNOWN = "unknown", "批次中没有此单据号"
    OTHER_AMOUNT = "other_amount", "金额与报盘不符"
    OTHER_PERSON = "other_person", "人员与报盘不符"
    REPEATED = "repeated", "重复"
    CONTRADICTORY = "contradictory", "与另一结果矛盾"
    LATE = "late", "逾期返回"
    NOT_POSTABLE = "not_postable", "不能入账"
    NO_ANSWER = "no_answer", "银行未返回"


class FindingState(Word):
    """A finding is decided by two persons: one proposes with evidence, another confirms."""

    OPEN = "open", "待处理"
    PROPOSED = "proposed", "待复核"
    RESOLVED = "resolved", "已处理"


class FindingDecision(Word):
    """What is to be done about a finding."""

    PAID = "paid", "按已扣款入账"
    FAILED = "failed", "按扣款失败处理"
    DISMISSED = "dismissed", "不予采用"


class OpeningState(Word):
    """Life of a batch that asks the bank to open passbooks."""

    COMPUTED = "computed", "待审批"
    APPROVED = "approved", "已审批"
    SENT = "sent", "已报盘"
    CLOSED = "closed", "已结清"
    DISCARDED = "discarded", "已作废"


class OpeningResult(Word):
    """What the bank said of somebody's passbook."""

    OPENED = "opened", "已开户"
    FAILED = "failed", "开户失败"
