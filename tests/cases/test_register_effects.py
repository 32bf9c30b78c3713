"""What an approved change does in the registers of identities, facts and stays, through HTTP as the real roles."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import verification
from tests import factories
from tests.cases.desks import (
    APPROVAL,
    CHECK,
    COUNTY,
    REQUESTS,
    REVIEW,
    approve,
    ask,
    done,
    match,
    people_of,
    refused,
    say,
)

BORN = date(1970, 5, 1)
"""Birthday of the residents of the factory: their numbers change, and nothing else."""


@pytest.fixture(scope="module")
def others(sign_in):
    """A second set of everybody."""
    return people_of(sign_in)


def rows(database, table, resident):
    column = "id" if table == "residents" else "resident_id"
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text(f"SELECT * FROM {table} WHERE {column} = :id ORDER BY id")
        return session.execute(query, {"id": resident.id}).all()


def resident_of(database, resident):
    [row] = rows(database, "residents", resident)
    return row


def through(hands, resident, kind, **values):
    request = done(ask(hands.village, resident, kind, **values))
    return approve(hands, REQUESTS, request, CHECK, REVIEW, APPROVAL)


def verified(database):
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        return [name for name in verification.check_names() if not verification.run_check(session, name).ok]


def test_b13_g_the_same_hands_never_change_name_and_number(people, others, person, database):
    """reliability.md T7: refused at the last approval, without a trace in the register; by others allowed and marked."""
    resident = person(insured=True)
    through(people, resident, "name", value="陈冒名")
    named = resident_of(database, resident)
    assert (named.name, named.identity_changed_twice) == ("陈冒名", False)
    [change] = rows(database, "identity_changes", resident)
    hands = {people.village.user_id, people.assistant.user_id, people.reviewer.user_id, people.county.user_id}
    assert (change.part, set(change.handled_by)) == ("name", hands)

    number = factories.id_number(BORN)
    request = done(ask(people.village, resident, "id_number", value=number, proof="police"))
    assert change.request_id != int(request["id"])
    request = approve(people, REQUESTS, request, CHECK, REVIEW)
    assert refused(say(people.county, REQUESTS, request, APPROVAL)) == (409, "same-hands-change-identity")
    kept = done(people.county.get(f"{REQUESTS}/{request['id']}"))
    assert (kept["state"], kept["version"], len(kept["decisions"])) == ("township_reviewed", request["version"], 2)
    assert resident_of(database, resident) == named

    # One new hand is not enough: two of the four have handled both.
    assert refused(say(others.county, REQUESTS, request, APPROVAL)) == (409, "same-hands-change-identity")
    done(people.village.post(f"{REQUESTS}/{request['id']}/withdrawals", headers=match(request["version"])))

    request = through(others, resident, "id_number", value=number, proof="police")
    assert request["state"] == "archived"
    now = resident_of(database, resident)
    assert (now.id_token, now.identity_changed_twice) != (named.id_token, False)
    assert done(people.village.get(f"/api/v1/residents/{resident.id}"))["identity_changed_twice"] is True
    [former] = rows(database, "resident_documents", resident)
    assert (former.id_token, former.reason, former.evidence) == (named.id_token, "reissued", "公安机关证明")
    assert verified(database) == []


def test_after_the_interval_the_same_hands_may(people, person, database):
    resident = person()
    through(people, resident, "name", value="陈更名")
    with database.unit_of_work(system_actor(COUNTY), role=DatabaseRole.WIDE) as session:
        session.execute(text("RESET ROLE"))
        session.execute(
            text("UPDATE identity_changes SET changed_on = changed_on - 180 WHERE resident_id = :id"),
            {"id": resident.id},
        )
    through(people, resident, "id_number", value=factories.id_number(BORN))
    assert resident_of(database, resident).identity_changed_twice


def test_a_list_of_approvals_leaves_out_what_the_same_hands_did_and_nothing_else(people, person, database):
    bad, good = person(), person()
    through(people, bad, "name", value="陈冒名")
    before = resident_of(database, bad)
    ids = []
    for resident in (bad, good):
        value = factories.id_number(BORN)
        request = done(ask(people.village, resident, "id_number", value=value))
        ids.append(approve(people, REQUESTS, request, CHECK, REVIEW)["id"])
    account = done(ask(people.village, bad, "bank_account", value=""))
    ids.insert(1, approve(people, REQUESTS, account, CHECK, REVIEW)["id"])
    body = {"ids": ids, "step": APPROVAL, "decision": "approve"}
    result = done(people.county.post(f"{REQUESTS}/decisions", json=body))
    told = [(one["id"], one["state"], one["code"]) for one in result["items"]]
    assert told == [
        (ids[0], "township_reviewed", "same-hands-change-identity"),
        (ids[1], "archived", None),
        (ids[2], "archived", None),
    ]
    now = resident_of(database, bad)
    assert (now.id_token, now.bank_account_sealed) == (before.id_token, None)
    assert len(rows(database, "resident_documents", good)) == 1
    assert verified(database) == []


def test_a_former_number_is_nobodys_again(people, person, database):
    """The tombstone answers as a registered number does."""
    number = factories.id_number(BORN)
    resident, other = person(number=number), person()
    through(people, resident, "id_number", value=factories.id_number(BORN))
    assert refused(ask(people.village, other, "id_number", value=number)) == (409, "resident-already-registered")
    # The person themselves may have it back: it was theirs.
    assert done(ask(people.village, resident, "id_number", value=number))["state"] == "draft"


def test_a_birth_date_that_unsettles_the_enrolment_is_refused_at_the_desk(people, person):
    child = factories.id_number(date(1996, 6, 2))
    refusal = refused(ask(people.village, person(insured=True), "id_number", value=child))
    assert refusal == (409, "birth-date-settles-enrolment")


@pytest.mark.parametrize(
    ("kind", "fact"),
    [("exclusion", "soldier"), ("exclusion", "prisoner"), ("category", "one_child"), ("exclusion", "unreachable")],
)
def test_facts_without_a_mark_on_the_roster_begin_and_end_on_the_days_of_their_proofs(
    people, person, database, kind, fact
):
    resident = person()
    begun = through(people, resident, kind, fact=fact, holds=True, effective_on="2010-12-01", proof="village")
    [row] = rows(database, "resident_facts", resident)
    assert (row.kind, row.begins_on, row.ended_on, row.evidence) == (fact, date(2010, 12, 1), None, "村(居)委会证明")
    assert (row.source_kind, row.source_id) == ("case", int(begun["id"]))
    assert refused(ask(people.village, resident, kind, fact=fact, holds=True)) == (422, "nothing-changes")
    through(people, resident, kind, fact=fact, holds=False, effective_on="2011-02-01", proof="village")
    [row] = rows(database, "resident_facts", resident)
    assert (row.begins_on, row.ended_on) == (date(2010, 12, 1), date(2011, 2, 1))
    assert verified(database) == []


def test_another_grade_ends_the_earlier_one_on_its_day(people, person, database):
    resident = person()
    through(people, resident, "category", fact="disability", holds=True, value="三级", effective_on="2011-01-01")
    through(people, resident, "category", fact="disability", holds=True, value="一级", effective_on="2011-03-01")
    found = [(row.value, row.begins_on, row.ended_on) for row in rows(database, "resident_facts", resident)]
    assert found == [("3", date(2011, 1, 1), date(2011, 3, 1)), ("1", date(2011, 3, 1), None)]
    assert resident_of(database, resident).disability_grade == 1


def test_one_reason_for_not_joining_takes_the_place_of_another(people, person, database):
    resident = person()
    through(people, resident, "exclusion", fact="unwilling", holds=True, effective_on="2011-01-01")
    through(people, resident, "exclusion", fact="empty_hukou", holds=True, effective_on="2011-02-01")
    found = {row.kind: row.ended_on for row in rows(database, "resident_facts", resident)}
    assert found == {"unwilling": date(2011, 2, 1), "empty_hukou": None}


def test_a_fact_cannot_end_before_it_began(people, person, database):
    resident = person()
    through(people, resident, "category", fact="dibao", holds=True, effective_on="2011-02-01")
    request = done(ask(people.village, resident, "category", fact="dibao", holds=False, effective_on="2011-01-01"))
    request = approve(people, REQUESTS, request, CHECK, REVIEW)
    assert refused(say(people.county, REQUESTS, request, APPROVAL)) == (422, "fact-ends-before-it-begins")
    assert resident_of(database, resident).dibao is True


def test_another_hukou_kind_ends_the_stay_on_its_day(people, person, database):
    resident = person(insured=True)
    through(people, resident, "hukou_kind", value="非农业", effective_on="2011-02-15")
    now = resident_of(database, resident)
    assert (now.hukou_kind, now.here_since) == ("non_rural", date(2011, 2, 15))
    [stay] = rows(database, "resident_spells", resident)
    assert (stay.hukou_kind, stay.ended_on, stay.reason) == ("rural", date(2011, 2, 15), "hukou_changed")
    assert stay.evidence == "户口簿"
    early = ask(people.village, resident, "hukou_kind", value="农业", effective_on="2011-02-01")
    assert refused(early) == (422, "before-present-stay")
    assert verified(database) == []
