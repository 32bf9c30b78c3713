"""A county of people with names as they are spread, quick to make and told twice: to the database and to Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import psycopg

from api.exchange.pinyin import name_pinyin
from api.policy.ages import age_on
from tests.factories import KEYRING

if TYPE_CHECKING:
    from api.database import Database

COUNTY = 440783
TODAY = date(2011, 3, 31)
TOWNS = (440783001000, 440783101000)
VILLAGES = tuple(town + 200 + n for town in TOWNS for n in (10, 11, 12))
SURNAMES = ("陈",) * 8 + ("梁", "黄", "单", "区", "仇", "谌", "欧阳", "尉迟", "尉", "曾", "解", "司徒", "𠮷")
GIVEN = ("小明", "秀英", "明", "英", "小", "建国", "小英", "志明", "·马", "x", "")
FLAGS = ("is_student", "employee_insured", "other_pension", "dibao", "wubao", "land_taken")
STATES = ("draft", "returned", "county_approved", "rejected", "terminated")


@dataclass(frozen=True)
class Person:
    """Everything that a search may ask."""

    id: int
    division: int
    name: str
    given_name: str
    pinyin: str
    initials: str
    birth_date: date
    group: str | None
    household: str | None
    flags: frozenset[str]
    grade: int | None
    status: str
    enrolments: tuple[str, ...]
    benefit: str | None

    @property
    def age(self) -> int:
        """Full years."""
        return age_on(self.birth_date, TODAY)

    @property
    def alive_enrolment(self) -> str | None:
        """The state of the application that is not over."""
        return next((one for one in self.enrolments if one not in {"rejected", "terminated"}), None)


class People(list[Person]):
    """People whom a failing test does not print one by one."""

    def __repr__(self) -> str:
        return f"<{len(self)} people>"


def make_people(count: int, seed: int = 7) -> People:
    """Draw people."""
    draw = random.Random(seed)
    return People(_person(draw, n) for n in range(count))


def _person(draw: random.Random, number: int) -> Person:
    surname, given = draw.choice(SURNAMES), draw.choice(GIVEN)
    name = surname + given
    width = len(surname) if len(name) > 2 else 1
    pinyin, initials = name_pinyin(name)
    enrolments = []
    if draw.random() < 0.2:
        enrolments += ["rejected"] * draw.randint(1, 2)
    if draw.random() < 0.6:
        enrolments.append(draw.choice(("draft", "returned", "county_approved", "county_approved", "terminated")))
    return Person(
        id=COUNTY * 10**10 + 1_000_000 + number,
        division=draw.choice(VILLAGES),
        name=name,
        given_name=name[width:],
        pinyin=pinyin,
        initials=initials,
        birth_date=TODAY - timedelta(days=draw.randint(0, 36_500)),
        group=draw.choice(("1", "2", None)),
        household=draw.choice(("1", "2", None)),
        flags=frozenset(flag for flag in FLAGS[:-1] if draw.random() < 0.1),
        grade=draw.choice((None,) * 8 + (1, 2, 3, 4)),
        status=draw.choice(("alive",) * 8 + ("dead", "moved_out")),
        enrolments=tuple(enrolments),
        benefit=draw.choice((None, None, "active", "suspended", "stopped")),
    )


def insert(database: Database, people: list[Person]) -> None:
    """Write people as the superuser, who is quick."""
    with psycopg.connect(database.url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("INSERT INTO divisions (code, name, level, kind, parent_code, in_scope) VALUES "
                       "(440783101000, '另镇', 'town', NULL, 440783000000, TRUE) ON CONFLICT DO NOTHING")  # fmt: skip
        houses = {(v, n): COUNTY * 10**10 + 500_000 + 10 * i + int(n) for i, v in enumerate(VILLAGES) for n in "12"}
        cursor.executemany(
            "INSERT INTO households (county_code, id, division_code, number) VALUES (440783, %s, %s, %s)",
            [(one, village, number) for (village, number), one in houses.items()],
        )
        columns = "county_code, id, division_code, household_id, document_kind, id_token, name, pinyin, initials, sex, birth_date, "
        columns += "hukou_kind, village_group, disability_grade, status, source_id, " + ", ".join(FLAGS)
        with cursor.copy(f"COPY residents ({columns}) FROM STDIN") as copy:
            for p in people:
                house = houses.get((p.division, p.household)) if p.household else None
                copy.write_row(
                    (COUNTY, p.id, p.division, house, "resident_id", str(KEYRING.id_token(44078319700101000 + p.id % 10**8)), p.name, p.pinyin, p.initials, "male",
                     p.birth_date, "rural", p.group, p.grade, p.status, 1, *(flag in p.flags for flag in FLAGS))
                )  # fmt: skip
        with cursor.copy(
            "COPY enrolments (county_code, id, resident_id, division_code, tier_fen, applied_on, state, created_by_id) FROM STDIN"
        ) as copy:
            for p in people:
                for n, state in enumerate(p.enrolments):
                    copy.write_row((COUNTY, p.id * 4 % 10**16 + n, p.id, p.division, 0, TODAY, state, 1))
        with cursor.copy(
            "COPY benefits (county_code, resident_id, division_code, award_id, state, start_month) FROM STDIN"
        ) as copy:
            for p in people:
                if p.benefit:
                    copy.write_row((COUNTY, p.id, p.division, 1, p.benefit, date(2010, 10, 1)))
