"""Words about the fund's books: the ways of its money, accounting periods, bank statements, heads of 基金收支."""

from __future__ import annotations

from api.vocabulary.words import Word


class BankAccountName(Word):
    """The fund's accounts at the bank; each has its statement (policy.md §7)."""

    INCOME_ACCOUNT = "income_account", "收入户"
    TREASURY_ACCOUNT = "treasury_account", "财政专户"
    EXPENDITURE_ACCOUNT = "expenditure_account", "支出户"


class FundTransferWay(Word):
    """Why money moves between the fund's accounts, or reaches them from outside."""

    SWEEP = "sweep", "收入户划转财政专户"
    ALLOT = "allot", "财政专户拨付支出户"
    GIVE_BACK = "give_back", "支出户退回财政专户"
    POOL_GRANT = "pool_grant", "财政拨入基础养老金"
    INCOME_INTEREST = "income_interest", "收入户利息"
    TREASURY_INTEREST = "treasury_interest", "财政专户利息"
    EXPENDITURE_INTEREST = "expenditure_interest", "支出户利息"


class FundTransferState(Word):
    """A transfer is booked once another person has approved it; until then nothing has moved in the books."""

    PROPOSED = "proposed", "待审批"
    BOOKED = "booked", "已入账"
    REJECTED = "rejected", "不予办理"
    WITHDRAWN = "withdrawn", "已撤回"


class FundPeriodState(Word):
    """Life of an accounting month. Closed, and closed with a reopening proposed, it takes no journal."""

    OPEN = "open", "未月结"
    CLOSING = "closing", "月结待审批"
    CLOSED = "closed", "已月结"
    REOPENING = "reopening", "重开待审批"
    REOPENED = "reopened", "已重开"


class BankMatchOrigin(Word):
    """Who brought a line of a bank statement and a journal together."""

    AUTOMATIC = "automatic", "自动核对"
    BY_HAND = "by_hand", "人工核对"


class BankMatchState(Word):
    """A match by reference and amount holds at once; one by hand holds when another person has confirmed it."""

    PROPOSED = "proposed", "待复核"
    MATCHED = "matched", "已核对"
    REJECTED = "rejected", "不予核对"


class BankItemSide(Word):
    """Where an item of the reconciliation stands: on the bank's statement, or in the fund's books."""

    LINE = "line", "银行对账单"
    JOURNAL = "journal", "账簿凭证"


class AccountClass(Word):
    """Class of an account in the chart."""

    ASSET = "asset", "资产"
    LIABILITY = "liability", "负债"
    POOL = "pool", "基金"


class FundHead(Word):
    """Heads of 基金收支表 (policy.md §7)."""

    INCOME_PERSONAL = "income_personal", "个人缴费收入"
    INCOME_COLLECTIVE = "income_collective", "集体补助收入"
    INCOME_INTEREST = "income_interest", "利息收入"
    INCOME_SUBSIDY = "income_subsidy", "政府补贴收入(缴费补贴)"
    INCOME_BASIC = "income_basic", "政府补贴收入(基础养老金)"
    INCOME_TRANSFER = "income_transfer", "转移收入"
    INCOME_OTHER = "income_other", "其他收入"
    OUTLAY_BASIC = "outlay_basic", "基础养老金支出"
    OUTLAY_ACCOUNT = "outlay_account", "个人账户养老金支出"
    OUTLAY_TRANSFER = "outlay_transfer", "转移支出"
    OUTLAY_REFUND = "outlay_refund", "退保支出"
    OUTLAY_OTHER = "outlay_other", "其他支出"


class FundPrecondition(Word):
    """What must hold before a month is closed; the last three are listed and stand in nobody's way."""

    MONTH_OVER = "month_over", "月份已经结束"
    EARLIER_CLOSED = "earlier_closed", "以前月份都已月结"
    RUNS_POSTED = "runs_posted", "批次全部入账"
    TRANSFERS_DECIDED = "transfers_decided", "划转全部办结"
    PERSONS_AGREE = "persons_agree", "个人账户与凭证逐人相符"
    CONTROL_AGREES = "control_agrees", "账户、基金与资产总额相等"
    REPORTS_AGREE = "reports_agree", "报表与账簿相符"
    INCOME_ZERO = "income_zero", "收入户月末余额为零"
    BANK_COVERED = "bank_covered", "银行对账单齐全"
    BANK_EXPLAINED = "bank_explained", "未达账项都有原因"
    CASH_LISTED = "cash_listed", "手存现金"
    TRANSIT_LISTED = "transit_listed", "在途资金"
    SUSPENSE_LISTED = "suspense_listed", "待查款项"


class PreconditionState(Word):
    """How a precondition stands."""

    MET = "met", "符合"
    LISTED = "listed", "列示"
    WAIVED = "waived", "说明原因后放行"
    UNMET = "unmet", "不符合"
