"""A county of any size, seeded in sets by the superuser: roster, approved enrolments, accounts with lines, pensions.

Everything follows from the number and the seed below; balances, lines and journals agree, so that `nongbao verify`
stays green on it. A town has about 8,400 residents, of whom 60 % have an account and 15 % draw a pension.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import psycopg

from api.crypto import Keyring
from api.exchange.pinyin import pinyin_columns
from bench import people_names

if TYPE_CHECKING:
    from bench.machine import Machine

SEED = 20_110_331
COUNTY = 440783
COUNTY_DIVISION = COUNTY * 1_000_000
BASE_ID = COUNTY * 10**10
FIRST_SERIAL = 100_000
FIRST_HOUSE = 4_000_000_000
TOWN_RESIDENTS = 8_400
VILLAGES = 20
PENSIONERS, HOLDERS = 15, 60
"""Of every hundred residents the first 15 draw a pension and the first 60 have an account."""
KEYRING = Keyring.from_secret(b"a secret of the benchmarks and of nothing else, long enough")
MAKER, CHECKER, FINANCE = (BASE_ID + 1, BASE_ID + 2, BASE_ID + 3)
FIRST_COLLECTOR = 10
COLLECTORS = 16
PASSWORD = "a password for benchmarks only"
BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How the world looks. `years` are those of the account lines, one line per person and year."""

    residents: int
    years: tuple[int, ...] = (2010,)
    has_roster: bool = True

    @property
    def towns(self) -> int:
        """Number of towns."""
        return max(1, round(self.residents / TOWN_RESIDENTS))


def seed(machine: Machine, template: str, name: str, shape: Shape) -> str:
    """Make a database with the world in it, vacuumed and analysed; return its name."""
    machine.clone(template, name)
    with psycopg.connect(machine.dsn(name), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '128MB'")
        insert_divisions(connection, shape)
        insert_users(connection, shape.towns)
        _stage_people(connection, shape)
        if shape.has_roster:
            _insert_households(connection, shape)
            _copy_residents(connection, shape)
            for statement in ROSTER_STEPS:
                connection.execute(statement, FACTS)
        for statement in ACCOUNT_STEPS:
            connection.execute(statement, FACTS | {"years": list(shape.years), "through": _through(shape)})
        connection.execute("DROP TABLE bench_people")
        connection.execute("ALTER SEQUENCE resident_serials RESTART 50000000")
        connection.execute("ALTER SEQUENCE serials RESTART 50000000")
        connection.execute("VACUUM (ANALYZE)")
    return name


FACTS = {"county": COUNTY, "base": BASE_ID, "maker": MAKER, "checker": CHECKER, "finance": FINANCE}


def _through(shape: Shape) -> date | None:
    """Interest stands posted to the year before the last one; a world of one year has none yet."""
    return date(max(shape.years) - 1, 12, 31) if max(shape.years) > 2010 else None


def insert_divisions(connection: psycopg.Connection, shape: Shape) -> None:
    """The county, its towns from 101 on, and twenty villages in each."""
    connection.execute(
        """
        INSERT INTO divisions (code, name, level, kind, parent_code, in_scope)
        SELECT 440000000000, '基准省', 'province', NULL, NULL, TRUE
        UNION ALL SELECT 440700000000, '基准市', 'city', NULL, 440000000000, TRUE
        UNION ALL SELECT %(unit)s, '基准县', 'county', NULL, 440700000000, TRUE
        UNION ALL
        SELECT %(unit)s + (100 + t) * 1000, '第' || t || '镇', 'town', NULL, %(unit)s, TRUE
          FROM generate_series(1, %(towns)s) t
        UNION ALL
        SELECT %(unit)s + (100 + t) * 1000 + 200 + v, t || '镇' || v || '村委会', 'village', 'village',
               %(unit)s + (100 + t) * 1000, TRUE
          FROM generate_series(1, %(towns)s) t, generate_series(1, %(villages)s) v
        """,
        {"unit": COUNTY_DIVISION, "towns": shape.towns, "villages": VILLAGES},
    )


def insert_users(connection: psycopg.Connection, towns: int) -> None:
    """Three persons of the county for money, and collectors who sign in."""
    from argon2 import PasswordHasher

    # The hash is cheap, since what is measured begins after signing in.
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    users = [(MAKER, "bench_clerk", "county_clerk"), (CHECKER, "bench_reviewer", "county_reviewer")]
    users.append((FINANCE, "bench_finance", "finance"))
    rows = [(BASE_ID + FIRST_COLLECTOR + n, f"bench_collector_{n}", "town_clerk") for n in range(COLLECTORS)]
    for number, (user_id, username, role) in enumerate([*users, *rows]):
        # Collectors sit in the towns, in turn.
        unit = COUNTY_DIVISION
        if number >= len(users):
            unit += (101 + (number - len(users)) % towns) * 1000
        connection.execute(
            """
            INSERT INTO users (county_code, id, division_code, username, person_key, display_name, role, password_hash)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [COUNTY, user_id, unit, username, username, username, role, hashed],
        )


def birth_dates(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Birth dates and the sequence digits that keep the ID numbers apart: 15 % over 60 in 2011, 45 % older than 16.

    Within a class of ages people take the days in turn, and the next sequence number after each whole turn.
    """
    share = index % 100
    classes = (
        (0, PENSIONERS, "1920-01-01", 11_200),
        (PENSIONERS, HOLDERS, "1951-01-01", 15_300),
        (HOLDERS, 100, "1995-06-01", 5_400),
    )
    born = np.zeros(index.shape, dtype="datetime64[D]")
    sequence = np.zeros(index.shape, dtype=np.int64)
    for low, high, first, days in classes:
        chosen = (share >= low) & (share < high)
        turn = (index[chosen] // 100) * (high - low) + share[chosen] - low
        born[chosen] = np.datetime64(first) + (turn * 7919) % days
        sequence[chosen] = turn // days
    return born, sequence


def division_codes(index: np.ndarray, shape: Shape) -> np.ndarray:
    """Villages of people: they come in order of their units."""
    place = index * (shape.towns * VILLAGES) // shape.residents
    return COUNTY_DIVISION + (101 + place // VILLAGES) * 1000 + 201 + place % VILLAGES


def id17s(born: np.ndarray, sequence: np.ndarray, area: int = COUNTY) -> np.ndarray:
    """First seventeen digits of ID numbers: area, birth date, sequence."""
    years = born.astype("datetime64[Y]").astype(np.int64) + 1970
    months = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    days = (born - born.astype("datetime64[M]")).astype(np.int64) + 1
    return ((area * 10_000 + years) * 10_000 + months * 100 + days) * 1000 + sequence


def _stage_people(connection: psycopg.Connection, shape: Shape) -> None:
    """An unlogged list of who has an account, who draws, and with what amounts; all later steps read it."""
    connection.execute(
        "CREATE UNLOGGED TABLE bench_people (resident_id bigint, division_code bigint, draws boolean, has_award boolean)"
    )
    with connection.cursor() as cursor, cursor.copy("COPY bench_people FROM STDIN") as copy:
        for start in range(0, shape.residents, BLOCK):
            index = np.arange(start, min(start + BLOCK, shape.residents))
            index = index[index % 100 < HOLDERS]
            codes = division_codes(index, shape)
            ids = BASE_ID + FIRST_SERIAL + index
            draws = index % 100 < PENSIONERS
            award = draws & (index % 2 == 0)
            rows = zip(ids.tolist(), codes.tolist(), draws.tolist(), award.tolist(), strict=True)
            copy.write("".join(f"{one}\t{code}\t{draw}\t{has}\n" for one, code, draw, has in rows))


def _copy_residents(connection: psycopg.Connection, shape: Shape) -> None:
    """The roster, with real tokens and seals, in the order of ids."""
    statement = """
        COPY residents (county_code, id, division_code, household_id, document_kind, id_token, name, pinyin, initials, sex, birth_date,
                        ethnicity, hukou_kind, address, village_group, relation, bank_account_sealed, bank_account_index,
                        is_student, employee_insured, dibao, wubao, land_taken, source_id) FROM STDIN
        """
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, shape.residents, BLOCK):
            index = np.arange(start, min(start + BLOCK, shape.residents))
            copy.write("".join(_resident_lines(index, shape)))


def _houses(index: np.ndarray, shape: Shape) -> np.ndarray:
    """Ids of houses: four people who follow one another, where they live in one village."""
    first = index // 4 * 4
    elsewhere = division_codes(index, shape) != division_codes(first, shape)
    return BASE_ID + FIRST_HOUSE + index // 4 * 2 + elsewhere


def _insert_households(connection: psycopg.Connection, shape: Shape) -> None:
    """Every house; the same numbers come again from village to village."""
    index = np.arange(shape.residents)
    houses, first = np.unique(_houses(index, shape), return_index=True)
    rows = zip(houses.tolist(), division_codes(first, shape).tolist(), (first // 4).tolist(), strict=True)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY households (county_code, id, division_code, number, village_group) FROM STDIN") as copy,
    ):
        copy.write(
            "".join(f"{COUNTY}\t{one}\t{code}\t{house % 500 + 1}\t{house % 12 + 1}\n" for one, code, house in rows)
        )


def _resident_lines(index: np.ndarray, shape: Shape) -> list[str]:
    born, sequence = birth_dates(index)
    ids = (BASE_ID + FIRST_SERIAL + index).tolist()
    tokens = KEYRING.id_tokens(id17s(born, sequence))
    numbers = [f"62284804{number:011d}" for number in index.tolist()]
    sealed = KEYRING.seal_column(numbers, table="residents", column="bank_account", row_ids=ids)
    blind = KEYRING.blind_index_column("bank_account", numbers)
    sexes = np.where(sequence % 2 == 1, "male", "female").tolist()
    names = people_names.draw(index)
    spelled = pinyin_columns(names)
    columns = zip(
        ids, division_codes(index, shape).tolist(), _houses(index, shape).tolist(), tokens, names.to_list(),
        spelled["pinyin"].to_list(), spelled["initials"].to_list(), sexes, born.astype(str).tolist(), sealed, blind,
        strict=True,
    )  # fmt: skip
    return [
        f"{COUNTY}\t{one}\t{code}\t{house}\tresident_id\t{token.hex()}\t{name}\t{pinyin}\t{initials}\t{sex}\t{birth}\t"
        f"汉族\trural\t第{one % 12}队{one % 900}号\t{house // 2 % 12 + 1}\t户主\t\\\\x{seal.hex()}\t\\\\x{mark.hex()}\t"
        "f\tf\tf\tf\tf\t1\n"
        for one, code, house, token, name, pinyin, initials, sex, birth, seal, mark in columns
    ]


ROSTER_STEPS = (
    """
    INSERT INTO enrolments (county_code, id, resident_id, division_code, tier_fen, applied_on, state, insured_on,
                            created_by_id)
    SELECT %(county)s, resident_id + 1000000000, resident_id, division_code, CASE WHEN draws THEN 0 ELSE 20000 END,
           '2010-10-08', 'county_approved', '2010-10-20', %(base)s + 9
      FROM bench_people
    """,
    """
    INSERT INTO enrolment_decisions (county_code, id, enrolment_id, division_code, round, step, decision, decided_by_id,
                                     decided_on)
    SELECT %(county)s, p.resident_id + 2000000000 + 1000000000 * s.n::bigint, p.resident_id + 1000000000, p.division_code, 1, s.step,
           'approve', %(base)s + 900 + s.n, '2010-10-20'
      FROM bench_people p,
           (VALUES (1, 'village_check'), (2, 'township_review'), (3, 'county_approval')) AS s (n, step)
    """,
    """
    INSERT INTO awards (county_code, id, resident_id, division_code, basis, state, start_month, required_years,
                        paid_years, personal_fen, gov_fen, account_pension_fen, basic_pension_fen, breakdown,
                        proposed_by_id, decided_by_id, decided_on)
    SELECT %(county)s, resident_id + 6000000000, resident_id, division_code,
           CASE WHEN has_award THEN 'turning_60' ELSE 'launch_cohort' END, 'approved', '2011-02-01', 0, 0,
           CASE WHEN has_award THEN 100000 ELSE 0 END, CASE WHEN has_award THEN 3000 ELSE 0 END,
           CASE WHEN has_award THEN 741 ELSE 0 END, 5500, '{}', %(maker)s, %(checker)s, '2011-01-20'
      FROM bench_people WHERE draws
    """,
    """
    INSERT INTO benefits (county_code, resident_id, division_code, award_id, state, start_month, award_personal_fen,
                          award_gov_fen, account_pension_fen)
    SELECT county_code, resident_id, division_code, id, 'active', start_month, personal_fen, gov_fen, account_pension_fen
      FROM awards
    """,
)

LINE = """
    CASE WHEN p.has_award THEN 100000 WHEN p.draws THEN 0 ELSE 20000 END
"""
ACCOUNT_STEPS = (
    # One line per person and year: a contribution of 200 yuan with 30 of subsidy, the award's thousand for pensioners.
    f"""
    INSERT INTO account_lines (county_code, resident_id, journal_id, value_year, value_month, division_code, personal_fen,
                               gov_fen, contribution_year)
    SELECT %(county)s, p.resident_id, %(base)s + y.year * 10000 + p.division_code / 1000 %% 1000, y.year,
           CASE WHEN y.year = 2010 THEN 10 ELSE 3 END, p.division_code, {LINE}, 3000, y.year
      FROM unnest(%(years)s::smallint[]) AS y (year), bench_people p
     WHERE NOT p.draws OR p.has_award
     ORDER BY y.year, p.resident_id
    """,
    """
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id)
    SELECT %(county)s, journal_id, division_code / 1000 * 1000, 'contribution', make_date(value_year, 10, 8),
           'bench:' || journal_id, %(maker)s, %(checker)s
      FROM (SELECT DISTINCT ON (journal_id) * FROM account_lines ORDER BY journal_id) l
    """,
    """
    INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
    SELECT %(county)s, t.journal_id, f.fund_account, 0, t.town, f.debit_fen, f.credit_fen
      FROM (SELECT journal_id, division_code / 1000 * 1000 AS town, sum(personal_fen)::bigint AS personal_fen,
                   sum(gov_fen)::bigint AS gov_fen
              FROM account_lines GROUP BY 1, 2) t
     CROSS JOIN LATERAL (VALUES ('income_account', t.personal_fen, 0), ('liability_personal', 0, t.personal_fen),
                                -- Government has paid for what was before: nothing of it is owed any more.
                                ('treasury_account', t.gov_fen, 0), ('liability_gov', 0, t.gov_fen)
     ) AS f (fund_account, debit_fen, credit_fen)
    """,
    """
    INSERT INTO accounts (county_code, resident_id, division_code, personal_fen, gov_fen, state, opened_on,
                          interest_through)
    SELECT %(county)s, p.resident_id, p.division_code, coalesce(l.personal_fen, 0), coalesce(l.gov_fen, 0),
           CASE WHEN p.draws THEN 'drawing' ELSE 'open' END, '2010-10-20', %(through)s
      FROM bench_people p
      LEFT JOIN (SELECT resident_id, sum(personal_fen)::bigint AS personal_fen, sum(gov_fen)::bigint AS gov_fen
                   FROM account_lines GROUP BY resident_id) l ON l.resident_id = p.resident_id
     ORDER BY p.resident_id
    """,
)
