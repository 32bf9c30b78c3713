"""Half a year of the scheme over a synthetic 三埠街道: roster, enrolment, contributions, interest, awards, payments, reports.

Deterministic in the number of residents and the seed. Everything goes through the services that an office uses.
"""

from __future__ import annotations

import json
import tempfile
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import WHOLE, Actor, DatabaseRole, county_of, next_id, system_actor
from api.demo import deductions, desks, government_money, money_desks
from api.demo.office import Offices, actor_of
from api.demo.population import write_roster
from api.demo.users import PASSWORD, TOWN, demo_users
from api.demo.village_life import VillageLife
from api.errors import DomainError
from api.models import User
from api.services import divisions, installation, ledger_seals, passwords, roster_imports
from api.vocabulary import RoleName

if TYPE_CHECKING:
    from api.crypto import Keyring
    from api.database import Database
    from api.services.participation import Report

MONTHS = tuple(date(2010 + (9 + step) // 12, (9 + step) % 12 + 1, 1) for step in range(6))
ROSTER_DAY = date(2010, 9, 20)
EXPLAINED = MONTHS[-1]
"""Month at whose end the assistants have asked everybody who is still outside."""
HELPED = date(2011, 2, 1)
"""Month in which a village's collective helps some of its people to pay."""
INTEREST_DAY = date(2011, 1, 5)
CLAIM_DAY = date(2011, 1, 12)
LAST_DAY = date(2011, 4, 15)
"""Business date that the demonstration stops at: April's run is still to be made by whoever tries it."""
PROVINCE = 440000000000
Progress = Callable[[str], None]


class DemoExists(DomainError):
    """There are people in this database already; a demonstration never mixes with them."""

    status = 409
    code = "demo-exists"
    title = "数据库中已有数据，演示数据只能装入空库"


@dataclass(frozen=True, slots=True)
class MonthPlayed:
    """What happened in one month; money in fen."""

    month: date
    enrolled: int
    contributions: int
    deducted: int
    """Of the contributions, those that the bank deducted."""
    cash_fen: int
    awarded: int
    paid_lines: int
    paid_fen: int
    refused_lines: int
    report: Report


@dataclass(slots=True)
class Played:
    """What the demonstration did."""

    residents: int = 0
    accepted: int = 0
    refused: int = 0
    interest_fen: int = 0
    interest_accounts: int = 0
    claimed_fen: int = 0
    proved_accounts: int = 0
    months: list[MonthPlayed] = field(default_factory=list)
    desks: desks.Desks | None = None
    """Cases that wait for somebody; None when the demonstration stopped earlier."""


def is_loaded(database: Database) -> bool:
    """Tell whether a demonstration was played to its end."""
    return bool(installation.demo_users(database))


def play(
    database: Database,
    keyring: Keyring,
    *,
    residents: int,
    seed: int,
    as_of: date = LAST_DAY,
    progress: Progress = lambda _: None,
) -> Played:
    """Load the people and play every month that ends by `as_of`. Raises `DemoExists` in a database with people."""
    _refuse_second(database)
    _load_divisions(database)
    staff = _load_users(database)
    offices = Offices(database, keyring, VillageLife(seed), staff)
    played = Played(residents=residents)
    progress(f"导入 {residents:,} 人的名册")
    _import_roster(offices, played, residents=residents, seed=seed)
    for month_no, month in enumerate(MONTHS):
        last = month.replace(day=monthrange(month.year, month.month)[1])
        if last > as_of:
            break
        if month == date(2011, 1, 1):
            progress("2010 年度结息")
            _post_interest(offices, played)
        if month_no:
            # After the interest of the year, which still belongs to December.
            offices.close_books(MONTHS[month_no - 1], month.replace(day=8))
        if month == date(2011, 1, 1):
            progress("2010 年度补贴申报、封存与年度证明")
            played.claimed_fen = government_money.claim_subsidies(offices, 2010, CLAIM_DAY)
            played.proved_accounts = government_money.prove_year(offices, 2010, CLAIM_DAY)
        progress(f"{month:%Y 年 %m 月}：登记、缴费、核定、发放、通报")
        played.months.append(_play_month(offices, month, month_no, last))
        if month == EXPLAINED:
            progress(f"{month:%Y 年 %m 月}：入户登记未参保原因")
            offices.explain(last)
    if as_of >= LAST_DAY:
        progress("2011 年 4 月：在办登记、变更、注销和疑似重复")
        # March is ready to be closed by whoever tries it.
        offices.load_statements(MONTHS[-1], LAST_DAY)
        played.desks = desks.lay_out(offices, LAST_DAY)
        money_desks.propose_tiers(offices)
        ledger_seals.seal_all(database)
    _finish(database, as_of)
    return played


def _refuse_second(database: Database) -> None:
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        if session.execute(text("SELECT EXISTS (SELECT 1 FROM residents)")).scalar_one():
            raise DemoExists


def _load_divisions(database: Database) -> None:
    content = resources.files("api.demo").joinpath("divisions.csv").read_bytes()
    with database.unit_of_work(system_actor(PROVINCE)) as session:
        divisions.import_file(session, content)


def _load_users(database: Database) -> dict[str, Actor]:
    """Create the people of the offices; one hash serves all, since their password is public anyway."""
    hashed = passwords.hash_password(PASSWORD)
    with database.unit_of_work(system_actor(PROVINCE)) as session:
        for number, person in enumerate(demo_users(), start=1):
            county_code = county_of(person.division_code)
            session.add(
                User(
                    county_code=county_code,
                    id=next_id(session, county_code),
                    division_code=person.division_code,
                    username=person.username,
                    person_key=f"demo-{number:03d}",
                    display_name=person.display_name,
                    role=person.role,
                    password_hash=hashed,
                )
            )
        session.flush()
        users = session.scalars(select(User).order_by(col(User.id))).all()
        return {user.username: actor_of(user) for user in users}


def _import_roster(offices: Offices, played: Played, *, residents: int, seed: int) -> None:
    """Write the roster as a village office would send it, and bring it in like any other."""
    with tempfile.TemporaryDirectory(prefix="nongbao-demo-") as folder:
        path = Path(folder) / "roster.csv"
        write_roster(path, residents=residents, seed=seed)
        result = roster_imports.import_roster(
            offices.database,
            offices.keyring,
            actor=offices.of_role(RoleName.TOWN_CLERK),
            content=path,
            division_code=TOWN,
            as_of=ROSTER_DAY,
        )
    # The roster came in on a day of 2010, not on the day somebody tries the demonstration.
    with offices.database.unit_of_work(offices.of_role(RoleName.COUNTY_CLERK)) as session:
        session.execute(text("UPDATE residents SET created_at = :day, updated_at = :day"), {"day": ROSTER_DAY})
        session.execute(text("UPDATE resident_facts SET recorded_at = :day"), {"day": ROSTER_DAY})
    played.accepted = result.accepted
    played.refused = len(result.refused)


def _post_interest(offices: Offices, played: Played) -> None:
    run = offices.post_interest(2010, INTEREST_DAY)
    played.interest_fen = run.total_fen
    played.interest_accounts = run.row_count


def _play_month(offices: Offices, month: date, month_no: int, last: date) -> MonthPlayed:
    """Enrol, collect, remit, award, pay and freeze: the month's work in the order of the calendar."""
    enrolled = offices.enrol_month(month, month_no, month.replace(day=20))
    contributions, _ = offices.collect(month.year, month, month_no - 3, month.replace(day=28))
    cash_fen = offices.remit(month.replace(day=28))
    # In the last month the bank takes a wrong amount from one passbook, and nobody has looked into it yet.
    deducted = deductions.deduct(offices, month, month.replace(day=28), errs=month == MONTHS[-1])
    if month == HELPED:
        assistant = next(one for one in offices.assistants() if one.division_code % 1000 >= desks.FIRST_VILLAGE)
        with offices.database.unit_of_work(assistant) as session:
            people = desks.insured(session, assistant.division_code)
        money_desks.post_collective_list(offices, assistant, people, month.replace(day=28))
    awarded = offices.award(month, month.replace(day=28))
    run, refused = offices.pay(month, last)
    return MonthPlayed(
        month=month,
        enrolled=enrolled,
        contributions=contributions + deducted,
        deducted=deducted,
        cash_fen=cash_fen,
        awarded=awarded,
        paid_lines=run.line_count - refused,
        paid_fen=run.total_fen,
        refused_lines=refused,
        report=offices.freeze(last, last),
    )


def _finish(database: Database, as_of: date) -> None:
    """Leave the business date and the users behind: only a demonstration that was played to its end has them."""
    listed = [
        {
            "username": person.username,
            "password": PASSWORD,
            "role": person.role.value,
            "display_name": person.display_name,
        }
        for person in demo_users()
    ]
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        installation.write_fact(session, installation.BUSINESS_DATE, as_of.isoformat())
        installation.write_fact(session, installation.DEMO_USERS, json.dumps(listed, ensure_ascii=False))
