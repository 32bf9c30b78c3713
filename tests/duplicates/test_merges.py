"""Merging two rows and undoing it: exactly the same rows again, money that never moves, and merges that overlap."""

from __future__ import annotations

import contextlib
import threading
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.database import system_actor, undone
from api.errors import DomainError, StaleVersion
from api.models import Benefit
from api.policy.enrolment import may_enrol
from api.policy.parameters import parameters_on
from api.services import (
    duplicate_lists,
    duplicates,
    enrolments,
    households,
    merges,
    participation,
    resident_documents,
    resident_search,
    residents,
    verification,
)
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import DuplicateAct, DuplicateState, EnrolmentState, HukouKind, ResidentStatus, Rhythm, RoleName
from tests import factories
from tests.factories import KEYRING, VILLAGE

COUNTY = 440783000000
TODAY = date(2011, 3, 31)
BOOKKEEPING = {"version", "updated_at", "source_id"}


class Office:
    """A clerk who proposes, a reviewer who decides, and another who undoes."""

    def __init__(self, session):
        self.clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        self.reviewer, self.other = (factories.make_actor(session, RoleName.COUNTY_REVIEWER) for _ in range(2))

    def propose(self, session, pair, kept, *, take=(), by=None):
        return duplicates.propose_merge(
            session, actor=by or self.clerk, pair_id=pair.id, version=pair.version, keep=keep_of(pair, kept),
            take=list(take), opinion="同一人", today=TODAY,
        )  # fmt: skip

    def approve(self, session, pair, kept, *, by=None):
        return duplicates.approve_merge(
            session, KEYRING, actor=by or self.reviewer, pair_id=pair.id, version=pair.version,
            keep=keep_of(pair, kept), opinion=None, today=TODAY,
        )  # fmt: skip

    def merge(self, session, pair, kept, *, take=()):
        self.propose(session, pair, kept, take=take)
        return self.approve(session, pair, kept)

    def undo(self, session, pair, *, by=None):
        return duplicates.undo(
            session, actor=by or self.other, pair_id=pair.id, version=pair.version, opinion="弄错了", today=TODAY
        )


def keep_of(pair, kept):
    return "first" if pair.first_id == kept.id else "second"


@pytest.fixture
def office(session):
    return Office(session)


def couple(session, **facts):
    one, other = (factories.make_resident(session, **facts) for _ in range(2))
    return one, other, factories.make_pair(session, one, other)


def rows(session, *people):
    """Whole rows, as the database has them, without who wrote them last and when."""
    session.flush()
    query = text("SELECT to_jsonb(r) AS row FROM residents AS r WHERE id = ANY(:ids) ORDER BY id")
    found = session.scalars(query, {"ids": [one.id for one in people]}).all()
    return [{name: value for name, value in row.items() if name not in BOOKKEEPING} for row in found]


def test_the_merged_row_is_a_tombstone_that_points_at_the_kept_one(session, office):
    kept, lost, pair = couple(session)
    office.merge(session, pair, kept)
    assert (lost.status, lost.status_on, lost.merged_into_id) == (ResidentStatus.MERGED, TODAY, kept.id)
    assert (kept.version, kept.status) == (1, ResidentStatus.ALIVE)
    assert (pair.state, pair.keep_id) == (DuplicateState.MERGED, kept.id)
    number = resident_search.id_number_of(KEYRING, lost)
    found = resident_search.find_by_id_number(session, KEYRING, actor=office.clerk, id_number=number, today=TODAY)
    assert [view.resident.id for view in found] == [lost.id, kept.id]
    documents = resident_documents.list_documents(session, KEYRING, kept)
    assert [(one.number, one.merged_from_id, one.is_barred) for one in documents][1] == (number, lost.id, True)
    with pytest.raises(resident_documents.NumberTaken):
        resident_documents.claim(session, kept, lost.id_token)


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "ethnicity": st.sampled_from([None, "汉族", "回族"]),
        "address": st.sampled_from([None, "石海村一巷1号"]),
        "village_group": st.sampled_from([None, "1", "2"]),
        "relation": st.sampled_from([None, "户主", "子"]),
        "disability_grade": st.sampled_from([None, 1, 4]),
        "remark": st.sampled_from([None, "五保"]),
        "bank_account": st.sampled_from([None, "6228480402564890018"]),
        "status": st.sampled_from([ResidentStatus.ALIVE, ResidentStatus.DEAD, ResidentStatus.MOVED_OUT]),
        "status_on": st.sampled_from([None, date(2011, 2, 1)]),
        "dibao": st.booleans(),
        "is_student": st.booleans(),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ours=FACTS, theirs=FACTS, houses=st.tuples(st.booleans(), st.booleans()), keeps_first=st.booleans(), data=st.data()
)
def test_merge_and_undo_leave_both_rows_as_they_were(session, ours, theirs, houses, keeps_first, data):
    with undone(session):
        office = Office(session)
        one, other = (
            factories.make_resident(
                session, household=factories.make_household(session) if has_house else None, **facts
            )
            for facts, has_house in zip((ours, theirs), houses, strict=True)
        )
        pair = factories.make_pair(session, one, other)
        kept, lost = (one, other) if keeps_first else (other, one)
        session.flush()
        before = rows(session, one, other)
        offered = merges.offered(session, kept=kept, lost=lost)
        take = data.draw(st.lists(st.sampled_from(offered), unique=True) if offered else st.just([]))
        try:
            office.merge(session, pair, kept, take=take)
        except merges.StatusesDisagree:
            assert rows(session, one, other) == before
            return
        after = dict(zip((one.id, other.id), rows(session, one, other), strict=True))
        assert {name for name in after[lost.id] if after[lost.id][name] != before[lost is other][name]} == {
            "status", "status_on", "merged_into_id",
        } or (lost.status_on == TODAY)  # fmt: skip
        changed = {name for name in after[kept.id] if after[kept.id][name] != before[kept is other][name]}
        behind = {"phone": {"phone_sealed"}, "bank_account": {"bank_account_sealed", "bank_account_index"}}
        assert changed == {column for name in take for column in behind.get(name, {name})}
        office.undo(session, pair)
        assert rows(session, one, other) == before
        assert (pair.state, pair.keep_id, pair.take) == (DuplicateState.PROPOSED, None, [])


def test_taken_values_open_in_their_new_row(session, office):
    kept = factories.make_resident(session, bank_account=None)
    lost = factories.make_resident(session, bank_account="6228480402564890018")
    clerk = {"actor": office.clerk, "today": TODAY}
    residents.change(session, KEYRING, resident_id=lost.id, version=1, record={"phone": "13800138000"}, **clerk)
    pair = factories.make_pair(session, kept, lost)
    office.merge(session, pair, kept, take=["bank_account", "phone"])
    for field, value in (("bank_account", "6228480402564890018"), ("phone", "13800138000")):
        shown = residents.reveal(session, KEYRING, actor=office.clerk, resident_id=kept.id, field=field, reason="核对")
        assert shown.value == value
    assert kept.bank_account_index == lost.bank_account_index


def test_a_fact_that_the_kept_row_has_is_not_overwritten(session, office):
    kept, lost, pair = couple(session, remark="一")
    with pytest.raises(merges.FactNotOffered):
        office.propose(session, pair, kept, take=["remark"])
    assert "bank_account" not in merges.offered(session, kept=kept, lost=lost)


def test_an_insured_persons_bank_account_is_never_taken_in_passing(session):
    kept, lost = factories.make_resident(session, bank_account=None), factories.make_resident(session)
    assert "bank_account" in merges.offered(session, kept=kept, lost=lost)
    factories.enrol(session, kept)
    assert "bank_account" not in merges.offered(session, kept=kept, lost=lost)


class TestMoney:
    def test_the_insured_one_is_kept(self, session, office):
        kept, lost, pair = couple(session)
        factories.enrol(session, kept)
        with pytest.raises(merges.KeepTheInsured, match="参保登记"):
            office.propose(session, pair, lost)
        office.merge(session, pair, kept)
        assert lost.status is ResidentStatus.MERGED

    def test_of_two_insured_neither_is_merged_and_what_comes_first_is_said(self, session, office):
        kept, lost, pair = couple(session)
        for one in (kept, lost):
            factories.enrol(session, one)
        session.execute(text("UPDATE accounts SET personal_fen = 100 WHERE resident_id = :id"), {"id": lost.id})
        with pytest.raises(merges.BothInsured, match="个人账户余额"):
            office.propose(session, pair, kept)

    @pytest.mark.parametrize("state", [EnrolmentState.REJECTED, EnrolmentState.TERMINATED])
    def test_ended_enrolments_bind_nobody(self, session, office, state):
        kept, lost, pair = couple(session)
        for one in (kept, lost):
            factories.enrol(session, one)
        session.execute(text("UPDATE enrolments SET state = :state"), {"state": state.value})
        office.merge(session, pair, kept)
        assert lost.merged_into_id == kept.id

    @pytest.mark.parametrize(
        "seed",
        [
            "INSERT INTO accounts (county_code, resident_id, division_code, gov_fen, opened_on) VALUES (440783, :id, 440783001210, 1, '2010-10-01')",
            "INSERT INTO payment_dues (county_code, resident_id, month, kind, division_code, basic_fen, account_fen, amount_fen, run_id) VALUES (440783, :id, '2011-01-01', 'regular', 440783001210, 1, 0, 1, 1)",
        ],
        ids=["balance", "due"],
    )
    def test_a_fen_on_a_row_keeps_it(self, session, office, seed):
        kept, lost, pair = couple(session)
        session.execute(text(seed), {"id": lost.id})
        with pytest.raises(merges.KeepTheInsured):
            office.propose(session, pair, kept)

    @pytest.mark.parametrize(("state", "binds"), [("active", True), ("suspended", True), ("terminated", False)])
    def test_a_pension_binds_until_it_is_terminated(self, session, office, state, binds):
        kept, lost, pair = couple(session)
        benefit = Benefit(
            county_code=440783, resident_id=lost.id, division_code=VILLAGE, award_id=1, state=state,
            start_month=date(2010, 11, 1),
        )  # fmt: skip
        session.add(benefit)
        session.flush()
        with pytest.raises(merges.KeepTheInsured) if binds else contextlib.nullcontext():
            office.propose(session, pair, kept)

    def test_who_became_insured_after_the_proposal_is_not_merged(self, session, office):
        kept, lost, pair = couple(session)
        office.propose(session, pair, kept)
        factories.enrol(session, lost)
        with pytest.raises(merges.KeepTheInsured):
            office.approve(session, pair, kept)


class TestPersons:
    def test_who_proposes_does_not_decide(self, session, office):
        kept, _, pair = couple(session)
        office.propose(session, pair, kept, by=office.reviewer)
        with pytest.raises(SamePerson):
            office.approve(session, pair, kept)
        with pytest.raises(CheckerNotAPerson):
            office.approve(session, pair, kept, by=system_actor(COUNTY))

    def test_who_decides_approves_what_was_proposed(self, session, office):
        kept, lost, pair = couple(session)
        office.propose(session, pair, kept)
        with pytest.raises(duplicates.KeepDiffers):
            office.approve(session, pair, lost)

    def test_who_decided_does_not_undo(self, session, office):
        kept, _, pair = couple(session)
        office.merge(session, pair, kept)
        with pytest.raises(SamePerson):
            office.undo(session, pair, by=office.reviewer)

    def test_a_merge_is_handed_back_with_a_reason_and_proposed_anew(self, session, office):
        kept, lost, pair = couple(session)
        office.propose(session, pair, kept)
        back = {"actor": office.reviewer, "pair_id": pair.id, "act": DuplicateAct.RETURN, "today": TODAY}
        with pytest.raises(duplicates.DuplicateOpinionMissing):
            duplicates.decide_against(session, version=pair.version, opinion=" ", **back)
        duplicates.decide_against(session, version=pair.version, opinion="应保留另一条", **back)
        assert pair.state is DuplicateState.PROPOSED
        office.merge(session, pair, lost)
        assert kept.merged_into_id == lost.id
        acts = [done.act.value for done in duplicate_lists.get_pair(session, KEYRING, pair.id).history]
        assert acts == ["propose_merge", "return", "propose_merge", "merge"]

    @pytest.mark.parametrize("state", ["not_duplicate", "merged"])
    def test_what_is_settled_is_not_proposed_again_but_undone(self, session, office, state):
        kept, _, pair = couple(session)
        if state == "merged":
            office.merge(session, pair, kept)
        else:
            duplicates.decide_against(
                session, actor=office.reviewer, pair_id=pair.id, version=1, act=DuplicateAct.NOT_DUPLICATE,
                opinion="同名", today=TODAY,
            )  # fmt: skip
        with pytest.raises(duplicates.DuplicateStateForbids):
            office.propose(session, pair, kept)
        office.undo(session, pair)
        assert pair.state is DuplicateState.PROPOSED

    def test_a_version_that_was_not_looked_at_is_refused(self, session, office):
        kept, _, pair = couple(session)
        with pytest.raises(StaleVersion):
            duplicates.propose_merge(
                session, actor=office.clerk, pair_id=pair.id, version=9, keep=keep_of(pair, kept), take=[],
                opinion="同一人", today=TODAY,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("kept_is", "lost_is", "allowed"),
    [
        ("alive", "alive", True), ("dead", "dead", True), ("alive", "moved_out", True), ("alive", "dead", False),
        ("dead", "alive", False), ("moved_out", "alive", False), ("moved_out", "dead", False),
    ],
)  # fmt: skip
def test_a_death_or_a_move_is_settled_before_a_merge(session, office, kept_is, lost_is, allowed):
    kept, lost = (factories.make_resident(session, status=ResidentStatus(word)) for word in (kept_is, lost_is))
    pair = factories.make_pair(session, kept, lost)
    with contextlib.nullcontext() if allowed else pytest.raises(merges.StatusesDisagree):
        office.propose(session, pair, kept)


class TestUndo:
    def test_not_while_the_kept_row_is_merged_itself(self, session, office):
        a, b, ab = couple(session)
        c = factories.make_resident(session)
        bc = factories.make_pair(session, b, c)
        office.merge(session, ab, b)
        with pytest.raises(merges.OthersMergedIntoIt):
            office.propose(session, bc, c)
        office.merge(session, bc, b)
        assert (a.merged_into_id, c.merged_into_id) == (b.id, b.id)
        office.undo(session, ab)
        assert (a.status, c.merged_into_id) == (ResidentStatus.ALIVE, b.id)

    def test_not_when_what_was_taken_has_changed_since(self, session, office):
        kept, lost = factories.make_resident(session, remark=None), factories.make_resident(session, remark="旧")
        pair = factories.make_pair(session, kept, lost)
        office.merge(session, pair, kept, take=["remark"])
        residents.change(
            session, KEYRING, actor=office.clerk, resident_id=kept.id, version=kept.version, record={"remark": "新"},
            today=TODAY,
        )  # fmt: skip
        with pytest.raises(merges.UndoImpossible, match="补充到保留的登记的资料"):
            office.undo(session, pair)

    def test_what_happened_to_the_kept_row_alone_stays(self, session, office):
        kept, lost, pair = couple(session)
        office.merge(session, pair, kept)
        factories.enrol(session, kept)
        residents.change(
            session, KEYRING, actor=office.clerk, resident_id=kept.id, version=1, record={"remark": "新"}, today=TODAY
        )
        office.undo(session, pair)
        assert (kept.remark, lost.status) == ("新", ResidentStatus.ALIVE)


def test_a_merged_row_counts_nowhere(session, office):
    house = factories.make_household(session)
    kept, lost = (factories.make_resident(session, household=house) for _ in range(2))
    pair = factories.make_pair(session, kept, lost)
    day, month_before = TODAY, date(2011, 2, 28)
    before = participation.report(session, division_code=VILLAGE, as_of=day, today=TODAY).counted[VILLAGE].eligible
    office.merge(session, pair, kept)
    for as_of in (day, month_before):
        assert (
            participation.report(session, division_code=VILLAGE, as_of=as_of, today=TODAY).counted[VILLAGE].eligible
            == before - 1
        )
    _, members = households.get_members(session, KEYRING, actor=office.clerk, household_id=house.id, today=TODAY)
    assert [member.view.resident.id for member in members] == [kept.id]
    views, _ = households.list_households(
        session, actor=office.clerk, division_code=VILLAGE, today=TODAY, limit=200, after=None
    )
    assert [view.members for view in views if view.id == house.id] == [1]
    listed, _ = resident_search.list_residents(
        session, KEYRING, actor=office.clerk, q=lost.name, today=TODAY, limit=200, after=None
    )
    assert {view.resident.id for view in listed} == {kept.id}
    refused = may_enrol(
        birth_date=lost.birth_date, hukou=HukouKind.RURAL, student=False, employee_insured=False, status=lost.status,
        on=TODAY, parameters=parameters_on(TODAY),
    )  # fmt: skip
    assert [reason.code for reason in refused.reasons] == ["merged"]


def at_once(*acts):
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place):
        gate.wait()
        try:
            results[place] = acts[place]()
        except DomainError as refusal:
            results[place] = refusal

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def sound(database):
    report = verification.verify(database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}


@pytest.mark.parametrize(
    ("first_keeps", "second_keeps"), [("a", "b"), ("a", "c"), ("b", "b"), ("b", "c")], ids=lambda word: word
)
def test_two_merges_that_overlap_at_once_leave_no_chain(fresh_database, first_keeps, second_keeps):
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        office = Office(session)
        people = dict(zip("abc", [factories.make_resident(session) for _ in range(3)], strict=True))
        ab, bc = (factories.make_pair(session, people[x], people[y]) for x, y in ("ab", "bc"))
        office.propose(session, ab, people[first_keeps])
        office.propose(session, bc, people[second_keeps])

    def act(pair, kept, by):
        def merge():
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                office.approve(session, pair, people[kept], by=by)
                return "merged"

        return merge

    results = at_once(act(ab, first_keeps, office.reviewer), act(bc, second_keeps, office.other))
    merged = results.count("merged")
    assert merged == 2 if first_keeps == second_keeps == "b" else merged == 1, results
    others = [one for one in results if one != "merged"]
    assert all(isinstance(one, merges.AlreadyMerged | merges.OthersMergedIntoIt) for one in others)
    sound(fresh_database)


def test_one_merge_is_approved_once_by_two_at_once(fresh_database):
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        office = Office(session)
        kept, _, pair = couple(session)
        office.propose(session, pair, kept)

    def act(by):
        def merge():
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                office.approve(session, pair, kept, by=by)
                return "merged"

        return merge

    results = at_once(act(office.reviewer), act(office.other))
    assert results.count("merged") == 1
    assert any(isinstance(one, StaleVersion) for one in results)
    sound(fresh_database)


@pytest.mark.parametrize("round_number", range(5))
def test_an_application_and_a_merge_at_once_never_both_happen(fresh_database, round_number):
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        office = Office(session)
        kept, lost, pair = couple(session)
        office.propose(session, pair, kept)

    def merge():
        with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
            office.approve(session, pair, kept)
            return "merged"

    def apply():
        with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
            enrolments.apply_for(
                session, actor=office.clerk, resident_id=lost.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
                applied_on=TODAY, today=TODAY,
            )  # fmt: skip
            return "applied"

    results = at_once(merge, apply)
    assert sum(isinstance(one, str) for one in results) == 1, results
    sound(fresh_database)
