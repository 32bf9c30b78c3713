"""Who is in a batch, what two persons see of it, and what keeps a year from being paid twice while the bank deducts."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Account, Contribution
from api.policy.contributions import ContributionYearNotOpen
from api.services import (
    bulk_contributions,
    collection_batches,
    collection_files,
    collection_lists,
    contribution_reversals,
    contributions,
    ledger,
    timeline,
    verification,
)
from api.services.contribution_rules import Offer
from api.services.deductions_under_way import DeductionUnderWay
from api.vocabulary import Channel, CollectionState, ContributionKind, PostingState, ResidentStatus, Rhythm, RoleName
from tests import factories
from tests.collection.worlds import (
    COMPUTED,
    DEDUCTED,
    SENT,
    TODAY,
    TOWN,
    Office,
    balances,
    books,
    codes,
    lines_of,
    payer,
)

CASH = {"kind": ContributionKind.ANNUAL, "channel": Channel.CASH}


@pytest.fixture
def office(session):
    return Office.of(session)


def pay_cash(session, person, *, year=2011, on=SENT):
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    offer = Offer(contribution_year=year, paid_on=on, **CASH)
    return contributions.record(
        session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=on
    )


def test_nobody_stands_in_two_open_batches(session, office):
    payer(session)
    first = office.compute()
    second = office.compute()
    assert (first.line_count, second.line_count) == (1, 0)
    assert second.summary["left_out"] == {"in_other_batch": 1}
    collection_batches.discard(session, actor=office.clerk, batch_id=first.id, reason="重算", expected_version=1)
    assert office.compute().line_count == 1


def test_a_failed_line_is_asked_again_only_after_the_banks_answer(session, office):
    payer(session)
    batch = office.sent()
    assert office.compute().line_count == 0
    office.load(batch, office.answers(batch, refuse=lambda _: True))
    assert office.compute().line_count == 1


def test_exceptions_are_listed_with_names_and_reasons(session, office):
    payer(session, name="无折", bank_account=None)
    for name in ("共一", "共二"):
        payer(session, name=name, bank_account="6228480402564890018")
    ending = payer(session, name="注销")
    session.get(Account, (ending.county_code, ending.id)).cancels_on = date(2011, 2, 1)
    session.flush()
    batch = office.compute()
    rows, _ = collection_lists.list_exceptions(
        session, batch=batch, wanted=collection_lists.Filter(), limit=10, after=None
    )
    told = {(name, one.code, one.withheld) for one, name in rows}
    assert told == {
        ("无折", "no_bank_account", True), ("注销", "cancellation", True),
        ("共一", "shared_bank_account", False), ("共二", "shared_bank_account", False),
    }  # fmt: skip
    assert batch.exception_count == 4


def test_a_town_is_collected_by_itself(session, office):
    payer(session)
    assert office.compute(unit=TOWN).division_code == TOWN
    with pytest.raises(collection_batches.UnitNotCollected):
        office.compute(unit=factories.VILLAGE)
    with pytest.raises(NotFound):
        office.compute(unit=440784000000)
    town_clerk = factories.make_actor(session, RoleName.COUNTY_CLERK, division=TOWN)
    with pytest.raises(NotFound):
        collection_batches.get(session, office.compute().id, actor=town_clerk)


def test_years_that_cannot_be_paid_are_not_collected(session, office):
    payer(session)
    for year in (2010, 2012):
        with pytest.raises(ContributionYearNotOpen):
            office.compute(year=year)
    batch = office.compute(today=date(2011, 12, 31))
    office.approve(batch, today=date(2011, 12, 31))
    with pytest.raises(collection_files.CollectionYearOver):
        office.release(batch, today=date(2012, 1, 1))


def test_what_the_bank_deducts_after_the_year_is_set_aside(session, office):
    person = payer(session)
    batch = office.compute(today=date(2011, 12, 30))
    office.approve(batch, today=date(2011, 12, 30))
    office.release(batch, today=date(2011, 12, 30))
    office.load(batch, office.answers(batch), on=date(2012, 1, 4), today=date(2012, 1, 4))
    assert codes(session, batch) == ["late"]
    assert balances(session)[person.id] == (0, 0)


def change_account(session, person):
    person.bank_account_index = b"x" * 16


def die(session, person):
    person.status, person.status_on = ResidentStatus.DEAD, date(2011, 3, 10)


@pytest.mark.parametrize(
    "change", [change_account, die, lambda session, person: pay_cash(session, person, on=COMPUTED)]
)
def test_facts_that_changed_since_computing_stop_approval_and_sending(session, office, change):
    person = payer(session)
    batch = office.compute()
    approved = payer(session)
    second = office.compute()
    office.approve(second)
    change(session, person)
    change(session, approved)
    session.flush()
    with pytest.raises(collection_batches.CollectionContentChanged):
        office.approve(batch)
    with pytest.raises(collection_batches.CollectionContentChanged):
        office.release(second)


def test_no_cash_is_taken_while_the_bank_is_asked(session, office):
    person = payer(session)
    batch = office.sent()
    with pytest.raises(DeductionUnderWay):
        pay_cash(session, person)
    offer = Offer(contribution_year=2011, paid_on=SENT, **CASH)
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    row = bulk_contributions.NewContribution(person.id, offer)
    done, refused = bulk_contributions.record_all(
        session, actor=collector, keyring=factories.KEYRING, county_code=440783, rows=[row], today=SENT
    )
    assert (done, [one.code for one in refused]) == (0, ["deduction-under-way"])
    office.load(batch, office.answers(batch, refuse=lambda _: True))
    assert pay_cash(session, person, on=TODAY).contribution.amount_fen == 10_000


def test_a_village_that_sees_its_own_people_only_knows_of_the_countys_batch(fresh_database):
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        office = Office.of(session)
        person = payer(session)
        office.sent()
        assistant = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    offer = Offer(contribution_year=2011, paid_on=SENT, **CASH)
    with fresh_database.rehearsal(assistant) as session, pytest.raises(DeductionUnderWay):
        contributions.record(
            session, actor=assistant, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=SENT
        )


def test_a_payment_and_a_release_at_once_do_not_both_go_through(fresh_database):
    """Cash is being taken when finance releases: the release waits for it, finds the year paid, and refuses."""
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        office = Office.of(session)
        person = payer(session)
        collector = factories.make_actor(session, RoleName.TOWN_CLERK)
        batch = office.compute()
        office.approve(batch)
        batch_id = batch.id
    said: list[BaseException | str] = []

    def release():
        try:
            with fresh_database.unit_of_work(office.finance) as mine:
                collection_files.release(
                    mine, actor=office.finance, keyring=factories.KEYRING, batch_id=batch_id, today=SENT
                )
            said.append("sent")
        except DomainError as refusal:
            said.append(refusal)

    offer = Offer(contribution_year=2011, paid_on=SENT, **CASH)
    with fresh_database.unit_of_work(collector) as session:
        contributions.record(
            session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=SENT
        )
        session.execute(text("SELECT 1"))
        other = threading.Thread(target=release)
        other.start()
        other.join(0.7)
        assert other.is_alive(), "the release did not wait for the payment"
    other.join(10)
    assert isinstance(said[0], collection_batches.CollectionContentChanged)


@pytest.mark.parametrize("meanwhile", ["cash", "dead", "drawing"])
def test_a_deduction_that_the_account_cannot_take_is_set_aside(session, office, meanwhile):
    person = payer(session)
    batch = office.sent()
    if meanwhile == "cash":
        paid = Contribution(
            county_code=440783, id=1, resident_id=person.id, division_code=person.division_code, contribution_year=2011,
            kind=ContributionKind.ANNUAL, tier_fen=10_000, amount_fen=10_000, paid_on=SENT, channel=Channel.CASH,
            journal_id=1, recorded_by_id=5,
        )  # fmt: skip
        session.add(paid)
    elif meanwhile == "dead":
        person.status, person.status_on = ResidentStatus.DEAD, date(2011, 3, 12)
    else:
        session.get(Account, (person.county_code, person.id)).state = "drawing"
    session.flush()
    office.load(batch, office.answers(batch))
    assert codes(session, batch) == ["not_postable"]
    assert balances(session)[person.id] == (0, 0)
    assert books(session) == {}


def test_one_person_of_a_batch_is_reversed_without_the_others(session, office):
    people = [payer(session) for _ in range(3)]
    batch = office.sent()
    office.load(batch, office.answers(batch))
    ours = contributions.standing(session, 440783, people[1].id)[0]
    done = contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=ours.id, reason="误扣", version=ours.version, today=TODAY
    )
    assert done.contribution.state is PostingState.REVERSED
    assert [balances(session)[one.id] for one in people] == [(10_000, 3_000), (0, 0), (10_000, 3_000)]
    assert books(session)["income_account"] == 20_000
    again = contributions.standing(session, 440783, people[2].id)[0]
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=again.id, reason="误扣", version=again.version, today=TODAY
    )
    for name in verification.check_names():
        if name[:2] in {"01", "03", "04", "06", "14", "83"}:
            check = verification.run_check(session, name)
            assert check.ok, (name, check.rows)
    assert office.compute(today=TODAY).line_count == 2


def test_the_unpaid_of_a_village_are_told_with_the_banks_words_until_they_pay(session, office):
    poor = payer(session, name="钱少", village=factories.VILLAGE)
    payer(session, name="别村", village=factories.OTHER_VILLAGE)
    payer(session, name="已扣", village=factories.VILLAGE)
    batch = office.sent()
    office.load(batch, office.answers(batch, refuse=lambda cells: cells["name"] != "已扣"))
    assistant = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)

    def told(**facts):
        rows, _ = collection_lists.list_unpaid(
            session, actor=assistant, division_code=factories.VILLAGE, contribution_year=2011, limit=10, after=None
        )
        return [(one.name, one.reason, one.amount_fen) for one in rows]

    assert told() == [("钱少", "余额不足", 10_000)]
    pay_cash(session, poor, on=TODAY)
    assert told() == []


def test_stale_versions_and_other_hashes_are_refused(session, office):
    payer(session)
    batch = office.compute()
    with pytest.raises(StaleVersion):
        collection_batches.approve(
            session, actor=office.reviewer, batch_id=batch.id, given_hash=batch.content_hash, expected_version=7,
            today=COMPUTED,
        )  # fmt: skip
    session.refresh(batch)
    with pytest.raises(collection_batches.CollectionContentChanged):
        collection_batches.approve(
            session, actor=office.reviewer, batch_id=batch.id, given_hash="0" * 64, expected_version=1, today=COMPUTED
        )
    sent = office.sent()
    with pytest.raises(collection_batches.CollectionStateUnfit):
        collection_batches.discard(
            session, actor=office.clerk, batch_id=sent.id, reason="撤回", expected_version=sent.version
        )


def test_a_batch_without_anybody_closes_when_it_is_sent(session, office):
    batch = office.sent()
    assert batch.state is CollectionState.CLOSED
    assert office.download(batch) == []


def test_rhythms_narrow_a_batch(session, office):
    payer(session)
    payer(session, rhythm=Rhythm.QUARTERLY)
    batch = office.compute(rhythms=[Rhythm.QUARTERLY])
    assert [line.instalment for line in lines_of(session, batch)] == [1]
    assert batch.summary["left_out"] == {"other_rhythm": 1}


def test_the_journal_of_a_town_names_both_persons_and_the_day_of_deduction(session, office):
    payer(session, village=factories.VILLAGE)
    batch = office.sent()
    office.load(batch, office.answers(batch))
    row = session.execute(
        text("SELECT kind, business_date, maker_id, checker_id, division_code FROM journals WHERE run_id = :id"),
        {"id": batch.id},
    ).one()
    assert tuple(row) == ("collection", DEDUCTED, office.finance.user_id, office.reviewer.user_id, TOWN)
    assert ledger.LIABILITIES


def test_a_failed_deduction_is_on_the_persons_timeline(session, office):
    person = payer(session)
    batch = office.sent()
    office.load(batch, office.answers(batch, refuse=lambda _: True))
    assistant = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    events, _ = timeline.list_events(session, actor=assistant, resident_id=person.id, limit=20, after=None)
    told = [(one.title, one.detail, one.amount_fen) for one in events if one.kind == "collection_failed"]
    assert told == [("2011年度银行代扣失败", "余额不足", 10_000)]
