"""Two persons, content and staleness: what approving a list does to the register, and what it leaves."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.database import system_actor
from api.errors import NotFound, StaleVersion
from api.models import AuditEvent, DepartmentListRow, Resident, ResidentFact
from api.services import department_list_approvals, department_list_rows, department_lists, resident_facts, residents
from api.services.department_list_approvals import STALE
from api.services.department_list_refusals import (
    ListContentChanged,
    ListStateUnfit,
    PersonOnListAlready,
    PersonOutsideUnit,
    RowDoesNothing,
    RowIsKnown,
    RowReasonMissing,
)
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import (
    DepartmentListKind,
    DepartmentListState,
    FactKind,
    FactSource,
    ListOutcome,
    ResidentStatus,
    RoleName,
)
from tests import factories
from tests.department_lists.worlds import AS_OF, TODAY, Desk, person

DISABILITY, DIBAO, DEATHS = DepartmentListKind.DISABILITY, DepartmentListKind.DIBAO, DepartmentListKind.DEATHS


@pytest.fixture
def desk(session):
    return Desk(session)


def facts(session, one, kind):
    session.flush()
    found = resident_facts.facts_of(session, one.resident, [kind])
    return [(fact.value, fact.begins_on, fact.ended_on, fact.voided_at is not None, fact.source_kind) for fact in found]


def now(session, one):
    return session.scalars(
        select(Resident).where(col(Resident.id) == one.id).execution_options(populate_existing=True)
    ).one()


def test_an_approved_list_begins_changes_and_ends_facts_with_itself_as_the_source(session, desk):
    new = person(session, name="甲新")
    worse = person(session, name="甲重", fact=FactKind.DISABILITY, value="3", since=date(2009, 6, 1))
    gone = person(session, name="甲走", fact=FactKind.DISABILITY, value="2")
    found = desk.bring(
        DISABILITY,
        (new.name, new.number, "一级", "肢体", "2011-02-01"),
        (worse.name, worse.number, "二级"),
        complete=True,
    ).found
    done = desk.approve(found)
    assert (done.state, done.applied_count, done.stale_count) == (DepartmentListState.APPLIED, 3, 0)
    assert facts(session, new, FactKind.DISABILITY) == [
        ("1", date(2011, 2, 1), None, False, FactSource.DEPARTMENT_LIST)
    ]
    assert facts(session, worse, FactKind.DISABILITY) == [
        ("3", date(2009, 6, 1), AS_OF, False, FactSource.USER),
        ("2", AS_OF, None, False, FactSource.DEPARTMENT_LIST),
    ]
    assert facts(session, gone, FactKind.DISABILITY) == [("2", None, AS_OF, False, FactSource.USER)]
    assert [now(session, one).disability_grade for one in (new, worse, gone)] == [1, 2, None]
    fact = session.scalars(select(ResidentFact).where(col(ResidentFact.resident_id) == new.id)).one()
    assert (fact.source_id, fact.recorded_by_id) == (done.id, desk.reviewer.user_id)
    assert fact.evidence == "民政局民函〔2011〕3号，肢体残疾"
    assert all(row.applied_at is not None and row.refusal is None for row in desk.rows(done))


def test_another_first_day_puts_the_record_right_and_keeps_the_wrong_one_as_such(session, desk):
    one = person(session, fact=FactKind.DIBAO, since=date(2010, 6, 1))
    done = desk.approve(desk.bring(DIBAO, (one.name, one.number, "2010-03")).found)
    assert done.applied_count == 1
    assert facts(session, one, FactKind.DIBAO) == [
        (None, date(2010, 3, 1), None, False, FactSource.DEPARTMENT_LIST),
        (None, date(2010, 6, 1), None, True, FactSource.USER),
    ]
    assert now(session, one).dibao is True


def test_a_day_that_the_register_does_not_know_is_no_contradiction(session, desk):
    one = person(session, fact=FactKind.DIBAO)
    assert desk.told(desk.bring(DIBAO, (one.name, one.number, "2010-03")).found) == [(one.name, "unchanged", False)]


def test_a_fact_without_a_flag_is_kept_as_well(session, desk):
    one = person(session)
    desk.approve(
        desk.bring(DepartmentListKind.PRISONERS, (one.name, one.number, "2011-01-10", "刑01", "2012-01-09")).found
    )
    [fact] = resident_facts.facts_of(session, one.resident, [FactKind.PRISONER])
    assert (fact.begins_on, fact.review_on, fact.ended_on) == (date(2011, 1, 10), date(2012, 1, 9), None)


def test_deaths_are_registered_as_if_one_by_one(session, desk):
    one, other = (person(session, birth_date=date(1940, 1, 5), name=name) for name in ("甲", "乙"))
    found = desk.bring(
        DEATHS, (one.name, one.number, "2011-02-10", "病故"), (other.name, other.number, "2011-03-01")
    ).found
    desk.approve(found)
    for who, day in ((one, date(2011, 2, 10)), (other, date(2011, 3, 1))):
        dead = now(session, who)
        assert (dead.status, dead.status_on, dead.version) == (ResidentStatus.DEAD, day, 2)
        assert (
            session.execute(
                text("SELECT count(*) FROM resident_versions WHERE resident_id = :id"), {"id": who.id}
            ).scalar_one()
            == 1
        )
    events = session.scalars(
        select(AuditEvent).where(
            col(AuditEvent.action) == "report_death", col(AuditEvent.actor_id) == desk.reviewer.user_id
        )
    ).all()
    assert {event.subject_id for event in events} == {one.id, other.id}
    again = desk.bring(DEATHS, (one.name, one.number, "2011-02-10", "病故"), as_of=date(2011, 3, 31)).found
    assert desk.told(again) == [("甲", "unchanged", False)]


def test_the_maker_nobody_and_a_machine_cannot_approve(session, desk):
    one = person(session)
    found = desk.bring(DIBAO, (one.name, one.number)).found
    with pytest.raises(SamePerson):
        desk.approve(found, actor=desk.clerk)
    with pytest.raises(CheckerNotAPerson):
        desk.approve(found, actor=system_actor(factories.COUNTY))
    assert desk.told(found) == [(one.name, "added", True)]
    assert not now(session, one).dibao


def test_who_chose_a_row_cannot_approve_either(session, desk):
    one, other = person(session, name="甲"), person(session, name="乙")
    second = factories.make_actor(session, RoleName.COUNTY_CLERK)
    found = desk.bring(DIBAO, (one.name, one.number), (other.name, other.number)).found
    changed = department_list_rows.choose_rows(
        session, actor=second, list_id=found.id, version=found.version, places=[1], is_chosen=False, reason="已搬走"
    )
    with pytest.raises(SamePerson):
        desk.approve(changed, actor=second)
    done = desk.approve(changed)
    assert (done.applied_count, now(session, one).dibao, now(session, other).dibao) == (1, False, True)
    assert [row.applied_at is None for row in desk.rows(done)] == [True, False]


def test_content_that_the_checker_did_not_see_is_not_approved(session, desk):
    one = person(session)
    found = desk.bring(DIBAO, (one.name, one.number)).found
    seen = found.content_hash
    changed = department_list_rows.choose_rows(
        session, actor=desk.clerk, list_id=found.id, version=found.version, places=ListOutcome.ADDED, is_chosen=False,
        reason="核对中",
    )  # fmt: skip
    assert changed.content_hash != seen
    for given, version in ((seen, changed.version), (changed.content_hash, 1)):
        with pytest.raises((ListContentChanged, StaleVersion)):
            department_list_approvals.approve(
                session, actor=desk.reviewer, list_id=found.id, given_hash=given, expected_version=version, today=TODAY
            )
    session.execute(text("UPDATE department_list_rows SET reason = '另一理由' WHERE list_id = :id"), {"id": found.id})
    with pytest.raises(ListContentChanged):
        desk.approve(changed)


@pytest.mark.parametrize(
    "tamper",
    [
        "happened_on = '2010-01-01'", "paper = 'x'", "resident_id = 4407830000000001", "value = '4'", "is_by_hand = true",
        "fact_id = 5", "effect = 'change'", "outcome = 'changed'", "name = '某人'", "held_on = '2010-01-01'",
        "paid_after_fen = 1", "until_on = '2012-01-01'", "held_value = '1'", "id_token = gen_random_uuid()",
    ],
)  # fmt: skip
def test_every_fact_of_a_row_is_in_the_hash(session, desk, tamper):
    one = person(session)
    found = desk.bring(DISABILITY, (one.name, one.number, "2")).found
    session.execute(text(f"UPDATE department_list_rows SET {tamper} WHERE list_id = :id"), {"id": found.id})
    assert department_lists.content_hash(session, found) != found.content_hash


def test_a_decided_list_is_decided(session, desk):
    one = person(session)
    found = desk.bring(DIBAO, (one.name, one.number)).found
    done = desk.approve(found)
    for act in (
        lambda: desk.approve(done),
        lambda: department_list_approvals.reject(
            session, actor=desk.reviewer, list_id=done.id, reason="晚了", expected_version=done.version
        ),
        lambda: department_list_rows.choose_rows(
            session, actor=desk.clerk, list_id=done.id, version=done.version, places=[1], is_chosen=False, reason="x"
        ),
    ):  # fmt: skip
        with pytest.raises(ListStateUnfit):
            act()


def test_a_rejected_list_changes_nothing_and_can_be_brought_again(session, desk):
    one = person(session)
    found = desk.bring(DIBAO, (one.name, one.number)).found
    rejected = department_list_approvals.reject(
        session, actor=desk.reviewer, list_id=found.id, reason="日期不对", expected_version=1
    )
    assert (rejected.state, rejected.opinion) == (DepartmentListState.REJECTED, "日期不对")
    assert not now(session, one).dibao
    again = desk.bring(DIBAO, (one.name, one.number))
    assert (again.repeated, again.found.id == found.id) == (False, False)


def test_what_the_register_has_learnt_meanwhile_is_told_and_left_and_the_rest_goes(session, desk):
    ones = {name: person(session, name=name) for name in ("先办", "死亡", "迁出", "改名", "照办")}
    holder = person(session, name="已终", fact=FactKind.DIBAO)
    found = desk.bring(DIBAO, *((one.name, one.number) for one in ones.values()), complete=True).found
    clerk = desk.clerk
    resident_facts.begin(
        session,
        actor=clerk,
        resident=ones["先办"].resident,
        kind=FactKind.DIBAO,
        value=None,
        begins_on=None,
        evidence=None,
    )
    residents.report_death(
        session,
        actor=clerk,
        resident_id=ones["死亡"].id,
        version=1,
        died_on=date(2011, 3, 20),
        source="村报",
        today=TODAY,
    )
    session.execute(
        text("UPDATE residents SET status = 'moved_out', status_on = '2011-03-20' WHERE id = :id"),
        {"id": ones["迁出"].id},
    )
    session.execute(text("UPDATE residents SET name = '新名' WHERE id = :id"), {"id": ones["改名"].id})
    resident_facts.end(
        session, actor=clerk, resident=holder.resident, kind=FactKind.DIBAO, ended_on=date(2011, 3, 1), evidence=None
    )
    done = desk.approve(found)
    assert (done.applied_count, done.stale_count) == (1, 5)
    told = {row.name: (row.applied_at is not None, row.refusal) for row in desk.rows(done)}
    assert told == {name: (name == "照办", None if name == "照办" else STALE) for name in (*ones, "已终")}
    assert len(facts(session, ones["先办"], FactKind.DIBAO)) == 1
    again = desk.bring(DIBAO, *((one.name, one.number) for one in ones.values()), complete=True)
    assert not again.repeated
    assert {row.name: row.outcome.value for row in desk.rows(again.found)} == {
        "先办": "unchanged", "死亡": "already_dead", "迁出": "moved_out", "改名": "other_name", "照办": "unchanged",
    }  # fmt: skip


def test_a_change_that_touches_nothing_of_the_list_does_not_make_a_row_stale(session, desk):
    one = person(session)
    found = desk.bring(DIBAO, (one.name, one.number)).found
    session.execute(
        text("UPDATE residents SET remark = '电话已改', version = version + 1 WHERE id = :id"), {"id": one.id}
    )
    session.expire_all()
    assert desk.approve(department_lists.get(session, found.id)).applied_count == 1


def test_a_row_that_the_rules_of_facts_refuse_is_told_by_their_code(session, desk):
    one, other = person(session, name="甲"), person(session, name="乙")
    factories.make_fact(
        session, one.resident, FactKind.DIBAO, begins_on=date(2010, 1, 1), ended_on=date(2010, 12, 1),
        end_recorded_at=text("now()"), end_recorded_by_id=1,
    )  # fmt: skip
    found = desk.bring(DIBAO, (one.name, one.number, "2010-06"), (other.name, other.number, "2010-06")).found
    done = desk.approve(found)
    assert [(row.name, row.refusal) for row in desk.rows(done)] == [("甲", "fact-overlaps"), ("乙", None)]
    assert (done.applied_count, done.stale_count) == (1, 1)
    assert now(session, one).dibao is False
    assert now(session, other).dibao is True


class TestByHand:
    def test_a_namesake_is_applied_only_when_somebody_says_so_and_is_then_not_missing(self, session, desk):
        holder = person(session, name="陈秀英", birth_date=date(1950, 2, 3))
        found = desk.bring(DIBAO, ("陈秀英", factories.id_number(date(1950, 2, 8)))).found
        assert desk.approve(found).applied_count == 0
        assert not now(session, holder).dibao
        found = desk.bring(DIBAO, ("陈秀英", factories.id_number(date(1950, 2, 8)))).found
        changed = self.assign(session, desk, found, holder)
        [row] = desk.rows(changed)
        assert (row.outcome.value, row.effect.value, row.is_by_hand, row.is_chosen) == (
            "same_name_other_id", "begin", True, True,
        )  # fmt: skip
        assert desk.approve(changed).applied_count == 1
        assert now(session, holder).dibao

    @staticmethod
    def assign(session, desk, found, who, *, seq=1, reason="户口簿核对为同一人"):
        return department_list_rows.assign(
            session, actor=desk.clerk, list_id=found.id, version=found.version, seq=seq,
            resident_id=who.id if who else None, reason=reason,
        )  # fmt: skip

    def test_who_is_named_by_hand_no_longer_loses_the_fact(self, session, desk):
        holder = person(session, name="陈秀英", birth_date=date(1950, 2, 3), fact=FactKind.DIBAO)
        found = desk.bring(DIBAO, ("陈秀英", factories.id_number(date(1950, 2, 8))), complete=True).found
        found = department_list_rows.choose_rows(
            session, actor=desk.clerk, list_id=found.id, version=found.version, places=ListOutcome.REMOVED,
            is_chosen=True, reason=None,
        )  # fmt: skip
        changed = self.assign(session, desk, found, holder)
        assert [(row.outcome.value, row.effect.value, row.is_chosen) for row in desk.rows(changed)] == [
            ("same_name_other_id", "none", False),
            ("removed", "end", False),
        ]
        forced = department_list_rows.choose_rows(
            session, actor=desk.clerk, list_id=found.id, version=changed.version, places=ListOutcome.REMOVED,
            is_chosen=True, reason=None,
        )  # fmt: skip
        done = desk.approve(forced)
        assert (done.applied_count, done.stale_count) == (0, 1)
        assert now(session, holder).dibao

    def test_another_name_is_given_to_its_own_person_and_taken_back(self, session, desk):
        one = person(session, name="本名")
        found = desk.bring(DIBAO, ("曾用名", one.number)).found
        assert desk.told(found) == [("曾用名", "other_name", False)]
        changed = self.assign(session, desk, found, one)
        assert desk.told(changed) == [("曾用名", "other_name", True)]
        back = self.assign(session, desk, changed, None, reason=None)
        [row] = desk.rows(back)
        assert (row.is_chosen, row.is_by_hand, row.effect.value, row.reason) == (False, False, "none", None)

    def test_a_hand_is_refused_where_the_list_is_clear_or_the_person_is_not_the_readers(self, session, desk):
        known, other = person(session, name="甲"), person(session, name="乙")
        outside = person(session, name="丁", village=factories.OTHER_VILLAGE)
        found = desk.bring(
            DIBAO, (known.name, known.number), ("丁", factories.id_number(date(1970, 5, 1))), division=factories.VILLAGE
        ).found
        with pytest.raises(RowIsKnown):
            self.assign(session, desk, found, other)
        with pytest.raises(RowReasonMissing):
            self.assign(session, desk, found, other, seq=2, reason=None)
        with pytest.raises(PersonOnListAlready):
            self.assign(session, desk, found, known, seq=2)
        with pytest.raises(PersonOutsideUnit):
            self.assign(session, desk, found, outside, seq=2)
        with pytest.raises(NotFound):
            self.assign(session, desk, found, other, seq=3)
        for places, is_chosen, refusal in (
            ([2], True, RowDoesNothing),
            ([1], False, RowReasonMissing),
            ([1, 9], True, NotFound),
        ):
            with pytest.raises(refusal):
                department_list_rows.choose_rows(
                    session, actor=desk.clerk, list_id=found.id, version=found.version, places=places,
                    is_chosen=is_chosen, reason=None,
                )  # fmt: skip
        assert (
            session.scalars(select(DepartmentListRow).where(col(DepartmentListRow.decided_by_id).is_not(None))).all()
            == []
        )
