"""Bank statements: one begins where another ended, nothing comes twice, and what has no counterpart is listed and stays."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
import xlsxwriter

from api.database import system_actor
from api.exchange.bank_statements import (
    StatementLayoutUnknown,
    StatementUnreadable,
    layout_ids,
    load_layout,
    parse_layout,
    parse_statement,
)
from api.models import BankStatementLine
from api.services import bank_matches, bank_statements, fund_reconciliation, two_persons
from api.services.bank_matches import Pairing
from api.services.bank_statements import StatementGap, StatementWrong
from api.services.fund_periods import PeriodClosed
from api.vocabulary import BankAccountName, BankItemSide, BankMatchState, Channel, Decision, FundTransferWay
from tests import factories
from tests.fund.worlds import statement_of

INCOME, TREASURY = BankAccountName.INCOME_ACCOUNT, BankAccountName.TREASURY_ACCOUNT
NOVEMBER = date(2010, 11, 1)
TODAY = date(2011, 3, 1)


def span(first, last):
    return date(2010, 11, first), date(2010, 11, last)


def file_of(rows, first=1, last=30, opening=0, account=INCOME, **more):
    days = [(date(2010, 11, day), name, amount) for day, name, amount in rows]
    return statement_of(account, opening, days, *span(first, last), **more)


def lines_of(session, loaded):
    rows, _ = bank_statements.list_lines(session, statement_id=loaded.statement.id, limit=200, after=None)
    return rows


def now(session, books, account=INCOME, on=date(2010, 11, 30)):
    return fund_reconciliation.reconcile_now(session, actor=books.finance, account=account, on=on)


def test_the_layouts_that_came_with_the_service_read():
    assert layout_ids() == ["rural_credit_2010", "treasury_2010"]
    content = '记账日期,业务编号,发生额,余额\n20101102,A1,"1,000.50",1000.50\n20101103,A2,-0.50,1000.00\n'.encode(
        "gb18030"
    )
    lines = parse_statement(load_layout("treasury_2010"), "a.csv", content)
    assert [(one.booked_on, one.reference, one.amount_fen, one.balance_fen) for one in lines] == [
        (date(2010, 11, 2), "A1", 100_050, 100_050), (date(2010, 11, 3), "A2", -50, 100_000),
    ]  # fmt: skip
    newest_first = "记账日期,业务编号,发生额,余额\n20101103,A2,-0.50,1000.00\n20101102,A1,1000.50,1000.50\n".encode()
    assert parse_statement(load_layout("treasury_2010"), "a.csv", newest_first)[0].reference == "A1"
    with pytest.raises(StatementLayoutUnknown):
        load_layout("../secrets")
    with pytest.raises(StatementLayoutUnknown):
        parse_layout('id = "x"\ntitle = "x"\nday_format = "%Y"\n[columns]\nday = ["a"]\n')


def test_a_workbook_reads_like_its_csv():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for place, name in enumerate(("交易日期", "凭证号", "收入金额", "支出金额", "余额")):
        sheet.write_string(0, place, name)
    for place, value in enumerate(("2010-11-03", "A7", 120.5, None, 120.5)):
        if isinstance(value, str):
            sheet.write_string(1, place, value)
        elif value is not None:
            sheet.write_number(1, place, value)
    book.close()
    (line,) = parse_statement(load_layout("rural_credit_2010"), "a.xlsx", buffer.getvalue())
    assert (line.reference, line.amount_fen, line.balance_fen) == ("A7", 12_050, 12_050)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("交易日期,凭证号,余额\n", "缺少列"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010/11/3,A,1.00,,1.00\n", "第2行：日期"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010-11-03,,1.00,,1.00\n", "第2行：凭证号"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010-11-03,A,1.00,1.00,1.00\n", "不能同时"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010-11-03,A,1.005,,1.00\n", "第2行"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010-11-03,A,1.00,,1.00\n2010-11-03,B,1.00,,3.00\n", "第3行：余额"),
        ("交易日期,凭证号,收入金额,支出金额,余额\n2010-11-03,A,1.00,,1.00\n2010-11-03,B,,2.00,-1.00\n", "余额为负数"),
    ],
)
def test_what_does_not_read_or_does_not_follow_is_refused_with_its_line(content, told):
    if content.count("\n") == 1:
        content += "2010-11-03,A,1.00\n"
    with pytest.raises(StatementUnreadable) as refused:
        parse_statement(load_layout("rural_credit_2010"), "a.csv", content.encode())
    assert told in refused.value.detail


def test_a_statement_follows_the_one_before_or_is_refused(session, books):
    first = file_of([(3, "A1", 500), (3, "A1", 500), (4, "A2", -200)], last=10)
    done = books.load(first, today=TODAY)
    assert (done.statement.opening_fen, done.statement.closing_fen, done.statement.line_count) == (0, 800, 3)
    assert [line.running_no for line, _ in lines_of(session, done)] == [1, 2, 1]
    assert books.load(first, today=TODAY).repeated
    with pytest.raises(StatementGap, match="中间缺少日期"):
        books.load(file_of([(13, "A3", 100)], first=12, opening=800), today=TODAY)
    with pytest.raises(StatementGap, match=r"期末余额8\.00"):
        books.load(file_of([(13, "A3", 100)], first=11, opening=700), today=TODAY)
    with pytest.raises(StatementGap, match="没有新的日期"):
        books.load(file_of([(3, "A1", 500)], last=9), today=TODAY)
    with pytest.raises(StatementGap, match="重叠"):
        books.load(file_of([(3, "A1", 500), (4, "A2", 300), (13, "A3", 1)], opening=0), today=TODAY)
    overlapping = file_of([(3, "A1", 500), (3, "A1", 500), (4, "A2", -200), (13, "A3", 100)], last=15)
    grown = books.load(overlapping, today=TODAY)
    assert (grown.statement.opening_fen, grown.statement.closing_fen, grown.statement.line_count) == (800, 900, 1)
    quiet = file_of([], first=16, last=20, closing=900)
    assert books.load(quiet, today=TODAY).statement.line_count == 0
    with pytest.raises(StatementWrong, match="期末余额"):
        books.load(file_of([(22, "A4", 100)], first=21, opening=900, closing=1), today=TODAY)
    with pytest.raises(StatementWrong, match="早于今天"):
        books.load(file_of([], first=21, closing=900), today=date(2010, 11, 30))
    with pytest.raises(StatementWrong, match="起止日期之内"):
        books.load(replace(file_of([(22, "A4", 100)], first=21, opening=900), from_on=date(2010, 11, 23)), today=TODAY)


def test_counterparties_are_sealed(session, books):
    done = books.load(file_of([(3, "A1", 500)]), today=TODAY)
    line, _ = lines_of(session, done)[0]
    kept = session.get(BankStatementLine, (line.county_code, line.id)).counterparty_sealed
    assert "某户".encode() not in kept
    opened = factories.KEYRING.unseal(kept, table="bank_statement_lines", column="counterparty", row_id=line.id)
    assert opened == "某户"


def test_reference_and_amount_match_by_themselves_and_nothing_else_does(session, books):
    books.pays(books.person(), on=date(2010, 11, 3), year=2010, channel=Channel.CASH)
    kept = books.remits(10_000, on=date(2010, 11, 4))
    same, other = (books.person() for _ in range(2))
    books.pays(same, on=date(2010, 11, 8), year=2010)
    books.pays(other, on=date(2010, 11, 8), year=2010)
    done = books.load(
        file_of([(4, kept.bank_reference, 10_000), (8, "X1", 10_000), (8, "X2", 10_000), (9, "X3", 10_000)]),
        today=TODAY,
    )
    assert done.matched_count == 2
    assert [match is not None for _, match in lines_of(session, done)] == [True, True, True, False]
    found = now(session, books)
    assert (found.bank_fen, found.books_fen, found.line_count, found.journal_count) == (40_000, 30_000, 1, 0)
    assert (found.difference_fen, found.unexplained) == (0, 1)


def test_another_amount_under_the_same_reference_stays_open_on_both_sides(session, books):
    moved = books.moves(FundTransferWay.POOL_GRANT, 5_000, on=date(2010, 11, 8))
    books.load(file_of([(8, moved.bank_reference, 4_999)], account=TREASURY), today=TODAY)
    found = now(session, books, TREASURY)
    assert {(one.side.value, one.amount_fen) for one in found.items} == {("line", 4_999), ("journal", 5_000)}
    assert found.difference_fen == 0
    bank_matches.explain(
        session, actor=books.finance, account=TREASURY, side=BankItemSide.LINE, subject_id=found.items[0].subject_id
        if found.items[0].side is BankItemSide.LINE else found.items[1].subject_id, note="银行扣手续费，已要求退回",
    )  # fmt: skip
    assert now(session, books, TREASURY).unexplained == 1


def test_a_match_by_hand_takes_two_persons_and_even_sides(session, books):
    journals = [books.pays(books.person(), on=date(2010, 11, 5), year=2010).journal_id for _ in range(2)]
    done = books.load(file_of([(6, "BATCH", 20_000)]), today=TODAY)
    line = lines_of(session, done)[0][0].id
    wrong = Pairing(account=INCOME, line_ids=[line], journal_ids=journals[:1], note="合并入账")
    with pytest.raises(bank_matches.MatchUneven):
        bank_matches.propose(session, actor=books.finance, pairing=wrong)
    both = replace(wrong, journal_ids=journals)
    with pytest.raises(bank_matches.MatchItemUnfit):
        bank_matches.propose(session, actor=books.finance, pairing=replace(both, account=TREASURY))
    match = bank_matches.propose(session, actor=books.finance, pairing=both)
    # A proposal binds its items and closes nothing.
    with pytest.raises(bank_matches.MatchItemUnfit):
        bank_matches.propose(session, actor=books.second, pairing=both)
    assert now(session, books).unexplained == 3
    with pytest.raises(two_persons.SamePerson):
        bank_matches.decide(
            session, actor=books.finance, match_id=match.id, decision=Decision.APPROVE, version=1, today=TODAY
        )
    back = bank_matches.decide(
        session, actor=books.second, match_id=match.id, decision=Decision.REJECT, version=1, today=TODAY
    )
    assert back.state is BankMatchState.REJECTED
    again = bank_matches.propose(session, actor=books.finance, pairing=both)
    bank_matches.decide(
        session, actor=books.second, match_id=again.id, decision=Decision.APPROVE, version=1, today=TODAY
    )
    with pytest.raises(bank_matches.MatchDecided):
        bank_matches.decide(
            session, actor=books.second, match_id=again.id, decision=Decision.APPROVE, version=2, today=TODAY
        )
    assert now(session, books).unexplained == 0


def test_what_the_bank_had_later_is_timed_as_of_the_day(session, books):
    moved = books.moves(FundTransferWay.POOL_GRANT, 5_000, on=date(2010, 11, 30))
    rows = [(date(2010, 12, 2), moved.bank_reference, 5_000)]
    books.load(statement_of(TREASURY, 0, rows, NOVEMBER, date(2010, 12, 31)), today=TODAY)
    as_of_november = now(session, books, TREASURY)
    assert [(one.side.value, one.is_timed, one.is_explained) for one in as_of_november.items] == [
        ("journal", True, True)
    ]
    assert (as_of_november.bank_fen, as_of_november.books_fen, as_of_november.difference_fen) == (0, 5_000, 0)
    assert now(session, books, TREASURY, date(2010, 12, 31)).items == ()


def test_a_first_statement_may_not_begin_in_a_closed_month(session, books):
    books.pays(books.person(), on=date(2010, 11, 3), year=2010, channel=Channel.CASH)
    books.close(NOVEMBER)
    with pytest.raises(PeriodClosed):
        books.load(file_of([(3, "A1", 500)], account=TREASURY), today=TODAY)


def test_below_the_county_there_are_no_statements(session, books):
    from api.errors import NotFound
    from api.vocabulary import RoleName

    low = factories.make_actor(session, RoleName.FINANCE, division=factories.VILLAGE)
    with pytest.raises(NotFound):
        bank_statements.load(session, actor=low, keyring=factories.KEYRING, file=file_of([(3, "A1", 500)]), today=TODAY)
    assert system_actor(440783000000).county_code == low.county_code


def test_two_months_in_which_nothing_moved_are_two_statements(books):
    for first, last in ((date(2010, 11, 1), date(2010, 11, 30)), (date(2010, 12, 1), date(2010, 12, 31))):
        file = statement_of(INCOME, 0, [], first, last)
        assert books.load(file, today=date(2011, 1, 5)).repeated is False
        assert books.load(file, today=date(2011, 1, 5)).repeated is True
