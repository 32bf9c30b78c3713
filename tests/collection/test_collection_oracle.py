"""The set-based computing against the law, person by person: who is asked, for how much, and what government adds."""

from __future__ import annotations

import random
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError
from api.models import Account, Contribution, EnrolmentTerms, Resident
from api.policy.contributions import INSTALMENTS, instalment_fen
from api.policy.parameters import parameters_on
from api.services import contributions, enrolment_terms
from api.services.contribution_rules import YEAR_KINDS, Offer, judge
from api.vocabulary import Channel, ContributionKind, PostingState, ResidentStatus, Rhythm
from tests import factories
from tests.collection.worlds import COMPUTED, Office, lines_of, payer

TIERS = (10_000, 20_000, 30_000, 50_000, 12_000)
VILLAGES = (factories.VILLAGE, factories.OTHER_VILLAGE)


def somebody(session, dice):
    """A person with whatever may matter to the law, at its edges."""
    born = dice.choice(
        [
            date(dice.randint(1952, 1994), dice.randint(1, 12), dice.randint(1, 28)),
            date(1951, 1, 1), date(1951, 12, 31), date(1950, 10, 1), date(1950, 10, 2), date(1950, 12, 31),
            COMPUTED.replace(year=1995), COMPUTED.replace(year=1995) + timedelta(days=1), date(1952, 2, 29),
        ]
    )  # fmt: skip
    rhythm = dice.choice([Rhythm.YEARLY, Rhythm.YEARLY, Rhythm.QUARTERLY, Rhythm.MONTHLY])
    tier = dice.choice(TIERS[:4] * 3 + TIERS)
    person = payer(
        session,
        tier_fen=tier,
        rhythm=rhythm,
        birth_date=born,
        village=dice.choice(VILLAGES),
        disability_grade=dice.choice([None, None, None, 1, 2, 3]),
        dibao=dice.random() < 0.2,
        status=dice.choice([ResidentStatus.ALIVE] * 12 + [ResidentStatus.DEAD]),
        status_on=date(2011, 1, 5),
        **({"bank_account": None} if dice.random() < 0.1 else {}),
    )
    account = session.get(Account, (person.county_code, person.id))
    account.state = dice.choice(["open"] * 12 + ["drawing"])
    account.cancels_on = dice.choice([None] * 9 + [date(2011, 2, 1), COMPUTED, date(2011, 5, 1)])
    account.interest_through = dice.choice([None, date(2010, 12, 31)] * 5 + [COMPUTED])
    if dice.random() < 0.2:
        enrolment = enrolment_terms.insured_enrolment(session, person.county_code, person.id)
        for year in (2011, dice.choice([2010, 2011, 2012])):
            session.add(
                EnrolmentTerms(
                    county_code=person.county_code, id=next_id(session, person.county_code), enrolment_id=enrolment.id,
                    resident_id=person.id, division_code=person.division_code, from_year=year,
                    tier_fen=dice.choice(TIERS), rhythm=dice.choice(list(Rhythm)), request_id=1,
                )
            )  # fmt: skip
    session.flush()
    if dice.random() < 0.5:
        pay_some(session, dice, person, rhythm, tier)
    return person


def pay_some(session, dice, person, rhythm, own_tier):
    """Some payments of the year, right or odd, one of them perhaps reversed."""
    kind = dice.choice([ContributionKind.ANNUAL] * 4 + [ContributionKind.COLLECTIVE])
    tier = dice.choice([own_tier, own_tier, own_tier, TIERS[0]])
    rhythm = dice.choice([rhythm, rhythm, Rhythm.YEARLY])
    count = INSTALMENTS[rhythm]
    paid = [0]
    if count > 1 and kind is ContributionKind.ANNUAL:
        some = dice.sample(range(1, count + 1), dice.choice([1, count // 2, count]))
        # Everything but the first: what is due completes the year.
        paid = dice.choice([some, list(range(2, count + 1))])
    for number in sorted(paid):
        session.add(
            Contribution(
                county_code=person.county_code, id=next_id(session, person.county_code), resident_id=person.id,
                division_code=person.division_code, contribution_year=2011, kind=kind, instalment=number, tier_fen=tier,
                amount_fen=instalment_fen(tier, rhythm, number) if kind is ContributionKind.ANNUAL else 100,
                paid_on=date(2011, 2, 1), channel=Channel.CASH, journal_id=1, recorded_by_id=5,
                state=dice.choice([PostingState.POSTED] * 7 + [PostingState.REVERSED]),
                reversed_by_id=6,
            )
        )  # fmt: skip
    session.flush()


def by_law(session, person):
    """What the law says of the person's next payment by deduction: (kind, instalment, amount, government, subsidy)."""
    account = session.get(Account, (person.county_code, person.id))
    enrolment = enrolment_terms.insured_enrolment(session, person.county_code, person.id)
    changes = enrolment_terms.changes_of(session, person.county_code, [person.id]).get(enrolment.id, [])
    terms = enrolment_terms.in_year(enrolment, changes, 2011)
    posted = contributions.standing(session, person.county_code, person.id)
    law = parameters_on(COMPUTED)
    helped = person.disability_grade is not None and person.disability_grade <= law.severe_disability_grade
    if person.status is not ResidentStatus.ALIVE or account.state != "open" or person.bank_account_sealed is None:
        return None
    mine = {row.instalment for row in posted if row.kind in YEAR_KINDS and row.contribution_year == 2011}
    count = INSTALMENTS[terms.rhythm]
    instalment = 0
    if count > 1 and not helped:
        unpaid = [number for number in range(1, count + 1) if number not in mine]
        begun = (COMPUTED.month * count + 11) // 12
        if not unpaid or unpaid[0] > begun or 0 in mine:
            return None
        instalment = unpaid[0]
    kind = ContributionKind.GOVERNMENT_PAID if helped else ContributionKind.ANNUAL
    offer = Offer(
        kind=kind, contribution_year=2011, paid_on=COMPUTED, channel=Channel.BANK_DEDUCTION, tier_fen=terms.tier_fen,
        instalment=instalment,
    )  # fmt: skip
    try:
        contributions.check_not_cancelled(account, COMPUTED)
        contributions.check_period(account, COMPUTED)
        contributions.check_once(posted, offer)
        judged = judge(
            offer, resident=person, enrolment=terms, posted=posted, benefit_started=False, law=parameters_on(COMPUTED)
        )
    except DomainError:
        return None
    return kind, instalment, judged.personal_fen, judged.government_paid_fen, judged.subsidy_fen


def test_the_statement_and_the_law_agree_on_everybody(session):
    dice = random.Random(20_110_310)
    office = Office.of(session)
    people = [somebody(session, dice) for _ in range(400)]
    should = {person.id: by_law(session, person) for person in people}
    batch = office.compute()
    got = {
        line.resident_id: (line.kind, line.instalment, line.amount_fen, line.government_paid_fen, line.subsidy_fen)
        for line in lines_of(session, batch)
    }
    assert len(got) == batch.line_count > 60
    differ = {one: (should[one], got.get(one)) for one in should if should[one] != got.get(one)}
    assert differ == {}
    kinds = {(kind, bool(instalment), bool(subsidy)) for kind, instalment, _, _, subsidy in got.values()}
    assert (ContributionKind.GOVERNMENT_PAID, False, True) in kinds
    assert {(ContributionKind.ANNUAL, True, True), (ContributionKind.ANNUAL, True, False)} <= kinds
    assert sum(batch.summary["left_out"].values()) + batch.line_count == 400
    for reason in ("paid", "no_bank_account", "cancellation", "period_closed", "tier_not_offered", "drawing", "gone"):
        assert batch.summary["left_out"].get(reason), reason


def test_lines_stand_by_town_and_village_and_sums_agree(session):
    office = Office.of(session)
    for village in (*VILLAGES, factories.VILLAGE):
        payer(session, village=village)
    batch = office.compute()
    lines = lines_of(session, batch)
    assert [line.seq for line in lines] == [1, 2, 3]
    assert [line.division_code for line in lines] == sorted(line.division_code for line in lines)
    assert batch.total_fen == sum(line.amount_fen for line in lines) == 30_000
    assert session.scalars(select(Resident).where(col(Resident.id) == lines[0].resident_id)).one().name == lines[0].name
