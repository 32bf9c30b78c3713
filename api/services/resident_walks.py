"""How a search of residents finds its people: along an index, in the order in which they are shown, never over a table.

A walk is a range of one index. What the index cannot tell is asked of each person that the walk comes by, of at most
`BUDGET` of them at a time: a page may then be shorter than was asked for, and its cursor goes on behind the last one
looked at. So the worst question costs what `BUDGET` rows cost, however many people there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, and_, cast, collate, literal, not_, or_, select, tuple_, union_all

from api.database import county_of, scope_of
from api.exchange.name_queries import Lead
from api.models import Benefit, Enrolment, Household, Resident
from api.policy.ages import latest_birth_date
from api.services.pages import InvalidCursor
from api.services.resident_categories import condition_of
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Subquery

    from api.exchange.name_queries import Clue, NameQuery

    Question = Callable[[Any], ColumnElement[bool]]

LAST_CHARACTER = "\U0010ffff"
ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED)
BUDGET = 2_000
"""People that one walk looks at for one page where more is asked than its index knows; above any village."""
TOWN_SPAN = 1_000
FEW_YEARS, OLD = 5, 75
"""Ages up to this wide, and from this age on, are few enough to walk along the birth dates of a county."""
SHORT_INITIALS = 3
_residents: Any = Resident.__table__  # type: ignore[attr-defined]
_enrolments: Any = Enrolment.__table__  # type: ignore[attr-defined]
_benefits: Any = Benefit.__table__  # type: ignore[attr-defined]
_households: Any = Household.__table__  # type: ignore[attr-defined]


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


class Place(NamedTuple):
    """Where a page ends: the walk and the sort values of the last person looked at."""

    walk: int
    key1: str
    key2: str
    id: int


START = Place(0, "", "", -1)


@dataclass(frozen=True, slots=True)
class Walk:
    """A range of an index over `source`, in the order of `keys` and the id, and what is asked of each person on it."""

    keys: tuple[str, ...]
    along: tuple[ColumnElement[bool], ...]
    asked: tuple[Question, ...] = ()
    source: Any = _residents

    def ordered(self) -> list[Any]:
        """Columns of the order."""
        return [*(_residents.c[key] for key in self.keys), _residents.c.id]

    def after(self, place: Place) -> ColumnElement[bool] | None:
        """Condition of those behind a place; None from the beginning. Raises `InvalidCursor`."""
        if place.id < 0:
            return None
        given = [
            _read_key(_residents.c[key].type.python_type, text)
            for key, text in zip(self.keys, (place.key1, place.key2), strict=False)
        ]
        columns = self.ordered()
        return tuple_(*columns) > tuple_(*given, place.id) if len(columns) > 1 else columns[0] > place.id


def find(division_code: int, wanted: Wanted, *, today: date, after: Place, limit: int) -> Subquery:
    """Return the statement that finds a page: walk, is_mark, key1, key2, county_code and id, one row more than `limit`.

    A row with `is_mark` is no find: it says how far its walk has looked. Raises `InvalidCursor`.
    """
    walks = plan(division_code, wanted, today=today)
    if after.walk >= len(walks) or after.walk < 0:
        raise InvalidCursor(pointer="/after")
    parts: list[Any] = []
    for number in range(after.walk, len(walks)):
        place = after if number == after.walk else START
        parts += _statements(number, walks[number], place, limit)
    # The parts are read one after the other and no further than the page needs, which EXPLAIN calls "never executed".
    found: Any = union_all(*(select(part.subquery()) for part in parts)) if len(parts) > 1 else parts[0]
    page: Subquery = found.limit(limit + 1).subquery("found")
    return page


def plan(division_code: int, wanted: Wanted, *, today: date) -> list[Walk]:
    """Choose the walks that answer a search of a unit, in the order in which their people are shown."""
    unit = _Unit.of(division_code)
    asked = _Asked.of(wanted, today)
    if wanted.household_id is not None:
        return [Walk((), (*unit.people, _residents.c.household_id == wanted.household_id), asked.everything())]
    if wanted.household_number is not None:
        return [_by_household_number(unit, wanted.household_number, asked.everything())]
    names = wanted.names
    if names is None or not names.is_selective:
        rare = _by_state(unit, wanted, asked)
        if rare is not None:
            return [rare]
    if names is None and not asked.few and unit.is_wide and _are_few_years(wanted):
        return [Walk(("birth_date",), (*unit.people, *asked.ages(_residents.c)), asked.everything_but("ages"))]
    if names is None:
        return [Walk(("pinyin",), (*unit.by_pinyin, *asked.few), asked.everything_but("few"))]
    return _by_names(unit, names, asked)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Conditions of a unit; the county goes first so that a cluster asks one shard."""

    county: int | None
    """None above the counties."""
    low: int
    high: int

    @classmethod
    def of(cls, division_code: int) -> _Unit:
        low, high = scope_of(division_code)
        return cls(county_of(low) if county_of(low) == county_of(high) else None, low, high)

    @property
    def is_wide(self) -> bool:
        """Above a town: its people come in the order of their names from the county's own index."""
        return self.low // TOWN_SPAN != self.high // TOWN_SPAN

    def in_county(self, table: Any) -> list[ColumnElement[bool]]:
        """The county as a condition on a table."""
        return [] if self.county is None else [table.c.county_code == self.county]

    @property
    def people(self) -> list[ColumnElement[bool]]:
        """Who belongs to the unit."""
        code = _residents.c.division_code
        return [
            *self.in_county(_residents),
            code == self.low if self.low == self.high else code.between(self.low, self.high),
        ]

    @property
    def by_pinyin(self) -> list[ColumnElement[bool]]:
        """The same, told so that an index in the order of the pinyin answers it."""
        return self.people if self.is_wide else [*self.people, _residents.c.town_code == self.low // TOWN_SPAN]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions other than the unit and the name, each a condition on the columns that it is given."""

    few: tuple[ColumnElement[bool], ...]
    """Of which the database keeps an index of those few who meet them."""
    questions: dict[str, Question]
    born: tuple[date | None, date | None]

    @classmethod
    def of(cls, wanted: Wanted, today: date) -> _Asked:
        born = _born(wanted, today)
        few: list[Question] = []
        questions: dict[str, Question] = {}
        if wanted.category is not None:
            category = wanted.category
            few.append(lambda c: condition_of(category, c))
        if wanted.status is not None and wanted.status is not ResidentStatus.ALIVE:
            status = wanted.status
            few.append(lambda c: and_(c.status != ResidentStatus.ALIVE, c.status == status))
        for number, one in enumerate(few):
            questions[f"few{number}"] = one
        if wanted.status is ResidentStatus.ALIVE:
            questions["status"] = lambda c: c.status == ResidentStatus.ALIVE
        if wanted.group is not None:
            group = wanted.group
            questions["group"] = lambda c: c.village_group == group
        if born != (None, None):
            questions["ages"] = lambda c: _within_ages(c, born)
        _ask_states(wanted, questions)
        return cls(tuple(one(_residents.c) for one in few), questions, born)

    def everything(self) -> tuple[Question, ...]:
        """All questions."""
        return tuple(self.questions.values())

    def everything_but(self, *names: str) -> tuple[Question, ...]:
        """All questions but those that the walk answers itself."""
        return tuple(one for name, one in self.questions.items() if not name.startswith(names))

    def ages(self, columns: Any) -> tuple[ColumnElement[bool], ...]:
        """The ages as a range of birth dates."""
        return (_within_ages(columns, self.born),)


def _ask_states(wanted: Wanted, questions: dict[str, Question]) -> None:
    """States are looked up person by person: a scalar subquery is always that, and never a join with everybody."""
    if wanted.not_enrolled:
        questions["enrolment"] = lambda c: _enrolment_of(c).is_(None)
    elif wanted.enrolment in ENDED:
        state = wanted.enrolment
        questions["enrolment"] = lambda c: _past_enrolment_of(c, state).is_not(None)
    elif wanted.enrolment is not None:
        state = wanted.enrolment
        questions["enrolment"] = lambda c: _enrolment_of(c) == state
    if wanted.no_benefit:
        questions["benefit"] = lambda c: _benefit_of(c).is_(None)
    elif wanted.benefit is not None:
        benefit = wanted.benefit
        questions["benefit"] = lambda c: _benefit_of(c) == benefit


def _enrolment_of(columns: Any) -> Any:
    """State of the enrolment that is alive."""
    e = _enrolments.c
    return (
        select(e.state)
        .where(e.county_code == columns.county_code, e.resident_id == columns.id, e.state.not_in(ENDED))
        .correlate_except(_enrolments)
        .scalar_subquery()
    )


def _past_enrolment_of(columns: Any, state: EnrolmentState | None) -> Any:
    e = _enrolments.c
    return (
        select(e.id)
        .where(e.county_code == columns.county_code, e.resident_id == columns.id, e.state == state)
        .limit(1)
        .correlate_except(_enrolments)
        .scalar_subquery()
    )


def _benefit_of(columns: Any) -> Any:
    b = _benefits.c
    return (
        select(b.state)
        .where(b.county_code == columns.county_code, b.resident_id == columns.id)
        .correlate_except(_benefits)
        .scalar_subquery()
    )


def _by_household_number(unit: _Unit, number: str, asked: tuple[Any, ...]) -> Walk:
    """The people of houses with a 户号, house by house."""
    houses = _households.c
    joined = _households.join(
        _residents,
        and_(_residents.c.household_id == houses.id, _residents.c.county_code == houses.county_code),
    )
    along = (*unit.people, *unit.in_county(_households), houses.number == number)
    return Walk(("household_id",), along, asked, source=joined)


def _by_state(unit: _Unit, wanted: Wanted, asked: _Asked) -> Walk | None:
    """People in a state that few are in, in the order of their ids; None where a walk by name serves."""
    if asked.few:
        return None
    if wanted.enrolment is not None and wanted.enrolment is not EnrolmentState.COUNTY_APPROVED:
        table, condition, but = _enrolments, _enrolments.c.state == wanted.enrolment, "enrolment"
        also = _enrolments.c.state != EnrolmentState.COUNTY_APPROVED
    elif wanted.benefit is not None and wanted.benefit is not BenefitState.ACTIVE:
        table, condition, but = _benefits, _benefits.c.state == wanted.benefit, "benefit"
        also = _benefits.c.state != BenefitState.ACTIVE
    else:
        return None
    states = (
        select(table.c.county_code, table.c.resident_id)
        .where(*unit.in_county(table), condition, also)
        .distinct()
        .subquery("states")
    )
    joined = states.join(
        _residents,
        and_(_residents.c.county_code == states.c.county_code, _residents.c.id == states.c.resident_id),
    )
    questions = list(asked.everything_but(but))
    if wanted.names is not None:
        clues = wanted.names.clues
        questions.append(lambda c: or_(*(_meets(c, clue) for clue in clues)))
    return Walk((), tuple(unit.people), tuple(questions), source=joined)


def _are_few_years(wanted: Wanted) -> bool:
    if wanted.age_from is None:
        return False
    if wanted.age_to is None:
        return wanted.age_from >= OLD
    return wanted.age_to - wanted.age_from < FEW_YEARS or wanted.age_from >= OLD


def _by_names(unit: _Unit, names: NameQuery, asked: _Asked) -> list[Walk]:
    """One walk for each clue; whoever meets an earlier clue is left out."""
    walks: list[Walk] = []
    for number, clue in enumerate(names.clues):
        walk = _by_clue(unit, clue, asked, by_pinyin=not names.is_selective and bool(asked.few))
        earlier = names.clues[:number]
        if earlier:
            before = tuple(earlier)
            walk = replace(
                walk, asked=(*walk.asked, lambda c, before=before: not_(or_(*(_meets(c, one) for one in before))))
            )  # type: ignore[misc]
        walks.append(walk)
    return walks


def _by_clue(unit: _Unit, clue: Clue, asked: _Asked, *, by_pinyin: bool) -> Walk:
    """The walk of a clue: along the pinyin where the clue gives a range of it, else along what leads it."""
    rest = dict(clue.beginnings)
    lead = clue.lead.value
    spoken = clue.pinyin or clue.spoken
    if clue.lead is Lead.INITIALS and not spoken:
        spoken = clue.initials[0]
    is_short = clue.lead is Lead.INITIALS and len(clue.initials) < SHORT_INITIALS
    is_short = is_short or (clue.lead is Lead.NAME and len(clue.name) == 1)
    if by_pinyin or (spoken and not unit.is_wide and is_short) or clue.lead is Lead.PINYIN:
        rest.pop("pinyin", None)
        along = [*unit.by_pinyin]
        if spoken:
            along.append(_begins(_residents.c.pinyin, spoken))
        if by_pinyin:
            along += asked.few
        questions = asked.everything_but("few") if by_pinyin else asked.everything()
        return Walk(("pinyin",), tuple(along), (*_texts(rest), *questions))
    begin = rest.pop(lead)
    keys = (lead,) if clue.lead is Lead.NAME else (lead, "pinyin")
    return Walk(keys, (*unit.people, _begins(_residents.c[lead], begin)), (*_texts(rest), *asked.everything()))


def _texts(beginnings: dict[str, str]) -> tuple[Question, ...]:
    return tuple(
        lambda c, name=name, begin=begin: _begins(c[name], begin)  # type: ignore[misc]
        for name, begin in beginnings.items()
    )


def _meets(columns: Any, clue: Clue) -> ColumnElement[bool]:
    return and_(*(_begins(columns[name], begin) for name, begin in clue.beginnings))


def _begins(column: Any, begin: str) -> ColumnElement[bool]:
    """A beginning as a range in code point order, which row-level security lets an index answer, unlike LIKE."""
    return and_(column >= begin, column < begin + LAST_CHARACTER)


def _born(wanted: Wanted, today: date) -> tuple[date | None, date | None]:
    """First and last birth date of the ages that are wanted, both included."""
    first = None
    if wanted.age_to is not None:
        # Who has not yet attained the age after the last one.
        first = latest_birth_date(age=wanted.age_to + 1, on=today)
    last = None if wanted.age_from is None else latest_birth_date(age=wanted.age_from, on=today)
    return first, last


def _within_ages(columns: Any, born: tuple[date | None, date | None]) -> ColumnElement[bool]:
    after, last = born
    conditions = [] if after is None else [columns.birth_date > after]
    if last is not None:
        conditions.append(columns.birth_date <= last)
    return and_(*conditions)


def _statements(number: int, walk: Walk, place: Place, limit: int) -> Sequence[Any]:
    """Who is found on a walk, and how far it has looked where it was stopped before its end."""
    after = walk.after(place)
    conditions = [*walk.along] if after is None else [*walk.along, after]
    base = select(*_residents.c).select_from(walk.source).where(*conditions).order_by(*walk.ordered())
    if not walk.asked:
        people = base.limit(limit + 1).subquery("people")
        return [_rows(number, walk, people, is_mark=False)]
    people = base.limit(BUDGET).subquery("people")
    questions = [one(people.c) for one in walk.asked]
    found = (
        _rows(number, walk, people, is_mark=False).where(*questions).order_by(*_order(walk, people)).limit(limit + 1)
    )
    last = base.offset(BUDGET - 1).limit(1).subquery("last")
    return [found, _rows(number, walk, last, is_mark=True)]


def _order(walk: Walk, people: Any) -> list[Any]:
    return [*(people.c[key] for key in walk.keys), people.c.id]


def _rows(number: int, walk: Walk, people: Any, *, is_mark: bool) -> Any:
    keys = [collate(cast(people.c[key], Text), "C") for key in walk.keys]
    keys += [literal("", Text)] * (2 - len(keys))
    return select(
        literal(number).label("walk"),
        literal(is_mark).label("is_mark"),
        keys[0].label("key1"),
        keys[1].label("key2"),
        people.c.county_code.label("county_code"),
        people.c.id.label("id"),
    ).select_from(people)


def _read_key(kind: type, text: str) -> Any:
    """Read a sort value from a cursor. Raises `InvalidCursor`."""
    try:
        if kind is date:
            return date.fromisoformat(text)
        return int(text) if kind is int else text
    except ValueError:
        raise InvalidCursor(pointer="/after") from None
