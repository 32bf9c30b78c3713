"""A person's timeline: everything that happened to them, newest first, in words for the page and the village office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import run_sql
from api.models import ImportBatch, User
from api.policy.money import format_yuan
from api.services.pages import InvalidCursor, decode_cursor, encode_cursor
from api.services.residents import get
from api.services.two_persons import SYSTEM_USER
from api.vocabulary import (
    AwardBasis,
    BenefitState,
    CancellationReason,
    Channel,
    ContributionKind,
    DueKind,
    EnrolmentStep,
    ResidentStatus,
    Rhythm,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

END_OF_TIME = ("9999-12-31", "9999-12-31T00:00:00+00:00", "~", 0)
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


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event: the business day, a stable kind, Chinese title and detail, fen and who, where there are such."""

    on_day: date
    kind: str
    title: str
    detail: str
    amount_fen: int | None
    actor: str | None


def list_events(
    session: Session, *, resident_id: int, limit: int, after: str | None
) -> tuple[list[TimelineEvent], str | None]:
    """Return a page of a person's events and the next cursor. Raises `NotFound` and `InvalidCursor`."""
    resident = get(session, resident_id)
    start = decode_cursor(after, str, str, str, int)
    on_day, at, kind, ref = END_OF_TIME if start is None else _checked(start)
    rows = run_sql(
        session,
        "timeline",
        "10_list_events",
        county_code=resident.county_code,
        resident_id=resident.id,
        on_day=on_day,
        at=at,
        kind=kind,
        ref=ref,
        maximum=limit + 1,
    ).all()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.on_day.isoformat(), last.at.isoformat(), last.kind, last.ref)
    names = _names(session, resident.county_code, {row.actor_id for row in rows if row.actor_id})
    return [_event(row, names) for row in rows[:limit]], following


def _checked(start: Sequence[Any]) -> Sequence[Any]:
    """A cursor that was tampered with is refused here, not by the database."""
    try:
        on_day, at = date.fromisoformat(start[0]), datetime.fromisoformat(start[1])
    except ValueError:
        raise InvalidCursor(pointer="/after") from None
    if not -(2**63) <= start[3] < 2**63 or "\x00" in start[2]:
        raise InvalidCursor(pointer="/after")
    # As Python writes them: it reads forms that the database does not know.
    return on_day.isoformat(), at.isoformat(), start[2], start[3]


def _names(session: Session, county_code: int, ids: set[int]) -> dict[int, str]:
    """Names of the persons and imports that the reader may see; the others stay unnamed."""
    names = {SYSTEM_USER: "系统"}
    people = select(col(User.id), col(User.display_name)).where(col(User.id).in_(ids))
    names |= {row[0]: row[1] for row in session.execute(people)}
    files = select(col(ImportBatch.id)).where(col(ImportBatch.county_code) == county_code, col(ImportBatch.id).in_(ids))
    names.update(dict.fromkeys(session.scalars(files).all(), "花名册导入"))
    return names


def _event(row: Any, names: dict[int, str]) -> TimelineEvent:
    title, detail = _WORDS[row.kind](row) if row.kind in _WORDS else (row.kind, "")
    return TimelineEvent(row.on_day, row.kind, title, detail, row.amount_fen, names.get(row.actor_id))


def _label(words: type[Word], value: str) -> str:
    return words(value).label


def _changed(row: Any) -> tuple[str, str]:
    fields = [_FIELDS[name] for name in (row.detail or "").split(",") if name in _FIELDS]
    return "资料变更", "变更：" + "、".join(fields) if fields else ""


def _contribution(row: Any) -> tuple[str, str]:
    year, channel, subsidy = row.detail.split(",")
    added = f"，政府补贴 {format_yuan(int(subsidy))} 元" if int(subsidy) else ""
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


def _settled(what: str) -> Callable[[Any], tuple[str, str]]:
    def words(row: Any) -> tuple[str, str]:
        return ("补充结算" if row.word == "supplement" else "一次性结算") + what, row.detail or ""

    return words


_WORDS: dict[str, Callable[[Any], tuple[str, str]]] = {
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
    "payment_refused": lambda row: (f"{row.word} 养老金被银行退回", row.detail or ""),
} | {f"benefit_{state.value}": _benefit for state in BenefitState}
