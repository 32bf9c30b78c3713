"""Passbooks that the bank opens become the account of the person they are for, once, and of nobody else."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.models import Resident
from api.services import account_opening_returns, account_openings, two_persons
from api.vocabulary import OpeningResult, OpeningState, ResidentStatus
from tests import factories
from tests.collection.worlds import COMPUTED, LAYOUT, TODAY, TOWN, UNIT, Office, payer


@pytest.fixture
def office(session):
    return Office.of(session)


def computed(office, *, unit=UNIT, layout=LAYOUT):
    return account_openings.compute(
        office.session, actor=office.clerk, division_code=unit, layout=layout, today=COMPUTED
    )


def sent(office, **facts):
    opening = computed(office, **facts)
    account_openings.approve(
        office.session, actor=office.reviewer, opening_id=opening.id, given_hash=opening.content_hash,
        expected_version=opening.version,
    )  # fmt: skip
    return opening, released(office, opening)


def released(office, opening):
    return account_openings.release(
        office.session, actor=office.finance, keyring=factories.KEYRING, opening_id=opening.id, today=TODAY
    )


def load(office, opening, *files):
    return account_opening_returns.load(
        office.session, actor=office.finance, keyring=factories.KEYRING, opening_id=opening.id, files=files
    )


def answer(files, *, accounts, change=lambda cells: cells):
    """The bank's success file: an account for each line."""
    rows = [row.split("|") for row in files[0].file.content.decode("gb18030").split("\r\n") if row]
    rows = [change([*row[:3], account]) for row, account in zip(rows, accounts, strict=True)]
    name = files[0].file.name.replace("YHKHFS", "YHKHFK").replace(".TXT", "_S.TXT")
    return name, "".join("|".join(row) + "\r\n" for row in rows if row).encode("gb18030")


def account_of(session, person):
    session.refresh(person)
    if person.bank_account_sealed is None:
        return None
    return factories.KEYRING.unseal(
        person.bank_account_sealed, table="residents", column="bank_account", row_id=person.id
    )


def test_what_the_bank_opens_becomes_the_persons_account_as_a_new_version(session, office):
    people = [payer(session, name=name, bank_account=None) for name in ("𠮷一", "簕二")]
    payer(session)
    opening, files = sent(office)
    assert opening.line_count == 2
    assert files[0].file.name == "YHKHFS4407832011001001.TXT"
    assert files[0].file.content.decode("gb18030").split("|")[1] == "𠮷一"
    taken = load(office, opening, answer(files, accounts=["62280000001", "62280000002"]))
    assert [(one.opened_count, one.finding_count) for one in taken.returns] == [(2, 0)]
    assert [account_of(session, one) for one in people] == ["62280000001", "62280000002"]
    assert opening.state is OpeningState.CLOSED
    versions = session.execute(text("SELECT count(*) FROM resident_versions")).scalar()
    assert versions == 2
    assert load(office, opening, answer(files, accounts=["62280000001", "62280000002"])).repeated
    assert session.execute(text("SELECT count(*) FROM resident_versions")).scalar() == 2


def change_name(cells):
    return [cells[0], "李四", *cells[2:]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (change_name, "other_person"),
        (lambda cells: [*cells[:2], "440783195001011234", cells[3]], "other_person"),
        (lambda cells: ["4407830000000999", *cells[1:]], "unknown"),
        (lambda cells: [*cells[:3], "ABC"], "bad_account"),
        (lambda cells: cells[:3], "bad_field_count"),
        (lambda cells: [*cells[:3], "6228480402564890018"], "account_of_another"),
    ],
)
def test_what_does_not_fit_is_set_aside(session, office, change, code):
    payer(session, bank_account="6228480402564890018")
    person = payer(session, bank_account=None)
    opening, files = sent(office)
    taken = load(office, opening, answer(files, accounts=["62280000001"], change=change))
    assert [one["code"] for one in taken.returns[0].findings] == [code]
    assert account_of(session, person) is None
    assert opening.state is OpeningState.SENT


@pytest.mark.parametrize("meanwhile", ["account_known", "gone", "identity_changed"])
def test_facts_that_changed_meanwhile_win(session, office, meanwhile):
    person = payer(session, bank_account=None)
    opening, files = sent(office)
    if meanwhile == "account_known":
        person.bank_account_sealed = factories.KEYRING.seal(
            "62280000009", table="residents", column="bank_account", row_id=person.id
        )
    elif meanwhile == "gone":
        person.status, person.status_on = ResidentStatus.DEAD, date(2011, 3, 1)
    else:
        person.name = "改名"
    session.flush()
    taken = load(office, opening, answer(files, accounts=["62280000001"]))
    assert [one["code"] for one in taken.returns[0].findings] == [meanwhile]
    assert account_of(session, person) == ("62280000009" if meanwhile == "account_known" else None)


def test_failures_are_kept_and_contradictions_change_nothing(session, office):
    person = payer(session, bank_account=None)
    opening, files = sent(office)
    name, content = answer(files, accounts=["身份证过期"])
    load(office, opening, (name.replace("_S", "_F"), content))
    (line,), _ = account_openings.list_lines(session, opening=opening, limit=5, after=None)
    assert (line.result, line.reason) == (OpeningResult.FAILED, "身份证过期")
    taken = load(office, opening, answer(files, accounts=["62280000001"]))
    assert [one["code"] for one in taken.returns[0].findings] == ["contradictory"]
    assert account_of(session, person) is None
    assert computed(office).line_count == 1


def test_two_persons_decide_and_a_third_sends(session, office):
    payer(session, bank_account=None)
    opening = computed(office, unit=TOWN)
    with pytest.raises(account_openings.OpeningStateUnfit):
        released(office, opening)
    with pytest.raises(two_persons.SamePerson):
        account_openings.approve(
            session, actor=office.clerk, opening_id=opening.id, given_hash=opening.content_hash, expected_version=1
        )
    with pytest.raises(account_openings.OpeningContentChanged):
        account_openings.approve(
            session, actor=office.reviewer, opening_id=opening.id, given_hash="0" * 64, expected_version=1
        )
    assert computed(office).line_count == 0
    account_openings.discard(session, actor=office.clerk, opening_id=opening.id, reason="重报", expected_version=1)
    opening, files = sent(office)
    assert [one.file.sha256 for one in released(office, opening)] == [one.file.sha256 for one in files]
    with pytest.raises(two_persons.SamePerson):
        account_openings.release(
            session, actor=office.clerk, keyring=factories.KEYRING, opening_id=opening.id, today=TODAY
        )
    with pytest.raises(account_opening_returns.OpeningReturnOfOther):
        load(office, opening, ("YHKHFK4407832011009001_S.TXT", b""))
    with pytest.raises(account_openings.OpeningUnitUnfit):
        computed(office, unit=factories.VILLAGE)


def test_the_account_serves_the_next_deduction(session, office):
    person = payer(session, bank_account=None)
    assert office.compute().line_count == 0
    opening, files = sent(office)
    load(office, opening, answer(files, accounts=["62280000001"]))
    assert session.get(Resident, (person.county_code, person.id)).version == 2
    assert office.compute().line_count == 1
