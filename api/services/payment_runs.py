"""发放批次: compute what a county's pensioners are owed for a month, show it, approve it over its content, discard it.

The amounts come from api/sql/monthly_payment in sets; nothing here loops over people. A run follows the closed run
before it, so that the number of each payment and every balance are settled when the next split is computed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, tuple_, update
from sqlmodel import col

from api.database import next_id, plan_for_sets, run_sql, scope_of
from api.errors import DomainError, NotFound, StaleVersion
from api.models import PaymentException, PaymentLine, PaymentRun, Resident
from api.policy.ages import Month, months_between
from api.services import audit_events
from api.services.laws import basic_pension_paid_fen, law_of_county
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor

FOLDER = "monthly_payment"
OLD_AGE = 100


class PaymentRunExists(DomainError):
    """The month has a run that is not discarded."""

    code = "payment-run-exists"
    title = "该月份的发放批次已经存在"


class PreviousRunOpen(DomainError):
    """An earlier run is not closed: what it takes from the accounts is not known yet."""

    code = "previous-run-open"
    title = "上一批次尚未结清"


class PaymentMonthClosed(DomainError):
    """The month lies before one that has been paid, before the scheme, or in the future."""

    code = "payment-month-closed"
    title = "该月份不能计算发放"


class RunStateUnfit(DomainError):
    """The step does not follow from the state that the run is in."""

    code = "run-state"
    title = "批次当前状态不允许此操作"


class ContentChanged(DomainError):
    """The lines are not those that were approved, or facts beneath them have changed."""

    code = "content-changed"
    title = "批次内容已变化"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines or exceptions of a run are wanted."""

    division_code: int | None = None
    resident_id: int | None = None
    code: str | None = None


def require_county(actor: Actor, county: int) -> None:
    """Raise `NotFound` unless the actor sees the whole county: a run is never of a part."""
    low, high = scope_of(county * 1_000_000)
    if not (actor.scope[0] <= low and high <= actor.scope[1]):
        raise NotFound


def compute(session: Session, *, actor: Actor, county: int, month: date, today: date) -> PaymentRun:
    """Compute the run of a county and month; `month` is its first day. Amounts are fen.

    Raises `NotFound` outside one's county, `PaymentMonthClosed`, `PreviousRunOpen` and `PaymentRunExists`. Of two at once
    the second waits and then sees the first. policy.md §3.3 P10, §4.7.
    """
    require_county(actor, county)
    # Two months computed at once would both follow the same earlier run.
    session.execute(text("SELECT pg_advisory_xact_lock(7002, :county)"), {"county": county})
    prior = _prior_run(session, county=county, month=month, today=today)
    basics = basic_pensions(session, county, month)
    run = PaymentRun(
        county_code=county,
        id=next_id(session, county),
        division_code=county * 1_000_000,
        month=month,
        comparison={},
        parameters={
            "basic_pension_fen": basics,
            "payroll_cut_off_day": law_of_county(session, county, month).payroll_cut_off_day,
        },
        maker_id=actor.user_id,
    )
    session.add(run)
    session.flush()
    # Sorting a county's lines in memory instead of on disk is worth a third of the time.
    session.execute(text("SET LOCAL work_mem = '192MB'"))
    session.execute(text("SET LOCAL jit = off"))
    _plan_for_county(session)
    _compute_lines(session, run=run, prior=prior, basics=basics)
    _total(session, run=run, prior=prior)
    session.flush()
    audit_events.record(
        session, actor=actor, action="payment_run.compute", subject_kind="payment_run", subject_id=run.id,
        division_code=run.division_code, month=f"{month:%Y-%m}", lines=run.line_count, total_fen=run.total_fen,
    )  # fmt: skip
    return run


def _plan_for_county(session: Session) -> None:
    """Tell the planner that this transaction works on a whole county.

    The run's own lines and open dues are newer than any statistics: the planner takes thousands for one, and a nested
    loop over people who are not one takes the square of their number. Row-level security as a condition of an index is
    asked once, and of a whole table row by row, which was two thirds of reading the roster.
    """
    plan_for_sets(session)
    session.execute(text("SET LOCAL enable_seqscan = off"))


def _prior_run(session: Session, *, county: int, month: date, today: date) -> Any:
    """Return the run before (id, month), or None for the first; refuse a month that may not be computed."""
    launch = Month.of(law_of_county(session, county, max(month, date(2010, 1, 1))).launch_on).first_day
    if month < launch or month > today:
        raise PaymentMonthClosed(f"{month:%Y-%m}不在可计算的月份之内(制度启动月至本月)。")
    prior = run_sql(session, FOLDER, "05_last_run", county_code=county).one_or_none()
    if prior is None:
        return None
    if prior.month == month:
        raise PaymentRunExists(f"{month:%Y-%m}的发放批次已经存在；如需重算，请先作废。")
    if prior.month > month:
        raise PaymentMonthClosed(
            f"{prior.month:%Y-%m}已有发放批次，不能再计算更早的{month:%Y-%m}；漏发月份由下一批次补发。"
        )
    if prior.state != RunState.CLOSED.value:
        raise PreviousRunOpen(f"{prior.month:%Y-%m}的批次尚未结清，请先处理完银行回盘。")
    return prior


def basic_pensions(session: Session, county: int, month: date) -> dict[str, int]:
    """Return the basic pension in fen of each month from the launch to `month`, as it is paid in `month` (A14)."""
    last = Month.of(month)
    first = Month.of(law_of_county(session, county, month).launch_on)
    return {
        str(one): basic_pension_paid_fen(session, county, one.first_day, in_month=last.first_day)
        for one in months_between(first, last)
    }


def _days(months: Sequence[str]) -> list[date]:
    return [Month.parse(one).first_day for one in months]


def _compute_lines(session: Session, *, run: PaymentRun, prior: Any, basics: dict[str, int]) -> None:
    """Insert dues, lines and exceptions. The set-based steps are explained in api/sql/monthly_payment."""
    keys = {"county_code": run.county_code, "run_id": run.id}
    adjusted = _adjusted_months(session, run=run, prior=prior, basics=basics)
    if adjusted:
        amounts = [basics[one] for one in adjusted]
        run_sql(session, FOLDER, "10_insert_adjustments", **keys, months=_days(adjusted), basics=amounts)
    month = run.month
    nobody = Month.of(month).plus(1).first_day
    before = {
        "prior_run_id": prior.id if prior else 0,
        "prior_month": prior.month if prior else nobody,
    }
    run_sql(
        session,
        FOLDER,
        "20_compute_lines",
        **keys,
        **before,
        month=month,
        basic_fen=basics[str(Month.of(month))],
        months=_days(list(basics)),
        basics=list(basics.values()),
        fresh_from=Month.of(prior.month).plus(1).first_day if prior else date(1900, 1, 1),
        cut_off_on=month + timedelta(days=run.parameters["payroll_cut_off_day"] - 1),
        was_discarded=_was_discarded(session, run),
        born_before=Month.of(month).plus(-OLD_AGE * 12).last_day,
    )
    run_sql(session, FOLDER, "30_list_exceptions", **keys, **before, month=month)


def _was_discarded(session: Session, run: PaymentRun) -> bool:
    """Whether a discarded run may have left dues of this month."""
    query = select(col(PaymentRun.id)).where(
        col(PaymentRun.county_code) == run.county_code,
        col(PaymentRun.state) == RunState.DISCARDED,
        col(PaymentRun.month) >= run.month,
    )
    return session.execute(query.limit(1)).first() is not None


def _adjusted_months(session: Session, *, run: PaymentRun, prior: Any, basics: dict[str, int]) -> list[str]:
    """Return the months whose basic pension has been raised since the run before was computed with them."""
    if prior is None:
        return []
    snapshot = session.execute(
        select(col(PaymentRun.parameters)).where(
            col(PaymentRun.county_code) == run.county_code, col(PaymentRun.id) == prior.id
        )
    ).scalar_one()
    known: dict[str, int] = snapshot["basic_pension_fen"]
    return [month for month, fen in basics.items() if fen > known.get(month, fen)]


def _total(session: Session, *, run: PaymentRun, prior: Any) -> None:
    """Write the run's totals, its comparison with the run before and its content hash."""
    keys = {"county_code": run.county_code, "run_id": run.id}
    now = run_sql(session, FOLDER, "40_sum_run", **keys, month=run.month).one()
    counts = session.execute(
        select(col(PaymentException.code), col(PaymentException.withheld), func.count())
        .where(col(PaymentException.county_code) == run.county_code, col(PaymentException.run_id) == run.id)
        .group_by(col(PaymentException.code), col(PaymentException.withheld))
    ).all()
    by_code = {code: number for code, _, number in counts}
    run.line_count = now.line_count
    run.total_fen = now.total_fen
    run.exception_count = sum(by_code.values())
    run.content_hash = content_hash(session, county=run.county_code, run_id=run.id)
    comparison: dict[str, Any] = {"now": dict(now._mapping), "last": None, "exceptions": by_code}  # noqa: SLF001
    comparison["withheld"] = sum(number for _, withheld, number in counts if withheld)
    if prior is not None:
        # Lines are never changed, so what was summed when they were made still holds.
        comparison["last"] = {"month": f"{prior.month:%Y-%m}", **prior.comparison["now"]}
    comparison["new"] = by_code.get("new", 0) if prior is not None else now.heads
    comparison["gone"] = by_code.get("gone", 0)
    comparison["changed"] = by_code.get("amount_changed", 0)
    run.comparison = comparison


def content_hash(session: Session, *, county: int, run_id: int) -> str:
    """Return SHA-256 over every stored line of a run in order, as hex: hashes of towns, hashed together."""
    towns = run_sql(session, FOLDER, "50_hash_lines", county_code=county, run_id=run_id).all()
    listed = json.dumps([[row.town, row.digest] for row in towns])
    return hashlib.sha256(listed.encode()).hexdigest()


def get(session: Session, run_id: int) -> PaymentRun:
    """Return one run. Raises `NotFound`."""
    run = session.get(PaymentRun, (run_id // 10**10, run_id))
    if run is None:
        raise NotFound
    return run


def list_runs(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[PaymentRun], str | None]:
    """Return the runs that the actor sees, newest month first."""
    query = select(PaymentRun).order_by(col(PaymentRun.month).desc(), col(PaymentRun.id).desc()).limit(limit + 1)
    start = decode_cursor(after, date, int)
    if start is not None:
        query = query.where(tuple_(col(PaymentRun.month), col(PaymentRun.id)) < tuple_(start[0], start[1]))
    rows = session.scalars(query).all()
    more = encode_cursor(rows[limit - 1].month.isoformat(), rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], more


def list_lines(
    session: Session, *, run: PaymentRun, wanted: Filter, limit: int, after: str | None
) -> tuple[Sequence[PaymentLine], str | None]:
    """Return lines of a run by number, with the bank's answer left to `payment_explanations`."""
    query = (
        select(PaymentLine)
        .where(col(PaymentLine.county_code) == run.county_code, col(PaymentLine.run_id) == run.id)
        .order_by(col(PaymentLine.seq))
        .limit(limit + 1)
    )
    if wanted.resident_id is not None:
        query = query.where(col(PaymentLine.resident_id) == wanted.resident_id)
    if wanted.division_code is not None:
        query = query.where(col(PaymentLine.division_code).between(*scope_of(wanted.division_code)))
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(PaymentLine.seq) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None


def list_exceptions(
    session: Session, *, run: PaymentRun, wanted: Filter, limit: int, after: str | None
) -> tuple[Sequence[tuple[PaymentException, str]], str | None]:
    """Return exceptions of a run with the person's name, by person and code."""
    keys = (col(PaymentException.resident_id), col(PaymentException.code))
    query = (
        select(PaymentException, col(Resident.name))
        .join(
            Resident,
            (col(Resident.county_code) == col(PaymentException.county_code))
            & (col(Resident.id) == col(PaymentException.resident_id)),
        )
        .where(col(PaymentException.county_code) == run.county_code, col(PaymentException.run_id) == run.id)
        .order_by(*keys)
        .limit(limit + 1)
    )
    if wanted.code is not None:
        query = query.where(col(PaymentException.code) == wanted.code)
    if wanted.division_code is not None:
        query = query.where(col(PaymentException.division_code).between(*scope_of(wanted.division_code)))
    start = decode_cursor(after, int, str)
    if start is not None:
        query = query.where(tuple_(*keys) > tuple_(start[0], start[1]))
    rows = [(row[0], row[1]) for row in session.execute(query).all()]
    more = encode_cursor(rows[limit - 1][0].resident_id, rows[limit - 1][0].code) if len(rows) > limit else None
    return rows[:limit], more


def refuse_changed_facts(session: Session, run: PaymentRun) -> None:
    """Raise `ContentChanged` when somebody died, stopped or changed account since the run was computed."""
    _plan_for_county(session)
    rows = run_sql(session, FOLDER, "65_changed_facts", county_code=run.county_code, run_id=run.id).all()
    if rows:
        listed = "、".join(f"{row.resident_id}({row.code})" for row in rows[:5])
        raise ContentChanged(f"计算之后有人员情况发生变化({listed}等{len(rows)}人)，请作废后重新计算。")


def approve(session: Session, *, actor: Actor, run_id: int, given_hash: str, expected_version: int) -> PaymentRun:
    """Approve a run over its content by another person than its maker.

    Raises `RunStateUnfit`, `SamePerson`, `ContentChanged` when the stored lines do not have the given hash, and
    `StaleVersion`. policy.md §3.3 P10.
    """
    run = get(session, run_id)
    require_county(actor, run.county_code)
    if run.state != RunState.COMPUTED:
        raise RunStateUnfit(f"批次状态为{RunState(run.state).label}，不能审批。")
    require_second_person(actor, run.maker_id)
    stored = content_hash(session, county=run.county_code, run_id=run.id)
    if not stored == run.content_hash == given_hash:
        raise ContentChanged("批次内容与您所见不一致，请重新核对后再审批。")
    refuse_changed_facts(session, run)
    _move(
        session, run, RunState.APPROVED, expected_version, checker_id=actor.user_id, approved_at=func.now()
    )  # fmt: skip
    audit_events.record(
        session, actor=actor, action="payment_run.approve", subject_kind="payment_run", subject_id=run.id,
        division_code=run.division_code, content_hash=stored, total_fen=run.total_fen,
    )  # fmt: skip
    return run


def discard(session: Session, *, actor: Actor, run_id: int, reason: str, expected_version: int) -> PaymentRun:
    """Discard a run that has not left the house; its dues wait for the next. Raises `RunStateUnfit`, `StaleVersion`."""
    run = get(session, run_id)
    require_county(actor, run.county_code)
    if run.state not in {RunState.COMPUTED, RunState.APPROVED}:
        raise RunStateUnfit(f"批次状态为{RunState(run.state).label}，已报盘的批次不能作废。")
    _move(session, run, RunState.DISCARDED, expected_version)
    run_sql(session, FOLDER, "90_release_dues", county_code=run.county_code, run_id=run.id)
    audit_events.record(
        session, actor=actor, action="payment_run.discard", subject_kind="payment_run", subject_id=run.id,
        division_code=run.division_code, reason=reason,
    )  # fmt: skip
    return run


def _move(session: Session, run: PaymentRun, state: RunState, expected_version: int, **changes: Any) -> None:
    """Change a run's state if it still has the expected version. Raises `StaleVersion`."""
    moved = session.execute(
        update(PaymentRun)
        .where(
            col(PaymentRun.county_code) == run.county_code,
            col(PaymentRun.id) == run.id,
            col(PaymentRun.version) == expected_version,
        )
        .values(state=state, version=expected_version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(run)


def move(session: Session, run: PaymentRun, state: RunState) -> None:
    """Bring a run to its next state from the version just read. Raises `StaleVersion` when somebody was faster."""
    _move(session, run, state, run.version)
