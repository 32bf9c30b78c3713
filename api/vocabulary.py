"""The words of the scheme: every enumeration that the database, the API and the page share.

Values are the lower-case English words of the policy; the Chinese legal term stands beside each member and is what
people are shown (`label`). Adding a member needs a migration, since each is also a CHECK constraint.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A vocabulary word with its Chinese term: `Sex.MALE.label == "男"`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Keep the English word as the value and the Chinese term beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class DivisionLevel(Word):
    """Level of a unit in the division tree, by the statistics bureau's 12-digit code (policy.md §6.2)."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县(市、区)"
    TOWN = "town", "乡镇(街道)"
    VILLAGE = "village", "村(社区)"


class Sex(Word):
    """GB/T 2261.1, of which the scheme needs two: the ID number knows no third."""

    MALE = "male", "男"
    FEMALE = "female", "女"


class HukouKind(Word):
    """户口性质, AAC009: 20 农业, 10 非农业."""

    RURAL = "rural", "农业"
    NON_RURAL = "non_rural", "非农业"


class ResidentStatus(Word):
    """What is known of the person's presence in the roster."""

    ALIVE = "alive", "正常"
    DEAD = "dead", "死亡"
    MOVED_OUT = "moved_out", "迁出"
    MERGED = "merged", "已并入"
    """The same person as another row, which is the one that counts; the number stays taken."""


class ResidentCategory(Word):
    """Facts about a person that decide whether and how they join (policy.md §1, §6.3); read off the row, never stored."""

    STUDENT = "student", "在校学生"
    EMPLOYEE_INSURED = "employee_insured", "参加职保"
    OTHER_PENSION = "other_pension", "领取其他养老金"
    SEVERELY_DISABLED = "severely_disabled", "重度残疾"
    DISABLED = "disabled", "残疾"
    DIBAO = "dibao", "低保"
    WUBAO = "wubao", "五保"
    LAND_TAKEN = "land_taken", "被征地"


class DocumentKind(Word):
    """Kind of identity document: the resident ID of GB 11643, or another held as text."""

    RESIDENT_ID = "resident_id", "居民身份证"
    OTHER = "other", "其他证件"


class HeldDocumentKind(Word):
    """Kinds of documents that a person has or had beside the current one of the roster."""

    RESIDENT_ID = "resident_id", "居民身份证"
    RESIDENT_ID_15 = "resident_id_15", "15位居民身份证"
    TRAVEL_PERMIT = "travel_permit", "港澳台居民来往内地通行证"
    PASSPORT = "passport", "护照"
    OTHER = "other", "其他证件"


class DocumentReason(Word):
    """Why a document is on record, or ceased to be the current one."""

    FIRST_REGISTRATION = "first_registration", "首次登记"
    UPGRADED = "upgraded", "15位升18位"
    REISSUED = "reissued", "换领新号码"
    CORRECTED = "corrected", "登记更正"
    ADDITIONAL = "additional", "补充登记"


class IdentityPart(Word):
    """The two parts of an identity that never change together (reliability.md T7)."""

    NAME = "name", "姓名"
    NUMBER = "number", "证件号码"


class DuplicateState(Word):
    """What is known of two rows that may be one person."""

    PROPOSED = "proposed", "待核实"
    MERGE_PROPOSED = "merge_proposed", "待复核合并"
    MERGED = "merged", "已合并"
    NOT_DUPLICATE = "not_duplicate", "不是同一人"
    LAPSED = "lapsed", "已不相似"


class DuplicateAct(Word):
    """What a person did about a pair."""

    PROPOSE_MERGE = "propose_merge", "提出合并"
    MERGE = "merge", "同意合并"
    NOT_DUPLICATE = "not_duplicate", "认定不是同一人"
    RETURN = "return", "退回重新核实"
    UNDO = "undo", "撤销"


class Likeness(Word):
    """Why two rows look like one person, or unlike."""

    SAME_NAME = "same_name", "姓名相同"
    HOMOPHONE = "homophone", "姓名同音"
    NAME_ONE_OFF = "name_one_off", "姓名只差一字"
    SAME_BIRTH = "same_birth", "出生日期相同"
    BIRTH_SWAPPED = "birth_swapped", "出生月日互换"
    BIRTH_ONE_PART = "birth_one_part", "出生年、月、日只差一项"
    NUMBER_ONE_OFF = "number_one_off", "证件号码只差一处"
    NUMBER_TWO_OFF = "number_two_off", "证件号码相差两处"
    SAME_HOUSEHOLD = "same_household", "同一户"
    SAME_VILLAGE = "same_village", "同一村"
    SAME_BANK_ACCOUNT = "same_bank_account", "银行账号相同"
    OTHER_SEX = "other_sex", "性别不同"


class EnrolmentState(Word):
    """Stages of 参保登记 (policy.md §3.1): each later stage is another person's."""

    DRAFT = "draft", "待村级核对"
    VILLAGE_CHECKED = "village_checked", "待街道初审"
    TOWNSHIP_REVIEWED = "township_reviewed", "待县级复核"
    COUNTY_APPROVED = "county_approved", "已参保"
    RETURNED = "returned", "已退回"
    REJECTED = "rejected", "不予参保"
    TERMINATED = "terminated", "已注销"


class EnrolmentStep(Word):
    """The three steps of a case, each by a different person."""

    VILLAGE_CHECK = "village_check", "村级核对"
    TOWNSHIP_REVIEW = "township_review", "街道初审"
    COUNTY_APPROVAL = "county_approval", "县级复核"


class Decision(Word):
    """What a reviewer says at a step."""

    APPROVE = "approve", "同意"
    RETURN = "return", "退回"
    REJECT = "reject", "不予通过"


class Rhythm(Word):
    """缴费周期: one rhythm and one tier per calendar year (粤府〔2009〕124号)."""

    YEARLY = "yearly", "按年"
    QUARTERLY = "quarterly", "按季"
    MONTHLY = "monthly", "按月"


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


class RoleName(Word):
    """Roles; incompatible ones are never held by one person (人社厅发〔2021〕64号)."""

    VILLAGE_ASSISTANT = "village_assistant", "村协办员"
    TOWN_CLERK = "town_clerk", "街道经办员"
    TOWN_REVIEWER = "town_reviewer", "街道初审员"
    COUNTY_CLERK = "county_clerk", "县级经办员"
    COUNTY_REVIEWER = "county_reviewer", "县级复核员"
    FINANCE = "finance", "基金财务"
    AUDITOR = "auditor", "内部审计"
    ADMINISTRATOR = "administrator", "系统管理员"


class ImportState(Word):
    """Life of an import."""

    APPLIED = "applied", "已入库"
    DRY_RUN = "dry_run", "仅校验"
    FAILED = "failed", "失败"
