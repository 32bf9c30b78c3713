"""What a bank, a cable or a villain may do to return files: 500 of them, each loaded into the same sent batch and undone.

After each every account holds the whole sum due or nothing, every line of every file is accounted for, and the checks of
`nongbao verify` hold. The seed is printed; MUTATION_SEED repeats a run. All 500 take more than a minute, so that each push
plays the first 120, five of each way; FULL_TESTS plays all.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from api.database import undone
from api.errors import DomainError
from api.exchange.bank_layouts_loader import load_layout
from api.services import verification
from api.vocabulary import CollectionResult, CollectionState, Rhythm
from tests.collection.worlds import LAYOUT, Office, balances, findings, lines_of, outcomes, payer

MUTATIONS = 500 if os.environ.get("FULL_TESTS") else 120
CHECKS = (
    *("01_fund_lines_balance", "03_account_lines_equal_control", "04_balances_equal_lines", "05_never_below_zero"),
    *("07_two_persons_move_money", "14_contributions_in_ledger", "34_contribution_years_once"),
    *("80_collection_lines_once", "81_collection_batches_equal_lines", "82_collection_returns_add_up"),
    *("83_collection_in_ledger", "84_collection_persons"),
)
NAMES = ("梁一", "簕竹", "𠮷田", "欧阳四", "周五", "黄六", "何七", "冯八", "司徒九", "关十")


@pytest.fixture(scope="module")
def seed():
    number = int(os.environ.get("MUTATION_SEED", "20110316"))
    print(f"\nseed of the mutations: {number}")
    return number


class Mutator:
    """Changes an honest pair of files in one way; `foreign` are lines of another batch."""

    def __init__(self, dice, files, foreign):
        self.dice, self.files, self.foreign = dice, [(name, content) for name, content in files], foreign

    def rows(self, index):
        return [row for row in self.files[index][1].split(b"\r\n") if row]

    def write(self, index, rows, end=b"\r\n"):
        name = self.files[index][0]
        self.files[index] = (name, b"".join(row + end for row in rows))

    def pick(self):
        """A file that has lines, its lines, and a place in it."""
        index = self.dice.choice([index for index in range(len(self.files)) if self.rows(index)])
        rows = self.rows(index)
        return index, rows, self.dice.randrange(len(rows))

    def cell(self, place, change):
        index, rows, row = self.pick()
        cells = rows[row].decode("gb18030", "replace").split("|")
        if len(cells) <= place or (not cells[place].isalnum() and place != 3):
            return
        cells[place] = change(cells[place])
        rows[row] = "|".join(cells).encode("gb18030")
        self.write(index, rows)

    def one_byte(self):
        index = self.dice.choice([index for index in range(len(self.files)) if self.files[index][1]])
        name, content = self.files[index]
        at = self.dice.randrange(len(content))
        self.files[index] = (name, content[:at] + bytes([self.dice.randrange(256)]) + content[at + 1 :])

    def bytes_lost(self):
        index = self.dice.choice([index for index in range(len(self.files)) if self.files[index][1]])
        name, content = self.files[index]
        at = self.dice.randrange(len(content))
        self.files[index] = (name, content[:at] + content[at + self.dice.randint(1, 9) :])

    def dropped(self):
        index, rows, row = self.pick()
        self.write(index, rows[:row] + rows[row + 1 :])

    def doubled(self):
        index, rows, row = self.pick()
        self.write(index, [*rows, rows[row]])

    def shuffled(self):
        index, rows, _ = self.pick()
        self.dice.shuffle(rows)
        self.write(index, rows)

    def foreign_line(self):
        index, rows, row = self.pick()
        self.write(index, [*rows[:row], self.dice.choice(self.foreign), *rows[row:]])

    def other_amount(self):
        self.cell(
            3, lambda _: self.dice.choice(["119.99", "0.01", "100.01", "99.99", "100", "-100.00", "1000.00", "0.00"])
        )

    def other_name(self):
        self.cell(1, lambda name: self.dice.choice(["李四", name + "氏", "", name[:1]]))

    def other_document(self):
        self.cell(
            2, lambda text: self.dice.choice([text[:-1] + "0", text[:10] + "9" + text[11:], "", "440783195001011234"])
        )

    def other_social(self):
        self.cell(0, lambda text: str(int(text) + 1) if text.isdecimal() else "7")

    def other_number(self):
        self.cell(4, lambda text: text[:-1] + str(self.dice.randrange(10)))

    def number_of_neighbour(self):
        index, rows, row = self.pick()
        cells = [one.decode("gb18030", "replace").split("|") for one in rows]
        other = self.dice.choice(cells)
        if min(len(other), len(cells[row])) > 4:
            cells[row][4] = other[4]
        self.write(index, ["|".join(one).encode("gb18030") for one in cells])

    def truncated(self):
        index = self.dice.choice([index for index in range(len(self.files)) if self.files[index][1]])
        name, content = self.files[index]
        self.files[index] = (name, content[: self.dice.randrange(len(content))])

    def other_batch(self):
        name, _ = self.files[0]
        self.files[0] = (name, b"".join(row + b"\r\n" for row in self.foreign))

    def swapped(self):
        (good, paid), (bad, failed) = self.files
        self.files = [(good, failed), (bad, paid)]

    def in_both(self):
        _, rows, row = self.pick()
        cells = rows[row].decode("gb18030", "replace").split("|")[:5]
        for index, more in ((0, ["AAAAAAA"]), (1, ["余额不足", "E001"])):
            self.write(index, [*self.rows(index), "|".join([*cells, *more]).encode("gb18030")])

    def line_feeds(self):
        index, rows, _ = self.pick()
        self.write(index, rows, end=b"\n")

    def blank_tail(self):
        name, content = self.files[0]
        self.files[0] = (name, content + b"\r\n\r\n\x1a")

    def blank_inside(self):
        index, rows, row = self.pick()
        self.write(index, [*rows[:row], b"", *rows[row:]])

    def empty(self):
        index = self.dice.randrange(2)
        self.files[index] = (self.files[index][0], b"")

    def merged_lines(self):
        index, rows, _ = self.pick()
        self.write(index, [b"".join(rows[:2]), *rows[2:]])


WAYS = [name for name in vars(Mutator) if not name.startswith("_") and name not in {"rows", "write", "pick", "cell"}]


def count_lines(content):
    body = content.rstrip(b"\r\n\x1a")
    return body.count(b"\n") + 1 if body else 0


def test_no_mutated_file_moves_a_wrong_fen_and_no_line_is_lost(session, seed):
    dice = random.Random(seed)
    office = Office.of(session)
    rhythms = (Rhythm.YEARLY, Rhythm.YEARLY, Rhythm.QUARTERLY, Rhythm.MONTHLY)
    for place, name in enumerate(NAMES):
        payer(session, name=name, tier_fen=10_000 if place % 3 else 20_000, rhythm=rhythms[place % 4])
    batch = office.sent()
    elsewhere = [payer(session, name=f"外{number}") for number in range(3)]
    foreign_batch = office.sent()
    assert foreign_batch.line_count == len(elsewhere)
    foreign = office.answers(foreign_batch)[0][1].rstrip(b"\r\n").split(b"\r\n")
    due = {
        line.resident_id: (line.amount_fen, line.government_paid_fen + line.subsidy_fen)
        for line in lines_of(session, batch)
    }
    numbers = {line.seq: line.resident_id for line in lines_of(session, batch)}
    poor = set(dice.sample(sorted(due), 3))
    honest = office.answers(batch, refuse=lambda cells: int(cells["social_number"]) in poor)
    tally: Counter[str] = Counter()
    for round_number in range(MUTATIONS):
        way = WAYS[round_number % len(WAYS)]
        mutator = Mutator(dice, honest, foreign)
        getattr(mutator, way)()
        if dice.random() < 0.3:
            getattr(mutator, dice.choice(WAYS[:12]))()
        where = (seed, round_number, way)
        with undone(session):
            together = dice.random() < 0.6
            uploads = [mutator.files] if together else [[one] for one in dice.sample(mutator.files, len(mutator.files))]
            for files in uploads:
                lines = sum(count_lines(content) for content in {content for _, content in files})
                taken = office.load(batch, files)
                told = sum(one.posted_count + one.failed_count + one.finding_count for one in taken.returns)
                assert told == sum(one.line_count for one in taken.returns), where
                if len({content for _, content in files}) == len(files):
                    assert told == lines, where
            final = outcomes(session, batch)
            held = balances(session)
            for seq, resident_id in numbers.items():
                should = due[resident_id] if final.get(seq) is CollectionResult.DEDUCTED else (0, 0)
                assert held[resident_id] == should, where
                # What the bank did not deduct is on no account, whatever the files look like.
                if resident_id in poor:
                    assert held[resident_id] == (0, 0), where
            assert all(held[person.id] == (0, 0) for person in elsewhere), where
            is_whole = len(final) == batch.line_count
            assert (batch.state is CollectionState.CLOSED) is is_whole, where
            aside = findings(session, batch)
            assert all(one.raw_sealed and one.state.value == "open" for one in aside), where
            tally.update(one.code.value for one in aside)
            tally["posted"] += sum(one is CollectionResult.DEDUCTED for one in final.values())
            again = office.load(batch, mutator.files)
            assert again.repeated, where
            assert balances(session) == held, where
            for name in CHECKS:
                check = verification.run_check(session, name)
                assert check.ok, (where, name, check.rows)
        batch = session.merge(batch, load=True)
    print(f"{MUTATIONS} mutated files: {dict(tally)}")
    for code in ("unreadable", "unknown", "other_amount", "other_person", "repeated", "contradictory"):
        assert tally[code], code


def test_the_layout_of_the_mutations_is_the_one_in_use():
    assert load_layout(LAYOUT).separator == "|"
    with pytest.raises(DomainError):
        load_layout("no such bank")
