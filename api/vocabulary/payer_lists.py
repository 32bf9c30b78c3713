"""Words about lists of payers (补助资助明细表) and about runs of 政府代缴."""

from __future__ import annotations

from api.vocabulary.words import Word


class PayerListKind(Word):
    """What the money of a list is; it all enters the sub-account collective."""

    COLLECTIVE = "collective", "集体补助"
    SPONSORED = "sponsored", "资助"
    LAND = "land", "被征地资金"


class PayerKind(Word):
    """Who pays."""

    VILLAGE_COLLECTIVE = "village_collective", "村集体经济组织"
    ORGANISATION = "organisation", "其他组织"
    PERSON = "person", "个人"


class PayerListState(Word):
    """Life of a list: handed in by one person, its money confirmed by another, posted by a third."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "待确认到账"
    RECEIVED = "received", "待复核入账"
    POSTED = "posted", "已入账"
    REJECTED = "rejected", "不予入账"
    WITHDRAWN = "withdrawn", "已撤回"
    REVERSED = "reversed", "已全部冲正"


class PayerLineState(Word):
    """Where the money of a line is: on its way, on the account, or in 待查款项 and what became of it there."""

    LISTED = "listed", "待入账"
    POSTED = "posted", "已入账"
    LEFT = "left", "未能入账"
    REVERSED = "reversed", "已冲正"
    REFUNDED = "refunded", "已退回付款方"
    READDRESSED = "readdressed", "已改列他人"


class LeftReason(Word):
    """Why a line could not be posted."""

    GONE = "gone", "到账前已死亡或迁出"
    NOT_INSURED = "not_insured", "未参保"
    ACCOUNT_NOT_OPEN = "account_not_open", "个人账户已结算"
    CANCELLING = "cancelling", "正在办理注销登记"
    OPENED_LATER = "opened_later", "到账年度以后才建立账户"
    REJECTED = "rejected", "名单未通过复核"


class GovernmentPaidOutcome(Word):
    """What a run of 政府代缴 says of somebody who belongs to a group that government pays for."""

    PAY = "pay", "代缴"
    GONE = "gone", "已死亡或迁出"
    NOT_INSURED = "not_insured", "未参保"
    ACCOUNT_NOT_OPEN = "account_not_open", "个人账户已结算"
    CANCELLING = "cancelling", "正在办理注销登记"
    PERIOD_CLOSED = "period_closed", "代缴年度早于个人账户建立年度"
    TOO_YOUNG = "too_young", "未满缴费年龄"
    OVER_AGE = "over_age", "已过缴费年龄"
    ALREADY_PAID = "already_paid", "该年度已缴费"
    HIGHER_TIER = "higher_tier", "选择了更高档次，须先由本人缴纳差额"
    CHANGED = "changed", "审批后情况已变化，未代缴"
    DEDUCTING = "deducting", "该年度正在银行代扣，尚未回盘"


class UnpaidReason(Word):
    """Why a year is not complete."""

    NEVER_PAID = "never_paid", "未缴费"
    INSTALMENTS_OPEN = "instalments_open", "分期未缴足"
    BANK_REFUSED = "bank_refused", "银行代扣失败"
