"""Words of the procedures P1 to P3: cases, their steps and states, and what they are about."""

from __future__ import annotations

from api.vocabulary.words import Word


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
