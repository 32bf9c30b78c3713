"""Random lives of a few people, lived twice: through the services, and in a model of days that knows no table.

The model holds for each probe day where somebody is, of which hukou, alive or not, and what holds of them; an event changes
the days from its own on. Nothing here looks at how the register is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from api.database import system_actor
from api.errors import DomainError
from api.exchange.containers import OPERATOR_LIMITS
from api.policy.ages import attains_on
from api.policy.parameters import parameters_on
from api.policy.participation import excluding_kinds, explaining_kinds
from api.services import fact_records, reinstatements, resident_facts, residents, roster_imports
from api.services.resident_rows import lock
from api.vocabulary import FactKind, HukouKind, ReinstatementKind, ResidentStatus, RoleName
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from api.database import Actor

TODAY = date(2012, 11, 30)
PROBES = [date(2010, 11, 30), date(2011, 3, 31), date(2011, 9, 1), date(2012, 3, 31), date(2012, 11, 30)]
DAYS = sorted({day + timedelta(shift) for day in PROBES for shift in (-1, 0, 1)} - {TODAY + timedelta(1)})
VILLAGES = [440783001210, 440783001211, 440783001212]
BIRTHS = [date(1995, 3, 31), date(1995, 4, 1), date(1996, 2, 29), date(1960, 5, 1), date(2001, 1, 1)]
KINDS = [FactKind.STUDENT, FactKind.EMPLOYEE_INSURED, FactKind.PRISONER, FactKind.UNWILLING, FactKind.DIBAO]
FLAGGED = {FactKind.STUDENT: "在校学生", FactKind.EMPLOYEE_INSURED: "参加职保", FactKind.DIBAO: "低保"}
COUNTY = 440783000000


@dataclass
class Span:
    """A fact as days: from `begin` (None: always) to before `end` (None: still)."""

    begin: date | None
    end: date | None = None
    part: date | None = None
    """Begin of the part in the present village, which an import may not reach behind."""

    def holds(self, day: date) -> bool:
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)

    @property
    def is_empty(self) -> bool:
        return self.begin is not None and self.begin == self.end


@dataclass
class Life:
    """One person, day by day."""

    resident_id: int
    number: str
    birth: date
    village: dict[date, int | None]
    hukou: dict[date, HukouKind]
    now_village: int
    now_hukou: HukouKind
    here_since: date | None = None
    arrived: date | None = None
    """First day that the registers know of; what held before it is nobody's business."""
    status: ResidentStatus = ResidentStatus.ALIVE
    gone_on: date | None = None
    facts: dict[FactKind, list[Span]] = field(default_factory=dict)

    def open(self, kind: FactKind) -> Span | None:
        return next((span for span in self.facts.get(kind, []) if span.end is None), None)

    def begin(self, kind: FactKind, day: date | None, *, part: date | None = None) -> None:
        since = self.here_since
        if self.arrived is not None and (day is None or day < self.arrived):
            day = self.arrived
        own = part if part is not None else (since if since and (day is None or day < since) else day)
        self.facts.setdefault(kind, []).append(Span(day, part=own))

    def overlaps(self, kind: FactKind, day: date | None) -> bool:
        spans = [span for span in self.facts.get(kind, []) if not span.is_empty]
        return any(day is None or span.end is None or span.end > day for span in spans)

    def last_end(self, kind: FactKind) -> date | None:
        return max((span.end for span in self.facts.get(kind, []) if span.end), default=None)

    def settle(self, day: date, *, village: int | None, hukou: HukouKind) -> None:
        """Live elsewhere, or under another hukou kind, from a day on."""
        for probe in PROBES:
            if probe >= day:
                self.village[probe] = village
                self.hukou[probe] = hukou
        if village is not None and village != self.now_village:
            for spans in self.facts.values():
                for span in spans:
                    if span.end is None and (span.part is None or span.part < day):
                        span.part = day
        self.now_village = village or self.now_village
        self.now_hukou = hukou

    def belongs(self, day: date) -> int | None:
        """Village of whose list they are on a day, or None."""
        if self.status is ResidentStatus.DEAD and self.gone_on is not None and self.gone_on <= day:
            return None
        if self.hukou[day] is not HukouKind.RURAL or attains_on(self.birth, 16) > day:
            return None
        return self.village[day]

    def reason(self, day: date) -> tuple[bool, FactKind | None]:
        """Whether they are left out of E on a day, and the reason that is told (nobody here ever enrols)."""
        parameters = parameters_on(day)
        holding = {kind for kind, spans in self.facts.items() if any(span.holds(day) for span in spans)}
        for kind in excluding_kinds(parameters):
            if kind in holding:
                return True, kind
        return False, next((kind for kind in explaining_kinds(parameters) if kind in holding), None)


class World:
    """The people, and both ways of living."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        self.second = factories.make_actor(session, RoleName.COUNTY_CLERK)
        self.lives: list[Life] = []

    def _tries(self, act: Callable[[], object]) -> bool:
        """Do it through a service; tell whether it was done."""
        self.session.flush()
        try:
            act()
        except DomainError:
            return False
        self.session.flush()
        return True

    def _row(self, life: Life):
        return lock(self.session, life.resident_id)

    def register(self, draw) -> None:
        birth, village = draw(st.sampled_from(BIRTHS)), draw(st.sampled_from(VILLAGES))
        hukou = draw(st.sampled_from([HukouKind.RURAL, HukouKind.RURAL, HukouKind.NON_RURAL]))
        since = draw(st.sampled_from([None, None, *DAYS]))
        student = draw(st.booleans())
        number = factories.id_number(birth)
        resident = residents.register(
            self.session, factories.KEYRING, actor=self.clerk, division_code=village, other_pension=False, today=TODAY,
            here_since=since,
            record={
                "name": "李四", "id_number": number, "hukou_kind": hukou.label, "student": "是" if student else "否",
            },
        )  # fmt: skip
        came = {probe: village if since is None or since <= probe else None for probe in PROBES}
        life = Life(
            resident.id,
            number,
            birth,
            came,
            dict.fromkeys(PROBES, hukou),
            village,
            hukou,
            here_since=since,
            arrived=since,
        )
        if student:
            life.begin(FactKind.STUDENT, since)
        self.lives.append(life)

    def begin_fact(self, draw, life: Life) -> None:
        kind = draw(st.sampled_from(KINDS))
        day = draw(st.sampled_from([None, *DAYS]))
        done = self._tries(
            lambda: fact_records.record(
                self.session, actor=self.clerk, resident_id=life.resident_id, kind=kind, value=None, begins_on=day,
                review_on=None, evidence="证明", today=TODAY,
            )
        )  # fmt: skip
        may = (day is None or day >= life.birth) and life.open(kind) is None and not life.overlaps(kind, day)
        assert done is may, (kind, day)
        if done:
            life.begin(kind, day)

    def end_fact(self, draw, life: Life) -> None:
        kind, day = draw(st.sampled_from(KINDS)), draw(st.sampled_from(DAYS))
        done = self._tries(
            lambda: resident_facts.end(
                self.session, actor=self.clerk, resident=self._row(life), kind=kind, ended_on=day, evidence="证明"
            )
        )
        span = life.open(kind)
        assert done is (span is not None and (span.begin is None or span.begin <= day)), (kind, day)
        if done:
            span.end = day

    def void_fact(self, draw, life: Life) -> None:
        kind = draw(st.sampled_from(KINDS))
        fact = resident_facts.open_fact(self.session, self._row(life), kind)
        assert (fact is None) is (life.open(kind) is None)
        if fact is not None:
            resident_facts.void(self.session, actor=self.clerk, fact_id=fact.id, version=fact.version, reason="有误")
            life.facts[kind].remove(life.open(kind))

    def move(self, draw, life: Life) -> None:
        village, day = draw(st.sampled_from(VILLAGES)), draw(st.sampled_from(DAYS))
        row = self._row(life)
        done = self._tries(
            lambda: residents.report_move(
                self.session, actor=self.clerk, resident_id=row.id, version=row.version, moved_on=day,
                to_division_code=village, today=TODAY,
            )
        )  # fmt: skip
        alive = life.status is ResidentStatus.ALIVE and day >= life.birth
        stays = village == life.now_village
        assert done is (alive and (stays or life.here_since is None or day >= life.here_since)), day
        if done and not stays:
            life.settle(day, village=village, hukou=life.now_hukou)
            life.here_since = day

    def change_hukou(self, draw, life: Life) -> None:
        hukou, day = draw(st.sampled_from(list(HukouKind))), draw(st.sampled_from(DAYS))
        row = self._row(life)
        done = self._tries(
            lambda: residents.change(
                self.session, factories.KEYRING, actor=self.clerk, resident_id=row.id, version=row.version,
                record={"hukou_kind": hukou.label}, today=TODAY, effective_on=day,
            )
        )  # fmt: skip
        if not done or hukou is life.now_hukou:
            return
        if life.status is not ResidentStatus.ALIVE:
            # Of the gone it is a correction of what they were in their last stay.
            for probe in PROBES:
                if life.here_since is None or probe >= life.here_since:
                    life.hukou[probe] = hukou
            life.now_hukou = hukou
            return
        life.settle(day, village=life.now_village, hukou=hukou)
        life.here_since = day

    def change_flag(self, draw, life: Life) -> None:
        value, day = draw(st.booleans()), draw(st.sampled_from(DAYS))
        row = self._row(life)
        done = self._tries(
            lambda: residents.change(
                self.session, factories.KEYRING, actor=self.clerk, resident_id=row.id, version=row.version,
                record={"student": "是" if value else "否"}, today=TODAY, effective_on=day,
            )
        )  # fmt: skip
        assert done is (day >= life.birth)
        span = life.open(FactKind.STUDENT)
        if not done or value is (span is not None):
            return
        if span is not None:
            span.end = day if span.begin is None else max(day, span.begin)
        else:
            life.begin(FactKind.STUDENT, max(day, life.last_end(FactKind.STUDENT) or day))

    def leave(self, draw, life: Life) -> None:
        day = draw(st.sampled_from(DAYS))
        row = self._row(life)
        done = self._tries(
            lambda: residents.report_move(
                self.session, actor=self.clerk, resident_id=row.id, version=row.version, moved_on=day,
                to_division_code=None, today=TODAY,
            )
        )  # fmt: skip
        alive = life.status is ResidentStatus.ALIVE and day >= life.birth
        assert done is (alive and (life.here_since is None or day >= life.here_since))
        if done:
            life.status, life.gone_on = ResidentStatus.MOVED_OUT, day
            life.before_going = dict(life.village)
            for probe in PROBES:
                if probe >= day:
                    life.village[probe] = None

    def die(self, draw, life: Life) -> None:
        day = draw(st.sampled_from(DAYS))
        row = self._row(life)
        was_out, left_on = life.status is ResidentStatus.MOVED_OUT, life.gone_on
        done = self._tries(
            lambda: residents.report_death(
                self.session, actor=self.clerk, resident_id=row.id, version=row.version, died_on=day, source="村报",
                today=TODAY,
            )
        )  # fmt: skip
        assert done is (life.status is not ResidentStatus.DEAD and day >= life.birth)
        if done:
            life.status, life.gone_on = ResidentStatus.DEAD, day
            if was_out and left_on <= day:
                life.here_since = day
            elif was_out:
                # On paper they left after their death: the death is what counts.
                life.village = dict(life.before_going)

    def come_back(self, draw, life: Life) -> None:
        kind = draw(st.sampled_from(list(ReinstatementKind)))
        day = draw(st.sampled_from(DAYS)) if kind is ReinstatementKind.RETURNED else None
        row = self._row(life)
        done = self._tries(
            lambda: reinstatements.reinstate(
                self.session, actor=self.second, resident_id=row.id, version=row.version, kind=kind, returned_on=day,
                evidence="派出所证明", today=TODAY,
            )
        )  # fmt: skip
        was, gone_on = life.status, life.gone_on
        may = was is not ResidentStatus.ALIVE
        if kind is ReinstatementKind.RETURNED:
            may = was is ResidentStatus.MOVED_OUT and day >= gone_on
        assert done is may
        if not done:
            return
        life.status, life.gone_on = ResidentStatus.ALIVE, None
        if kind is ReinstatementKind.RETURNED:
            for probe in PROBES:
                if probe >= day:
                    life.village[probe], life.hukou[probe] = life.now_village, life.now_hukou
            life.here_since = day
        elif was is ResidentStatus.MOVED_OUT:
            life.village = dict(life.before_going)

    def import_file(self, draw, life: Life) -> None:
        """A file about one person: village, hukou and the flags that its columns have."""
        village, day = draw(st.sampled_from(VILLAGES)), draw(st.sampled_from(DAYS))
        hukou = draw(st.sampled_from(list(HukouKind)))
        columns = draw(st.lists(st.sampled_from(list(FLAGGED)), unique=True))
        flags = {kind: draw(st.booleans()) for kind in columns}
        headings = ["姓名", "身份证号", "村代码", "户口性质", *(FLAGGED[kind] for kind in columns)]
        cells = ["李四", life.number, str(village), hukou.label, *("是" if flag else "否" for flag in flags.values())]
        result = roster_imports.load_roster(
            self.session, factories.KEYRING, actor=self.clerk, content=f"{','.join(headings)}\n{','.join(cells)}\n".encode(),
            file_name="f.csv", division_code=440783001000, as_of=day, limits=OPERATOR_LIMITS,
        )  # fmt: skip
        if not result.changed:
            return
        self.session.expire_all()
        changes_hukou = hukou is not life.now_hukou and life.status is ResidentStatus.ALIVE
        on = max(day, life.here_since or day)
        if village != life.now_village or changes_hukou:
            gone = life.status is ResidentStatus.MOVED_OUT
            if gone and life.gone_on is not None:
                # Who has left is moved on paper only.
                life.settle(on, village=village, hukou=hukou)
                for probe in PROBES:
                    if probe >= life.gone_on:
                        life.village[probe] = None
            else:
                life.settle(on, village=village, hukou=hukou)
            life.here_since = on
        elif hukou is not life.now_hukou:
            for probe in PROBES:
                if life.here_since is None or probe >= life.here_since:
                    life.hukou[probe] = hukou
            life.now_hukou = hukou
        for kind, flag in flags.items():
            span = life.open(kind)
            if span is not None and not flag:
                span.end = max(day, span.part or day)
            elif span is None and flag:
                begin = max(day, life.here_since or day, life.last_end(kind) or day)
                life.begin(kind, begin)

    def steps(self) -> list:
        return [
            self.begin_fact, self.begin_fact, self.end_fact, self.void_fact, self.move, self.change_hukou,
            self.change_flag, self.leave, self.die, self.come_back, self.import_file, self.import_file,
        ]  # fmt: skip

    def expected(self, day: date, unit: int) -> dict[int, tuple[int, bool, FactKind | None]]:
        """Names of a unit's register on a day: village, whether left out of E, and the reason."""
        found = {}
        for life in self.lives:
            village = life.belongs(day)
            if village is not None and unit in (village, village // 1000 * 1000):
                found[life.resident_id] = (village, *life.reason(day))
        return found


def scope(unit: int) -> Actor:
    """The unit itself as an actor."""
    return system_actor(unit)
