"""The dated parameters of the scheme: read from parameters/*.toml, listed in full, and frozen for one day.

A calculation takes a `PolicyParameters` snapshot and never looks a number up by itself. Periods of one code may touch
but never overlap; a day on which a number is missing has no snapshot.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from api.errors import DomainError
from api.policy.interest import RateMode, RateTable
from api.policy.money import Rounding
from api.policy.parameter_values import GovernmentShares, ParameterValue, SubsidyBand, parse_value

_REQUIRED_KEYS = frozenset({"code", "label", "kind", "valid_from", "value", "document", "article", "evidence", "note"})


class Evidence(StrEnum):
    """How well a value is founded."""

    SUPPORTED = "supported"
    """A source was found."""
    KNOWN = "known"
    """Own knowledge, high confidence."""
    UNCERTAIN = "uncertain"
    """Must be checked before production."""
    DESIGN = "design"
    """The rules are silent; this is our choice."""


class HukouTest(StrEnum):
    """Whom the scheme takes."""

    RURAL_ONLY = "rural_only"
    ANY_NON_EMPLOYED = "any_non_employed"


class ShortfallPolicy(StrEnum):
    """What happens to somebody who lacks years at 60."""

    MAKEUP_AT_60 = "makeup_at_60"
    EXTEND = "extend"
    REFUND = "refund"


class SubsidyMode(StrEnum):
    """When government's subsidy enters the account (policy.md §3.3 P7)."""

    WITH_CONTRIBUTION = "with_contribution"
    """With the contribution; the fund waits for government's money and bears the interest until it comes."""
    ON_CLAIM = "on_claim"
    """When the money that was claimed has arrived."""


class ParametersUnknown(DomainError):
    """Some parameter has no value on the day: the scheme did not exist yet."""

    status = 422
    code = "parameters-unknown"
    title = "该日期没有适用的政策参数"


class ParametersBroken(Exception):
    """The parameter files contradict themselves; the service must not start with them."""


@dataclass(frozen=True, slots=True)
class DatedParameter:
    """One value of one parameter for one period, with its legal basis, as `GET /policy-parameters` lists it."""

    code: str
    label: str
    kind: str
    value: ParameterValue
    """As in the file: money and percentages are strings, days are ISO strings."""
    valid_from: date
    valid_to: date | None
    document: str
    article: str
    evidence: Evidence
    note: str
    topic: str = ""
    """What it is about: the file that the statutes hold it in."""
    paid_from: date | None = None
    """Where it differs: first month in which a value that its document back-dates is paid, with what is owed for before."""

    def covers(self, day: date) -> bool:
        """Whether the value is in force on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PolicyParameters:
    """Every parameter as of one day. Money in fen, years and months and days as counts, rates as exact tables."""

    day: date
    tiers_fen: tuple[int, ...]
    subsidy_bands: tuple[SubsidyBand, ...]
    make_up_subsidised: bool
    lump_sum_subsidised: bool
    make_up_cap_years: int
    make_up_age_at_launch: int
    window_opens: tuple[int, int]
    window_closes: tuple[int, int]
    government_paid_groups: frozenset[str]
    severe_disability_grade: int
    basic_pension_fen: int
    basic_pension_central_share_fen: int
    long_contribution_bonus_fen: int
    divisor_months: int
    benefit_age: int
    required_years_cap: int
    turning_year_required: bool
    shortfall_policy: ShortfallPolicy
    gov_subsidy_inheritable: bool
    back_pay_to_heirs: bool
    launch_on: date
    enrolment_age: int
    hukou_test: HukouTest
    exclude_soldiers: bool
    exclude_prisoners: bool
    launch_cohort_children_rule: bool
    launch_cohort_from_launch_month: bool
    rate_mode: RateMode
    interest_rounding: Rounding
    pboc_one_year_rates: RateTable
    published_rates: RateTable
    village_to_town_day: int
    town_to_county_day: int
    county_review_working_days: int
    escalation_days: int
    delegation_days_cap: int
    holidays: frozenset[date]
    extra_working_days: frozenset[date]
    deduction_return_working_days: int
    money_to_bank_working_days: int
    payment_return_working_days: int
    payment_failure_working_days: int
    pay_day: int
    payroll_cut_off_day: int
    death_list_day: int
    heir_claim_days: int
    settlement_alarm_days: int
    certification_first_month: int
    certification_last_month: int
    suspension_month: int
    publication_days: int
    participation_target_ppm: int
    participation_deadline: date
    full_coverage_deadline: date
    identity_change_interval_days: int
    subsidy_posting: SubsidyMode
    subsidy_shares: GovernmentShares
    basic_pension_shares: GovernmentShares
    subsidy_due_days: int
    cash_warning_days: int
    cash_late_days: int
    cash_block_days: int
    cash_ceiling_fen: int
    sweep_interval_days: int

    @property
    def minimum_tier_fen(self) -> int:
        """Lowest tier offered, in fen: what government pays for those it pays for."""
        return min(self.tiers_fen)

    def subsidy_fen(self, tier_fen: int) -> int:
        """Government subsidy of a year paid at that tier, in fen: that of the highest band not above the tier."""
        reached = [band.subsidy_fen for band in self.subsidy_bands if band.from_tier_fen <= tier_fen]
        return reached[-1] if reached else 0


_WORDS: dict[str, type[StrEnum]] = {
    "shortfall_policy": ShortfallPolicy,
    "hukou_test": HukouTest,
    "rate_mode": RateMode,
    "interest_rounding": Rounding,
    "subsidy_posting": SubsidyMode,
}
_SUFFIX = {"money": "_fen", "money_list": "_fen", "percent": "_ppm"}


@dataclass(frozen=True)
class ParameterBook:
    """A full set of dated parameters, as the files hold them."""

    entries: tuple[DatedParameter, ...]

    def __post_init__(self) -> None:
        """Refuse overlapping periods and values that do not read. Raises ParametersBroken."""
        ordered = sorted(self.entries, key=lambda entry: (entry.code, entry.valid_from))
        for entry in ordered:
            if entry.valid_to is not None and entry.valid_to < entry.valid_from:
                message = f"{entry.code}: period ends before it begins ({entry.valid_from})"
                raise ParametersBroken(message)
            typed(entry)
        for earlier, later in pairwise(ordered):
            if earlier.code == later.code and (earlier.valid_to is None or earlier.valid_to >= later.valid_from):
                message = f"{later.code}: two values on {later.valid_from}"
                raise ParametersBroken(message)
        object.__setattr__(self, "entries", tuple(ordered))

    @cached_property
    def _by_code(self) -> dict[str, list[DatedParameter]]:
        grouped: dict[str, list[DatedParameter]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.code, []).append(entry)
        return grouped

    def entry_on(self, code: str, day: date) -> DatedParameter | None:
        """Entry of a parameter that is in force on a day."""
        return next((entry for entry in self._by_code.get(code, []) if entry.covers(day)), None)

    def on(self, day: date) -> PolicyParameters:
        """Every parameter as of a day. Raises ParametersUnknown before the scheme began."""
        values: dict[str, Any] = {"day": day}
        for code in self._by_code:
            entry = self.entry_on(code, day)
            if entry is not None:
                field, value = typed(entry)
                values[field] = value
        missing = [field.name for field in fields(PolicyParameters) if field.name not in values]
        if missing:
            detail = f"{day.isoformat()}没有适用的政策参数({'、'.join(missing[:3])})。"
            raise ParametersUnknown(detail)
        known = {field.name for field in fields(PolicyParameters)}
        return PolicyParameters(**{name: value for name, value in values.items() if name in known})


def typed(entry: DatedParameter) -> tuple[str, object]:
    """Name of the snapshot's field and the value in its type; ParametersBroken when the value does not read."""
    try:
        value = parse_value(entry.kind, entry.value)
        if entry.code in _WORDS:
            value = _WORDS[entry.code](value)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, DomainError) as error:
        message = f"{entry.code} of {entry.valid_from}: {error}"
        raise ParametersBroken(message) from error
    return entry.code + _SUFFIX.get(entry.kind, ""), value


def _plain(value: object) -> Any:
    """Days as ISO strings, so that a value is the same in the file, in JSON and in the database."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _entry(raw: dict[str, Any], *, source: str) -> DatedParameter:
    missing = _REQUIRED_KEYS - raw.keys()
    unknown = raw.keys() - _REQUIRED_KEYS - {"valid_to", "paid_from"}
    if missing or unknown:
        message = f"{source}: {raw.get('code')}: missing {sorted(missing)}, unknown {sorted(unknown)}"
        raise ParametersBroken(message)
    return DatedParameter(
        code=raw["code"],
        label=raw["label"],
        kind=raw["kind"],
        value=_plain(raw["value"]),
        valid_from=raw["valid_from"],
        valid_to=raw.get("valid_to"),
        document=raw["document"],
        article=raw["article"],
        evidence=Evidence(raw["evidence"]),
        note=raw["note"],
        topic=source.removesuffix(".toml"),
        paid_from=raw.get("paid_from"),
    )


@lru_cache(maxsize=1)
def statute_book() -> ParameterBook:
    """Book of the files that come with the service. Raises ParametersBroken."""
    entries: list[DatedParameter] = []
    for path in sorted(files("api.policy").joinpath("parameters").iterdir(), key=lambda item: item.name):
        if path.name.endswith(".toml"):
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            # levels.toml holds no values.
            entries += [_entry(raw, source=path.name) for raw in content.get("entries", [])]
    return ParameterBook(tuple(entries))


def all_parameters() -> tuple[DatedParameter, ...]:
    """Every dated entry, by code and first day."""
    return statute_book().entries


def basic_pension_paid_fen(month: date, *, in_month: date) -> int:
    """Return the basic pension of a month, in fen, as it is paid in another: raises come late and are paid back (A14).

    Raises ParametersUnknown before the scheme began. policy.md §2.3, §3.3 P15.
    """
    entry = statute_book().entry_on("basic_pension", month)
    while entry is not None and entry.paid_from is not None and in_month < entry.paid_from:
        entry = statute_book().entry_on("basic_pension", entry.valid_from - timedelta(days=1))
    if entry is None:
        raise ParametersUnknown
    return int(parse_value(entry.kind, entry.value))


@lru_cache(maxsize=4096)
def parameters_on(day: date) -> PolicyParameters:
    """Parameters of the files as of a day. Raises ParametersUnknown before the scheme began (2009-11-01)."""
    return statute_book().on(day)
