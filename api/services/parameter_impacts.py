"""The dry run of a changed parameter: whom it touches and what it costs, before anybody approves it. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import Actor, county_of, load_sql, plan_for_sets, run_sql, scope_of
from api.errors import Invalid
from api.permissions import Permission
from api.policy.ages import Month, months_between
from api.policy.interest import InterestRateUnknown
from api.policy.money import Rounding
from api.policy.parameter_layers import chain_of
from api.policy.subsidies import ByLevel, split
from api.services import divisions, parameter_conflicts, policy_parameters
from api.services.parameter_conflicts import CONTRIBUTION_CODES, INTEREST_CODES, accrual_in, reach_of
from api.vocabulary import ContributionKind, GovernmentLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Database
    from api.policy.parameter_layers import LayeredBook, LayeredChange
    from api.policy.parameters import PolicyParameters
    from api.services.policy_parameters import Draft

FOLDER = "parameter_impact"
MOST_PERSONS = 10
JIAO = 10
PAYER_CODES = frozenset({"subsidy_bands", "tiers", "make_up_subsidised", "subsidy_shares"})
"""What changes what government pays for a year's contributions."""
PENSION_CODES = frozenset({"basic_pension", "basic_pension_central_share", "basic_pension_shares"})
USES = {
    "benefits": ("待遇核定", "月度发放", "注销结算"),
    "calendar": ("待办期限与督办", "发放日历"),
    "contributions": ("参保登记的档次", "缴费与补贴", "政府代缴"),
    "eligibility": ("参保登记", "应参保人数", "待遇核定"),
    "interest": ("年度结息", "到龄与注销的结算利息", "账户测算"),
    "targets": ("参保进度报表",),
}
"""What asks for the parameters of a topic."""


class ImpactPeriodUnfit(Invalid):
    """The year or month that the dry run is asked for lies outside the change."""

    code = "impact-period-unfit"
    title = "试算的年度或月份不在变更的期间之内"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Persons, and fen before and after; `changed_count` of them see a difference."""

    person_count: int = 0
    changed_count: int = 0
    unit_count: int = 0
    before_fen: int = 0
    after_fen: int = 0

    @property
    def difference_fen(self) -> int:
        """What it costs more; below zero, what it saves."""
        return self.after_fen - self.before_fen

    def __add__(self, other: Amounts) -> Amounts:
        """Sum of both."""
        return Amounts(*(getattr(self, name) + getattr(other, name) for name in Amounts.__slots__))


@dataclass(frozen=True, slots=True)
class UnitImpact:
    """What a change does in one village."""

    division_code: int
    division_name: str | None
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class PersonImpact:
    """One of the largest changes."""

    resident_id: int
    name: str
    division_code: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class PayerImpact:
    """What a change means for one payer: a level of government, or the fund's own yield."""

    payer: str
    label: str
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class Impact:
    """The dry run of a change for a unit. Without a known effect on money, `basis` says so and the amounts are zero."""

    division_code: int
    basis: str
    is_money_known: bool
    period: str | None
    total: Amounts
    payers: Sequence[PayerImpact] = ()
    units: Sequence[UnitImpact] = ()
    largest: Sequence[PersonImpact] = ()
    conflicts: Sequence[str] = ()
    notes: Sequence[str] = ()
    uses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: the law before and after, the change, and the units looked at."""

    session: Session
    book: LayeredBook
    changed: LayeredBook
    change: LayeredChange
    division_code: int
    places: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where and for when the dry run is wanted; what is left out follows from the change."""

    division_code: int
    year: int | None = None
    month: date | None = None


def assess(session: Session, database: Database, *, actor: Actor, draft: Draft, asked: Asked, today: date) -> Impact:
    """Return what a draft would do to a unit's people, as they are now.

    Raises `NotFound` for a unit or a layer outside one's reach, what makes a draft unfit to be proposed except `ParameterInUse`
    (which is told as `conflicts`), and `ImpactPeriodUnfit`.
    """
    divisions.get_own(session, asked.division_code)
    policy_parameters.require_reach(session, actor, draft.division_code)
    change = policy_parameters.layered(draft)
    book = policy_parameters.check_draft(session, change)
    reach = reach_of(draft.division_code)
    low, high = scope_of(asked.division_code)
    low, high = max(low, reach["low"]), min(high, reach["high"])
    places = {"low": low, "high": high, "county_low": county_of(low), "county_high": county_of(high)}
    question = _Question(session, book, book.with_change(change), change, asked.division_code, places)
    with parameter_conflicts.seeing_all(session, database, draft.division_code) as seeing:
        conflicts = parameter_conflicts.conflicts_of(seeing, book=book, change=change)
    notes = [*parameter_conflicts.not_recomputed(session, change), *_overridden(question)]
    uses = USES.get(change.entry.topic, ())
    # A village elsewhere: the unit has nobody whom the layer reaches.
    found = _nothing(question, "该变更不涉及本单位。") if low > high else _effect(question, asked, today)
    may_see = Permission.RESIDENT_READ in actor.permissions
    return Impact(
        division_code=asked.division_code,
        basis=found.basis,
        is_money_known=found.is_money_known,
        period=found.period,
        total=found.total,
        payers=found.payers,
        units=found.units,
        largest=found.largest if may_see else (),
        conflicts=conflicts,
        notes=[*found.notes, *notes],
        uses=uses,
    )


def _effect(question: _Question, asked: Asked, today: date) -> Impact:
    code = question.change.entry.code
    if code in PAYER_CODES:
        return _of_payers(question, asked.year or today.year)
    if code in PENSION_CODES:
        return _of_pensions(question, asked.month, today)
    if code in INTEREST_CODES:
        return _of_interest(question, asked.year or question.change.entry.valid_from.year, today)
    basis = "该参数不直接决定金额，未作金额试算；请核对下列用途。"
    if code in CONTRIBUTION_CODES:
        basis = "该参数决定能否缴费、能否由政府代缴，金额随各人办理情况而定，未作金额试算。"
    return _nothing(question, basis)


def _nothing(question: _Question, basis: str) -> Impact:
    return Impact(question.division_code, basis, is_money_known=False, period=None, total=Amounts())


def _overridden(question: _Question) -> list[str]:
    """Say which deeper layers have a value of their own in the period: there the change has no effect."""
    entry, layer_code = question.change.entry, question.change.layer_code
    deeper = sorted(
        {
            one.layer_code
            for one in question.book.changes
            if one.entry.code == entry.code
            and one.layer_code != layer_code
            and layer_code in chain_of(one.layer_code)
            and (entry.valid_to is None or one.entry.valid_from <= entry.valid_to)
            and (one.entry.valid_to is None or entry.valid_from <= one.entry.valid_to)
        }
    )
    names = divisions.names_of(question.session, deeper)
    return [f"{names.get(code, code)}另有规定，在其期间内仍按其规定执行。" for code in deeper]


def _sum_and_rank(question: _Question, step: str, **more: Any) -> tuple[list[UnitImpact], list[PersonImpact]]:
    session = question.session
    plan_for_sets(session)
    # Sorting and hashing a county in memory, and no compiler at work for one statement: half of the time.
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    session.execute(text("SET LOCAL jit = off"))
    statement = f"WITH affected AS MATERIALIZED (\n{load_sql(FOLDER, step)}\n)\n{load_sql(FOLDER, '80_sum_and_rank')}"
    rows = session.execute(text(statement), {**question.places, **more, "most": MOST_PERSONS}).all()
    names = divisions.names_of(session, {row.division_code for row in rows})
    units = [
        UnitImpact(
            row.division_code,
            names.get(row.division_code),
            Amounts(row.person_count, row.changed_count, row.unit_count, row.before_fen, row.after_fen),
        )
        for row in rows
        if row.resident_id is None
    ]
    persons = [
        PersonImpact(row.resident_id, row.name, row.division_code, row.before_fen, row.after_fen)
        for row in rows
        if row.resident_id is not None
    ]
    persons.sort(key=lambda one: (-abs(one.after_fen - one.before_fen), one.resident_id))
    return sorted(units, key=lambda one: one.division_code), persons


def _told(
    question: _Question,
    basis: str,
    period: str,
    found: tuple[list[UnitImpact], list[PersonImpact]],
    payers: Sequence[PayerImpact],
) -> Impact:
    units, persons = found
    total = sum((unit.amounts for unit in units), Amounts())
    return Impact(
        division_code=question.division_code,
        basis=basis,
        is_money_known=True,
        period=period,
        total=total,
        payers=payers,
        units=units,
        largest=persons,
    )


def _by_level(
    question: _Question, units: Sequence[UnitImpact], split_of: Callable[[PolicyParameters, UnitImpact, int], ByLevel]
) -> list[PayerImpact]:
    """Return what each level of government bears before and after, by the shares of each unit's own law."""
    day = question.change.entry.valid_from
    before, after = ByLevel(), ByLevel()
    for unit in units:
        before += split_of(question.book.on(unit.division_code, day), unit, unit.amounts.before_fen)
        after += split_of(question.changed.on(unit.division_code, day), unit, unit.amounts.after_fen)
    return [
        PayerImpact(level.value, f"{level.label}级财政", before.of(level), after.of(level))
        for level in GovernmentLevel
        if before.of(level) or after.of(level)
    ]


def _of_payers(question: _Question, year: int) -> Impact:
    """What government pays for a year's contributors, were the new law in force for all of them."""
    session, day = question.session, question.change.entry.valid_from
    terms = run_sql(session, FOLDER, "10_list_terms", **question.places, year=year).all()
    columns: dict[str, list[Any]] = {name: [] for name in ("units", "kinds", "tiers", "befores", "afters")}
    dropped: set[int] = set()
    for row in terms:
        before, after = (one.on(row.division_code, day) for one in (question.book, question.changed))
        tier_fen = row.tier_fen
        if row.kind == ContributionKind.GOVERNMENT_PAID.value and tier_fen == before.minimum_tier_fen:
            # Government pays the lowest tier, whatever it is.
            tier_fen = after.minimum_tier_fen
        elif tier_fen in before.tiers_fen and tier_fen not in after.tiers_fen:
            dropped.add(tier_fen)
        columns["units"].append(row.division_code)
        columns["kinds"].append(row.kind)
        columns["tiers"].append(row.tier_fen)
        columns["befores"].append(_government_pays_fen(before, row.kind, row.tier_fen))
        columns["afters"].append(_government_pays_fen(after, row.kind, tier_fen))
    found = _sum_and_rank(question, "11_list_payers", year=year, **columns)
    payers = _by_level(question, found[0], lambda law, _, fen: split(fen, law.subsidy_shares))
    told = _told(question, f"按{year}年度足额缴费人员测算一年的政府补贴和代缴。", f"{year}", found, payers)
    if not dropped:
        return told
    listed = "、".join(f"{tier_fen // 100}" for tier_fen in sorted(dropped))
    note = f"{listed}元档不再提供，选择该档的人员须变更档次；上列金额仍按原档次计算。"
    return Impact(**{name: getattr(told, name) for name in Impact.__slots__} | {"notes": [note]})


def _government_pays_fen(law: PolicyParameters, kind: str, tier_fen: int) -> int:
    """Return what government pays for one year at a tier by the law of a place."""
    if kind == ContributionKind.MAKE_UP.value:
        return law.subsidy_fen(tier_fen) if law.make_up_subsidised else 0
    paid_fen = min(tier_fen, law.minimum_tier_fen) if kind == ContributionKind.GOVERNMENT_PAID.value else 0
    return law.subsidy_fen(tier_fen) + paid_fen


def _of_pensions(question: _Question, month: date | None, today: date) -> Impact:
    """What a month's run pays in basic pensions, what it pays back for earlier months included (A14)."""
    entry = question.change.entry
    first = max(entry.valid_from.replace(day=1), entry.paid_from or date.min)
    run_month = (month or max(first, today.replace(day=1))).replace(day=1)
    if run_month < first or (entry.valid_to is not None and run_month > entry.valid_to):
        raise ImpactPeriodUnfit(pointer="/month")
    counties = _counties(question)
    columns: dict[str, list[Any]] = {name: [] for name in ("counties", "months", "befores", "afters")}
    span = months_between(Month.of(entry.valid_from), Month.of(run_month))
    for county_code in counties:
        place = county_code * 1_000_000
        for one in span:
            columns["counties"].append(county_code)
            columns["months"].append(one.first_day)
            for name, book in (("befores", question.book), ("afters", question.changed)):
                columns[name].append(book.basic_pension_paid_fen(place, one.first_day, in_month=run_month))
    found = _sum_and_rank(question, "20_list_pensions", month=run_month, **columns)
    payers = _by_level(question, found[0], _split_pensions)
    basis = f"按{run_month:%Y-%m}正在领取的人员测算当月基础养老金，含此前月份的补发。"
    return _told(question, basis, f"{run_month:%Y-%m}", found, payers)


def _split_pensions(law: PolicyParameters, unit: UnitImpact, amount_fen: int) -> ByLevel:
    """The centre's fixed sum for each person and month, the rest by the shares (policy.md §7)."""
    central_fen = min(amount_fen, law.basic_pension_central_share_fen * unit.amounts.unit_count)
    return ByLevel(central_fen=central_fen) + split(amount_fen - central_fen, law.basic_pension_shares)


def _of_interest(question: _Question, year: int, today: date) -> Impact:
    """A year's interest by both accrual tables, of the accounts whose year is not closed."""
    columns: dict[str, list[Any]] = {name: [] for name in ("counties", "places", "denominators", "units", "accruals")}
    for county_code in _counties(question):
        for place, book in ((1, question.book), (2, question.changed)):
            try:
                accrual, rounding = accrual_in(book, county_code, year)
            except InterestRateUnknown:
                raise ImpactPeriodUnfit(pointer="/year") from None
            columns["counties"].append(county_code)
            columns["places"].append(place)
            columns["denominators"].append(accrual.denominator)
            columns["units"].append(JIAO if rounding == Rounding.CEIL_JIAO.value else 1)
            columns["accruals"] += accrual.numerators
    facts = {
        "year": year,
        "last_year": max(today.year, year) + 1,
        "year_start": date(year, 1, 1),
        "year_end": date(year, 12, 31),
    }
    found = _sum_and_rank(question, "30_list_interest", **facts, **columns)
    total = sum((unit.amounts for unit in found[0]), Amounts())
    payers = [PayerImpact("fund", "基金利息收益", total.before_fen, total.after_fen)]
    basis = f"按现有账户测算{year}年度利息(至年末，尚未结息的账户)。"
    return _told(question, basis, f"{year}", found, payers)


def _counties(question: _Question) -> list[int]:
    """Return the counties of the units looked at, as far as the actor sees them."""
    low, high = question.places["county_low"], question.places["county_high"]
    if low == high:
        return [low]
    rows = question.session.execute(
        text("SELECT code FROM divisions WHERE level = 'county' AND code BETWEEN :low AND :high ORDER BY code"),
        {"low": question.places["low"], "high": question.places["high"]},
    )
    return [county_of(code) for (code,) in rows]
