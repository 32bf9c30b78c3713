"""Words about papers, files that come in, and lists of other departments."""

from __future__ import annotations

from api.vocabulary.words import Word


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
