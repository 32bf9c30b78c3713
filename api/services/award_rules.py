"""What an award stands on: the facts of a person, the settlement of the account, and the law's judgement of both.

The same inputs that are kept with an award give its calculation in words, whenever it is shown or printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.errors import DomainError
from api.models import Account, Contribution, Enrolment, Resident
from api.policy.ages import Month, attains_on
from api.policy.benefits import Child, compute_award, entitlement, launch_cohort
from api.policy.interest import Accrual, accrual_of, interest_by_source
from api.policy.money import NOTHING, BySource, format_yuan
from api.policy.parameters import HukouTest
from api.policy.reasons import Reason
from api.services.contribution_rules import complete_years
from api.services.laws import law_of_county
from api.vocabulary import AwardBasis, ContributionKind, EnrolmentState, HukouKind, PostingState, ResidentStatus, Source

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import Award
    from api.policy.parameters import PolicyParameters

HEAD_WORDS = ("户主", "本人")
SPOUSE_WORDS = ("配偶", "妻", "夫", "妻子", "丈夫")
CHILD_WORDS = (
    "子",
    "女",
    "儿子",
    "女儿",
    "长子",
    "次子",
    "三子",
    "长女",
    "次女",
    "三女",
    "独生子",
    "独生女",
    "养子",
    "养女",
)
PARENT_WORDS = ("父亲", "母亲", "父", "母")
SIBLING_WORDS = ("兄", "弟", "姐", "妹")
IN_LAW_WORDS = ("公公", "婆婆", "岳父", "岳母")
"""Relations to the head of the house by which the children of somebody aged 60 at launch are found."""
CHILDREN_BY_RELATION = (
    ((*HEAD_WORDS, *SPOUSE_WORDS), CHILD_WORDS),
    (PARENT_WORDS, (*HEAD_WORDS, *SIBLING_WORDS)),
    (IN_LAW_WORDS, SPOUSE_WORDS),
)
"""Whose children bear which relation to the head."""
_PAYING = (ContributionKind.ANNUAL, ContributionKind.GOVERNMENT_PAID, ContributionKind.LUMP_SUM)


class NotEligible(DomainError):
    """The person is not alive in the roster, not rural, or in another pension scheme."""

    code = "not-eligible"
    title = "不符合领取条件"


class EnrolmentMissing(DomainError):
    """参保 has not been approved, so there is no account to draw from."""

    code = "enrolment-missing"
    title = "尚未参保，不能核定待遇"


class NotYetDue(DomainError):
    """The month in which 60 is reached has not begun."""

    code = "not-yet-due"
    title = "未到领取年龄"


class YearsLacking(DomainError):
    """Fewer contribution years than required."""

    code = "years-lacking"
    title = "缴费年限不足"


class ChildrenUnpaid(DomainError):
    """A child that must pay has not (捆绑参保, 国发〔2009〕32号 七)."""

    code = "children-unpaid"
    title = "符合条件的子女尚未参保缴费"


class InterestNotPosted(DomainError):
    """The interest of an earlier year is not posted, so the account cannot be settled."""

    code = "interest-not-posted"
    title = "以前年度利息尚未结算"


class AccountNotOpen(DomainError):
    """The account already draws or is closed."""

    code = "account-not-open"
    title = "个人账户不在缴费状态"


@dataclass(frozen=True, slots=True)
class Settlement:
    """An account closed at the end of a month: interest to post and the balance with it, in fen."""

    interest: BySource
    balance: BySource
    settled_on: date


@dataclass(frozen=True, slots=True)
class Determination:
    """Everything an award says, before it is written. Amounts in fen."""

    basis: AwardBasis
    start_month: date
    settled_on: date | None
    required_years: int
    paid_years: int
    composition: BySource
    interest: BySource
    account_pension_fen: int
    basic_pension_fen: int
    breakdown: dict[str, Any]


def accrual_for(session: Session, county_code: int, year: int) -> Accrual:
    """Accrual table of an interest year by the county's law of its last day."""
    parameters = law_of_county(session, county_code, date(year, 12, 31))
    return accrual_of(
        year, mode=parameters.rate_mode, rates=parameters.pboc_one_year_rates, published=parameters.published_rates
    )


def settle(session: Session, account: Account, month: Month) -> Settlement:
    """Settle an account at the end of a month (policy.md §4.4-4.5); nothing is posted.

    Raises `InterestNotPosted` when an earlier year's interest is missing.
    """
    balance = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
    through = account.interest_through
    if through is not None and through >= month.last_day:
        return Settlement(NOTHING, balance, month.last_day)
    rows = session.execute(
        text(
            """
            SELECT value_year, value_month, sum(personal_fen)::bigint AS personal, sum(collective_fen)::bigint AS collective,
                   sum(gov_fen)::bigint AS gov
              FROM account_lines
             WHERE county_code = :county_code AND resident_id = :resident_id AND value_year >= :year
             GROUP BY value_year, value_month
            """
        ),
        {"county_code": account.county_code, "resident_id": account.resident_id, "year": month.year},
    ).all()
    posted_to = through.month if through is not None and through.year == month.year else 0
    opening = balance
    moved: dict[Source, dict[int, int]] = {source: {} for source in Source}
    before = balance
    for row in rows:
        amounts = BySource(row.personal, row.collective, row.gov)
        before -= amounts
        if row.value_year == month.year and row.value_month <= posted_to:
            continue
        opening -= amounts
        if row.value_year == month.year:
            for source in Source:
                moved[source][row.value_month] = amounts.of(source)
    if before != NOTHING and (through is None or through < date(month.year - 1, 12, 31)):
        raise InterestNotPosted(f"{month.year - 1}年度利息尚未结算，请先完成年度结息。")
    parameters = law_of_county(session, account.county_code, month.last_day)
    interest = interest_by_source(
        accrual_for(session, account.county_code, month.year), opening=opening, credited=moved, debited={}, from_month=posted_to,
        to_month=month.month, rounding=parameters.interest_rounding,
    )  # fmt: skip
    return Settlement(interest, balance + interest, month.last_day)


def takes_rural_only(session: Session, county_code: int, day: date) -> bool:
    """Tell whether who reaches 60 in the month of a day must have a rural hukou (policy.md §2.3)."""
    return law_of_county(session, county_code, Month.of(day).last_day).hukou_test is HukouTest.RURAL_ONLY


def determine(session: Session, *, resident: Resident, today: date) -> Determination:
    """Judge a person by the law and compute the award. Nothing is written.

    Raises the refusals of this module, each with the reason in Chinese. 国发〔2009〕32号 六、七; policy.md §4.5-4.6.
    """
    parameters = law_of_county(session, resident.county_code, today)
    attained = attains_on(resident.birth_date, parameters.benefit_age)
    is_cohort = attained <= parameters.launch_on
    rural_only = is_cohort or takes_rural_only(session, resident.county_code, attained)
    if resident.status != ResidentStatus.ALIVE or (rural_only and resident.hukou_kind != HukouKind.RURAL):
        raise NotEligible("此人不在本地参保范围的正常人员之列。")
    if resident.employee_insured or resident.other_pension:
        raise NotEligible("已参加职工养老保险或已领取其他养老待遇，不能重复领取。")
    account = _open_account(session, resident)
    if is_cohort:
        return _launch_cohort(session, resident, account, parameters, today)
    return _turning_60(session, resident, account, parameters, today)


def _open_account(session: Session, resident: Resident) -> Account:
    enrolled = session.scalars(
        select(Enrolment).where(
            col(Enrolment.county_code) == resident.county_code,
            col(Enrolment.resident_id) == resident.id,
            col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED,
        )
    ).one_or_none()
    account = session.get(Account, (resident.county_code, resident.id), populate_existing=True)
    if enrolled is None or account is None:
        raise EnrolmentMissing("参保登记尚未经县级复核通过，请先办理参保登记。")
    if account.state != "open":
        raise AccountNotOpen
    if account.cancels_on is not None:
        raise AccountNotOpen("此人正在办理注销登记，不能核定待遇。")
    return account


def _turning_60(
    session: Session, resident: Resident, account: Account, parameters: PolicyParameters, today: date
) -> Determination:
    """Years, settlement at the month of the 60th birthday, amounts."""
    month = Month.of(attains_on(resident.birth_date, parameters.benefit_age))
    if Month.of(today) < month:
        raise NotYetDue(f"{month}满{parameters.benefit_age}周岁，自当月起可以核定。")
    contributions = session.scalars(
        select(Contribution).where(
            col(Contribution.county_code) == resident.county_code,
            col(Contribution.resident_id) == resident.id,
            col(Contribution.state) == PostingState.POSTED,
        )
    ).all()
    paid_years = len(complete_years(contributions))
    judged = entitlement(birth_date=resident.birth_date, paid_years=paid_years, parameters=parameters)
    if not judged.entitled:
        raise YearsLacking("".join(reason.message for reason in judged.reasons))
    settlement = settle(session, account, month)
    start = judged.start_month
    amounts = compute_award(
        balance=settlement.balance,
        paid_years=paid_years,
        start_month=start,
        parameters=law_of_county(session, resident.county_code, start.first_day),
    )
    return Determination(
        basis=AwardBasis.TURNING_60,
        start_month=start.first_day,
        settled_on=settlement.settled_on,
        required_years=judged.required_years,
        paid_years=paid_years,
        composition=settlement.balance,
        interest=settlement.interest,
        account_pension_fen=amounts.account_pension_fen,
        basic_pension_fen=amounts.basic_pension_fen,
        breakdown=_breakdown(resident, account, settlement.interest),
    )


def _launch_cohort(
    session: Session, resident: Resident, account: Account, parameters: PolicyParameters, today: date
) -> Determination:
    """The children rule; no account is needed, and what is in one is paid out with the basic pension."""
    children = children_of(session, resident)
    judged = launch_cohort(birth_date=resident.birth_date, children=children, on=today, parameters=parameters)
    if judged.start_month is None:
        raise ChildrenUnpaid("".join(reason.message for reason in judged.reasons))
    balance = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
    start = judged.start_month
    at_start = law_of_county(session, resident.county_code, start.first_day)
    amounts = compute_award(balance=balance, paid_years=0, start_month=start, parameters=at_start)
    dates = [child.enrolled_and_paid_on for child in children if child.enrolled_and_paid_on]
    last = max(dates).isoformat() if judged.children_required and dates else None
    return Determination(
        basis=AwardBasis.LAUNCH_COHORT,
        start_month=start.first_day,
        settled_on=None,
        required_years=0,
        paid_years=0,
        composition=balance,
        interest=NOTHING,
        account_pension_fen=amounts.account_pension_fen,
        basic_pension_fen=amounts.basic_pension_fen,
        breakdown={
            **_breakdown(resident, account, NOTHING),
            "children_required": judged.children_required,
            "last_paid_on": last,
        },
    )


def _breakdown(resident: Resident, account: Account, interest: BySource) -> dict[str, Any]:
    """Return what an award keeps beside its columns: the inputs from which its words are made again."""
    return {
        "birth_date": resident.birth_date.isoformat(),
        "interest_through": account.interest_through.isoformat() if account.interest_through else None,
        "interest": {
            "personal_fen": interest.personal_fen,
            "collective_fen": interest.collective_fen,
            "gov_fen": interest.gov_fen,
        },
    }


def children_of(session: Session, resident: Resident) -> list[Child]:
    """Return the children of somebody in the same house, by the relations to its head, with when each had paid."""
    words = next((words for parents, words in CHILDREN_BY_RELATION if resident.relation in parents), None)
    if words is None or resident.household_id is None:
        return []
    rows = session.execute(
        text(
            """
            SELECT c.birth_date, c.hukou_kind, c.is_student, c.employee_insured, c.other_pension, c.status,
                   (SELECT greatest(e.insured_on, min(k.paid_on))
                      FROM enrolments e
                      JOIN contributions k
                        ON k.county_code = e.county_code AND k.resident_id = e.resident_id AND k.state = 'posted'
                           AND k.kind = ANY(:paying)
                     WHERE e.county_code = c.county_code AND e.resident_id = c.id AND e.state = 'county_approved'
                     GROUP BY e.insured_on) AS paid_on
              FROM residents c
             WHERE c.county_code = :county_code AND c.household_id = :household_id AND c.id <> :resident_id
               AND c.relation = ANY(:words)
            """
        ),
        {
            "county_code": resident.county_code,
            "household_id": resident.household_id,
            "resident_id": resident.id,
            "words": list(words),
            "paying": [kind.value for kind in _PAYING],
        },
    ).all()
    return [
        Child(
            birth_date=row.birth_date,
            local_rural_hukou=row.hukou_kind == HukouKind.RURAL.value,
            student=row.is_student,
            employee_insured=row.employee_insured,
            other_pension=row.other_pension,
            alive=row.status == ResidentStatus.ALIVE.value,
            enrolled_and_paid_on=row.paid_on,
        )
        for row in rows
    ]


def words_of(session: Session, award: Award) -> tuple[Reason, ...]:
    """Say an award's calculation in Chinese, from what it keeps: a function of the row and the county's dated law."""
    start = Month.of(award.start_month)
    parameters = replace(
        law_of_county(session, award.county_code, start.first_day),
        # What was awarded, even if a raise has been dated back to the month since.
        basic_pension_fen=award.basic_pension_fen,
    )
    composition = BySource(award.personal_fen, award.collective_fen, award.gov_fen)
    amounts = compute_award(
        balance=composition, paid_years=award.paid_years, start_month=start, parameters=parameters
    ).reasons
    birth_date = date.fromisoformat(award.breakdown["birth_date"])
    if award.basis == AwardBasis.LAUNCH_COHORT:
        last = award.breakdown["last_paid_on"]
        number = award.breakdown["children_required"]
        grown = parameters.launch_on.replace(year=parameters.launch_on.year - 30)
        child = Child(birth_date=grown, enrolled_and_paid_on=date.fromisoformat(last) if last else None)
        judged = launch_cohort(
            birth_date=birth_date, children=[child] * number, on=parameters.launch_on, parameters=parameters
        ).reasons
        return (*judged, *(amounts if composition.total_fen else amounts[2:]))
    judged = entitlement(birth_date=birth_date, paid_years=award.paid_years, parameters=parameters).reasons
    interest = award.breakdown["interest"]
    sentence = (
        f"结算至{award.settled_on}的利息：个人{format_yuan(interest['personal_fen'])}元，"
        f"集体{format_yuan(interest['collective_fen'])}元，政府{format_yuan(interest['gov_fen'])}元。"
    )
    return (*judged, Reason("settlement-interest", sentence, "政策细则 §4.5"), *amounts)
