"""What a person of a house has to do now, told at the door: join, mend, pay, get ready for 60, bring a paper.

The figures of 应缴 are those of the law's own functions; api/sql/households restates them for lists, and a test compares
the two person by person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from api.policy.ages import Month, attains_on
from api.policy.benefits import required_years
from api.policy.contributions import may_be_paid_by_government, payment_window
from api.policy.enrolment import may_enrol
from api.policy.money import format_yuan
from api.policy.reasons import Reason
from api.vocabulary import AttachmentKind, EnrolmentState, HouseholdTask, HukouKind, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters

MONTHS_AHEAD: Final = 3
"""Whoever reaches 60 in this many months is told what is missing."""
PAPERS: Final = (AttachmentKind.ID_CARD, AttachmentKind.HUKOU_BOOK)
"""What 参保登记 is proved by (policy.md P1)."""
_OPEN: Final = frozenset(
    {
        EnrolmentState.DRAFT,
        EnrolmentState.VILLAGE_CHECKED,
        EnrolmentState.TOWNSHIP_REVIEWED,
        EnrolmentState.RETURNED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What is known of a person of the house; money in fen. `enrolment` is that of the case in force, None without one."""

    birth_date: date
    hukou: HukouKind
    status: ResidentStatus
    student: bool = False
    employee_insured: bool = False
    other_pension: bool = False
    disability_grade: int | None = None
    groups: frozenset[str] = frozenset()
    enrolment: EnrolmentState | None = None
    tier_fen: int = 0
    """Chosen at 参保登记; 0 for who pays nothing."""
    year_tier_fen: int | None = None
    """Tier of what stands for the present year, None when nothing does."""
    year_paid_fen: int = 0
    """What stands for the present year, by the person or by government."""
    complete_years: frozenset[int] = frozenset()
    drawing: bool = False
    has_bank_account: bool = False
    papers: frozenset[AttachmentKind] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: since when or by when, for which year and how much in fen, and what is missing for it."""

    kind: HouseholdTask
    message: str
    since: date | None = None
    by: date | None = None
    year: int | None = None
    amount_fen: int | None = None
    lacks: tuple[Reason, ...] = ()


def due_fen(facts: MemberFacts, on: date, parameters: PolicyParameters) -> int:
    """What the person owes of the present year, in fen; 0 for who owes nothing.

    Formula: nothing stands for the year: tier - minimum tier where government pays it, else tier; something stands: its
    tier - what stands. Owed by the insured and living up to the year before that of the 60th birthday, whose own year is
    paid by choice (policy.md §1 `turning_year_required`). Nobody of 60 at launch owes anything.
    """
    if facts.enrolment is not EnrolmentState.COUNTY_APPROVED or facts.status is not ResidentStatus.ALIVE:
        return 0
    sixtieth = attains_on(facts.birth_date, parameters.benefit_age)
    last_year = sixtieth.year if parameters.turning_year_required else sixtieth.year - 1
    if facts.tier_fen == 0 or sixtieth <= parameters.launch_on or on.year > last_year:
        return 0
    if facts.year_tier_fen is not None:
        return max(0, facts.year_tier_fen - facts.year_paid_fen)
    helped = may_be_paid_by_government(
        disability_grade=facts.disability_grade, groups=facts.groups, parameters=parameters
    )
    return max(0, facts.tier_fen - (parameters.minimum_tier_fen if helped else 0))


def tasks_for(facts: MemberFacts, on: date, parameters: PolicyParameters) -> tuple[Task, ...]:
    """Everything that a person has to do as of a day, the most urgent first; `parameters` are those of that day."""
    if facts.status is not ResidentStatus.ALIVE:
        return ()
    found = (
        _enrol(facts, on, parameters),
        _mend(facts),
        _bring_papers(facts),
        _pay(facts, on, parameters),
        _turn_60(facts, on, parameters),
    )
    return tuple(task for task in found if task is not None)


def _enrol(facts: MemberFacts, on: date, parameters: PolicyParameters) -> Task | None:
    if facts.enrolment is not None:
        return None
    decision = may_enrol(
        birth_date=facts.birth_date,
        hukou=facts.hukou,
        student=facts.student,
        employee_insured=facts.employee_insured,
        other_pension=facts.other_pension,
        status=facts.status,
        on=on,
        parameters=parameters,
    )
    if not decision.allowed:
        return None
    since = max(attains_on(facts.birth_date, parameters.enrolment_age), parameters.launch_on)
    return Task(HouseholdTask.ENROL, f"尚未参保。{decision.reasons[0].message}", since=since)


def _mend(facts: MemberFacts) -> Task | None:
    if facts.enrolment is not EnrolmentState.RETURNED:
        return None
    return Task(HouseholdTask.MEND, "参保登记被退回，请按审核意见补正后重新提交。")


def _bring_papers(facts: MemberFacts) -> Task | None:
    lacking = [kind for kind in PAPERS if kind not in facts.papers]
    if facts.enrolment not in _OPEN or not lacking:
        return None
    names = "、".join(kind.label for kind in lacking)
    return Task(
        HouseholdTask.BRING_PAPER,
        f"参保登记还缺{names}的照片或扫描件。",
        lacks=tuple(Reason(kind.value, f"缺{kind.label}。", "人社厅发〔2009〕161号") for kind in lacking),
    )


def _pay(facts: MemberFacts, on: date, parameters: PolicyParameters) -> Task | None:
    amount_fen = due_fen(facts, on, parameters)
    if amount_fen == 0:
        return None
    _, by = payment_window(on.year, parameters)
    begun = "(已分期缴纳一部分)" if facts.year_paid_fen else ""
    sentence = f"{on.year}年度还应缴{format_yuan(amount_fen)}元{begun}，"
    sentence += f"请在{by.isoformat()}前缴纳。" if on <= by else f"缴费期已于{by.isoformat()}截止，请办理补缴。"
    return Task(HouseholdTask.PAY, sentence, by=by, year=on.year, amount_fen=amount_fen)


def _turn_60(facts: MemberFacts, on: date, parameters: PolicyParameters) -> Task | None:
    """Tell who reaches 60 soon, or has and does not draw yet, what is missing."""
    sixtieth = attains_on(facts.birth_date, parameters.benefit_age)
    last = Month.of(on).plus(MONTHS_AHEAD).last_day
    if facts.drawing or sixtieth > last or facts.enrolment is not EnrolmentState.COUNTY_APPROVED:
        return None
    lacks = []
    needed = required_years(facts.birth_date, parameters)
    paid = len(facts.complete_years)
    if paid < needed:
        message = f"缴费年限还差{needed - paid}年(应缴{needed}年，已缴{paid}年)，可以补缴。"
        lacks.append(Reason("years", message, "国发〔2009〕32号 六"))
    if not facts.has_bank_account:
        lacks.append(Reason("bank-account", "没有登记银行账号，养老金发不到人。", "人社厅发〔2009〕161号"))
    when = (
        f"{sixtieth.isoformat()}满{parameters.benefit_age}周岁"
        if on < sixtieth
        else f"已满{parameters.benefit_age}周岁，尚未领取"
    )
    rest = "".join(one.message for one in lacks) or "材料齐备，请按通知办理领取手续。"
    return Task(HouseholdTask.TURN_60, f"{when}。{rest}", by=sixtieth, lacks=tuple(lacks))
