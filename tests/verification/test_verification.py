"""`nongbao verify` on books with a bit of everything: silent when they are right, and each check finds its violation."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.database import WHOLE, DatabaseRole, load_sql, system_actor
from api.models import Contribution
from api.policy.changes import CHANGE_RULES
from api.policy.money import BySource
from api.services import (
    attachments,
    awards,
    backdated_contributions,
    cancellations,
    change_requests,
    collection_findings,
    contribution_reversals,
    contributions,
    government_paid_postings,
    government_paid_runs,
    interest_runs,
    payer_list_postings,
    payer_lists,
    payment_runs,
    receipt_blocks,
    receipt_voids,
    remittances,
    settlements,
    verification,
    year_proofs,
)
from api.services.case_procedures import Ruling
from api.services.change_values import ChangeForm
from api.services.collection_findings import Proposal
from api.services.contribution_rules import Offer
from api.services.payees import PayeeFacts
from api.vocabulary import (
    AttachmentKind,
    BlockPurpose,
    CancellationProof,
    CancellationReason,
    CaseState,
    ChangeKind,
    Channel,
    ContributionKind,
    Decision,
    DepartmentListKind,
    EnrolmentStep,
    FindingDecision,
    FundTransferWay,
    GovernmentLevel,
    PayeeRelation,
    PayerKind,
    PayerListKind,
    ProofKind,
    RoleName,
    RunState,
)
from tests import factories
from tests.attachments.files import JPEG
from tests.benefits.worlds import a9_person, contribute, house, post_interest
from tests.collection.worlds import DEDUCTED, TODAY, lines_of, payer
from tests.collection.worlds import Office as Deductions
from tests.department_lists.worlds import Desk, person
from tests.fund.worlds import Ledger
from tests.interest.test_year_proofs import seal
from tests.land_projects.worlds import LandOffice
from tests.payments.worlds import Office
from tests.subsidies.worlds import Office as SubsidyOffice
from tests.subsidies.worlds import post_on_claim

JULY, AUGUST, SEPTEMBER = date(2015, 7, 1), date(2015, 8, 1), date(2015, 9, 1)


@pytest.fixture(scope="module")
def books(database):
    """Cash, a reversal, a remittance, awards, a month with a refusal, a month that pays it, a month in transit."""
    with database.unit_of_work(system_actor(440783000000)) as session:
        office = Office.of(session)
        collect_cash(session, office)
        change_names(session)
        settle_the_dead(session, office)
        ids = []
        for person in (a9_person(session, household=factories.make_household(session)), house(session)[0]):
            award = awards.propose(session, actor=office.clerk, resident_id=person.id, today=date(2015, 6, 20))
            awards.decide(
                session, actor=office.reviewer, award_id=award.id, decision=Decision.APPROVE, opinion=None,
                expected_version=award.version, today=date(2015, 6, 25),
            )  # fmt: skip
            ids.append(person.id)
        office.refuse = lambda line: line.month == JULY and line.resident_id == ids[0]
        office.month(JULY)
        office.refuse = lambda line: False
        office.month(AUGUST)
        adopt_list(session)
        deduct(session)
        claim_subsidies(session)
        run = office.compute(SEPTEMBER)
        office.approve(run)
        office.release(run)
        pay_for_others(session, office)
        taken = factories.make_resident(session)
        LandOffice.of(session).approved(session, [taken])
        attachments.upload(
            session, factories.KEYRING, actor=office.clerk, resident_id=taken.id, kind=AttachmentKind.ID_CARD,
            title=None, content=JPEG, subject=None, most_bytes=5000,
        )  # fmt: skip
    prove_a_year(database)
    return database


def prove_a_year(database):
    """Years are closed until 2015; December's cash of the last comes in January, and its year is sealed and proven."""
    today = date(2016, 1, 10)
    system = system_actor(440783000000)
    with database.unit_of_work(system) as session:
        late = factories.make_resident(session)
        factories.enrol(session, late)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        collector = factories.make_actor(session, RoleName.TOWN_CLERK)
        reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
        session.execute(text("UPDATE accounts SET interest_through = greatest(interest_through, '2014-12-31')"))
    with database.unit_of_work(clerk) as session:
        run = interest_runs.compute(session, actor=clerk, county_code=440783, year=2015, today=today)
    interest_runs.approve(database, actor=reviewer, run_id=run.id, content_hash=run.content_hash)
    offer = Offer(
        kind=ContributionKind.ANNUAL, contribution_year=2015, paid_on=date(2015, 11, 28), channel=Channel.BANK_TRANSFER,
        tier_fen=12_000,
    )  # fmt: skip
    with database.unit_of_work(system) as session:
        proposal = backdated_contributions.propose(
            session, actor=collector, resident_id=late.id, offer=offer, reason="银行回单迟到", today=today
        )
    with database.unit_of_work(reviewer) as session:
        backdated_contributions.decide(
            session, actor=reviewer, keyring=factories.KEYRING, proposal_id=proposal.id, decision=Decision.APPROVE,
            opinion=None, version=proposal.version, today=today,
        )  # fmt: skip
    seal(database)
    with database.unit_of_work(system) as session:
        year_proofs.make(session, actor=system, county_code=440783, year=2015, today=today)
    with database.unit_of_work(system_actor(440700000000)) as session:
        close_a_month(session)
    return database


def close_a_month(session):
    """The books of the county beside: a month with a contribution and a sweep, both on the bank's statement, closed."""
    books = Ledger.of(session, village=440784001210)
    books.pays(books.person(), on=date(2010, 11, 3), year=2010)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 11, 30))
    books.close(date(2010, 11, 1))


def deduct(session):
    """A deduction batch of four: two booked, one of them reversed, one refused by the bank, one decided by two persons."""
    office = Deductions.of(session)
    people = [payer(session, household=factories.make_household(session)) for _ in range(4)]
    batch = office.sent()
    poor, lost = str(people[1].id), str(people[2].id)
    good, bad = office.answers(batch, refuse=lambda cells: cells["social_number"] == poor)
    rows = [row for row in good[1].split(b"\r\n") if row and not row.startswith(lost.encode())]
    office.load(batch, [(good[0], b"\r\n".join(rows)), bad])
    seq = next(line.seq for line in lines_of(session, batch) if str(line.resident_id) == lost)
    finding = collection_findings.declare(
        session, actor=office.clerk, batch_id=batch.id, deducted_on=DEDUCTED, today=TODAY,
        proposal=Proposal(decision=FindingDecision.PAID, evidence="银行函", seq=seq),
    )  # fmt: skip
    collection_findings.decide(
        session, actor=office.reviewer, batch_id=batch.id, number=finding.number, version=finding.version, confirms=True,
        today=TODAY,
    )  # fmt: skip
    booked = contributions.standing(session, 440783, people[0].id)[0]
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=booked.id, reason="误扣", version=booked.version, today=TODAY
    )


def claim_subsidies(session):
    """A claim on government of which a part has come, and a subsidy that was put into its account on arrival."""
    desk = SubsidyOffice.of(session)
    with pytest.MonkeyPatch.context() as patch:
        post_on_claim(patch)
        desk.pay(desk.payer(household=factories.make_household(session)), on=date(2010, 10, 21))
    claim = desk.claim()
    desk.receive(GovernmentLevel.COUNTY, claim.county_fen)
    desk.receive(GovernmentLevel.PROVINCE, claim.province_fen)
    desk.receive(GovernmentLevel.CITY, claim.city_fen)
    assert desk.post(claim) == 3_000


def pay_for_others(session, office):
    """A village's money on one account and, for somebody who died, not; and a year that government paid for."""
    day = date(2015, 9, 1)
    maker = factories.make_actor(session, RoleName.TOWN_CLERK)
    people = [factories.make_resident(session, disability_grade=grade) for grade in (None, None, 1)]
    for one in people:
        factories.enrol(session, one, on=date(2015, 8, 3), tier_fen=12_000)
    statement = payer_lists.PayerStatement(
        kind=PayerListKind.COLLECTIVE, payer_kind=PayerKind.VILLAGE_COLLECTIVE, payer_name="经联社", basis="1号",
        basis_on=day, contribution_year=2015, division_code=people[0].division_code,
    )  # fmt: skip
    lines = [payer_lists.NewLine(one.id, 5_000) for one in people[:2]]
    made = payer_lists.create(session, actor=maker, statement=statement, lines=lines, today=day)
    payer_lists.submit(session, actor=maker, list_id=made.id, version=1)
    payer_list_postings.confirm(
        session, actor=office.finance, list_id=made.id, version=2, amount_fen=10_000, bank_reference="D1",
        arrived_on=day, today=day,
    )  # fmt: skip
    session.execute(
        text("UPDATE residents SET status = 'dead', status_on = '2015-08-20' WHERE id = :id"), {"id": people[1].id}
    )
    payer_list_postings.approve(
        session, actor=office.reviewer, list_id=made.id, version=3, content_hash=made.content_hash, opinion=None,
        today=day,
    )  # fmt: skip
    run = government_paid_runs.compute(session, actor=office.clerk, county_code=440783, paid_on=day, today=day)
    run.state, run.checker_id = RunState.APPROVED, office.reviewer.user_id
    session.flush()
    for town in run.summary["towns"]:
        government_paid_postings.post_town(session, run=run, town_code=town["town_code"], today=day)
    government_paid_postings.finish(session, actor=office.reviewer, run=run)


def adopt_list(session):
    """A list of another department that was adopted, with somebody whom nobody knows on it."""
    desk = Desk(session)
    known = person(session, birth_date=date(1980, 3, 1), household=factories.make_household(session))
    nobody = factories.id_number(date(1980, 3, 2))
    brought = desk.bring(DepartmentListKind.WUBAO, (known.name, known.number, "2010-11"), ("陈某", nobody))
    assert desk.approve(brought.found).applied_count == 1


def collect_cash(session, office):
    """Two receipts, one of them reversed, and the cash of the other paid in and confirmed."""
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    kept = []
    for _ in range(2):
        person = factories.make_resident(session, household=factories.make_household(session))
        factories.enrol(session, person)
        offer = Offer(
            kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=date(2010, 11, 3), channel=Channel.CASH,
            tier_fen=10_000,
        )  # fmt: skip
        done = contributions.record(
            session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer,
            today=date(2010, 11, 3),
        )  # fmt: skip
        kept.append(done.contribution)
    contribution_reversals.reverse(
        session, actor=office.clerk, contribution_id=kept[1].id, reason="重复", version=kept[1].version,
        today=date(2010, 11, 4),
    )  # fmt: skip
    paid_in = remittances.record(
        session, actor=collector, amount_fen=10_000, paid_in_on=date(2010, 11, 4), bank_reference="B1",
        today=date(2010, 11, 4),
    )  # fmt: skip
    remittances.confirm(
        session, actor=office.finance, remittance_id=paid_in.id, version=paid_in.version, today=date(2010, 11, 5)
    )
    block = receipt_blocks.issue(
        session, actor=office.clerk, collector_id=collector.user_id, count=3, purpose=BlockPurpose.PAPER, label=None,
        today=date(2010, 11, 6),
    )  # fmt: skip
    voids = receipt_voids.propose(
        session, actor=collector, number=block.last_number, last_number=None, reason="写错", today=date(2010, 11, 6)
    )
    receipt_voids.decide(
        session, actor=office.clerk, void_ids=[voids[0].id], is_confirmed=True, today=date(2010, 11, 6)
    )


def change_names(session):
    """Two people get another name by request; one of them another address afterwards."""
    today = date(2010, 11, 5)
    hands = {
        EnrolmentStep.VILLAGE_CHECK: factories.make_actor(session, RoleName.VILLAGE_ASSISTANT),
        EnrolmentStep.TOWNSHIP_REVIEW: factories.make_actor(session, RoleName.TOWN_REVIEWER),
        EnrolmentStep.COUNTY_APPROVAL: factories.make_actor(session, RoleName.COUNTY_REVIEWER),
    }
    maker = factories.make_actor(session, RoleName.TOWN_CLERK)
    for _ in range(2):
        person = factories.make_resident(session)
        for kind, value in ((ChangeKind.NAME, "陈更名"), (ChangeKind.ADDRESS, "长沙街1号")):
            form = ChangeForm(kind=kind, value=value, effective_on=today, proof=ProofKind.HOUSEHOLD_BOOK)
            case = change_requests.hand_in(
                session, factories.KEYRING, actor=maker, resident_id=person.id, form=form, today=today
            )
            for step, actor in hands.items():
                if case.state is not CaseState.ARCHIVED:
                    ruling = Ruling(step, Decision.APPROVE, None, today)
                    case = change_requests.decide(
                        session, factories.KEYRING, actor=actor, request_id=case.id, version=case.version, ruling=ruling
                    )


def settle_the_dead(session, office):
    """Two who died: the settlement of one is paid, that of the other waits for its payment."""
    today = date(2011, 3, 31)
    maker = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    hands = [
        factories.make_actor(session, role)
        for role in (RoleName.TOWN_CLERK, RoleName.TOWN_REVIEWER, RoleName.COUNTY_REVIEWER)
    ]
    heir = PayeeFacts(PayeeRelation.CHILD, "梁继承", factories.id_number(date(1980, 2, 3)), "6228480402564890018")
    form = cancellations.Form(
        reason=CancellationReason.DEATH, event_on=date(2011, 3, 10), proof=CancellationProof.DEATH_CERTIFICATE,
        payee=heir,
    )  # fmt: skip
    for is_paid in (True, False):
        person = factories.make_resident(session, household=factories.make_household(session))
        factories.enrol(session, person)
        contribute(session, person, 2010, date(2010, 10, 20), BySource(10_000, 0, 3_000))
        post_interest(session, person, 2010)
        case = cancellations.hand_in(
            session, factories.KEYRING, actor=maker, resident_id=person.id, form=form, today=today
        )
        for step, actor in zip(EnrolmentStep, hands, strict=True):
            ruling = Ruling(step, Decision.APPROVE, None, today)
            cancellations.decide(session, actor=actor, cancellation_id=case.id, version=case.version, ruling=ruling)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        sheet = settlements.compute(session, actor=clerk, cancellation_id=case.id, today=today)
        sheet = settlements.approve(
            session, actor=hands[-1], settlement_id=sheet.id, given_hash=sheet.content_hash, opinion=None,
            expected_version=sheet.version, today=today,
        )  # fmt: skip
        if is_paid:
            settlements.pay(
                session, actor=office.finance, settlement_id=sheet.id, paid_on=today, bank_reference="J1",
                expected_version=sheet.version, today=today,
            )  # fmt: skip


def test_right_books_pass_every_check(books):
    report = verification.verify(books)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}
    assert report.ok
    document = json.loads(json.dumps(report.as_json()))
    assert len(document["checks"]) == len(verification.check_names()) + 4
    assert all(check["title"].strip() and not check["title"].startswith("SELECT") for check in document["checks"])


def drop(table, *names):
    return [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for name in names]


A_PAID_DUE = "(SELECT resident_id FROM payment_dues WHERE paid_on IS NOT NULL AND account_fen > 0 LIMIT 1)"
SEEDS = {
    "fund_lines_balance": ["UPDATE fund_lines SET debit_fen = debit_fen + 1 WHERE ctid = (SELECT ctid FROM fund_lines WHERE debit_fen > 0 LIMIT 1)"],
    "lines_have_journals": ["UPDATE fund_lines SET journal_id = 1 WHERE ctid = (SELECT ctid FROM fund_lines LIMIT 1)"],
    "account_lines_equal_control": ["UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE (resident_id, journal_id) = (SELECT resident_id, journal_id FROM account_lines LIMIT 1)"],
    "balances_equal_lines": ["UPDATE accounts SET personal_fen = personal_fen + 1 WHERE resident_id = (SELECT min(resident_id) FROM accounts)"],
    "never_below_zero": ["UPDATE account_lines SET personal_fen = -personal_fen WHERE (resident_id, journal_id) = (SELECT resident_id, min(journal_id) FROM account_lines WHERE personal_fen > 0 GROUP BY 1 LIMIT 1)"],
    "reversals_mirror": ["UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE journal_id = (SELECT id FROM journals WHERE reverses_id IS NOT NULL LIMIT 1)"],
    "two_persons_move_money": ["UPDATE journals SET checker_id = 1 WHERE id = (SELECT id FROM journals WHERE kind = 'payment_settled' LIMIT 1)"],
    "two_persons_decide": [*drop("awards", "ck_awards_two_persons"), "UPDATE awards SET decided_by_id = proposed_by_id"],
    "enrolment_three_persons": [*drop("enrolment_decisions", "uq_enrolment_decisions_person"), "UPDATE enrolment_decisions SET decided_by_id = 5 WHERE enrolment_id = (SELECT min(enrolment_id) FROM enrolment_decisions)"],
    "accounts_stand_for_enrolments": ["UPDATE enrolments SET state = 'draft' WHERE id = (SELECT min(id) FROM enrolments)"],
    "households_exist": ["UPDATE residents SET household_id = 5 WHERE id = (SELECT min(id) FROM residents WHERE household_id IS NOT NULL)"],
    "imports_add_up": [
        "INSERT INTO imports (county_code, id, division_code, kind, state, sha256, row_count, accepted_count, unchanged_count, refused_count, refused, imported_by_id, job_id) VALUES (440783, 4407830000000007, 440783001000, 'residents', 'applied', 'x', 3, 1, 1, 1, '[]', 1, 1)"
    ],
    "receipts_unbroken": ["UPDATE receipts SET number = 9 WHERE number = 2"],
    "receipts_equal_contributions": ["UPDATE receipts SET amount_fen = amount_fen + 1 WHERE number = 1"],
    "blocks_counted": ["UPDATE receipt_blocks SET used_count = used_count + 1"],
    "voids_burnt": ["UPDATE receipt_voids SET number = 1"],
    "remittances_equal_receipts": ["UPDATE cash_movements SET amount_fen = amount_fen - 1 WHERE remittance_id IS NOT NULL"],
    "receipts_cash_whole": ["UPDATE cash_movements SET amount_fen = amount_fen - 1 WHERE remittance_id IS NULL"],
    "cash_of_collectors": ["UPDATE users SET cash_held_fen = 1, cash_oldest_on = '2010-11-03' WHERE receipt_count > 0"],
    "contributions_in_ledger": ["UPDATE contributions SET amount_fen = amount_fen + 1 WHERE id = (SELECT min(id) FROM contributions)"],
    "cash_in_hand_not_negative": ["UPDATE fund_lines SET credit_fen = credit_fen + 50000 WHERE fund_account = 'cash_in_hand' AND credit_fen > 0"],
    "remittances_booked": ["UPDATE remittances SET amount_fen = amount_fen - 1"],
    "dues_settled_once": [
        "INSERT INTO payment_lines SELECT county_code, run_id, seq + 1000, resident_id, division_code, month, kind, amount_fen, basic_fen, account_fen, personal_fen, collective_fen, gov_fen, fund_fen, name, id_token, bank_account_sealed, bank_account_index FROM payment_lines ORDER BY run_id DESC, seq LIMIT 1"
    ],
    "lines_equal_dues": ["UPDATE payment_dues SET basic_fen = basic_fen + 1, amount_fen = amount_fen + 1 WHERE line_run_id IS NOT NULL"],
    "paid_dues_have_lines": [f"UPDATE payment_dues SET line_run_id = 7 WHERE resident_id = {A_PAID_DUE}"],
    "runs_equal_lines": ["UPDATE payment_runs SET total_fen = total_fen + 1"],
    "files_equal_run_equal_ledger": ["UPDATE bank_files SET total_fen = total_fen - 1"],
    "in_transit_is_unanswered": ["UPDATE payment_dues SET paid_on = '2015-09-20' WHERE month = '2015-09-01'"],
    "returns_counted": ["UPDATE bank_returns SET paid_count = paid_count - 1 WHERE paid_count > 0"],
    "payments_in_accounts": ["UPDATE account_lines SET fund_fen = fund_fen - 1 WHERE fund_fen > 0"],
    "pool_pays_what_accounts_say": ["UPDATE account_lines SET fund_fen = fund_fen - 1 WHERE fund_fen > 0"],
    "paid_counts": ["UPDATE accounts SET paid_count = paid_count + 1 WHERE paid_count > 0"],
    "nothing_after_death": [f"UPDATE residents SET status = 'dead', status_on = '2015-06-30' WHERE id = {A_PAID_DUE}"],
    "nothing_before_entitlement": [f"UPDATE residents SET birth_date = '1955-07-01' WHERE id = {A_PAID_DUE}"],
    "benefits_equal_awards": ["UPDATE benefits SET award_gov_fen = award_gov_fen + 1"],
    "awards_add_up": ["UPDATE awards SET account_pension_fen = account_pension_fen + 1"],
    "lists_decided_by_two": [*drop("department_lists", "ck_department_lists_two_persons"), "UPDATE department_lists SET checker_id = maker_id"],
    "lists_have_effect": ["UPDATE resident_facts SET source_kind = 'user' WHERE source_kind = 'department_list'"],
    "list_counts": ["UPDATE department_lists SET applied_count = applied_count + 1"],
    "contribution_years_once": [
        "DROP INDEX uq_contributions_year",
        "UPDATE contributions SET contribution_year = 2015 WHERE kind = 'make_up'",
    ],
    "open_cases_have_due_days": ["UPDATE enrolments SET state = 'draft' WHERE id = (SELECT min(id) FROM enrolments)"],
    "cancellations_three_persons": [
        *drop("cancellation_decisions", "uq_cancellation_decisions_person"),
        "UPDATE cancellation_decisions SET decided_by_id = 5 WHERE step <> 'village_check'",
    ],
    "settlements_in_ledger": ["UPDATE fund_lines SET credit_fen = credit_fen - 1 WHERE fund_account = 'pool' AND journal_id IN (SELECT journal_id FROM settlements WHERE state = 'paid')"],
    "ended_after_payment": ["UPDATE enrolments SET state = 'terminated' WHERE id = (SELECT min(id) FROM enrolments WHERE state = 'county_approved')"],
    "recoveries_equal_lines": ["UPDATE payment_dues SET settlement_id = 5 WHERE line_run_id IS NOT NULL"],
    "payable_and_receivable": ["UPDATE fund_lines SET credit_fen = credit_fen + 1 WHERE fund_account = 'settlement_payable' AND credit_fen > 0"],
    "delegated_steps_have_third_persons": ["UPDATE enrolment_decisions SET on_behalf_of_id = decided_by_id WHERE step = 'township_review'"],
    "land_lists_frozen": ["UPDATE land_persons SET sum_fen = sum_fen + 1"],
    "land_totals_add_up": ["UPDATE land_projects SET person_count = person_count + 1"],
    "land_three_persons": ["UPDATE land_project_steps SET decided_by_id = 5"],
    "attachments_whole": ["UPDATE attachment_contents SET division_code = division_code + 1"],
    "merged_hold_nothing": ["UPDATE residents SET status = 'merged', merged_into_id = (SELECT max(id) FROM residents) WHERE id = (SELECT min(resident_id) FROM accounts WHERE personal_fen > 0)"],
    "merged_into_living_rows": ["UPDATE residents SET status = 'merged', merged_into_id = 5 WHERE id = (SELECT min(id) FROM residents)"],
    "merges_have_pairs": ["UPDATE residents SET status = 'merged', merged_into_id = (SELECT max(id) FROM residents) WHERE id = (SELECT min(id) FROM residents)"],
    "former_numbers_are_retired": ["INSERT INTO retired_numbers (county_code, id_token, division_code) SELECT county_code, id_token, county_code * 1000000::bigint FROM residents ORDER BY id LIMIT 1"],
    "flags_equal_open_facts": ["UPDATE residents SET dibao = NOT dibao WHERE id = (SELECT min(id) FROM residents)"],
    "facts_do_not_overlap": [
        f"INSERT INTO resident_facts (county_code, id, resident_id, division_code, kind, begins_on, ended_on, source_kind, source_id, recorded_by_id, end_recorded_at) SELECT county_code, {number}, id, division_code, 'student', '{begins_on}', '{ended_on}', 'user', 1, 1, now() FROM residents WHERE id = (SELECT min(id) FROM residents)"
        for number, begins_on, ended_on in ((1, "2010-09-01", "2011-07-01"), (2, "2011-06-30", "2012-07-01"))
    ],
    "stays_follow_each_other": [
        "INSERT INTO resident_spells (county_code, id, resident_id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token, ended_on, reason, recorded_by_id) SELECT county_code, 1, id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token, '2011-01-01', 'hukou_changed', 1 FROM residents WHERE id = (SELECT min(id) FROM residents)"
    ],
    "change_requests_persons": [*drop("change_request_decisions", "uq_change_request_decisions_person"), "UPDATE change_request_decisions SET decided_by_id = 5 WHERE step <> 'village_check'"],
    "applied_requests_in_register": ["UPDATE residents SET address = '别处' WHERE id = (SELECT min(resident_id) FROM change_requests)"],
    "closed_months_take_nothing": ["UPDATE journals SET business_date = '2010-11-29', created_at = now() + interval '1 hour' WHERE id = (SELECT max(id) FROM journals WHERE county_code = 440783)", "UPDATE fund_periods SET county_code = 440783"],
    "packs_equal_the_books": ["UPDATE fund_packs SET content = content || ' '"],
    "transfers_booked": ["UPDATE fund_transfers SET amount_fen = amount_fen + 1"],
    "statements_follow_each_other": ["UPDATE bank_statement_lines SET amount_fen = amount_fen + 1 WHERE amount_fen > 0"],
    "matches_are_even": ["UPDATE bank_match_items SET amount_fen = amount_fen + 1 WHERE side = 'line'"],
    "collection_lines_once": ["UPDATE collection_outcomes SET batch_id = 5 WHERE seq = 1"],
    "collection_batches_equal_lines": ["UPDATE collection_lines SET amount_fen = amount_fen + 1 WHERE seq = 1"],
    "collection_returns_add_up": ["DELETE FROM collection_outcomes WHERE return_id IS NOT NULL AND result = 'failed'"],
    "collection_in_ledger": ["UPDATE contributions SET instalment = 3 WHERE channel = 'bank_deduction'"],
    "collection_persons": [
        *drop("collection_findings", "ck_collection_findings_two_persons"),
        "UPDATE collection_findings SET checker_id = maker_id",
    ],
    "payer_lists_three_persons": [*drop("payer_lists", "ck_payer_lists_three_persons"), "UPDATE payer_lists SET checker_id = confirmed_by_id"],
    "payer_suspense_is_told": ["UPDATE fund_lines SET credit_fen = credit_fen + 1 WHERE fund_account = 'suspense' AND credit_fen > 0"],
    "payer_lines_are_contributions": ["UPDATE payer_list_lines SET amount_fen = amount_fen + 1 WHERE contribution_id IS NOT NULL"],
    "reversed_contributions_undone": ["UPDATE account_lines SET personal_fen = personal_fen + 1 WHERE journal_id = (SELECT reversal_journal_id FROM contributions WHERE state = 'reversed' LIMIT 1)"],
    "government_paid_as_approved": ["UPDATE government_paid_lines SET tier_fen = tier_fen + 1 WHERE contribution_id IS NOT NULL"],
    "versions_unbroken": ["UPDATE residents SET version = version + 1 WHERE id = (SELECT min(id) FROM residents)"],
    "parameter_changes_two_persons": [
        *drop("policy_parameter_changes", "ck_policy_parameter_changes_two_persons"),
        "INSERT INTO policy_parameter_changes (county_code, id, division_code, code, value, valid_from, document, article, reason, content_hash, state, serial, maker_id, checker_id, decided_at) VALUES (440783, 4407830000000007, 440783000000, 'pay_day', '12', '2012-01-01', '某文', '一', '试', 'x', 'approved', 1, 5, 5, now())",
    ],
    "laws_of_contributions_exist": ["UPDATE contributions SET law_serial = 7"],
    "seals_follow_each_other": ["UPDATE ledger_seals SET previous_hash = repeat('a', 64)"],
    "seals_equal_ledger": ["UPDATE fund_lines SET party_id = 9 WHERE journal_id = (SELECT min(id) FROM journals)"],
    "year_proofs_are_sealed": ["UPDATE year_proofs SET seal_hash = repeat('a', 64)"],
    "year_proofs_equal_ledger": ["UPDATE year_proof_leaves SET gov_fen = gov_fen + 1"],
    "backdated_by_two_persons": ["UPDATE backdated_contributions SET decided_by_id = 5"],
    "subsidy_receivables": ["UPDATE subsidy_receipts SET amount_fen = amount_fen + 1"],
    "subsidy_claims_add_up": ["UPDATE subsidy_claim_lines SET is_live = false", "UPDATE subsidy_claims SET city_fen = city_fen - 1, county_fen = county_fen + 1"],
    "subsidies_in_accounts": ["UPDATE subsidy_postings SET amount_fen = amount_fen - 1"],
    "same_name_same_spelling": ["UPDATE residents SET pinyin = 'x' WHERE id = (SELECT min(id) FROM residents)"],
}  # fmt: skip


def test_the_check_knows_how_many_persons_each_item_needs():
    text_of_check = load_sql("verification", "57_change_requests_persons")
    for kind, rule in CHANGE_RULES.items():
        ends_in_town = rule.last_step is EnrolmentStep.TOWNSHIP_REVIEW
        assert (f"'{kind.value}'" in text_of_check) is ends_in_town, kind


def test_every_check_has_a_violation_to_find():
    assert sorted(SEEDS) == sorted(name[3:] for name in verification.check_names())


@pytest.fixture
def vandal(books):
    """A session that may do anything, and whose doings are undone."""
    session = books.session(WHOLE, role=DatabaseRole.WIDE)
    session.execute(text("RESET ROLE"))
    yield session
    session.rollback()
    session.close()


@pytest.mark.parametrize("name", verification.check_names())
def test_a_seeded_violation_is_found(vandal, name):
    assert verification.run_check(vandal, name).ok
    touched = 0
    for statement in SEEDS[name[3:]]:
        touched += max(vandal.execute(text(statement)).rowcount, 0)
    assert touched > 0, "the seed changed nothing"
    found = verification.run_check(vandal, name)
    assert not found.ok
    assert found.violations >= len(found.rows) > 0


def test_a_line_changed_after_approval_breaks_the_content_hash(vandal):
    assert verification.check_content_hashes(vandal).ok
    vandal.execute(
        text("UPDATE payment_lines SET name = '黄大仙' WHERE seq = 1 AND run_id = (SELECT max(id) FROM payment_runs)")
    )
    found = verification.check_content_hashes(vandal)
    assert found.violations == 1


def test_interest_that_the_law_does_not_give_is_found(vandal):
    sound = verification.check_interest_sample(vandal)
    assert sound.ok
    assert not sound.title.startswith("抽查0")
    vandal.execute(
        text(
            "UPDATE account_lines SET personal_fen = personal_fen + 1"
            " WHERE journal_id = (SELECT id FROM journals WHERE kind = 'settlement_interest' LIMIT 1)"
        )
    )
    assert verification.check_interest_sample(vandal).violations >= 1


def test_a_subsidy_that_the_law_of_its_time_does_not_give_is_found(vandal):
    assert verification.check_posted_subsidies(vandal).ok
    vandal.execute(text("UPDATE contributions SET subsidy_fen = subsidy_fen + 1 WHERE law_serial = 0"))
    found = verification.check_posted_subsidies(vandal)
    assert not found.ok
    assert found.violations >= len(found.rows) > 0


def test_the_wide_role_can_read_but_not_mend(books):
    with books.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert session.scalars(select(Contribution).where(col(Contribution.state) == "reversed")).all()
        with pytest.raises(Exception, match="read-only"):
            session.execute(text("UPDATE accounts SET personal_fen = 0"))


def test_a_run_in_transit_is_not_closed(books):
    with books.read_snapshot(system_actor(440783000000)) as session:
        runs, _ = payment_runs.list_runs(session, limit=10, after=None)
    assert [run.state.value for run in runs] == ["sent", "closed", "closed"]


@pytest.mark.parametrize("table", ["enrolment_decisions", "change_request_decisions", "cancellation_decisions"])
def test_a_delegate_who_is_no_third_person_is_found_in_every_kind_of_case(vandal, table):
    name = "56_delegated_steps_have_third_persons"
    assert verification.run_check(vandal, name).ok
    vandal.execute(text(f"UPDATE {table} SET on_behalf_of_id = decided_by_id WHERE step = 'township_review'"))
    assert not verification.run_check(vandal, name).ok
