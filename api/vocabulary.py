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
    WITHDRAWN = "withdrawn", "已撤回"


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


class CaseKind(Word):
    """Kinds of cases that go V→T→C (policy.md §3.3, P1 to P3)."""

    ENROLMENT = "enrolment", "参保登记"
    CHANGE_REQUEST = "change_request", "变更登记"
    CANCELLATION = "cancellation", "注销登记"


class CaseState(Word):
    """Stages of a case other than 参保登记 (policy.md §3.1); the words of the stages are the same."""

    DRAFT = "draft", "待村级核对"
    VILLAGE_CHECKED = "village_checked", "待街道初审"
    TOWNSHIP_REVIEWED = "township_reviewed", "待县级复核"
    COUNTY_APPROVED = "county_approved", "县级已复核"
    ARCHIVED = "archived", "已办结"
    RETURNED = "returned", "已退回"
    REJECTED = "rejected", "不予通过"
    WITHDRAWN = "withdrawn", "已撤回"


WAITS_FOR: dict[str, EnrolmentStep] = {
    CaseState.DRAFT: EnrolmentStep.VILLAGE_CHECK,
    CaseState.VILLAGE_CHECKED: EnrolmentStep.TOWNSHIP_REVIEW,
    CaseState.TOWNSHIP_REVIEWED: EnrolmentStep.COUNTY_APPROVAL,
}
"""The step that a case waits for in each of its open states."""
WAITING_STATE: dict[EnrolmentStep, CaseState] = {step: CaseState(state) for state, step in WAITS_FOR.items()}
"""The state in which a case waits for a step."""
PASSED_STATE: dict[EnrolmentStep, CaseState] = {
    EnrolmentStep.VILLAGE_CHECK: CaseState.VILLAGE_CHECKED,
    EnrolmentStep.TOWNSHIP_REVIEW: CaseState.TOWNSHIP_REVIEWED,
    EnrolmentStep.COUNTY_APPROVAL: CaseState.COUNTY_APPROVED,
}
"""The state that a step's approval leads to, unless it is the case's last."""


class ChangeKind(Word):
    """Items of a 变更登记表 (policy.md P2), one of them per request."""

    NAME = "name", "姓名"
    ID_NUMBER = "id_number", "身份证号"
    SEX = "sex", "性别"
    BANK_ACCOUNT = "bank_account", "银行账号"
    HUKOU_KIND = "hukou_kind", "户口性质"
    TIER = "tier", "缴费档次"
    RHYTHM = "rhythm", "缴费周期"
    CATEGORY = "category", "特殊人群"
    EXCLUSION = "exclusion", "不应参保情形"
    PHONE = "phone", "联系电话"
    ADDRESS = "address", "户籍地址"
    VILLAGE_GROUP = "village_group", "村民小组"
    ETHNICITY = "ethnicity", "民族"
    HOUSEHOLD_SPLIT = "household_split", "分户"
    HOUSEHOLD_MERGE = "household_merge", "并户"
    HOUSEHOLD_MOVE = "household_move", "户内成员转户"
    HOUSEHOLD_HEAD = "household_head", "变更户主"


class ProofKind(Word):
    """What proves a change: the original was seen, a copy is kept with the form."""

    HOUSEHOLD_BOOK = "household_book", "户口簿"
    ID_CARD = "id_card", "居民身份证"
    POLICE = "police", "公安机关证明"
    BANK_BOOK = "bank_book", "银行存折(卡)"
    CERTIFICATE = "certificate", "残疾人证、低保证等证件"
    EMPLOYER = "employer", "学校或单位证明"
    VILLAGE = "village", "村(居)委会证明"
    APPLICATION = "application", "本人申请"


class WorkBox(Word):
    """Lists of 今日待办."""

    WAITING = "waiting", "待我办理"
    ESCALATED = "escalated", "督办"
    RETURNED = "returned", "退回给我的"


class CaseStop(Word):
    """Why a case stopped without a decision."""

    MAKER = "maker", "申报人撤回"
    DEATH = "death", "本人死亡"
    MOVED_OUT = "moved_out", "本人迁出"
    MEMBER_GONE = "member_gone", "户内有人死亡或迁出"


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
    SETTLEMENT = "settlement", "一次性结算"
    SETTLEMENT_PAID = "settlement_paid", "结算款支付"
    RECOVERY_REPAID = "recovery_repaid", "追回款到账"


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
    """Life of an import. A small file is applied by the upload itself; a large one goes through all the stages."""

    UPLOADED = "uploaded", "待校验"
    CHECKING = "checking", "校验中"
    PREVIEWED = "previewed", "待确认"
    APPROVED = "approved", "待入库"
    APPLYING = "applying", "入库中"
    APPLIED = "applied", "已入库"
    CANCELLED = "cancelled", "已取消"
    DRY_RUN = "dry_run", "仅校验"
    FAILED = "failed", "失败"


class CancellationReason(Word):
    """Why a participation ends (policy.md §3.3 P3)."""

    DEATH = "death", "死亡"
    SETTLED_ABROAD = "settled_abroad", "出国(境)定居"
    OTHER_PENSION = "other_pension", "领取其他养老待遇"
    HUKOU_NOT_RURAL = "hukou_not_rural", "户口不再为农业"


class CancellationProof(Word):
    """What a 注销登记表 is proved with (policy.md §3.4)."""

    DEATH_CERTIFICATE = "death_certificate", "死亡证明"
    CREMATION_CERTIFICATE = "cremation_certificate", "火化证明"
    HUKOU_CANCELLED = "hukou_cancelled", "户口注销证明"
    COURT_JUDGMENT = "court_judgment", "法院宣告死亡判决"
    RESIDENCE_ABROAD = "residence_abroad", "境外定居证明"
    OTHER_SCHEME = "other_scheme", "其他养老待遇领取证明"
    HUKOU_BOOK = "hukou_book", "户口簿(户口性质变更)"


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


class FactKind(Word):
    """Dated facts about a person (policy.md §6.3, §8). Which of them keep somebody out of E is `policy.participation`."""

    DISABILITY = "disability", "残疾"
    DIBAO = "dibao", "低保"
    WUBAO = "wubao", "五保"
    ONE_CHILD = "one_child", "独生子女或双女户"
    LAND_TAKEN = "land_taken", "被征地"
    STUDENT = "student", "在校学生"
    SOLDIER = "soldier", "参军(现役)"
    PRISONER = "prisoner", "服刑"
    EMPLOYEE_INSURED = "employee_insured", "参加职保"
    OTHER_PENSION = "other_pension", "领取其他养老金"
    UNWILLING = "unwilling", "无意愿"
    UNREACHABLE = "unreachable", "外出联系不上"
    EMPTY_HUKOU = "empty_hukou", "空挂户"
    DEAD_NOT_CANCELLED = "dead_not_cancelled", "死亡未销户"


class FactSource(Word):
    """Where a dated fact was taken from."""

    FIRST_RECORD = "first_record", "系统启用时已有"
    IMPORT = "import", "花名册导入"
    USER = "user", "经办人登记"
    CASE = "case", "变更登记"
    DEPARTMENT_LIST = "department_list", "部门名单"
    MOVE = "move", "随迁移转"


class SpellEnd(Word):
    """Why a stay in a village, or a hukou kind, came to its end."""

    MOVED_WITHIN = "moved_within", "迁往本县其他村"
    MOVED_OUT = "moved_out", "迁出本县"
    HUKOU_CHANGED = "hukou_changed", "户口性质变更"


class ReinstatementKind(Word):
    """Why somebody who was taken for gone is on the roster again."""

    WRONGLY_REPORTED = "wrongly_reported", "误报"
    RETURNED = "returned", "迁回"


class RegisterStatus(Word):
    """Where a person of the participation register stands at its date (policy.md §8)."""

    INSURED = "insured", "已参保"
    REGISTERED_UNPAID = "registered_unpaid", "已登记未缴费"
    NOT_ENROLLED = "not_enrolled", "未参保"
    EXCLUDED = "excluded", "不计入应参保"


class AttachmentKind(Word):
    """What a scanned paper or photo is."""

    PHOTO = "photo", "照片"
    ID_CARD = "id_card", "身份证"
    HUKOU_BOOK = "hukou_book", "户口簿"
    FORM = "form", "登记表"
    CERTIFICATE = "certificate", "证明"
    DEATH_CERTIFICATE = "death_certificate", "死亡证明"
    RESOLUTION = "resolution", "村民会议决议"
    OTHER = "other", "其他材料"


class AttachmentSubject(Word):
    """What of a person a paper can prove."""

    ENROLMENT = "enrolment", "参保登记"
    CHANGE_REQUEST = "change_request", "变更登记"
    CANCELLATION = "cancellation", "注销登记"
    RESIDENT_FACT = "resident_fact", "身份情况"
    LAND_PROJECT = "land_project", "征地项目"
    CONTRIBUTION = "contribution", "缴费"
    AWARD = "award", "待遇核定"


class LandProjectState(Word):
    """Stages of the list of 被征地农民 (policy.md §2.2): the village lists and posts, town and county check."""

    DRAFT = "draft", "名单编制中"
    LISTED = "listed", "名单已定"
    PUBLISHED = "published", "公示中"
    TOWN_CHECKED = "town_checked", "待县级批准"
    APPROVED = "approved", "已批准"


class LandStep(Word):
    """Steps of a land project's list."""

    LIST = "list", "确定名单"
    PUBLISH = "publish", "张榜公示"
    TOWN_CHECK = "town_check", "街道核对"
    COUNTY_APPROVAL = "county_approval", "县级批准"


class ObjectionOutcome(Word):
    """What became of an objection to a posted list."""

    OPEN = "open", "待处理"
    DISMISSED = "dismissed", "异议不成立"
    UPHELD = "upheld", "异议成立"


class HouseholdTask(Word):
    """What a person of a house has to do now."""

    ENROL = "enrol", "参保"
    MEND = "mend", "补正登记"
    PAY = "pay", "缴费"
    TURN_60 = "turn_60", "办理领取"
    BRING_PAPER = "bring_paper", "补交材料"


class JobState(Word):
    """Life of work that goes on after its request was answered."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    WAITING = "waiting", "等待确认"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
    CANCELLED = "cancelled", "已取消"


class DepartmentListKind(Word):
    """What another department's list says about people (policy.md §8)."""

    DEATHS = "deaths", "死亡名单"
    DISABILITY = "disability", "残疾名单"
    DIBAO = "dibao", "低保名单"
    WUBAO = "wubao", "五保名单"
    EMPLOYEE_INSURANCE = "employee_insurance", "职保参保名单"
    LAND_TAKEN = "land_taken", "被征地名单"
    STUDENTS = "students", "在校学生名单"
    PRISONERS = "prisoners", "服刑人员名单"


class DepartmentListState(Word):
    """Life of a department's list: compared by one person, approved (and thereby applied) or rejected by another."""

    COMPARED = "compared", "待复核"
    APPLIED = "applied", "已采用"
    REJECTED = "rejected", "不予采用"


class ListOutcome(Word):
    """What the comparison of a list with the register says of one row."""

    ADDED = "added", "新增"
    CHANGED = "changed", "变更"
    REMOVED = "removed", "名单上已没有"
    UNCHANGED = "unchanged", "相同"
    NOT_FOUND = "not_found", "查无此人"
    OTHER_NAME = "other_name", "证件号相同、姓名不同"
    SAME_NAME_OTHER_ID = "same_name_other_id", "姓名相同、证件号不同"
    ALREADY_DEAD = "already_dead", "已登记死亡"
    MOVED_OUT = "moved_out", "已迁出"


class ListEffect(Word):
    """What approving a row does to the register."""

    NONE = "none", "不处理"
    BEGIN = "begin", "登记"
    CHANGE = "change", "变更"
    END = "end", "终止"
    REPORT_DEATH = "report_death", "登记死亡"
