"""The split of a run equals api/policy line by line, to the fen: odd compositions, empty accounts, several months."""

from __future__ import annotations

import random
from datetime import date

import pytest
from sqlalchemy import text

from api.models import Account
from api.policy.money import BySource
from api.policy.payments import split_payment
from tests.payments.worlds import Office, lines_of, pensioner

MONTHS = [date(2010, 10, 1), date(2010, 11, 1), date(2010, 12, 1), date(2011, 1, 1)]


def compositions(chance):
    """Awards of every shape: one source, ties between sources, a few fen, sums that round both ways."""
    for _ in range(110):
        kind = chance.randrange(6)
        if kind == 0:
            yield BySource(chance.randint(1, 500))
        elif kind == 1:
            same = chance.randint(1, 100_000)
            yield BySource(same, same, same)
        elif kind == 2:
            yield BySource(chance.randint(0, 300), chance.randint(0, 300), chance.randint(1, 300))
        elif kind == 3:
            yield BySource(0, chance.randint(1, 99_999), chance.randint(0, 99_999))
        else:
            yield BySource(chance.randint(0, 400_000), chance.randint(0, 50_000), chance.randint(1, 90_000))


def part_of(chance, composition):
    """A balance that is what was awarded, or is nearly or wholly used up in some sub-accounts."""
    if chance.random() < 0.3:
        return composition

    def left(fen):
        return chance.choice([0, fen, min(fen, chance.randint(0, 40)), fen // 139, fen // 70])

    return BySource(left(composition.personal_fen), left(composition.collective_fen), left(composition.gov_fen))


@pytest.mark.parametrize("seed", [1, 2])
def test_split_of_a_run_equals_the_law_line_by_line(session, seed):
    chance = random.Random(seed)
    office = Office.of(session)
    office.refuse = lambda line: line.resident_id % 7 == 3 and line.seq % 2 == 0
    world = {}
    for composition in compositions(chance):
        balance = part_of(chance, composition)
        person = pensioner(
            session, award=composition, balance=balance, start=chance.choice(MONTHS[:3]),
            village=440783001210 + chance.randrange(6),
        )  # fmt: skip
        count = chance.choice([0, 0, 1, 5, 137, 138, 300])
        session.execute(
            text("UPDATE accounts SET paid_count = :n WHERE resident_id = :i"), {"n": count, "i": person.id}
        )
        world[person.id] = [composition, balance, count]
    seen = short = several = 0
    for month in MONTHS:
        run = office.compute(month)
        lines = lines_of(session, run)
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
        planned = {person: list(state) for person, state in world.items()}
        for line in sorted(lines, key=lambda one: (one.resident_id, one.month)):
            composition, balance, count = planned[line.resident_id]
            several += planned[line.resident_id] != world[line.resident_id]
            expected = split_payment(
                count + 1, pension_fen=line.account_fen, composition=composition, balance=balance
            ) if line.account_fen else None  # fmt: skip
            debits = expected.debits if expected else BySource()
            fund = (expected.fund_fen if expected else 0) + line.basic_fen
            assert (line.personal_fen, line.collective_fen, line.gov_fen, line.fund_fen) == (
                debits.personal_fen, debits.collective_fen, debits.gov_fen, fund,
            ), (composition, balance, count)  # fmt: skip
            planned[line.resident_id][1] = balance - debits
            planned[line.resident_id][2] = count + (1 if line.account_fen else 0)
            seen += 1
            short += fund > line.basic_fen
        office.approve(run)
        office.release(run)
        refused = {(line.resident_id, line.month) for line in lines if office.refuse(line)}
        paid = [line for line in lines if (line.resident_id, line.month) not in refused]
        office.load(run, office.answers(run))
        for line in paid:
            state = world[line.resident_id]
            state[1] -= BySource(line.personal_fen, line.collective_fen, line.gov_fen)
            state[2] += 1 if line.account_fen else 0
    for person, (_, balance, count) in world.items():
        account = session.get(Account, (440783, person), populate_existing=True)
        held = (account.personal_fen, account.collective_fen, account.gov_fen, account.paid_count)
        assert held == (balance.personal_fen, balance.collective_fen, balance.gov_fen, count)
    assert seen > 350
    assert short > 30
    assert several > 15
