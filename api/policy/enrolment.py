"""参保登记: who may enrol, with every reason for and against (国发〔2009〕32号 三, policy.md §1, A24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.ages import attains_on
from api.policy.parameters import HukouTest
from api.policy.reasons import Reason
from api.vocabulary import HukouKind, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters

_CLAUSE = "国发〔2009〕32号 三"


@dataclass(frozen=True, slots=True)
class EnrolmentDecision:
    """Whether somebody may enrol. When refused, every obstacle is listed, so that people come once and not thrice."""

    allowed: bool
    reasons: tuple[Reason, ...]


def may_enrol(
    *,
    birth_date: date,
    hukou: HukouKind,
    student: bool,
    employee_insured: bool,
    status: ResidentStatus,
    on: date,
    parameters: PolicyParameters,
    other_pension: bool = False,
    enrolled_elsewhere: bool = False,
) -> EnrolmentDecision:
    """Decide on an enrolment as of a day; `parameters` are those of that day.

    Allowed: aged 16 or more (from the birthday itself), not a student, not in an employees' pension, not drawing
    another state pension, of rural hukou while the test is `rural_only`, alive and resident, and not enrolled already
    in any unit.
    """
    obstacles: list[Reason] = []
    if status is ResidentStatus.DEAD:
        obstacles.append(Reason("dead", "该居民已死亡。", _CLAUSE))
    if status is ResidentStatus.MOVED_OUT:
        obstacles.append(Reason("moved-out", "户籍已迁出，请在现户籍地参保。", _CLAUSE))
    if status is ResidentStatus.MERGED:
        obstacles.append(Reason("merged", "此登记已并入另一条登记，请在保留的登记上办理。", _CLAUSE))
    if on < parameters.launch_on:
        obstacles.append(Reason("not-launched", f"制度自{parameters.launch_on.isoformat()}起实施。", _CLAUSE))
    sixteenth = attains_on(birth_date, parameters.enrolment_age)
    if on < sixteenth:
        message = f"未满{parameters.enrolment_age}周岁，自{sixteenth.isoformat()}起可以参保。"
        obstacles.append(Reason("too-young", message, _CLAUSE))
    if parameters.hukou_test is HukouTest.RURAL_ONLY and hukou is not HukouKind.RURAL:
        obstacles.append(Reason("not-rural", "不是农业户口。", _CLAUSE))
    if student:
        obstacles.append(Reason("student", "在校学生不在参保范围内。", _CLAUSE))
    if employee_insured:
        obstacles.append(Reason("employee-insured", "已参加城镇职工基本养老保险。", _CLAUSE))
    if other_pension:
        obstacles.append(Reason("other-pension", "已领取其他社会养老保险待遇。", _CLAUSE))
    if enrolled_elsewhere:
        obstacles.append(Reason("enrolled-already", "该身份证号已在本地或其他单位参保，不能重复参保。", _CLAUSE))
    if obstacles:
        return EnrolmentDecision(allowed=False, reasons=tuple(obstacles))
    return EnrolmentDecision(allowed=True, reasons=(_accepted(birth_date, on, parameters),))


def _accepted(birth_date: date, on: date, parameters: PolicyParameters) -> Reason:
    sixtieth = attains_on(birth_date, parameters.benefit_age)
    if sixtieth <= parameters.launch_on:
        message = "符合参保条件；制度启动时已满60周岁，不用缴费，子女按规定参保缴费后领取基础养老金。"
        return Reason("eligible-launch-cohort", message, "国发〔2009〕32号 七")
    if sixtieth <= on:
        return Reason("eligible-past-60", "符合参保条件；已满60周岁，请先核对缴费年限，不足的可按规定补缴。", _CLAUSE)
    return Reason("eligible", "符合参保条件：已满16周岁，非在校学生，未参加城镇职工基本养老保险。", _CLAUSE)
