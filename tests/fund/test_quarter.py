"""A whole quarter: people pay in cash and by transfer, money is swept, pensions are paid, interest arrives, months close."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.money import BySource
from api.services import fund_closings, fund_packs
from api.vocabulary import Channel, FundTransferWay
from tests.fund.worlds import COUNTY, after, end_of, states_of
from tests.ledger_facts import assert_ledger_holds
from tests.payments.worlds import Office, pensioner

OCTOBER, NOVEMBER, DECEMBER = date(2010, 10, 1), date(2010, 11, 1), date(2010, 12, 1)
TRIAL = ("opening", "debit", "credit", "closing")


def amounts(row, *names):
    return [int(row[name].replace(".", "").replace("-", "-")) for name in names]


def assert_pack_holds(facts):
    """What must be true of any pack: sides equal, opening + movement = closing, control, statement, no difference."""
    for name in ("opening", "closing"):
        assert sum(amounts(row, name)[0] for row in facts["trial_balance"]) == 0
    debit = sum(amounts(row, "debit")[0] for row in facts["trial_balance"])
    assert debit == sum(amounts(row, "credit")[0] for row in facts["trial_balance"])
    for row in facts["trial_balance"]:
        opening, debit, credit, closing = amounts(row, *TRIAL)
        assert opening + debit - credit == closing
    assert facts["control"]["difference"] == "0.00"
    assert facts["control"]["accounts"] == facts["control"]["accounts_by_ledger"]
    said = facts["statement"]
    opening, income, outlay, closing = amounts(said, "opening", "income_total", "outlay_total", "closing")
    assert opening + income - outlay == closing
    opening, income, outlay = amounts(said, "year_opening", "year_income_total", "year_outlay_total")
    assert opening + income - outlay == closing
    fund = [row for row in facts["trial_balance"] if row["code"] in {"2001", "2002", "2003", "3001"}]
    assert -sum(amounts(row, "closing")[0] for row in fund) == closing
    assert facts["differences"] == {"person_count": 0, "persons": [], "journal_count": 0, "journals": []}
    assert all(one["difference"] == "0.00" for one in facts["reports"])
    assert all(one["difference"] == "0.00" for one in facts["bank"])


def row_of(facts, code):
    return next(row for row in facts["trial_balance"] if row["code"] == code)


def head(facts, name):
    return next(
        one["month"] for one in (*facts["statement"]["income"], *facts["statement"]["outlay"]) if one["head"] == name
    )


def test_a_quarter(session, books):
    people = [books.person() for _ in range(4)]
    elder = pensioner(session, award=BySource(), balance=BySource())
    office = Office.of(session)

    books.pays(people[0], on=date(2010, 10, 20), year=2010)
    books.pays(people[1], on=date(2010, 10, 21), year=2010, channel=Channel.CASH)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 10, 31))
    october = books.close(OCTOBER, exceptions=())
    facts = fund_packs.facts_of(october.content)
    assert_pack_holds(facts)
    assert row_of(facts, "1001")["closing"] == "100.00"
    assert row_of(facts, "1003")["closing"] == "100.00"
    assert (head(facts, "income_personal"), head(facts, "income_subsidy")) == ("200.00", "60.00")
    assert [one["amount"] for one in facts["parties"] if one["account"] == "cash_in_hand"] == ["100.00"]

    books.remits(10_000, on=date(2010, 11, 3))
    books.pays(people[2], on=date(2010, 11, 10), year=2010, channel=Channel.CASH)
    books.moves(FundTransferWay.POOL_GRANT, 50_000, on=date(2010, 11, 8))
    books.moves(FundTransferWay.ALLOT, 30_000, on=date(2010, 11, 9))
    office.month(NOVEMBER)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 11, 30))
    november = books.close(NOVEMBER)
    facts = fund_packs.facts_of(november.content)
    assert_pack_holds(facts)
    assert head(facts, "outlay_basic") == "110.00"  # October and November of somebody who was 60 at launch
    assert head(facts, "income_basic") == "500.00"
    assert row_of(facts, "1004")["closing"] == "190.00"
    assert elder.id

    books.pays(people[3], on=date(2010, 12, 1), year=2010)
    run = office.compute(DECEMBER)
    office.approve(run)
    office.release(run)
    books.moves(FundTransferWay.TREASURY_INTEREST, 123, on=date(2010, 12, 21))
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 12, 30))
    december = books.close(DECEMBER)
    facts = fund_packs.facts_of(december.content)
    assert_pack_holds(facts)
    assert facts["in_transit"] == [{"run_id": str(run.id), "amount": "55.00"}]
    assert row_of(facts, "1102")["closing"] == "-1.23"
    assert facts["statement"]["opening"] == fund_packs.facts_of(november.content)["statement"]["closing"]
    assert_ledger_holds(session)

    # The answer that comes in January belongs to January; December stays what it was, byte for byte.
    office.load(run, office.answers(run), on=date(2011, 1, 7))
    for pack in (october, november, december):
        again = fund_closings.rebuild(session, pack)
        assert (again.content, again.content_hash) == (pack.content, pack.content_hash)


def test_what_stands_in_the_way_is_named(session, books):
    someone = books.person()
    books.pays(someone, on=date(2010, 11, 20), year=2010)
    before = states_of(books.check(OCTOBER))
    assert before["earlier_closed"] == "unmet"
    states = states_of(books.check(NOVEMBER))
    assert {code for code, state in states.items() if state == "unmet"} == {"income_zero", "bank_covered"}
    assert states_of(books.check(NOVEMBER, today=end_of(NOVEMBER)))["month_over"] == "unmet"
    with pytest.raises(fund_closings.PeriodNotReady) as refused:
        books.propose(NOVEMBER)
    assert {fault.code for fault in refused.value.faults} == {"income-zero", "bank-covered"}
    assert "收入户月末余额为零" in refused.value.detail
    books.statements(NOVEMBER)
    period = books.propose(NOVEMBER, exceptions=[{"code": "income_zero", "reason": "银行系统停机，次日划转"}])
    with pytest.raises(fund_closings.ExceptionUnfit):
        books.propose(DECEMBER, exceptions=[{"code": "persons_agree", "reason": "不管"}])
    _, pack = books.approve(period)
    assert fund_packs.facts_of(pack.content)["exceptions"] == [
        {"code": "income_zero", "reason": "银行系统停机，次日划转"}
    ]
    assert fund_closings.find(session, COUNTY, NOVEMBER).closed_on == after(NOVEMBER)
