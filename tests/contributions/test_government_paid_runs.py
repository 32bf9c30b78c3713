"""政府代缴 as a run: whom it names and why others are left out, approved by another person, posted town by town."""

from __future__ import annotations

import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from api.database import system_actor
from api.errors import DomainError
from api.models import Resident
from api.policy.contributions import assess_government_paid
from api.policy.parameter_layers import LayeredBook
from api.policy.parameters import parameters_on
from api.services import government_paid_postings, government_paid_runs, interest_runs, ledger
from api.services.interest_postings import RunContentChanged
from api.vocabulary import FactKind, Rhythm, RoleName
from tests import factories
from tests.cancellations.worlds import verified
from tests.contributions.payments import pay

COUNTY = 440783000000
DAY = date(2011, 3, 8)
API = "/api/v1"


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def person(session, *, insured=True, tier_fen=10_000, **facts):
    made = factories.make_resident(session, **{"disability_grade": 2} | facts)
    if insured:
        factories.enrol(session, made, tier_fen=tier_fen)
    return made


@pytest.fixture
def world(session):
    """One of each kind of person whom a run may meet, by what it should say of them."""
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    found = {
        "pay": person(session),
        "pay-1": person(session, disability_grade=1, birth_date=date(1951, 12, 31)),
        "not_insured": person(session, insured=False),
        "over_age": person(session, birth_date=date(1948, 1, 1)),
        "too_young": person(session, birth_date=date(1996, 1, 1), insured=False),
        "gone": person(session, status="dead", status_on=date(2011, 3, 7)),
        "already_paid": person(session),
        "higher_tier": person(session, tier_fen=20_000),
        "account_not_open": person(session),
        "cancelling": person(session),
        "period_closed": person(session),
    }
    unnamed = [person(session, disability_grade=3), person(session, disability_grade=None, dibao=True)]
    pay(session, clerk, found["already_paid"], year=2011, on=date(2011, 1, 20))
    for name, change in {
        "account_not_open": "state = 'closed'",
        "cancelling": "cancels_on = '2011-03-01'",
        "period_closed": "opened_on = '2012-01-01'",
    }.items():
        session.execute(text(f"UPDATE accounts SET {change} WHERE resident_id = :id"), {"id": found[name].id})
    return SimpleNamespace(found=found, unnamed=unnamed)


def compute(session, *, paid_on=DAY, today=DAY):
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    return government_paid_runs.compute(session, actor=clerk, county_code=440783, paid_on=paid_on, today=today)


def outcomes(session, run):
    rows = session.execute(
        text("SELECT resident_id, outcome FROM government_paid_lines WHERE run_id = :id"), {"id": run.id}
    )
    return dict(rows.all())


class TestWhomItNames:
    def test_everybody_with_the_reason(self, session, world):
        run = compute(session)
        told = outcomes(session, run)
        assert told == {one.id: name.removesuffix("-1") for name, one in world.found.items()}
        assert (run.row_count, run.total_fen) == (2, 2 * 13_000)
        assert run.summary["outcomes"]["pay"] == 2

    def test_facts_of_the_day_and_not_the_flags_of_today(self, session):
        past = person(session, disability_grade=None)
        factories.make_fact(
            session, past, FactKind.DISABILITY, value="2", begins_on=date(2010, 1, 1), ended_on=date(2011, 3, 9),
            end_recorded_at="2011-03-09T00:00:00Z",
        )  # fmt: skip
        ended = person(session, disability_grade=None)
        factories.make_fact(
            session, ended, FactKind.DISABILITY, value="2", begins_on=date(2010, 1, 1), ended_on=DAY,
            end_recorded_at="2011-03-09T00:00:00Z",
        )  # fmt: skip
        coming = person(session, disability_grade=None)
        factories.make_fact(session, coming, FactKind.DISABILITY, value="1", begins_on=date(2011, 3, 9))
        assert outcomes(session, compute(session)) == {past.id: "pay"}

    def test_the_groups_are_the_parameter(self, session, monkeypatch):
        from dataclasses import replace

        law = replace(parameters_on(DAY), government_paid_groups=frozenset({"dibao", "wubao"}))
        monkeypatch.setattr(LayeredBook, "on", lambda *_: law)
        severe, dibao = person(session), person(session, disability_grade=None, dibao=True)
        assert outcomes(session, compute(session)) == {dibao.id: "pay"}
        del severe

    def test_the_same_as_the_law_person_by_person(self, session, world):
        law = parameters_on(DAY)
        told = outcomes(session, compute(session))
        for one in session.scalars(select(Resident).where(Resident.id.in_(told))):
            try:
                judged = assess_government_paid(
                    birth_date=one.birth_date, contribution_year=2011, tier_fen=law.minimum_tier_fen, paid_on=DAY,
                    parameters=law, disability_grade=one.disability_grade,
                )  # fmt: skip
            except DomainError:
                assert told[one.id] in {"over_age", "too_young"}
            else:
                assert told[one.id] not in {"over_age", "too_young"}
                assert (judged.government_paid_fen, judged.subsidy_fen) == (10_000, 3_000)

    def test_refusals(self, session, world):
        for day, today, error in (
            (date(2011, 3, 9), DAY, government_paid_runs.GovernmentPaidInFuture),
            (date(2010, 9, 1), DAY, government_paid_runs.ContributionYearNotOpen),
        ):
            with pytest.raises(error):
                compute(session, paid_on=day, today=today)
        first = compute(session)
        with pytest.raises(government_paid_runs.GovernmentPaidRunExists):
            compute(session)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        government_paid_runs.discard(session, actor=clerk, run_id=first.id, version=1)
        again = compute(session)
        assert again.content_hash == first.content_hash


class TestPosting:
    def test_changed_since_is_told_and_gets_nothing(self, fresh_database):
        database = fresh_database
        with database.unit_of_work(system_actor(COUNTY)) as session:
            clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
            maker = factories.make_actor(session, RoleName.COUNTY_CLERK)
            checker = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
            stays, pays, dies = person(session), person(session), person(session)
            run = government_paid_runs.compute(
                session, actor=maker, county_code=440783, paid_on=DAY, today=date(2011, 3, 31)
            )
        with database.unit_of_work(system_actor(COUNTY)) as session:
            pay(session, clerk, pays, year=2011, on=date(2011, 3, 9))
            session.execute(
                text("UPDATE residents SET status = 'dead', status_on = '2011-03-01' WHERE id = :id"), {"id": dies.id}
            )
        with pytest.raises(RunContentChanged):
            government_paid_runs.approve(
                database, actor=checker, run_id=run.id, content_hash="0" * 64, today=date(2011, 3, 31)
            )
        done = government_paid_runs.approve(
            database, actor=checker, run_id=run.id, content_hash=run.content_hash, today=date(2011, 3, 31)
        )
        assert done.state == "posted"
        with database.read_snapshot(system_actor(COUNTY)) as session:
            assert outcomes(session, run) == {stays.id: "pay", pays.id: "changed", dies.id: "changed"}
            rows = session.execute(text("SELECT resident_id, gov_fen FROM accounts ORDER BY resident_id")).all()
            assert dict(rows) == {stays.id: 13_000, pays.id: 3_000, dies.id: 0}
        assert verified(database) == {}

    def test_a_broken_run_goes_on_where_it_stopped(self, fresh_database, monkeypatch):
        database = fresh_database
        with database.unit_of_work(system_actor(COUNTY)) as session:
            maker = factories.make_actor(session, RoleName.COUNTY_CLERK)
            checker = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
            session.execute(
                text(
                    "INSERT INTO divisions (code, name, level, parent_code, in_scope) VALUES"
                    " (440783100000, '月山镇', 'town', 440783000000, true),"
                    " (440783100200, '某村', 'village', 440783100000, true)"
                )
            )
            people = [person(session), person(session, village=440783100200)]
            run = government_paid_runs.compute(session, actor=maker, county_code=440783, paid_on=DAY, today=DAY)
        assert len(run.summary["towns"]) == 2
        facts = {"actor": checker, "run_id": run.id, "content_hash": run.content_hash, "today": DAY}
        booked = []

        def fails_at_the_second(session, **facts):
            booked.append(facts)
            if len(booked) == 2:
                raise RuntimeError
            ledger.book_batch(session, **facts)

        monkeypatch.setattr(
            government_paid_postings,
            "ledger",
            SimpleNamespace(FundEntry=ledger.FundEntry, book_batch=fails_at_the_second),
        )
        with pytest.raises(RuntimeError):
            government_paid_runs.approve(database, **facts)
        assert verified(database) == {}
        with database.read_snapshot(system_actor(COUNTY)) as session:
            assert len(government_paid_runs.read(session, run.id)[1]) == 1
        with pytest.raises(government_paid_runs.RunStateUnfit), database.unit_of_work(maker) as session:
            government_paid_runs.discard(session, actor=maker, run_id=run.id, version=2)
        assert government_paid_runs.approve(database, **facts).state == "posted"
        with database.read_snapshot(system_actor(COUNTY)) as session:
            rows = session.execute(text("SELECT resident_id, gov_fen FROM accounts ORDER BY resident_id")).all()
        assert dict(rows) == {one.id: 13_000 for one in people}
        assert verified(database) == {}


def test_rhythm_is_no_matter_of_a_run(session):
    """Government pays the year at once, whatever rhythm the person chose."""
    one = person(session)
    session.execute(
        text("UPDATE enrolments SET rhythm = :rhythm WHERE resident_id = :id"),
        {"rhythm": Rhythm.MONTHLY.value, "id": one.id},
    )
    assert outcomes(session, compute(session)) == {one.id: "pay"}


def test_interest_runs_do_not_see_them(session, world):
    """Both kinds of runs share a table; neither is the other's."""
    run = compute(session)
    assert interest_runs.find(session, county_code=440783, year=2011) is None
    rows, _ = interest_runs.list_runs(session, county_code=440783, limit=9, after=None)
    assert run.id not in {row.id for row in rows}


class TestOverHttp:
    def test_a_run_from_computation_to_a_reversal(self, sign_in, database):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            one, other = person(session), person(session)
            left_out = person(session, tier_fen=20_000)
        clerk, reviewer = sign_in(RoleName.COUNTY_CLERK), sign_in(RoleName.COUNTY_REVIEWER)
        path = f"{API}/government-paid-runs"
        body = {"county": "440783", "paid_on": "2011-03-08"}
        assert sign_in(RoleName.TOWN_CLERK).post(path, json=body).status_code == 403
        made = clerk.post(path, json=body)
        assert made.status_code == 201, made.text
        run = made.json()
        assert (run["row_count"], run["total"], run["tier"], run["period"]) == (2, "260.00", "100.00", "2011-03")
        assert {one["outcome"]: one["count"] for one in run["outcomes"]} == {"pay": 2, "higher_tier": 1}
        lines = clerk.get(f"{path}/{run['id']}/lines", params={"outcome": "higher_tier"}).json()["items"]
        assert [(line["resident_id"], line["groups"]) for line in lines] == [(str(left_out.id), ["disability2"])]
        approval = {"content_hash": run["content_hash"]}
        headers = {"If-Match": made.headers["ETag"]} | key()
        assert clerk.post(f"{path}/{run['id']}/approvals", json=approval, headers=headers).status_code == 403
        done = reviewer.post(f"{path}/{run['id']}/approvals", json=approval, headers=headers)
        assert (done.status_code, done.json()["state"]) == (201, "posted"), done.text
        assert done.json()["towns"][0]["posted_total"] == "260.00"
        again = reviewer.post(f"{path}/{run['id']}/approvals", json=approval, headers=headers)
        assert again.headers["Idempotency-Replayed"] == "true"
        account = clerk.get(f"{API}/accounts/{one.id}").json()
        assert (account["personal"], account["gov"]) == ("0.00", "130.00")
        [row] = clerk.get(f"{API}/contributions", params={"resident_id": str(one.id)}).json()["items"]
        assert (row["kind"], row["channel"], row["amount"], row["subsidy"]) == (
            "government_paid", "government", "100.00", "30.00",
        )  # fmt: skip
        undone = reviewer.post(
            f"{API}/contributions/{row['id']}/reversals",
            json={"reason": "残疾等级有误"},
            headers=key() | {"If-Match": '"1"'},
        )
        assert undone.status_code == 201, undone.text
        assert clerk.get(f"{API}/accounts/{one.id}").json()["total"] == "0.00"
        assert clerk.get(f"{API}/accounts/{other.id}").json()["gov"] == "130.00"
        assert verified(database) == {}
        assert [item["id"] for item in clerk.get(path).json()["items"]] == [run["id"]]
