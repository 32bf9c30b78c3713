"""Words about money: contributions, books, pensions, payments and settlements."""

from __future__ import annotations

from api.vocabulary.words import Word


class Source(Word):
    """Sub-account of the personal account that a credit belongs to (policy.md §4.2)."""

    PERSONAL = "personal", "个人缴费"
    COLLECTIVE = "collective", "集体补助"
    GOV = "gov", "政府补贴"


class ContributionKind(Word):
    """Kind of a contribution; it decides the sub-account and whether the year counts."""

    ANNUAL = "annual", "年度缴费"
    MAKE_UP = "make_up", "补缴"
    GOVERNMENT_PAID = "government_paid", "政府代缴"
    COLLECTIVE = "collective", "集体补助"
    LUMP_SUM = "lump_sum", "趸缴"
    SPONSORED = "sponsored", "资助"
    LAND = "land", "被征地资金"


class Channel(Word):
    """How the money came."""

    CASH = "cash", "现金"
    BANK_DEDUCTION = "bank_deduction", "银行代扣"
    BANK_TRANSFER = "bank_transfer", "银行转账"
    GOVERNMENT = "government", "财政拨付"


class PostingState(Word):
    """A posted thing stays posted or is reversed by a later one; it is never edited."""

    POSTED = "posted", "已入账"
    REVERSED = "reversed", "已冲正"


class BackdatedState(Word):
    """Where a contribution stands that came after its year's interest."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已补记"
    REJECTED = "rejected", "未通过"


class JournalKind(Word):
    """Business event behind a journal."""

    CONTRIBUTION = "contribution", "缴费"
    SUBSIDY = "subsidy", "政府补贴"
    INTEREST = "interest", "计息"
    SETTLEMENT_INTEREST = "settlement_interest", "结算计息"
    REMITTANCE = "remittance", "现金缴存"
    PAYMENT_SENT = "payment_sent", "养老金拨付"
    PAYMENT_SETTLED = "payment_settled", "养老金发放"
    PAYMENT_REFUSED = "payment_refused", "养老金退回"
    FUND_TRANSFER = "fund_transfer", "基金划转"
    REVERSAL = "reversal", "冲正"
    SETTLEMENT = "settlement", "一次性结算"
    SETTLEMENT_PAID = "settlement_paid", "结算款支付"
    RECOVERY_REPAID = "recovery_repaid", "追回款到账"
    COLLECTION = "collection", "银行代扣"
    PAYER_LIST = "payer_list", "补助资助入账"
    GOVERNMENT_PAID = "government_paid", "政府代缴"
    INTEREST_CORRECTION = "interest_correction", "利息更正"
    SUBSIDY_CLAIM = "subsidy_claim", "补贴申报"
    SUBSIDY_RECEIVED = "subsidy_received", "补贴到账"
    LATE_SUBSIDY_INTEREST = "late_subsidy_interest", "逾期补贴利息"
    BANK_INTEREST = "bank_interest", "银行存款利息"
    SUSPENSE = "suspense", "待查款项"


class FundAccount(Word):
    """Chart of the fund's books (财社〔2011〕16号, policy.md §7)."""

    CASH_IN_HAND = "cash_in_hand", "经办人手存现金"
    INCOME_ACCOUNT = "income_account", "收入户"
    TREASURY_ACCOUNT = "treasury_account", "财政专户"
    EXPENDITURE_ACCOUNT = "expenditure_account", "支出户"
    IN_TRANSIT = "in_transit", "在途资金"
    SUBSIDY_RECEIVABLE = "subsidy_receivable", "应收财政补贴"
    INTEREST_RECEIVABLE = "interest_receivable", "应收利息"
    LIABILITY_PERSONAL = "liability_personal", "个人账户-个人缴费"
    LIABILITY_COLLECTIVE = "liability_collective", "个人账户-集体补助"
    LIABILITY_GOV = "liability_gov", "个人账户-政府补贴"
    POOL = "pool", "统筹基金(基础养老金)"
    SETTLEMENT_PAYABLE = "settlement_payable", "应付一次性结算款"
    RECOVERY_RECEIVABLE = "recovery_receivable", "应收追回待遇"
    SUBSIDY_SUSPENSE = "subsidy_suspense", "待记账政府补贴"
    LATE_INTEREST_RECEIVABLE = "late_interest_receivable", "应收逾期补贴利息"
    SUSPENSE = "suspense", "待查款项"


class AwardState(Word):
    """待遇核定: proposed by one person, decided by another."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已核定"
    REJECTED = "rejected", "不予核定"


class AwardBasis(Word):
    """Why a pension begins."""

    TURNING_60 = "turning_60", "年满60周岁"
    LAUNCH_COHORT = "launch_cohort", "制度实施时已满60周岁"


class BenefitState(Word):
    """States of a benefit (policy.md §3.3)."""

    PENDING = "pending", "待启动"
    ACTIVE = "active", "正常发放"
    SUSPENDED = "suspended", "暂停"
    STOPPED = "stopped", "停发"
    TERMINATED = "terminated", "终止"


class DueKind(Word):
    """Why an amount is owed for a month."""

    REGULAR = "regular", "当月待遇"
    BACK_PAY = "back_pay", "补发"


class RunKind(Word):
    """Runs over the people of a county."""

    ANNUAL_INTEREST = "annual_interest", "年度结息"
    BENEFIT_NOTICE = "benefit_notice", "待遇领取通知"
    MONTHLY_PAYMENT = "monthly_payment", "养老金月度发放"
    PROGRESS_SNAPSHOT = "progress_snapshot", "参保进度快照"
    GOVERNMENT_PAID = "government_paid", "政府代缴"


class RunState(Word):
    """Life of a run; `discarded` frees its period for another."""

    COMPUTED = "computed", "已计算"
    APPROVED = "approved", "已审批"
    SENT = "sent", "已报盘"
    POSTED = "posted", "已入账"
    CLOSED = "closed", "已结清"
    DISCARDED = "discarded", "已作废"


class PaymentResult(Word):
    """What the bank said of a line."""

    PAID = "paid", "已到账"
    REFUSED = "refused", "退回"


class PayeeRelation(Word):
    """Who is paid a settlement: the person, or an heir by relation to them."""

    SELF = "self", "本人"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER_HEIR = "other_heir", "其他继承人"


class SettlementState(Word):
    """Life of a 一次性结算; it ends paid, or closed when there was nothing to pay."""

    COMPUTED = "computed", "待复核"
    APPROVED = "approved", "待支付"
    PAID = "paid", "已支付"
    CLOSED = "closed", "已办结(无需支付)"
    DISCARDED = "discarded", "已作废"
    REVERSED = "reversed", "已冲回"


class RecoveryState(Word):
    """What became of an overpayment; `cancelled` with the settlement that found it."""

    OPEN = "open", "追回中"
    SET_OFF = "set_off", "已抵扣"
    REPAID = "repaid", "已退回"
    CANCELLED = "cancelled", "已撤销"


class GovernmentLevel(Word):
    """A level of government that bears a share of what government pays (policy.md §7)."""

    CENTRAL = "central", "中央"
    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县"
    TOWN = "town", "镇(街道)"

    @property
    def party_id(self) -> int:
        """Number under which the fund's books keep what the level owes: 1 for the centre to 5 for the town."""
        return list(GovernmentLevel).index(self) + 1


class SubsidyPurpose(Word):
    """What government is asked for."""

    CONTRIBUTION_SUBSIDY = "contribution_subsidy", "缴费补贴"
    GOVERNMENT_PAID = "government_paid", "政府代缴"
    BASIC_PENSION = "basic_pension", "基础养老金"
    LATE_INTEREST = "late_interest", "逾期补贴利息"


class SubsidyClaimState(Word):
    """Life of a claim on government; `discarded` frees what it claimed for another."""

    COMPUTED = "computed", "待审批"
    APPROVED = "approved", "待送财政"
    SENT = "sent", "已送财政"
    CLOSED = "closed", "已到齐"
    DISCARDED = "discarded", "已作废"


class SubsidyReceiptState(Word):
    """Life of an arrival of government's money."""

    RECORDED = "recorded", "待确认"
    CONFIRMED = "confirmed", "已入账"
    DISCARDED = "discarded", "已作废"


class SubsidyHold(Word):
    """Why a subsidy whose money is there cannot be put into its account yet."""

    ACCOUNT_CLOSED = "account_closed", "个人账户已结清"
    INTEREST_POSTED = "interest_posted", "到账日期所属期间已经结息"
    CONTRIBUTION_GONE = "contribution_gone", "缴费已冲正或退还，待下次申报扣回"
    CANCELLATION = "cancellation", "缴费日期在注销事件之后，待结算"


class BlockPurpose(Word):
    """What a block of receipt numbers is for."""

    PAPER = "paper", "纸质收据本"
    DEVICE = "device", "离线设备"


class BlockState(Word):
    """Life of a block: only an open one gives numbers."""

    OPEN = "open", "使用中"
    RETURNED = "returned", "已交回"
    EXHAUSTED = "exhausted", "已用完"


class VoidState(Word):
    """作废 of a receipt number: said by the collector, confirmed or refused by somebody else."""

    PROPOSED = "proposed", "待确认"
    CONFIRMED = "confirmed", "已作废"
    REFUSED = "refused", "不予作废"


class RemittanceState(Word):
    """Life of a 现金缴存: only a confirmed one is booked."""

    RECORDED = "recorded", "待确认"
    DISPUTED = "disputed", "有差异"
    CONFIRMED = "confirmed", "已确认"
    REJECTED = "rejected", "未到账退回"


class CashAlarm(Word):
    """How long a collector has kept cash, or how much (reliability.md T2)."""

    NONE = "none", "正常"
    WARN = "warn", "提醒"
    LATE = "late", "逾期"
    BLOCKED = "blocked", "停收"
