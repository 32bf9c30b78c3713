"""Every line of the bank's files is booked whole, kept as failed, or set aside: never lost, never twice, never in part."""

from __future__ import annotations

from datetime import date

import pytest

from api.errors import DomainError
from api.services import collection_batches, collection_files, collection_returns, two_persons
from api.vocabulary import CollectionResult, CollectionState, Rhythm
from tests import factories
from tests.collection.worlds import TODAY, Office, balances, books, codes, findings, lines_of, outcomes, payer


@pytest.fixture
def office(session):
    return Office.of(session)


@pytest.fixture
def sent(session, office):
    """A batch of four people that the bank has not answered."""
    people = [
        payer(session, name=name, tier_fen=tier)
        for name, tier in (("梁一", 10_000), ("簕竹", 20_000), ("𠮷田", 50_000), ("欧阳四", 10_000))
    ]
    batch = office.sent()
    assert batch.line_count == 4
    return batch, people


def test_good_lines_are_on_the_accounts_and_in_the_books(session, office, sent):
    batch, people = sent
    taken = office.load(batch, office.answers(batch))
    assert [(one.posted_count, one.failed_count, one.finding_count) for one in taken.returns] == [(4, 0, 0), (0, 0, 0)]
    assert batch.state is CollectionState.CLOSED
    held = balances(session)
    assert [held[one.id] for one in people] == [(10_000, 3_000), (20_000, 3_000), (50_000, 3_000), (10_000, 3_000)]
    assert books(session) == {
        "income_account": 90_000,
        "subsidy_receivable": 12_000,
        "liability_personal": -90_000,
        "liability_gov": -12_000,
    }
    assert set(outcomes(session, batch).values()) == {CollectionResult.DEDUCTED}


def test_what_the_bank_refused_is_kept_with_its_words_and_nothing_is_booked(session, office, sent):
    batch, people = sent
    poor = str(people[1].id)
    taken = office.load(batch, office.answers(batch, refuse=lambda cells: cells["social_number"] == poor))
    assert [(one.posted_count, one.failed_count) for one in taken.returns] == [(3, 0), (0, 1)]
    assert batch.state is CollectionState.CLOSED
    assert (batch.deducted_fen, batch.failed_fen) == (70_000, 20_000)
    assert balances(session)[people[1].id] == (0, 0)


def rewritten(files, index, change):
    """The files with the cells of one of them changed."""
    name, content = files[index]
    rows = [row.split("|") for row in content.decode("gb18030").split("\r\n") if row]
    changed = "".join("|".join(row) + "\r\n" for row in change(rows)).encode("gb18030")
    return [*files[:index], (name, changed), *files[index + 1 :]]


def with_cell(row, place, value):
    def change(rows):
        rows[row][place] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "code", "posted"),
    [
        (with_cell(1, 3, "119.99"), "other_amount", 3),
        (with_cell(1, 3, "100"), "unreadable", 3),
        (with_cell(1, 1, "李四"), "other_person", 3),
        (with_cell(1, 2, "440783195001011234"), "other_person", 3),
        (with_cell(1, 0, "4407830000000999"), "other_person", 3),
        (with_cell(1, 4, "44078320110010000099"), "unknown", 3),
        (with_cell(1, 4, "NONSENSE"), "unknown", 3),
        (with_cell(1, 5, "E999"), "unreadable", 3),
        (lambda rows: [*rows, rows[0]], "repeated", 4),
        (lambda rows: [*rows, [*rows[0][:3], "300.00", *rows[0][4:]]], "contradictory", 3),
        (lambda rows: [*rows, ["一行", "不全"]], "unreadable", 4),
    ],
)
def test_a_bad_line_is_set_aside_and_the_good_ones_are_booked(session, office, sent, change, code, posted):
    batch, _ = sent
    taken = office.load(batch, rewritten(office.answers(batch), 0, change))
    record = taken.returns[0]
    assert record.posted_count == posted
    assert record.line_count == record.posted_count + record.failed_count + record.finding_count
    assert set(codes(session, batch)) == {code}
    assert batch.state is (CollectionState.CLOSED if posted == 4 else CollectionState.POSTED)
    assert sum(personal for personal, _ in balances(session).values()) == batch.deducted_fen


def test_the_same_bytes_again_have_no_effect_and_another_file_of_the_name_is_another(session, office, sent):
    batch, _ = sent
    files = office.answers(batch, refuse=lambda cells: cells["name"] == "梁一")
    first = office.load(batch, files)
    after = (balances(session), books(session))
    again = office.load(batch, files)
    assert again.repeated
    assert [one.id for one in again.returns] == [one.id for one in first.returns]
    other = office.load(batch, [(files[0][0], files[0][1].rstrip(b"\r\n"))])
    assert not other.repeated
    assert set(codes(session, batch)) == {"repeated"}
    assert (balances(session), books(session)) == after


def test_paid_after_refused_and_refused_after_paid_are_contradictions(session, office, sent):
    batch, people = sent
    name = people[0].name
    refused = office.answers(batch, refuse=lambda cells: cells["name"] == name)
    paid = office.answers(batch)
    office.load(batch, refused)
    after = balances(session)
    office.load(batch, [paid[0]])
    found = [(one.code.value, one.seq) for one in findings(session, batch)]
    assert found == [("contradictory", 1), ("repeated", 2), ("repeated", 3), ("repeated", 4)]
    assert balances(session) == after
    assert after[people[0].id] == (0, 0)


def test_a_line_in_both_files_waits_for_two_persons_even_when_a_later_file_agrees(session, office, sent):
    batch, people = sent
    good, bad = office.answers(batch)
    row = good[1].decode("gb18030").split("\r\n")[0].split("|")
    both = [good, (bad[0], ("|".join([*row[:5], "余额不足", "E001"]) + "\r\n").encode("gb18030"))]
    office.load(batch, both)
    assert codes(session, batch) == ["contradictory", "contradictory"]
    assert balances(session)[people[0].id] == (0, 0)
    office.load(batch, [(good[0], "|".join(row).encode("gb18030"))])
    assert codes(session, batch) == ["contradictory"] * 3
    assert batch.state is CollectionState.POSTED


def test_files_of_other_names_and_days_are_refused_as_a_whole(session, office, sent):
    batch, _ = sent
    name, content = office.answers(batch)[0]
    other = office.compute(year=2011)
    assert other.line_count == 0
    for wrong in (name.replace("2011001", "2011002"), name.replace("DKFK", "DFFK"), "unknown.txt"):
        with pytest.raises(DomainError):
            office.load(batch, [(wrong, content)])
    for day in (date(2011, 3, 10), date(2011, 3, 17)):
        with pytest.raises(collection_returns.DeductionDayUnfit):
            office.load(batch, [(name, content)], on=day)
    for actor in (office.clerk, office.reviewer):
        with pytest.raises(two_persons.SamePerson):
            collection_returns.load(
                session, actor=actor, keyring=factories.KEYRING, batch_id=batch.id, files=[(name, content)],
                deducted_on=TODAY, today=TODAY,
            )  # fmt: skip
    with pytest.raises(collection_batches.CollectionStateUnfit):
        office.load(other, [(name, content)])
    assert outcomes(session, batch) == {}


def test_files_are_the_same_bytes_again_and_only_a_third_person_releases(session, office):
    payer(session, name="欧阳\U00020164")
    batch = office.compute()
    with pytest.raises(collection_batches.CollectionStateUnfit):
        office.release(batch)
    with pytest.raises(two_persons.SamePerson):
        collection_batches.approve(
            session, actor=office.clerk, batch_id=batch.id, given_hash=batch.content_hash, expected_version=1,
            today=TODAY,
        )  # fmt: skip
    office.approve(batch)
    for actor in (office.clerk, office.reviewer):
        with pytest.raises(two_persons.SamePerson):
            collection_files.release(session, actor=actor, keyring=factories.KEYRING, batch_id=batch.id, today=TODAY)
    first = office.release(batch)
    assert [one.id for one in office.release(batch)] == [one.id for one in first]
    ((name, content),) = office.download(batch)
    assert name == "YHDKFS4407832011001001.TXT"
    cells = content.decode("gb18030").rstrip("\r\n").split("|")
    assert (cells[1], cells[3], cells[4]) == ("欧阳\U00020164", "100.00", "44078320110010000001")
    assert cells[5].startswith("622848")
    assert batch.deadline_on == date(2011, 3, 16)


def test_another_bank_is_another_template_and_no_code(session):
    office = Office.of(session, layout="postal_savings_csv")
    people = [payer(session, name=name) for name in ("𠮷一", "簕二", "王三")]
    batch = office.sent()
    ((name, content),) = office.download(batch)
    assert name == "DK4407832011001001.csv"
    assert content.decode("utf-8").split("\n")[0].split(",")[2] == "𠮷一"
    files = office.answers(batch, refuse=lambda cells: cells["name"] == "王三")
    assert [one[0] for one in files] == ["DKJG4407832011001001-ok.csv", "DKJG4407832011001001-err.csv"]
    office.load(batch, files)
    assert batch.state is CollectionState.CLOSED
    assert [balances(session)[one.id][0] for one in people] == [10_000, 10_000, 0]


def test_instalments_bring_the_subsidy_with_the_one_that_completes_the_year(session, office):
    quarterly = payer(session, rhythm=Rhythm.QUARTERLY, tier_fen=10_000)
    monthly = payer(session, rhythm=Rhythm.MONTHLY, tier_fen=10_000)
    paid = 0
    for month in range(1, 13):
        day = date(2011, month, 20)
        batch = office.compute(today=day)
        if batch.line_count:
            office.approve(batch, today=day)
            office.release(batch, today=day)
            office.load(batch, office.answers(batch), on=day, today=day)
            paid += batch.line_count
    held = balances(session)
    assert held[quarterly.id] == held[monthly.id] == (10_000, 3_000)
    assert paid == 16


def test_the_own_share_of_those_whom_government_helps_brings_governments_part(session, office):
    helped = payer(session, tier_fen=20_000, disability_grade=1)
    nothing = payer(session, tier_fen=10_000, disability_grade=2)
    batch = office.sent()
    (line,) = lines_of(session, batch)
    assert (line.resident_id, line.amount_fen, line.government_paid_fen) == (helped.id, 10_000, 10_000)
    assert batch.summary["left_out"] == {"government_paid": 1}
    office.load(batch, office.answers(batch))
    assert balances(session)[helped.id] == (10_000, 13_000)
    assert balances(session)[nothing.id] == (0, 0)
