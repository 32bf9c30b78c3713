"""The divisions of the test data, and readers and judges with the defaults of the acceptance."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from api.exchange.roster_scope import RosterScope

DATA = Path(__file__).parent.parent / "data"
TOWN = 440783001000
AS_OF = dt.date(2011, 1, 1)


@pytest.fixture(scope="session")
def divisions() -> dict[int, str]:
    with (DATA / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return {int(row["code"]): row["name"] for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def scope(divisions: dict[int, str]) -> RosterScope:
    return RosterScope(divisions=divisions, division_code=TOWN, as_of=AS_OF)
