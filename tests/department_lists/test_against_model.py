"""The comparison in SQL against a model of it in plain Python, over made-up registers and lists."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from api.services import resident_facts
from api.vocabulary import DepartmentListKind, FactKind
from tests import factories
from tests.department_lists.worlds import AS_OF, Desk, person

NAMES = ("陈秀英", "陈秀芳", "梁有福", "黄大文")
GRADES = ("1", "2", "3", "4")
VILLAGES = (factories.VILLAGE, factories.OTHER_VILLAGE)


def register(session, desk, rng):
    """People with and without the fact, dead, gone and in two villages: everything that the model has to know of them."""
    people = []
    for _ in range(40):
        birth_date = date(1960, 1, 1) + timedelta(days=rng.randrange(1200))
        one = person(session, name=rng.choice(NAMES), birth_date=birth_date, village=rng.choice(VILLAGES))
        held = rng.choice((None, rng.choice(GRADES)))
        since = rng.choice((None, date(2009, 1, 1) + timedelta(days=rng.randrange(900))))
        if held is not None:
            resident_facts.begin(
                session, actor=desk.clerk, resident=one.resident, kind=FactKind.DISABILITY, value=held, begins_on=since,
                evidence=None,
            )  # fmt: skip
        status = rng.choice(("alive",) * 6 + ("dead", "moved_out"))
        session.execute(text("UPDATE residents SET status = :status WHERE id = :id"), {"status": status, "id": one.id})
        people.append(
            {
                "id": one.id, "number": one.number, "name": one.name, "birth_date": birth_date, "held": held,
                "since": since if held else None, "status": status, "village": one.resident.division_code,
            }
        )  # fmt: skip
    return people


def listed(people, rng):
    """Rows about some of them, about nobody, under other names, with other grades and days; each number once."""
    rows = []
    for one in rng.sample(people, 25):
        day = one["birth_date"]
        number = (
            one["number"]
            if rng.random() < 0.7
            else factories.id_number(
                rng.choice((day, day + timedelta(days=rng.randrange(-400, 400)), day.replace(day=1)))
            )
        )
        name = one["name"] if rng.random() < 0.85 else rng.choice(NAMES)
        on = rng.choice((None, one["since"], date(2010, 1, 1) + timedelta(days=rng.randrange(400))))
        on = None if on is None or on > AS_OF else on
        rows.append((name, number, rng.choice((one["held"] or "2", rng.choice(GRADES))), on))
    return rows


def near(birth_date, other):
    apart = abs((birth_date - other).days)
    return apart <= 366 or (apart <= 3653 and (birth_date.month, birth_date.day) == (other.month, other.day))


def model(people, rows, unit, *, complete):
    """What the comparison must say: outcomes by row, candidates by row, and who is missing."""
    low, high = (unit, unit) if unit % 1000 else (unit, unit + 999)
    inside = {one["number"]: one for one in people if low <= one["village"] <= high}
    named = {inside[number]["id"] for _, number, _, _ in rows if number in inside}
    told = []
    for name, number, grade, on in rows:
        one = inside.get(number)
        candidates = []
        if one is None:
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
            found = [
                (abs((other["birth_date"] - born).days), other["id"])
                for other in inside.values()
                if other["name"] == name and other["id"] not in named and near(other["birth_date"], born)
            ]
            candidates = [str(other) for _, other in sorted(found)[:5]]
            outcome = "same_name_other_id" if candidates else "not_found"
        elif one["name"] != name:
            outcome = "other_name"
        elif one["status"] != "alive":
            outcome = {"dead": "already_dead", "moved_out": "moved_out"}[one["status"]]
        elif one["held"] is None:
            outcome = "added"
        elif one["held"] != grade or (on is not None and one["since"] is not None and on != one["since"]):
            outcome = "changed"
        else:
            outcome = "unchanged"
        told.append((name, outcome, candidates))
    missing = {
        one["id"]
        for one in inside.values()
        if complete
        and one["held"] is not None
        and one["status"] == "alive"
        and one["id"] not in named
        and (one["since"] is None or one["since"] <= AS_OF)
    }
    unclear = {name for name, outcome, _ in told if outcome in {"not_found", "same_name_other_id"}}
    sure = {one["id"] for one in inside.values() if one["id"] in missing and one["name"] not in unclear}
    return told, missing, sure


@pytest.mark.parametrize("seed", range(12))
def test_sql_and_model_agree_row_by_row(session, seed):
    rng = random.Random(seed)
    desk = Desk(session)
    people = register(session, desk, rng)
    rows = listed(people, rng)
    unit = rng.choice((*VILLAGES, factories.TOWN))
    complete = rng.random() < 0.7
    cells = [(name, number, grade, "", "" if on is None else on.isoformat()) for name, number, grade, on in rows]
    brought = desk.bring(DepartmentListKind.DISABILITY, *cells, complete=complete, division=unit)
    assert brought.refused == []
    told, missing, sure = model(people, rows, unit, complete=complete)
    kept = desk.rows(brought.found)
    assert [(row.name, row.outcome.value, row.candidates) for row in kept if row.file_row] == told
    assert {row.resident_id for row in kept if not row.file_row} == missing
    assert {row.resident_id for row in kept if not row.file_row and row.is_chosen} == sure
    effects = {"added": "begin", "changed": "change", "removed": "end"}
    assert all(row.effect.value == effects.get(row.outcome.value, "none") for row in kept)
    assert sum(brought.found.counts.values()) == len(kept)


@pytest.mark.parametrize("seed", range(4))
def test_after_approval_the_same_list_changes_nothing_more(session, seed):
    """What was applied agrees with the list, so that comparing again finds only what somebody has to look at."""
    rng = random.Random(100 + seed)
    desk = Desk(session)
    people = register(session, desk, rng)
    rows = listed(people, rng)
    cells = [(name, number, grade, "", "" if on is None else on.isoformat()) for name, number, grade, on in rows]
    first = desk.bring(DepartmentListKind.DISABILITY, *cells, complete=True)
    done = desk.approve(first.found)
    refused = {row.resident_id for row in desk.rows(done) if row.refusal}
    chosen = done.chosen_count
    assert done.applied_count + done.stale_count == chosen
    assert chosen > 0
    second = desk.bring(
        DepartmentListKind.DISABILITY, *cells, complete=True, content=None, as_of=date(2011, 3, 16)
    ).found
    again = {row.resident_id for row in desk.rows(second) if row.is_chosen}
    assert again <= refused
