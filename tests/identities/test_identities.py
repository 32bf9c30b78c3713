"""Who a person is on paper: former numbers as tombstones, names and numbers by different hands, in every order and at once."""

from __future__ import annotations

import itertools
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.database import Actor, system_actor, undone
from api.models import Benefit, Resident
from api.policy.id_numbers import check_character
from api.services import identities, resident_documents, resident_search, residents, roster_imports, verification
from api.services.identity_changes import IdentityChangedTogether, SameHandsChangeIdentity, share_hands
from api.services.resident_documents import DocumentNotRetired, NumberTaken
from api.services.resident_rows import ResidentMerged
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import DocumentReason, HeldDocumentKind, RoleName, Sex
from tests import factories
from tests.factories import KEYRING, OTHER_VILLAGE, VILLAGE

TODAY = date(2011, 3, 31)
COUNTY = 440783000000
_requests = itertools.count(900)


@pytest.fixture
def office(session):
    return [factories.make_actor(session, RoleName.COUNTY_REVIEWER) for _ in range(6)]


def rename(session, resident, name, *, by, today=TODAY, request=None):
    return identities.change_name(
        session, KEYRING, actor=by[-1], resident=resident, name=name, evidence="户口簿", request_id=request or next(_requests),
        approved_by=[one.user_id for one in by], today=today,
    )  # fmt: skip


def renumber(session, resident, number, *, by, today=TODAY, request=None, reason=DocumentReason.CORRECTED):
    return identities.change_document(
        session, KEYRING, actor=by[-1], resident=resident, id_number=number, reason=reason, evidence="派出所证明",
        request_id=request or next(_requests), approved_by=[one.user_id for one in by], today=today,
    )  # fmt: skip


def register(session, number, *, village=VILLAGE, name="陈新人"):
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK, division=village)
    return residents.register(
        session, KEYRING, actor=clerk, division_code=village, record={"name": name, "id_number": number},
        other_pension=False, today=TODAY,
    )  # fmt: skip


def actions(session, resident):
    session.flush()
    query = text("SELECT action FROM audit_events WHERE subject_id = :id ORDER BY id")
    return session.scalars(query, {"id": resident.id}).all()


class TestNumber:
    def test_birth_date_and_sex_follow_the_number_and_the_old_one_is_kept(self, session, office):
        before = factories.id_number(date(1970, 5, 1))
        after = factories.id_number(date(1971, 6, 2), sex=Sex.FEMALE)
        person = factories.make_resident(session, number=before)
        factories.enrol(session, person)
        renumber(session, person, after, by=office[:2])
        assert (person.birth_date, person.sex, person.version) == (date(1971, 6, 2), Sex.FEMALE, 2)
        current, former = resident_documents.list_documents(session, KEYRING, person)
        assert (current.number, current.is_current, current.valid_from) == (after, True, TODAY)
        assert (former.number, former.is_current, former.valid_to, former.reason, former.is_barred) == (
            before, False, TODAY, DocumentReason.CORRECTED, True,
        )  # fmt: skip
        kept = session.execute(
            text("SELECT row ->> 'birth_date' FROM resident_versions WHERE resident_id = :id"), {"id": person.id}
        ).scalar_one()
        assert kept == "1970-05-01"
        assert "change_document" in actions(session, person)

    def test_a_person_is_found_by_the_former_number(self, session, office):
        before, after = factories.id_number(date(1970, 5, 1)), factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=before)
        renumber(session, person, after, by=office[:2])
        for number in (before, after):
            found = resident_search.find_by_id_number(session, KEYRING, actor=office[0], id_number=number, today=TODAY)
            assert [view.resident.id for view in found] == [person.id], number

    def test_fifteen_digits_are_the_same_number_written_shorter(self, session, office):
        body = "44078319700501123"
        number = body + check_character(body)
        person = factories.make_resident(session, number=number)
        token = person.id_token
        renumber(session, person, number, by=office[:2], reason=DocumentReason.UPGRADED)
        assert (person.id_token, person.version) == (token, 1)
        old = resident_documents.list_documents(session, KEYRING, person)[1]
        assert (old.kind, old.number, old.is_barred) == (HeldDocumentKind.RESIDENT_ID_15, "440783700501123", False)
        for reason in (DocumentReason.UPGRADED, DocumentReason.CORRECTED):
            with pytest.raises(identities.IdentityUnchanged):
                renumber(session, person, number, by=office[:2], reason=reason)

    def test_a_number_of_somebody_else_is_refused_wherever_they_live(self, session, office):
        taken = factories.id_number(date(1970, 5, 1))
        factories.make_resident(session, number=taken, village=OTHER_VILLAGE)
        person = factories.make_resident(session)
        with pytest.raises(NumberTaken):
            renumber(session, person, taken, by=office[:2])

    def test_nobody_registers_under_a_former_number_and_the_words_are_the_same(self, session, office):
        before = factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=before)
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=office[:2])
        for village in (VILLAGE, OTHER_VILLAGE):
            with pytest.raises(NumberTaken), undone(session):
                register(session, before, village=village)
        other = factories.make_resident(session)
        with pytest.raises(NumberTaken):
            renumber(session, other, before, by=office[2:4])

    def test_one_takes_an_own_former_number_back(self, session, office):
        first, second = factories.id_number(date(1970, 5, 1)), factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=first)
        renumber(session, person, second, by=office[:2])
        renumber(session, person, first, by=office[:2])
        numbers = [(one.number, one.is_barred) for one in resident_documents.list_documents(session, KEYRING, person)]
        assert numbers == [(first, False), (second, True), (first, False)]
        with pytest.raises(NumberTaken):
            register(session, second)

    @pytest.mark.parametrize("state", ["active", "terminated"])
    def test_a_birth_date_under_a_pension_stays(self, session, office, state):
        person = factories.make_resident(session, birth_date=date(1948, 5, 1))
        session.add(
            Benefit(
                county_code=440783, resident_id=person.id, division_code=VILLAGE, award_id=1, state=state,
                start_month=date(2010, 11, 1),
            )
        )  # fmt: skip
        session.flush()
        with pytest.raises(identities.BirthDateSettlesBenefit):
            renumber(session, person, factories.id_number(date(1947, 5, 1)), by=office[:2])
        renumber(session, person, factories.id_number(date(1948, 5, 1)), by=office[:2])

    @pytest.mark.parametrize("born", [date(1950, 9, 1), date(1995, 1, 1)], ids=["60 at launch", "under 16"])
    def test_a_birth_date_that_unsettles_the_enrolment_is_refused(self, session, office, born):
        person = factories.make_resident(session, birth_date=date(1970, 5, 1))
        factories.enrol(session, person)
        with pytest.raises(identities.BirthDateSettlesEnrolment):
            renumber(session, person, factories.id_number(born), by=office[:2])

    @pytest.mark.parametrize("number", ["44078319700501", "440783197005011234", "", "44078319700501123Y"])
    def test_what_is_no_number_is_refused_without_being_repeated(self, session, office, number):
        person = factories.make_resident(session)
        with pytest.raises(resident_documents.DocumentNumberInvalid) as refusal:
            renumber(session, person, number, by=office[:2])
        assert not number or number not in refusal.value.detail

    @pytest.mark.parametrize("reason", [DocumentReason.ADDITIONAL, DocumentReason.FIRST_REGISTRATION])
    def test_other_reasons_change_no_number(self, session, office, reason):
        with pytest.raises(identities.ReasonNotForChange):
            renumber(
                session,
                factories.make_resident(session),
                factories.id_number(date(1970, 5, 1)),
                by=office[:2],
                reason=reason,
            )


class TestHands:
    def test_one_person_alone_changes_no_identity(self, session, office):
        with pytest.raises(SamePerson):
            rename(session, factories.make_resident(session), "梁晓明", by=office[:1])

    def test_name_and_number_are_two_cases(self, session, office):
        person = factories.make_resident(session)
        rename(session, person, "梁晓明", by=office[:2], request=77)
        with pytest.raises(IdentityChangedTogether):
            renumber(
                session,
                person,
                factories.id_number(date(1970, 5, 1)),
                by=office[2:4],
                request=77,
                today=TODAY + timedelta(900),
            )

    @pytest.mark.parametrize("first", ["name", "number"])
    @pytest.mark.parametrize(("days", "refused"), [(0, True), (179, True), (180, False)])
    def test_the_same_pair_waits_for_the_interval(self, session, office, first, days, refused):
        person = factories.make_resident(session)
        number = factories.id_number(date(1970, 5, 1))
        steps = [
            lambda today: rename(session, person, "梁晓明", by=office[:3], today=today),
            lambda today: renumber(session, person, number, by=[office[5], *office[1:3]], today=today),
        ]
        one, other = steps if first == "name" else reversed(steps)
        one(TODAY)
        if refused:
            with pytest.raises(SameHandsChangeIdentity):
                other(TODAY + timedelta(days))
            assert not person.identity_changed_twice
        else:
            other(TODAY + timedelta(days))
            assert person.identity_changed_twice

    def test_other_hands_may_and_the_person_is_marked_for_good(self, session, office):
        person = factories.make_resident(session)
        rename(session, person, "梁晓明", by=office[:2])
        assert not person.identity_changed_twice
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=office[1:4])
        assert person.identity_changed_twice
        rename(session, person, "梁小明", by=office[4:6], today=TODAY + timedelta(400))
        assert person.identity_changed_twice
        assert actions(session, person).count("identity_changed_twice") == 1

    @pytest.mark.parametrize(
        ("one", "other", "shared"),
        [
            ({1, 2}, {1, 2}, True), ({1, 2, 3}, {2, 3, 4}, True), ({1, 2}, {2, 3}, False), ({1}, {1, 2}, True),
            ({1, 2}, {2}, True), ({1}, {2}, False), ({1, 2, 3}, {4, 5, 1}, False),
        ],
    )  # fmt: skip
    def test_what_counts_as_the_same_hands(self, one, other, shared):
        assert share_hands(one, other) is shared

    def test_a_clerks_own_change_of_a_name_counts_as_well(self, session, office):
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        person = factories.make_resident(session)
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=[clerk, office[0]])
        change = {"resident_id": person.id, "record": {"name": "梁晓明"}, "today": TODAY}
        with pytest.raises(SameHandsChangeIdentity):
            residents.change(session, KEYRING, actor=clerk, version=person.version, **change)
        residents.change(session, KEYRING, actor=office[3], version=person.version, **change)
        assert person.identity_changed_twice


class TestDocuments:
    def record(self, session, person, number, kind=HeldDocumentKind.RESIDENT_ID, **facts):
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        return resident_documents.record_document(
            session, KEYRING, actor=clerk, resident_id=person.id, kind=kind, number=number, valid_from=None,
            valid_to=None, evidence="旧证复印件", today=TODAY, **facts,
        )  # fmt: skip

    def test_a_former_number_from_paper_bars_registration(self, session):
        person, number = factories.make_resident(session), factories.id_number(date(1970, 5, 1))
        token = person.id_token
        self.record(session, person, number)
        session.refresh(person)
        assert (person.id_token, person.version) == (token, 1)
        with pytest.raises(NumberTaken):
            register(session, number)

    def test_a_former_number_that_somebody_has_is_refused(self, session):
        number = factories.id_number(date(1970, 5, 1))
        factories.make_resident(session, number=number, village=OTHER_VILLAGE)
        with pytest.raises(NumberTaken):
            self.record(session, factories.make_resident(session), number)

    def test_another_document_is_sealed_and_shown_masked(self, session):
        person = factories.make_resident(session)
        kept = self.record(session, person, " h0123456789 ", HeldDocumentKind.TRAVEL_PERMIT)
        assert b"H0123456789" not in kept.number_sealed
        shown = resident_documents.list_documents(session, KEYRING, person)[1]
        assert (shown.number, shown.is_barred) == ("H0123456789", False)

    def test_a_mistaken_number_is_released_by_another_person_of_the_county(self, session, office):
        number = factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=number)
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=office[:2])
        former = resident_documents.list_documents(session, KEYRING, person)[1]
        said = {"document_id": former.id, "opinion": "号码属同名另一人"}
        with pytest.raises(SamePerson):
            resident_documents.release(session, actor=office[1], **said)
        with pytest.raises(CheckerNotAPerson):
            resident_documents.release(session, actor=system_actor(COUNTY), **said)
        with pytest.raises(resident_documents.CountyReleases):
            resident_documents.release(session, actor=factories.make_actor(session, RoleName.TOWN_REVIEWER), **said)
        resident_documents.release(session, actor=office[4], **said)
        rightful = register(session, number)
        found = resident_search.find_by_id_number(session, KEYRING, actor=office[0], id_number=number, today=TODAY)
        assert [view.resident.id for view in found] == [rightful.id]
        with pytest.raises(DocumentNotRetired):
            resident_documents.release(session, actor=office[4], **said)

    def test_documents_follow_a_move(self, session, office):
        person, before = factories.make_resident(session), None
        before = resident_documents.list_documents(session, KEYRING, person)[0].number
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=office[:2])
        residents.report_move(
            session, actor=office[0], resident_id=person.id, version=person.version, moved_on=TODAY,
            to_division_code=OTHER_VILLAGE, today=TODAY,
        )  # fmt: skip
        there = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT, division=OTHER_VILLAGE)
        found = resident_search.find_by_id_number(session, KEYRING, actor=there, id_number=before, today=TODAY)
        assert [view.resident.id for view in found] == [person.id]

    def test_a_merged_row_changes_no_more(self, session, office):
        kept, lost = factories.make_resident(session), factories.make_resident(session)
        session.execute(
            text("UPDATE residents SET status = 'merged', merged_into_id = :kept WHERE id = :lost"),
            {"kept": kept.id, "lost": lost.id},
        )
        for act in (
            lambda: rename(session, lost, "梁晓明", by=office[:2]),
            lambda: renumber(session, lost, factories.id_number(date(1970, 5, 1)), by=office[:2]),
            lambda: self.record(session, lost, factories.id_number(date(1970, 5, 1))),
            lambda: residents.report_death(
                session, actor=office[0], resident_id=lost.id, version=1, died_on=TODAY, source="x", today=TODAY
            ),
        ):
            with pytest.raises(ResidentMerged):
                act()


HEAD = "姓名,身份证号,村代码,户号,与户主关系,户口性质\n"


class TestRoster:
    def load(self, session, *rows, actor=None):
        content = (
            HEAD + "".join(f"{name},{number},{village},9,户主,农业\n" for name, number, village in rows)
        ).encode()
        clerk = actor or factories.make_actor(session, RoleName.COUNTY_CLERK)
        return roster_imports.load_roster(
            session, KEYRING, actor=clerk, content=content, file_name="f.csv", division_code=440783001000,
            as_of=TODAY, limits=roster_imports.UPLOAD_LIMITS,
        )  # fmt: skip

    @pytest.mark.parametrize("holder", [VILLAGE, 440783002200], ids=["inside", "elsewhere"])
    def test_a_row_with_a_former_number_is_refused_in_the_same_words(self, session, office, holder):
        before = factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=before, village=holder)
        renumber(session, person, factories.id_number(date(1970, 5, 1)), by=office[:2])
        result = self.load(session, ("陈好", before, VILLAGE), ("陈新", factories.id_number(date(1980, 1, 1)), VILLAGE))
        assert [(issue.row, issue.code) for issue in result.refused] == [(2, "former_number")]
        assert "已停用" in result.refused[0].message
        assert result.created == 1

    def test_a_merged_persons_row_is_told_and_left(self, session):
        kept = factories.make_resident(session)
        number = factories.id_number(date(1970, 5, 1))
        lost = factories.make_resident(session, number=number)
        session.execute(
            text("UPDATE residents SET status = 'merged', merged_into_id = :kept WHERE id = :lost"),
            {"kept": kept.id, "lost": lost.id},
        )
        result = self.load(session, ("换了名", number, VILLAGE))
        assert [(issue.row, issue.code) for issue in result.refused] == [(2, "person_merged")]
        session.refresh(lost)
        assert (lost.name, lost.version) == ("梁小明", 1)

    def test_a_file_renames_nobody_whose_number_was_changed(self, session, office):
        person = factories.make_resident(session)
        number = factories.id_number(date(1970, 5, 1))
        renumber(session, person, number, by=office[:2])
        result = self.load(session, ("别人名", number, VILLAGE))
        assert [(issue.row, issue.code) for issue in result.refused] == [(2, "identity_changed_before")]

    def test_a_file_that_renames_somebody_is_a_hand(self, session, office):
        number = factories.id_number(date(1970, 5, 1))
        person = factories.make_resident(session, number=number)
        result = self.load(session, ("梁晓明", number, VILLAGE))
        assert result.changed == 1
        importer = session.execute(
            text("SELECT part, handled_by FROM identity_changes WHERE resident_id = :id"), {"id": person.id}
        ).one()
        assert importer.part == "name"
        session.expire_all()
        same = factories.make_actor(session, RoleName.COUNTY_CLERK)
        hand = type(same)(
            **{name: getattr(same, name) for name in same.__slots__} | {"user_id": importer.handled_by[0]}
        )
        with pytest.raises(SameHandsChangeIdentity):
            renumber(session, person, factories.id_number(date(1970, 5, 1)), by=[office[0], hand])


def at_once(*acts):
    """Run acts in threads that start together; return what each returned or raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place):
        gate.wait()
        try:
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - told to the test
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def staff(fresh_database):
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        return [factories.make_actor(session, RoleName.COUNTY_REVIEWER) for _ in range(2)]


def holders(database, number):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text("SELECT count(*) FROM residents WHERE id_token = :token")
        return session.execute(query, {"token": KEYRING.id_token(int(number[:17]))}).scalar_one()


def sound(database):
    report = verification.verify(database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}


@pytest.mark.parametrize("round_number", range(4))
def test_one_number_is_registered_once_by_eight_at_once(fresh_database, round_number):
    number = factories.id_number(date(1980, 1, 1))

    def attempt(village):
        def act():
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                return register(session, number, village=village).id

        return act

    results = at_once(*[attempt(VILLAGE if place % 2 else OTHER_VILLAGE) for place in range(8)])
    assert sum(isinstance(one, int) for one in results) == 1
    assert all(isinstance(one, int | NumberTaken | IntegrityError) for one in results), results
    assert holders(fresh_database, number) == 1


@pytest.mark.parametrize("by_file", [False, True], ids=["form", "file"])
def test_a_number_given_up_while_somebody_registers_under_it_stays_given_up(fresh_database, staff, by_file):
    """The registration waits in the unique index for the change to commit, and meets the tombstone only afterwards."""
    before, after = factories.id_number(date(1970, 5, 1)), factories.id_number(date(1970, 5, 1))
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        # In the other town, so that a file of this one takes the number for a new person's.
        person_id = factories.make_resident(session, number=before, village=440783002200).id
    changed, may_commit = threading.Event(), threading.Event()

    def change():
        with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
            renumber(session, session.get(Resident, (440783, person_id)), after, by=staff)
            changed.set()
            assert may_commit.wait(10)

    def enter():
        assert changed.wait(10)
        threading.Timer(0.5, may_commit.set).start()
        town = Actor(user_id=5, username="x", display_name="x", role="x", division_code=440783001000)
        with fresh_database.unit_of_work(town) as session:
            if by_file:
                rows = (("陈好", before, VILLAGE), ("陈新", factories.id_number(date(1980, 1, 1)), VILLAGE))
                result = TestRoster().load(session, *rows, actor=town)
                return [issue.code for issue in result.refused], result.created
            return residents.register(
                session, KEYRING, actor=town, division_code=VILLAGE, record={"name": "陈好", "id_number": before},
                other_pension=False, today=TODAY,
            )  # fmt: skip

    results = at_once(change, enter)
    assert results[0] is None, results
    if by_file:
        assert results[1] == (["former_number"], 1)
    else:
        assert isinstance(results[1], NumberTaken), results
    assert holders(fresh_database, before) == 0
    assert holders(fresh_database, after) == 1
    sound(fresh_database)


def test_a_former_number_from_paper_and_a_registration_at_once_leave_one_of_both(fresh_database, staff):
    for _ in range(6):
        number = factories.id_number(date(1970, 5, 1))
        with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
            person = factories.make_resident(session)

        def keep(person=person, number=number):
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                TestDocuments().record(session, person, number)
                return "former"

        def enter(number=number):
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                register(session, number)
                return "current"

        results = at_once(keep, enter)
        assert sum(isinstance(one, str) for one in results) == 1, results
        sound(fresh_database)


def test_two_changes_to_one_number_at_once_let_one_have_it(fresh_database, staff):
    number = factories.id_number(date(1970, 5, 1))
    with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
        people = [factories.make_resident(session).id for _ in range(2)]

    def change(person_id):
        def act():
            with fresh_database.unit_of_work(system_actor(COUNTY)) as session:
                renumber(session, session.get(Resident, (440783, person_id)), number, by=staff)
                return person_id

        return act

    results = at_once(*[change(one) for one in people])
    assert sum(isinstance(one, int) for one in results) == 1
    assert sum(isinstance(one, NumberTaken) for one in results) == 1
    sound(fresh_database)
