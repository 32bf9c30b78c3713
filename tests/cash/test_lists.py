"""缴费名单 with 收据号: the papers of a list come to the books by the rules of single ones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.policy.id_numbers import check_character
from api.services import list_imports, receipt_blocks, receipt_voids
from api.services.contribution_imports import CONTRIBUTIONS
from api.vocabulary import BlockPurpose, RoleName
from tests import factories
from tests.ledger_facts import assert_ledger_holds
from tests.lists import as_csv

HEADINGS = ("姓名", "身份证号", "缴费年度", "档次", "缴费方式", "收据号", "收据日期")
DAY = date(2011, 3, 1)


@pytest.fixture
def desk(session):
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    giver = factories.make_actor(session, RoleName.COUNTY_CLERK)
    return collector, giver


def person(session):
    one = factories.make_resident(session)
    factories.enrol(session, one)
    body = f"{factories.KEYRING.id_of_token(one.id_token)[1]:017d}"
    return one.name, body + check_character(body)


def bring(session, actor, *rows, today=DAY):
    return list_imports.load_list(
        session, factories.KEYRING, kind=CONTRIBUTIONS, actor=actor, content=as_csv(HEADINGS, *rows),
        file_name="list.csv", division_code=factories.TOWN, as_of=today,
    )  # fmt: skip


def give(session, giver, collector, count, *, on=DAY):
    return receipt_blocks.issue(
        session,
        actor=giver,
        collector_id=collector.user_id,
        count=count,
        purpose=BlockPurpose.PAPER,
        label=None,
        today=on,
    )


def receipts_of(session, collector):
    rows = session.execute(
        text("SELECT number, issued_on FROM receipts WHERE collector_id = :id ORDER BY number"),
        {"id": collector.user_id},
    ).all()
    return [(row.number, row.issued_on) for row in rows]


def desk_row(session, collector):
    return session.execute(
        text("SELECT receipt_count, cash_held_fen, cash_oldest_on FROM users WHERE id = :id"),
        {"id": collector.user_id},
    ).one()


def test_papers_and_online_numbers_in_one_list(session, desk):
    collector, giver = desk
    block = give(session, giver, collector, 4)
    receipt_voids.propose(session, actor=collector, number=4, last_number=None, reason="写错", today=DAY)
    later = DAY + timedelta(days=2)
    result = bring(
        session, collector,
        (*person(session), "2011", "100", "现金", "2", "2011-03-01"),
        (*person(session), "2011", "100", "现金", "No.1号", "2011-03-02"),
        (*person(session), "2011", "100", "", "", ""),
        (*person(session), "2011", "100", "现金", "2", "2011-03-01"),
        (*person(session), "2011", "100", "现金", "9", "2011-03-01"),
        (*person(session), "2011", "100", "现金", "4", "2011-03-01"),
        (*person(session), "2011", "100", "银行转账", "3", "2011-03-01"),
        (*person(session), "2011", "100", "现金", "3", "2011-03-04"),
        (*person(session), "2011", "100", "现金", "3", "2011-02-28"),
        (*person(session), "2011", "100", "现金", "三", ""),
        today=later,
    )  # fmt: skip
    assert result.accepted == 3
    assert [(issue.column, issue.code) for issue in result.refused] == [
        ("收据号", "receipt-already-used"),
        ("收据号", "receipt-not-issued"),
        ("收据号", "receipt-void"),
        ("收据号", "receipt-needs-cash"),
        ("收据日期", "receipt-in-future"),
        ("收据号", "receipt-not-issued"),
        ("收据号", "bad_value"),
    ]
    assert receipts_of(session, collector) == [(1, date(2011, 3, 2)), (2, DAY), (5, later)]
    session.refresh(block)
    assert (block.used_count, block.state.value) == (2, "open")
    assert tuple(desk_row(session, collector)) == (5, 30_000, DAY)
    assert_ledger_holds(session)


def test_a_block_is_used_up_by_a_list(session, desk):
    collector, giver = desk
    block = give(session, giver, collector, 2)
    rows = [(*person(session), "2011", "100", "现金", str(number), "") for number in (1, 2)]
    assert bring(session, collector, *rows).accepted == 2
    session.refresh(block)
    assert block.state.value == "exhausted"


def test_a_blocked_collector_brings_in_old_papers_and_no_new_cash(session, desk):
    collector, giver = desk
    give(session, giver, collector, 3)
    bring(session, collector, (*person(session), "2011", "100", "现金", "1", "2011-03-01"))
    result = bring(
        session, collector,
        (*person(session), "2011", "200", "现金", "", ""),
        (*person(session), "2011", "300", "现金", "2", "2011-03-05"),
        (*person(session), "2011", "400", "现金", "3", "2011-03-06"),
        (*person(session), "2011", "500", "银行转账", "", ""),
        today=DAY + timedelta(days=6),
    )  # fmt: skip
    assert result.accepted == 2
    assert [issue.code for issue in result.refused] == ["collector-blocked"] * 2
    assert tuple(desk_row(session, collector)) == (3, 40_000, DAY)
    with pytest.raises(receipt_blocks.receipts.CollectorBlocked):
        give(session, giver, collector, 1, on=DAY + timedelta(days=6))


def test_a_list_brings_its_own_age_along(session, desk):
    """The first paper of a list that is old enough blocks what follows it, as one by one."""
    collector, giver = desk
    give(session, giver, collector, 2)
    result = bring(
        session, collector,
        (*person(session), "2011", "100", "现金", "1", "2011-03-01"),
        (*person(session), "2011", "200", "现金", "", ""),
        today=DAY + timedelta(days=5),
    )  # fmt: skip
    assert result.accepted == 1
    assert [issue.code for issue in result.refused] == ["collector-blocked"]


def test_the_system_is_nobody(session):
    from api.services.receipts import CashNeedsAPerson

    with pytest.raises(CashNeedsAPerson):
        bring(session, system_actor(factories.TOWN), (*person(session), "2011", "100", "现金", "1", ""))
