"""Things about money in the access world: payments, receipts, lists of payers, runs, deductions and the fund's books."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import next_id
from api.models import (
    BackdatedContribution,
    BankFile,
    CollectionFile,
    CollectionFinding,
    Contribution,
)
from api.services import (
    account_openings,
    bank_matches,
    bank_statements,
    collection_batches,
    contributions,
    fund_transfer_cases,
    government_paid_runs,
    interest_runs,
    land_payments,
    payer_list_postings,
    payer_lists,
    payment_runs,
    receipt_blocks,
    receipt_voids,
    subsidy_claims,
    subsidy_receipts,
)
from api.services.bank_matches import Pairing
from api.services.contribution_rules import Offer
from api.services.payer_lists import NewLine, PayerStatement
from api.vocabulary import (
    BankAccountName,
    BlockPurpose,
    Channel,
    ContributionKind,
    Decision,
    FindingCode,
    FundTransferWay,
    GovernmentLevel,
    PayerKind,
    PayerListKind,
    RoleName,
    SubsidyPurpose,
)
from tests import factories
from tests.access.places import TODAY, Place
from tests.fund.worlds import statement_of
from tests.land_projects.worlds import LandOffice

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import (
        PayerList,
        ReceiptBlock,
        ReceiptVoid,
        Resident,
    )
    from api.services.contributions import Recorded


def backdated_of(session: Session, village: int, payer: Resident) -> BackdatedContribution:
    """A contribution that came late and waits for its second person."""
    proposal = BackdatedContribution(
        county_code=village // 1_000_000, id=next_id(session, village // 1_000_000), division_code=village,
        resident_id=payer.id, kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=date(2010, 12, 28),
        channel=Channel.CASH, reason="元旦后才录入", proposed_by_id=999,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal


def lists_of_payers(session: Session, village: int, insured: Resident, others: list[Resident]) -> dict[str, object]:
    """Lists of a payer at every stage: a draft, handed in, with its money, and posted with a line that was left."""
    dying, landless = others
    for one in others:
        factories.enrol(session, one)
    town, county = village // 1000 * 1000, village // 1_000_000 * 1_000_000
    maker = factories.make_actor(session, RoleName.TOWN_CLERK, division=town)
    finance = factories.make_actor(session, RoleName.FINANCE, division=county)
    approver = factories.make_actor(session, RoleName.COUNTY_REVIEWER, division=county)

    def made(basis: str, person: Resident, steps: int) -> PayerList:
        statement = PayerStatement(
            kind=PayerListKind.COLLECTIVE, payer_kind=PayerKind.VILLAGE_COLLECTIVE, payer_name=f"秘密社{village}",
            basis=basis, basis_on=date(2011, 1, 15), contribution_year=2011, division_code=village,
        )  # fmt: skip
        found = payer_lists.create(
            session, actor=maker, statement=statement, lines=[NewLine(person.id, 100)], today=TODAY
        )
        if steps > 0:
            payer_lists.submit(session, actor=maker, list_id=found.id, version=1)
        if steps > 1:
            payer_list_postings.confirm(
                session, actor=finance, list_id=found.id, version=2, amount_fen=100,
                bank_reference=f"{basis}-{village}", arrived_on=date(2011, 3, 5), today=TODAY,
            )  # fmt: skip
        return found

    lists = [made(f"决议{steps}", insured, steps) for steps in range(3)]
    left = made("决议9", dying, 2)
    session.execute(
        text("UPDATE residents SET status = 'dead', status_on = '2011-03-01' WHERE id = :id"), {"id": dying.id}
    )
    payer_list_postings.approve(
        session, actor=approver, list_id=left.id, version=3, content_hash=left.content_hash, opinion=None, today=TODAY
    )
    office = LandOffice.of(session, village=village)
    project = office.approved(session, [landless], approval_number="3号")
    land_payments.pay(
        session, actor=maker, project_id=project.id, payer_name="指挥部", contribution_year=2011, today=TODAY
    )
    return {
        "payer_list": lists[0], "payer_submitted": lists[1], "payer_received": lists[2], "payer_left": left,
        "paid_project": project,
    }  # fmt: skip


def paid_by(session: Session, clerk: Actor, payer: Resident, channel: Channel) -> Recorded:
    """One year's contribution."""
    offer = Offer(
        kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=date(2010, 10, 20), channel=channel,
        tier_fen=10_000, amount_fen=None, instalment=0,
    )  # fmt: skip
    return contributions.record(
        session, actor=clerk, keyring=factories.KEYRING, resident_id=payer.id, offer=offer, today=date(2010, 10, 20)
    )


def block_and_void(session: Session, giver: Actor, collector: Actor) -> tuple[ReceiptBlock, ReceiptVoid]:
    """Three numbers on paper: one is void, one is said to be and so is missing, one is unused."""
    day = date(2010, 10, 20)
    block = receipt_blocks.issue(
        session, actor=giver, collector_id=collector.user_id, count=3, purpose=BlockPurpose.PAPER, label=None, today=day
    )
    first, second = receipt_voids.propose(
        session,
        actor=collector,
        number=block.first_number,
        last_number=block.first_number + 1,
        reason="写错",
        today=day,
    )
    receipt_voids.decide(session, actor=giver, void_ids=[second.id], is_confirmed=True, today=day)
    return block, first


def add_runs(session: Session, place: Place) -> None:
    """The county's runs; both are computed and wait for their checker."""
    code = int(place.things["county"])
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK, division=code * 1_000_000)
    interest = interest_runs.compute(session, actor=clerk, county_code=code, year=2010, today=TODAY)
    paying = government_paid_runs.compute(session, actor=clerk, county_code=code, paid_on=date(2011, 3, 1), today=TODAY)
    payment = payment_runs.compute(session, actor=clerk, county=code, month=date(2011, 3, 1), today=TODAY)
    released = BankFile(
        county_code=code, id=next_id(session, code), run_id=payment.id, division_code=code * 1_000_000,
        name="YHDFFS1.TXT", first_seq=1, last_seq=1, line_count=1, total_fen=1, sha256="0" * 64, made_by_id=999,
    )  # fmt: skip
    session.add(released)
    session.flush()
    claim = subsidy_claims.compute(
        session, actor=clerk, county_code=code, purpose=SubsidyPurpose.CONTRIBUTION_SUBSIDY, period="2010",
        cut_off_on=None, today=TODAY,
    )  # fmt: skip
    arrival = subsidy_receipts.record(
        session, actor=clerk, county_code=code, purpose=SubsidyPurpose.CONTRIBUTION_SUBSIDY,
        level=GovernmentLevel.CITY, amount_fen=1_000, received_on=TODAY, bank_reference=f"CZ-{code}", claim_ids=(),
        today=TODAY,
    )  # fmt: skip
    place.things |= {
        "subsidy_claim": str(claim.id), "subsidy_receipt": str(arrival.id), "government_paid_run": str(paying.id),
        "interest_run": str(interest.id), "payment_run": str(payment.id), "bank_file": str(released.id),
        "interest_hash": interest.content_hash, "payment_hash": payment.content_hash,
    }  # fmt: skip
    _collection(session, place, clerk)
    _fund(session, place, code)


def _collection(session: Session, place: Place, clerk: Actor) -> None:
    """A deduction batch with a file and a finding, and a batch of passbooks to be opened."""
    code = int(place.things["county"])
    unit = code * 1_000_000
    wanted = collection_batches.Wanted(division_code=unit, contribution_year=2011, layout="rural_credit_2010")
    batch = collection_batches.compute(session, actor=clerk, wanted=wanted, today=TODAY)
    sent = CollectionFile(
        county_code=code, id=next_id(session, code), batch_id=batch.id, division_code=unit, name="YHDKFS1.TXT",
        first_seq=1, last_seq=1, line_count=1, total_fen=1, sha256="0" * 64, made_by_id=999,
    )  # fmt: skip
    raw = factories.KEYRING.seal("某行", table="collection_findings", column="raw", row_id=f"{batch.id}:1")
    session.add_all(
        [
            sent,
            CollectionFinding(
                county_code=code, batch_id=batch.id, number=1, division_code=unit, return_id=1, file_line=1,
                code=FindingCode.UNKNOWN, raw_sealed=raw,
            ),
        ]
    )  # fmt: skip
    opening = account_openings.compute(
        session, actor=clerk, division_code=unit, layout="rural_credit_2010", today=TODAY
    )
    session.flush()
    place.things |= {
        "collection": str(batch.id), "collection_file": str(sent.id), "account_opening": str(opening.id),
    }  # fmt: skip


def _fund(session: Session, place: Place, code: int) -> None:
    """A movement and a match that wait for the second person, and a line of the bank that nobody has matched."""
    finance, second = (factories.make_actor(session, RoleName.FINANCE, division=code * 1_000_000) for _ in range(2))
    waiting, earned = (
        fund_transfer_cases.propose(
            session, actor=finance, today=TODAY,
            wish=fund_transfer_cases.Wish(
                way=FundTransferWay.INCOME_INTEREST, amount_fen=500, moved_on=TODAY, bank_reference=f"I-{code}-{number}"
            ),
        )
        for number in range(2)
    )  # fmt: skip
    earned = fund_transfer_cases.decide(
        session, actor=second, transfer_id=earned.id, decision=Decision.APPROVE, opinion=None, version=1, today=TODAY
    )
    rows = [(date(2011, 3, 2), "A1", 500), (date(2011, 3, 3), "A2", 10_000)]
    file = statement_of(BankAccountName.INCOME_ACCOUNT, 0, rows, date(2011, 3, 1), date(2011, 3, 30))
    loaded = bank_statements.load(session, actor=finance, keyring=factories.KEYRING, file=file, today=TODAY)
    lines, _ = bank_statements.list_lines(session, statement_id=loaded.statement.id, limit=5, after=None)
    pairing = Pairing(
        account=BankAccountName.INCOME_ACCOUNT, line_ids=[lines[0][0].id], journal_ids=[earned.journal_id], note="利息"
    )
    match = bank_matches.propose(session, actor=finance, pairing=pairing)
    place.things |= {
        "fund_transfer": str(waiting.id), "bank_statement": str(loaded.statement.id), "bank_match": str(match.id),
        "bank_line": str(lines[1][0].id),
        "bank_journal": str(session.get(Contribution, (code, int(place.things["transfer"]))).journal_id),
    }  # fmt: skip
