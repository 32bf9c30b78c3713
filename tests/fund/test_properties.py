"""Whatever happens in a month, the trial balance comes to zero, opening and movement make the closing, and bytes repeat."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.database import system_actor
from api.policy.chart import CHART, FUND
from api.policy.fund_statements import INCOME, OUTLAY, Movement, fund_fen, head_of, heads
from api.services import fund_packs
from api.services.fund_reconciliation import EVERYTHING
from api.services.fund_transfers import FundBalanceTooLow
from api.vocabulary import Channel, FundAccount, FundTransferWay, JournalKind
from tests.fund.test_quarter import assert_pack_holds
from tests.fund.worlds import COUNTY, Ledger
from tests.ledger_facts import assert_ledger_holds

EXAMPLES = 60 if os.environ.get("FULL_TESTS") else 12
DAYS = st.integers(1, 28)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cash"), DAYS),
        st.tuples(st.just("transfer"), DAYS),
        st.tuples(st.sampled_from([way.value for way in FundTransferWay]), DAYS, st.integers(1, 30_000)),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=EXAMPLES, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(STEPS, st.sampled_from([10, 11, 12]))
def test_any_books_make_a_pack_that_holds(database, steps, last):
    with database.rehearsal(system_actor(440783000000)) as session:
        books = Ledger.of(session)
        for number, (what, day, *amount) in enumerate(steps):
            on = date(2010, 10 + number % 3, day)
            # More than the account holds is refused before anything is written.
            with contextlib.suppress(FundBalanceTooLow):
                if what in {"cash", "transfer"}:
                    channel = Channel.CASH if what == "cash" else Channel.BANK_TRANSFER
                    books.pays(books.person(), on=on, year=2010, channel=channel)
                else:
                    books.moves(FundTransferWay(what), amount[0], on=on)
        month = date(2010, last, 1)
        built = fund_packs.build(session, county_code=COUNTY, month=month, cut_id=EVERYTHING)
        assert_pack_holds(built.facts)
        again = fund_packs.build(session, county_code=COUNTY, month=month, cut_id=EVERYTHING)
        assert again.content == built.content
        assert json.loads(built.content) == built.facts
        assert_ledger_holds(session)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(JournalKind)), st.sampled_from(list(FundAccount)), st.sampled_from(list(FundAccount)),
            st.integers(1, 10**12),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_income_less_outlay_is_what_the_fund_grew_by(entries):
    """For any balanced journals of any kind, known to the law or not."""
    movements = []
    for kind, debit, credit, fen in entries:
        movements += [Movement(kind, debit, fen, 0), Movement(kind, credit, 0, fen)]
    found = heads(movements)
    assert sum(found[head] for head in INCOME) - sum(found[head] for head in OUTLAY) == fund_fen(movements)


def test_every_account_and_every_kind_has_its_place():
    assert {entry.account for entry in CHART} == set(FundAccount)
    assert len({entry.code for entry in CHART}) == len(CHART)
    for kind in JournalKind:
        for account in FundAccount:
            head = head_of(kind, account)
            assert head is None or (account in FUND) is not (kind is JournalKind.SETTLEMENT)
