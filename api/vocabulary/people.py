"""Words about people: who they are, where they stand, what holds of them and what they are asked for."""

from __future__ import annotations

from api.vocabulary.words import Word


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


class HouseholdTask(Word):
    """What a person of a house has to do now."""

    ENROL = "enrol", "参保"
    MEND = "mend", "补正登记"
    PAY = "pay", "缴费"
    TURN_60 = "turn_60", "办理领取"
    BRING_PAPER = "bring_paper", "补交材料"
