"""The words of a timeline: what each kind of event is called, and what its raw facts say, for page and village office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.policy.money import format_yuan
from api.vocabulary import (
    AttachmentKind,
    AwardBasis,
    BenefitState,
    CancellationReason,
    CaseStop,
    ChangeKind,
    Channel,
    ContributionKind,
    DocumentReason,
    DueKind,
    DuplicateAct,
    EnrolmentStep,
    FactKind,
    HeldDocumentKind,
    ObjectionOutcome,
    ResidentStatus,
    Rhythm,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELDS = {
    "address": "户籍地址",
    "bank_account_sealed": "银行账号",
    "birth_date": "出生日期",
    "dibao": "低保",
    "disability_grade": "残疾等级",
    "division_code": "所在村(社区)",
    "employee_insured": "参加职保",
    "ethnicity": "民族",
    "household_id": "户号",
    "hukou_kind": "户口性质",
    "id_token": "证件号码",
    "is_student": "在校学生",
    "land_taken": "被征地",
    "name": "姓名",
    "other_pension": "领取其他养老金",
    "phone_sealed": "联系电话",
    "relation": "与户主关系",
    "remark": "备注",
    "sex": "性别",
    "village_group": "村民小组",
    "wubao": "五保",
}
_DECISIONS = {"approve": "同意", "return": "退回", "reject": "不予通过"}


def words_of(row: Any) -> tuple[str, str]:
    """Return title and detail of an event; a kind without words of its own is called by its kind."""
    return _WORDS[row.kind](row) if row.kind in _WORDS else (row.kind, "")


def _label(words: type[Word], value: str) -> str:
    return words(value).label


def _changed(row: Any) -> tuple[str, str]:
    fields = [_FIELDS[name] for name in (row.detail or "").split(",") if name in _FIELDS]
    return "资料变更", "变更：" + "、".join(fields) if fields else ""


def _contribution(row: Any) -> tuple[str, str]:
    year, channel, subsidy, waiting = row.detail.split(",")
    added = f"，政府补贴 {format_yuan(int(subsidy))} 元" if int(subsidy) else ""
    if int(waiting):
        added = f"，政府补贴 {format_yuan(int(waiting))} 元待财政到账"
    return f"{year}年度{_label(ContributionKind, row.word)}", _label(Channel, channel) + added


def _reversed(row: Any) -> tuple[str, str]:
    year, _, reason = row.detail.partition(",")
    return f"{year}年度{_label(ContributionKind, row.word)}冲正", reason


def _decision(row: Any) -> tuple[str, str]:
    said = _DECISIONS[row.kind.removeprefix("enrolment_")]
    return f"参保登记{_label(EnrolmentStep, row.word)}：{said}", row.detail or ""


def _payment(row: Any) -> tuple[str, str]:
    return f"{row.word} 养老金已到账", "" if row.detail == DueKind.REGULAR.value else _label(DueKind, row.detail)


def _benefit(row: Any) -> tuple[str, str]:
    return "待遇" + _label(BenefitState, row.kind.removeprefix("benefit_")), row.word or ""


def _case_decision(row: Any) -> tuple[str, str]:
    said = _DECISIONS[row.kind.removeprefix("cancellation_")]
    return f"注销登记{_label(EnrolmentStep, row.word)}：{said}", row.detail or ""


def _change_decision(row: Any) -> tuple[str, str]:
    item, _, step = row.word.partition(",")
    said = _DECISIONS[row.kind.removeprefix("change_")]
    return f"变更{_label(ChangeKind, item)}，{_label(EnrolmentStep, step)}：{said}", row.detail or ""


def _fact(what: str) -> Callable[[Any], tuple[str, str]]:
    def words(row: Any) -> tuple[str, str]:
        kind, _, grade = row.word.partition(",")
        return f"{_label(FactKind, kind)}{f'{grade}级' if grade else ''}{what}", row.detail or ""

    return words


def _document(row: Any) -> tuple[str, str]:
    kind, _, reason = row.word.partition(",")
    told = _label(DocumentReason, reason)
    return f"登记证件：{_label(HeldDocumentKind, kind)}", f"{told}，{row.detail}" if row.detail else told


def _duplicate(row: Any) -> tuple[str, str]:
    return f"疑似重复登记：{_label(DuplicateAct, row.kind.removeprefix('duplicate_'))}", row.detail or ""


def _settled(what: str) -> Callable[[Any], tuple[str, str]]:
    def words(row: Any) -> tuple[str, str]:
        return ("补充结算" if row.word == "supplement" else "一次性结算") + what, row.detail or ""

    return words


def _paper(row: Any) -> str:
    kind = _label(AttachmentKind, row.word)
    return kind if row.detail == kind else f"{kind}：{row.detail}"


_WORDS: dict[str, Callable[[Any], tuple[str, str]]] = (
    {
        "resident_registered": lambda _: ("登记入册", ""),
        "resident_status": lambda row: (f"登记{_label(ResidentStatus, row.word)}", ""),
        "resident_changed": _changed,
        "enrolment_applied": lambda row: ("申请参保", f"{_label(Rhythm, row.word)}缴费"),
        "enrolment_approve": _decision,
        "enrolment_return": _decision,
        "enrolment_reject": _decision,
        "contribution": _contribution,
        "contribution_reversed": _reversed,
        "receipt": lambda row: ("开具收据", f"收据号 {row.word}"),
        "interest": lambda row: ("个人账户计息", f"计息至 {row.word}"),
        "award_proposed": lambda row: ("待遇待复核", _label(AwardBasis, row.word)),
        "award_approved": lambda row: ("待遇已核定", f"自 {row.word} 起发放"),
        "award_rejected": lambda row: ("待遇不予核定", row.detail or ""),
        "change_requested": lambda row: (f"申请变更{_label(ChangeKind, row.word)}", ""),
        "change_approve": _change_decision,
        "change_return": _change_decision,
        "change_reject": _change_decision,
        "change_stopped": lambda row: (f"变更{_label(ChangeKind, row.word)}的申请终止", _label(CaseStop, row.detail)),
        "fact_begun": _fact("：登记"),
        "fact_ended": _fact("：终止"),
        "fact_voided": _fact("：作废"),
        "document_recorded": _document,
        "cancellation_applied": lambda row: (
            "申报注销登记",
            f"{_label(CancellationReason, row.word)}，事件日期 {row.detail}",
        ),
        "cancellation_approve": _case_decision,
        "cancellation_return": _case_decision,
        "cancellation_reject": _case_decision,
        "settlement_computed": _settled("待复核"),
        "settlement_approved": _settled("已复核"),
        "settlement_discarded": _settled("已作废"),
        "settlement_reversed": _settled("已冲回"),
        "settlement_paid": _settled("已支付"),
        "payment": _payment,
        "attachment_added": lambda row: ("收到材料", _paper(row)),
        "attachment_voided": lambda row: (f"材料作废：{_label(AttachmentKind, row.word)}", row.detail or ""),
        "land_approved": lambda row: ("列入被征地农民名单", f"{row.word}，{row.detail}，应计入个人账户(尚未入账)"),
        "land_objection": lambda row: ("征地名单有人提出异议", f"{row.detail}({_label(ObjectionOutcome, row.word)})"),
        "subsidy_posted": lambda row: (f"{row.word}年度政府补贴到账", "财政补贴已记入个人账户"),
        "subsidy_made_up": lambda row: (f"{row.word}年度逾期补贴利息到账", "补贴迟到期间少得的利息已补记"),
        "subsidy_taken_back": lambda row: (f"{row.word}年度政府补贴扣回", "所属缴费已冲正"),
        "collection_failed": lambda row: (f"{row.word}年度银行代扣失败", row.detail or ""),
        "payment_refused": lambda row: (f"{row.word} 养老金被银行退回", row.detail or ""),
    }
    | {f"benefit_{state.value}": _benefit for state in BenefitState}
    | {f"duplicate_{act.value}": _duplicate for act in DuplicateAct}
)
