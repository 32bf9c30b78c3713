"""How a search of residents finds its people: along an index, in the order in which they are shown, never over a table.

A walk is a range of one index. What the index cannot tell is asked of each person that the walk comes by, of at most
`BUDGET` of them at a time: a page may then be shorter than was asked for, and its cursor goes on behind the last one
looked at. So the worst question costs what `BUDGET` rows cost, however many people there are.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from api.database import county_of, scope_of
from api.exchange.name_queries import Lead
from api.services.pages import InvalidCursor
from api.services.resident_questions import ENDED, Asked, Binder, Wanted, any_clue, begins, no_clue, texts
from api.vocabulary import BenefitState, EnrolmentState, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.exchange.name_queries import Clue, NameQuery
    from api.services.resident_questions import Question

BUDGET = 1_000
"""People that one walk looks at for one page where more is asked than its index knows: a few milliseconds."""
TOWN_SPAN = 1_000
FEW_YEARS, OLD = 5, 75
"""Ages so few wide, and from this age on, are few enough to walk along the birth dates of a county."""
SHORT_INITIALS = 3
_KINDS: dict[str, type] = {"birth_date": date, "household_id": int}
"""Sort values that are no text."""


class Place(NamedTuple):
    """Where a page ends: the walk and the sort values of the last person looked at."""

    walk: int
    key1: str
    key2: str
    id: int


START = Place(0, "", "", -1)


@dataclass(frozen=True, slots=True)
class Walk:
    """A range of an index over `source`, where r is the resident, in the order of `keys` and the id."""

    keys: tuple[str, ...]
    along: tuple[Question, ...]
    asked: tuple[Question, ...] = ()
    source: str = "residents AS r"
    id_column: str = "r.id"

    @property
    def order(self) -> str:
        """Columns of the order."""
        return ", ".join([*(f"r.{name}" for name in self.keys), self.id_column])

    def after(self, place: Place, bind: Binder) -> str:
        """Condition of those behind a place. Raises `InvalidCursor`."""
        given = [
            bind(_read_key(_KINDS.get(key, str), text))
            for key, text in zip(self.keys, (place.key1, place.key2), strict=False)
        ]
        return f"({self.order}) > ({', '.join([*given, bind(place.id)])})"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit as conditions; the county goes first so that a cluster asks one shard."""

    county: int | None
    """None above the counties."""
    low: int
    high: int
    is_merged: bool
    """Whether rows are asked for that have been merged into another. Else they are nobody: the kept row is the person."""

    @classmethod
    def of(cls, division_code: int, *, is_merged: bool) -> _Unit:
        low, high = scope_of(division_code)
        return cls(county_of(low) if county_of(low) == county_of(high) else None, low, high, is_merged)

    @property
    def is_wide(self) -> bool:
        """Above a town: its people come in the order of their names from the county's own index."""
        return self.low // TOWN_SPAN != self.high // TOWN_SPAN

    @property
    def in_county(self) -> list[Question]:
        """The county as a condition."""
        county = self.county
        return [] if county is None else [lambda row, bind: f"{row}.county_code = {bind(county)}"]

    @property
    def people(self) -> list[Question]:
        """Who belongs to the unit, and is somebody."""
        sign = "=" if self.is_merged else "<>"
        return [*self.here, lambda row, _: f"{row}.status {sign} 'merged'"]

    @property
    def here(self) -> list[Question]:
        """What of any table belongs to the unit."""
        if self.low == self.high:
            return [*self.in_county, lambda row, bind: f"{row}.division_code = {bind(self.low)}"]
        return [
            *self.in_county,
            lambda row, bind: f"{row}.division_code BETWEEN {bind(self.low)} AND {bind(self.high)}",
        ]

    @property
    def by_pinyin(self) -> list[Question]:
        """The same, told so that an index in the order of the pinyin answers it."""
        if self.is_wide:
            return self.people
        return [*self.people, lambda row, bind: f"{row}.town_code = {bind(self.low // TOWN_SPAN)}"]


def find(division_code: int, wanted: Wanted, *, today: date, after: Place, limit: int) -> tuple[str, Binder]:
    """Return the statement that finds a page, with its parameters, of one row more than `limit`.

    Columns: walk, is_mark, key1, key2, county_code and id. A row with `is_mark` is no find: it says how far its walk
    has looked. Raises `InvalidCursor`.
    """
    walks = plan(division_code, wanted, today=today)
    if not 0 <= after.walk < len(walks):
        raise InvalidCursor(pointer="/after")
    bind = Binder()
    parts: list[str] = []
    for number in range(after.walk, len(walks)):
        place = after if number == after.walk else START
        parts += _statements(number, walks[number], place, limit, bind)
    # The parts are read one after the other and no further than the page needs: EXPLAIN calls the rest never executed.
    return " UNION ALL ".join(f"({part})" for part in parts) + f" LIMIT {limit + 1}", bind


def plan(division_code: int, wanted: Wanted, *, today: date) -> list[Walk]:
    """Choose the walks that answer a search of a unit, in the order in which their people are shown."""
    unit = _Unit.of(division_code, is_merged=wanted.status is ResidentStatus.MERGED)
    asked = Asked.of(wanted, today)
    if wanted.household_id is not None:
        house = wanted.household_id
        return [Walk((), (*unit.people, lambda row, bind: f"{row}.household_id = {bind(house)}"), asked.everything())]
    if wanted.household_number:
        return [_by_household_number(unit, wanted.household_number, _with_names(asked.everything(), wanted.names))]
    names = wanted.names
    if names is None or not names.is_selective:
        rare = _by_state(unit, wanted, asked)
        if rare is not None:
            return [rare]
    if names is not None:
        return _by_names(unit, names, asked)
    if not asked.few and unit.is_wide and _are_few_years(wanted):
        return [Walk(("birth_date",), (*unit.people, asked.others["ages"]), asked.everything_but("ages"))]
    return [Walk(("pinyin",), (*unit.by_pinyin, *asked.few), asked.everything_but("few"))]


def _with_names(questions: Sequence[Question], names: NameQuery | None) -> tuple[Question, ...]:
    return (*questions, *(() if names is None else (any_clue(names.clues),)))


def _by_household_number(unit: _Unit, number: str, asked: tuple[Question, ...]) -> Walk:
    """The people of houses with a 户号, house by house."""
    source = "households AS h INNER JOIN residents AS r ON r.county_code = h.county_code AND r.household_id = h.id"
    houses = (_of(one, "h") for one in unit.here)
    number = unicodedata.normalize("NFKC", number).strip()
    along = (*unit.people, *houses, lambda _, bind: f"h.number = {bind(number)}")
    return Walk(("household_id",), along, asked, source)


def _by_state(unit: _Unit, wanted: Wanted, asked: Asked) -> Walk | None:
    """People in a state that few are in, in the order of their ids; None where a walk by name serves."""
    if asked.few:
        return None
    if wanted.enrolment not in {None, EnrolmentState.COUNTY_APPROVED}:
        table, but, condition = (
            "enrolments",
            "enrolment",
            f"s.state = '{wanted.enrolment}' AND s.state <> 'county_approved'",
        )
    elif wanted.benefit not in {None, BenefitState.ACTIVE}:
        table, but, condition = "benefits", "benefit", f"s.state = '{wanted.benefit}' AND s.state <> 'active'"
    else:
        return None
    if wanted.enrolment in ENDED:
        # One may have left twice, and is shown once.
        condition += (
            " AND NOT EXISTS (SELECT 1 FROM enrolments AS t WHERE t.county_code = s.county_code AND t.state = s.state "
            "AND t.resident_id = s.resident_id AND t.id < s.id AND t.state <> 'county_approved')"
        )
    # OFFSET 0 keeps the planner from turning the look at each person into a walk over all of them.
    source = (
        f"{table} AS s CROSS JOIN LATERAL (SELECT * FROM residents AS x "
        "WHERE x.county_code = s.county_code AND x.id = s.resident_id OFFSET 0) AS r"
    )
    # Enrolments and benefits follow their person to a new village, so that their unit is the person's.
    along = [_of(unit_question, "s") for unit_question in unit.here]
    along += [lambda _row, _bind: "r.status <> 'merged'"]
    questions = _with_names(asked.everything_but(but), wanted.names)
    return Walk((), (*along, lambda _row, _bind: condition), questions, source, "s.resident_id")


def _of(question: Question, row: str) -> Question:
    """The same question about another row than the resident's."""
    return lambda _, bind: question(row, bind)


def _are_few_years(wanted: Wanted) -> bool:
    if wanted.age_from is None:
        return False
    if wanted.age_to is None:
        return wanted.age_from >= OLD
    return wanted.age_to - wanted.age_from < FEW_YEARS or wanted.age_from >= OLD


def _by_names(unit: _Unit, names: NameQuery, asked: Asked) -> list[Walk]:
    """One walk for each clue; whoever meets an earlier clue is left out."""
    walks: list[Walk] = []
    for number, clue in enumerate(names.clues):
        walk = _by_clue(unit, clue, asked, by_pinyin=not names.is_selective and bool(asked.few))
        if number:
            walk = replace(walk, asked=(*walk.asked, no_clue(names.clues[:number])))
        walks.append(walk)
    return walks


def _by_clue(unit: _Unit, clue: Clue, asked: Asked, *, by_pinyin: bool) -> Walk:
    """The walk of a clue: along the pinyin where the clue gives a range of it, else along what leads it."""
    rest = dict(clue.beginnings)
    spoken = clue.pinyin or clue.spoken or clue.initials[:1]
    is_short = clue.lead is Lead.INITIALS and len(clue.initials) < SHORT_INITIALS
    is_short = is_short or (clue.lead is Lead.NAME and len(clue.name) == 1 and bool(spoken))
    is_short = is_short or (clue.lead is Lead.GIVEN_NAME and len(clue.given_name) == 1)
    if clue.lead is Lead.PINYIN or by_pinyin or (is_short and not unit.is_wide):
        rest.pop("pinyin", None)
        along = (*unit.by_pinyin, *((begins("pinyin", spoken),) if spoken else ()))
        if by_pinyin:
            return Walk(("pinyin",), (*along, *asked.few), (*texts(rest), *asked.everything_but("few")))
        return Walk(("pinyin",), along, (*texts(rest), *asked.everything()))
    lead = clue.lead.value
    keys = (lead,) if clue.lead is Lead.NAME else (lead, "pinyin")
    begin = begins(lead, rest.pop(lead))
    return Walk(keys, (*unit.people, begin), (*texts(rest), *asked.everything()))


def _statements(number: int, walk: Walk, place: Place, limit: int, bind: Binder) -> list[str]:
    """Who is found on a walk, and how far it has looked where it was stopped before its end."""
    if not walk.asked:
        return [_rows(number, walk, _along(walk, place, bind, f"LIMIT {limit + 1}"), is_mark=False)]
    people = _along(walk, place, bind, f"LIMIT {BUDGET}")
    questions = " AND ".join(f"({one('p', bind)})" for one in walk.asked)
    # By the column itself that the walk is ordered by: of another that is equal the planner does not know it.
    order = ", ".join(f"p.{name}" for name in (*walk.keys, "at"))
    found = _rows(number, walk, people, is_mark=False) + f" WHERE {questions} ORDER BY {order} LIMIT {limit + 1}"
    last = _along(walk, place, bind, f"OFFSET {BUDGET - 1} LIMIT 1", only_place=True)
    return [found, _rows(number, walk, last, is_mark=True)]


def _along(walk: Walk, place: Place, bind: Binder, bounds: str, *, only_place: bool = False) -> str:
    conditions = [one("r", bind) for one in walk.along]
    if place.id >= 0:
        conditions.append(walk.after(place, bind))
    columns = ", ".join(f"r.{name}" for name in (*walk.keys, "county_code", "id")) if only_place else "r.*"
    return f"SELECT {columns}, {walk.id_column} AS at FROM {walk.source} WHERE {' AND '.join(conditions)} ORDER BY {walk.order} {bounds}"


def _rows(number: int, walk: Walk, people: str, *, is_mark: bool) -> str:
    keys = [f'p.{key}::text COLLATE "C"' for key in walk.keys]
    keys += ["''"] * (2 - len(keys))
    return (
        f"SELECT {number} AS walk, {is_mark} AS is_mark, {keys[0]} AS key1, {keys[1]} AS key2, p.county_code, p.id "
        f"FROM ({people}) AS p"
    )


def _read_key(kind: type, text: str) -> Any:
    """Read a sort value from a cursor. Raises `InvalidCursor`."""
    try:
        if kind is date:
            return date.fromisoformat(text)
        return int(text) if kind is int else text
    except ValueError:
        raise InvalidCursor(pointer="/after") from None
