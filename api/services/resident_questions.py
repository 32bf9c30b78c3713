"""What a search asks of people, as conditions in SQL: told by a row, or by a look at one's enrolment or pension.

Text and not expression objects: a search is put together for every key that is pressed, and building it must cost less
than answering it. Words of the vocabulary stand in the text, where partial indexes recognise them; whatever a person has
typed is a parameter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from api.policy.ages import latest_birth_date
from api.services.resident_categories import condition_of
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.exchange.name_queries import Clue, NameQuery

    Question = Callable[[str, "Binder"], str]
    """Gives the condition for the alias of a row."""

LAST_CHARACTER = "\U0010ffff"
ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED, EnrolmentState.WITHDRAWN)
_TYPES = {bool: "boolean", int: "bigint", str: "text", date: "date"}


@dataclass(slots=True)
class Binder:
    """Collects the parameters of a statement; called with a value, it gives the place to write."""

    values: list[Any] = field(default_factory=list)
    types: list[str] = field(default_factory=list)

    def __call__(self, value: Any) -> str:
        """Add a parameter."""
        self.values.append(value)
        self.types.append(_TYPES[type(value)])
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the people, apart from their unit; None asks nothing. Ages are full years on the business day."""

    names: NameQuery | None = None
    group: str | None = None
    category: ResidentCategory | None = None
    status: ResidentStatus | None = None
    enrolment: EnrolmentState | None = None
    not_enrolled: bool = False
    benefit: BenefitState | None = None
    no_benefit: bool = False
    age_from: int | None = None
    age_to: int | None = None
    household_number: str | None = None
    household_id: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions other than the unit and the name."""

    few: tuple[Question, ...]
    """Of which the database keeps an index of those few who meet them."""
    others: dict[str, Question]

    @classmethod
    def of(cls, wanted: Wanted, today: date) -> Asked:
        """Take the questions apart."""
        few: list[Question] = []
        if wanted.category is not None:
            few.append(_plain(condition_of(wanted.category)))
        if wanted.status is not None and wanted.status is not ResidentStatus.ALIVE:
            few.append(_plain(f"{{0}}.status <> 'alive' AND {{0}}.status = '{wanted.status.value}'"))
        others: dict[str, Question] = {}
        if wanted.status is ResidentStatus.ALIVE:
            others["status"] = _plain("{0}.status = 'alive'")
        if wanted.group:
            others["group"] = _equal("village_group", unicodedata.normalize("NFKC", wanted.group).strip())
        if (wanted.age_from, wanted.age_to) != (None, None):
            others["ages"] = _born(wanted, today)
        _ask_states(wanted, others)
        return cls(tuple(few), others)

    def everything(self) -> tuple[Question, ...]:
        """All questions."""
        return (*self.few, *self.others.values())

    def everything_but(self, *names: str) -> tuple[Question, ...]:
        """All questions of the row but those that a walk answers itself; `few` are those with an index."""
        others = (one for name, one in self.others.items() if name not in names)
        return (*(() if "few" in names else self.few), *others)


def _plain(text: str) -> Question:
    """A condition without parameters; {0} is the row."""
    return lambda row, _: text.format(row)


def _equal(column: str, value: Any) -> Question:
    return lambda row, bind: f"{row}.{column} = {bind(value)}"


def _ask_states(wanted: Wanted, others: dict[str, Question]) -> None:
    """States are looked up person by person: a subquery that gives a value is always that, and never a join with all."""
    if wanted.not_enrolled:
        others["enrolment"] = _plain(f"({_ENROLMENT}) IS NULL")
    elif wanted.enrolment in ENDED:
        others["enrolment"] = _plain(f"({_PAST_ENROLMENT.format('{0}', wanted.enrolment.value)}) IS NOT NULL")
    elif wanted.enrolment is not None:
        others["enrolment"] = _plain(f"({_ENROLMENT}) = '{wanted.enrolment.value}'")
    if wanted.no_benefit:
        others["benefit"] = _plain(f"({_BENEFIT}) IS NULL")
    elif wanted.benefit is not None:
        others["benefit"] = _plain(f"({_BENEFIT}) = '{wanted.benefit.value}'")


_ENROLMENT = (
    "SELECT e.state FROM enrolments AS e WHERE e.county_code = {0}.county_code AND e.resident_id = {0}.id "
    "AND e.state NOT IN ('rejected', 'terminated', 'withdrawn')"
)
_PAST_ENROLMENT = (
    "SELECT e.id FROM enrolments AS e WHERE e.county_code = {0}.county_code AND e.resident_id = {0}.id "
    "AND e.state = '{1}' AND e.state <> 'county_approved' LIMIT 1"
)
_BENEFIT = "SELECT b.state FROM benefits AS b WHERE b.county_code = {0}.county_code AND b.resident_id = {0}.id"


def _born(wanted: Wanted, today: date) -> Question:
    """The ages as a range of birth dates."""
    last = None if wanted.age_from is None else latest_birth_date(age=wanted.age_from, on=today)
    # Who has not yet attained the age after the last one.
    before = None if wanted.age_to is None else latest_birth_date(age=wanted.age_to + 1, on=today)

    def condition(row: str, bind: Binder) -> str:
        parts = [] if last is None else [f"{row}.birth_date <= {bind(last)}"]
        return " AND ".join([*parts, *([] if before is None else [f"{row}.birth_date > {bind(before)}"])])

    return condition


def begins(column: str, begin: str) -> Question:
    """Ask for a beginning: a range in code point order, which row-level security lets an index answer, unlike LIKE."""
    return lambda row, bind: f"{row}.{column} >= {bind(begin)} AND {row}.{column} < {bind(begin + LAST_CHARACTER)}"


def texts(beginnings: dict[str, str]) -> tuple[Question, ...]:
    """Return beginnings of names and spellings as questions."""
    return tuple(begins(name, begin) for name, begin in beginnings.items())


def any_clue(clues: Sequence[Clue]) -> Question:
    """Ask whether somebody meets one of the clues."""

    def condition(row: str, bind: Binder) -> str:
        met = (" AND ".join(begins(name, begin)(row, bind) for name, begin in clue.beginnings) for clue in clues)
        return "(" + " OR ".join(f"({one})" for one in met) + ")"

    return condition


def no_clue(clues: Sequence[Clue]) -> Question:
    """Ask whether somebody meets none of the clues."""
    met = any_clue(clues)
    return lambda row, bind: "NOT " + met(row, bind)
