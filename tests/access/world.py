"""One of everything in three places: a village, its neighbour, and a village of another county."""

from __future__ import annotations

import time
import uuid
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text

from api.database import next_id, system_actor
from api.models import (
    Client,
    ImportBatch,
    Job,
    Journal,
    Recovery,
)
from api.policy.id_numbers import check_character
from api.policy.money import BySource
from api.services import (
    attachments,
    audit_events,
    awards,
    cancellations,
    change_requests,
    delegations,
    department_lists,
    divisions,
    duplicates,
    enrolments,
    land_entries,
    ledger_seals,
    policy_parameters,
    remittances,
    resident_documents,
    residents,
    settlements,
    year_proofs,
)
from api.services.change_values import ChangeForm
from api.services.delegations import Wish
from api.services.department_lists import Statement
from api.services.enrolments import Ruling
from api.services.payees import PayeeFacts
from api.services.policy_parameters import Draft
from api.vocabulary import (
    AttachmentKind,
    CancellationProof,
    CancellationReason,
    ChangeKind,
    Channel,
    Decision,
    DepartmentListKind,
    DuplicateAct,
    EnrolmentStep,
    FactKind,
    HeldDocumentKind,
    ImportState,
    JobState,
    LandStep,
    PayeeRelation,
    ProofKind,
    ResidentStatus,
    Rhythm,
    RoleName,
)
from tests import factories
from tests.access.money_things import add_runs, backdated_of, block_and_void, lists_of_payers, paid_by
from tests.access.places import OF_COUNTY, TODAY, Place
from tests.attachments.files import png
from tests.land_projects.worlds import LandOffice
from tests.lists import as_csv
from tests.payments.worlds import deposit, pensioner

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor, Database
    from api.models import (
        ChangeRequest,
        Delegation,
        PolicyParameterChange,
        Resident,
    )


HERE = 440783001210
NEIGHBOUR = 440783001211
ELSEWHERE = 440784001210
PLACES = {"own": HERE, "other-village": NEIGHBOUR, "other-county": ELSEWHERE}
ABSENT_ID = "4407839999999999"
ABSENT_DIVISION = "440783001999"
ABSENT_COUNTY = "440799"
OTHER_COUNTY = """code,name,level,kind,parent_code,in_scope
440784000000,鹤山市,county,,440700000000,true
440784001000,沙坪街道,town,,440784000000,true
440784001210,越塘村委会,village,,440784001000,true
"""


OF_EVERYBODY = frozenset({"parameter_change"})
"""Things that may be decided in their place only, and read everywhere."""


def build(database: Database) -> dict[str, Place]:
    """Fill a database; each place has the same kinds of things."""
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        # Numbers of people and of things must not coincide, or a leak of one would look like the other.
        connection.execute("SELECT setval('resident_serials', 500000)")
    with database.unit_of_work(system_actor(440700000000)) as session:
        divisions.import_file(session, OTHER_COUNTY.encode())
        places = {name: _fill(session, name, village) for name, village in PLACES.items()}
        for name in ("own", "other-county"):
            add_runs(session, places[name])
        for kind in OF_COUNTY:
            places["other-village"].things[kind] = places["own"].things[kind]
    _prove(database, places)
    for place in places.values():
        place.secrets |= {
            value for kind, value in place.things.items() if len(value) == 16 and kind not in OF_COUNTY | OF_EVERYBODY
        }
    return places


def _prove(database: Database, places: dict[str, Place]) -> None:
    """Seal the ledgers and prove what the accounts of both counties held at the end of 2010."""
    for _ in range(100):
        ledger_seals.seal_all(database)
        with database.unit_of_work(system_actor(440700000000)) as session:
            counties = {int(place.things["county"]) for place in places.values()}
            seals = [ledger_seals.list_seals(session, county_code=code, limit=1, after=None)[0] for code in counties]
            if all(seals):
                for (seal,) in seals:
                    actor = system_actor(seal.county_code * 1_000_000)
                    year_proofs.write(session, actor=actor, seal=seal, year=2010, version=1, today=TODAY)
                return
        # Another test of the run has a transaction under way.
        time.sleep(0.05)
    message = "the horizon does not move"
    raise AssertionError(message)


def _fill(session: Session, name: str, village: int) -> Place:
    """People and cases of a village."""
    place = Place(village, {"division": str(village), "county": str(village // 1_000_000)})
    town = village // 1000 * 1000
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK, division=village)
    checker = factories.make_actor(session, RoleName.TOWN_CLERK, division=town)
    county_clerk = factories.make_actor(session, RoleName.COUNTY_CLERK, division=village // 1_000_000 * 1_000_000)
    house = factories.make_household(session, village=village)

    def person(**facts: object) -> Resident:
        made = factories.make_resident(session, village=village, household=house, name=f"秘密{name}", **facts)
        place.secrets.add(made.name)
        return made

    insured, payer, banker, newcomer = person(), person(), person(), person()
    for one in (insured, payer, banker):
        factories.enrol(session, one)
    paid = paid_by(session, clerk, payer, Channel.CASH)
    transferred = paid_by(session, clerk, banker, Channel.BANK_TRANSFER)
    block, void = block_and_void(session, checker, clerk)
    remittance = remittances.record(
        session, actor=clerk, amount_fen=5_000, paid_in_on=TODAY, bank_reference=f"ref-{village}", today=TODAY
    )
    draft, returned = (
        enrolments.apply_for(
            session, actor=clerk, resident_id=person().id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
            applied_on=TODAY, today=TODAY,
        )
        for _ in range(2)
    )  # fmt: skip
    back = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.RETURN, "材料不全", TODAY)
    enrolments.decide(session, actor=checker, enrolment_id=returned.id, version=returned.version, ruling=back)
    requests = _requests(session, clerk, checker, [person(), person()])
    elders = [person(birth_date=date(1948, 5, 3)) for _ in range(2)]
    for one in elders:
        factories.enrol(session, one, on=date(2010, 9, 8), tier_fen=0)
    award = awards.propose(session, actor=county_clerk, resident_id=elders[0].id, today=TODAY)
    drawing = {state: _pensioner(session, village, name) for state in ("active", "suspended")}
    place.secrets.add(drawing["active"].name)
    session.execute(
        text("UPDATE benefits SET state = 'suspended', state_reason = 'cert', state_on = :on WHERE resident_id = :id"),
        {"on": date(2011, 2, 1), "id": drawing["suspended"].id},
    )
    paper, _ = attachments.upload(
        session, factories.KEYRING, actor=clerk, resident_id=draft.resident_id, kind=AttachmentKind.ID_CARD, title=None,
        content=png(), subject=None, most_bytes=1000,
    )  # fmt: skip
    posted = _land(session, village, insured)
    fact = factories.make_fact(session, person(), FactKind.UNWILLING, begins_on=date(2010, 11, 1), evidence="入户走访")
    departed = person()
    residents.report_death(
        session, actor=clerk, resident_id=departed.id, version=1, died_on=date(2011, 3, 1), source="村报", today=TODAY
    )
    gone = person(status=ResidentStatus.DEAD, status_on=date(2010, 12, 1))
    factories.enrol(session, gone)
    factories.enrol(session, person(disability_grade=2))
    ended = lists_of_payers(session, village, insured, [person(), person()]) | _cancellations(
        session, village, [person() for _ in range(5)]
    )
    place.things |= _duplicates(session, place, town)
    account = factories.make_user(session, role=RoleName.VILLAGE_ASSISTANT, division=village)
    audit_events.record(
        session, actor=factories.actor_of(account), action="read", subject_kind="resident", subject_id=insured.id,
        division_code=village,
    )  # fmt: skip
    place.things |= {
        kind: str(thing.id)
        for kind, thing in {
            "resident": insured, "newcomer": newcomer, "payer": payer, "household": house, "elder": elders[1],
            "drawing": drawing["active"], "suspended": drawing["suspended"], "contribution": paid.contribution,
            "transfer": transferred.contribution,
            "receipt": paid.receipt, "block": block, "void": void, "remittance": remittance, "draft": draft, "returned": returned, "award": award,
            "journal": session.get(Journal, (paid.contribution.county_code, paid.contribution.journal_id)),
            "attachment": paper, "land_draft": posted["draft"],
            "land_posted": posted["posted"], "objection": posted["objection"], "fact": fact, "departed": departed, "user": account, "client": _client(session, village), "import": _import(session, village),
            "request": requests[0], "returned_request": requests[1], "delegation": _delegation(session, village),
            "job": _job(session, village), "backdated": backdated_of(session, village, banker),
            "parameter_change": _parameter_change(session, county_clerk, village),
            **ended,
        }.items()
    } | {"collector": str(clerk.user_id), "drafted": str(draft.resident_id), "requested": str(requests[0].resident_id), "department_list": _list(session, place, clerk, drawing["active"])}  # fmt: skip
    return place


def _parameter_change(session: Session, clerk: Actor, village: int) -> PolicyParameterChange:
    """A higher subsidy that the village proposes; nobody has decided."""
    wish = Draft(
        code="subsidy_bands", division_code=village, value=[{"from_tier": "0.00", "subsidy": "40.00"}],
        valid_from=date(2011, 3, 1), valid_to=date(2013, 12, 31), paid_from=None,
        document="村民会议决议", article="一", reason="增加补贴",
    )  # fmt: skip
    # Below the county, nobody else's books are looked at.
    return policy_parameters.propose(session, None, actor=clerk, draft=wish)


def _cancellations(session: Session, village: int, people: list[Resident]) -> dict[str, object]:
    """注销登记 at every stage, each of another person: handed in, returned, approved, computed, to be paid; a recovery."""
    county = village // 1_000_000 * 1_000_000
    maker, checker, reviewer, approver, other, clerk = (
        factories.make_actor(session, role, division=unit)
        for role, unit in (
            (RoleName.VILLAGE_ASSISTANT, village),
            (RoleName.TOWN_CLERK, village // 1000 * 1000),
            (RoleName.TOWN_REVIEWER, village // 1000 * 1000),
            (RoleName.COUNTY_REVIEWER, county),
            (RoleName.COUNTY_REVIEWER, county),
            (RoleName.COUNTY_CLERK, county),
        )
    )
    steps = tuple(zip(EnrolmentStep, (checker, reviewer, approver), strict=True))
    form = cancellations.Form(
        reason=CancellationReason.DEATH, event_on=date(2011, 3, 1), proof=CancellationProof.DEATH_CERTIFICATE,
        payee=PayeeFacts(
            PayeeRelation.CHILD, "继承人", factories.id_number(date(1980, 1, 1)), "6228480402564890018"
        ),
    )  # fmt: skip
    cases = []
    for one in people:
        factories.enrol(session, one)
        deposit(session, one, BySource(10_000, 0, 3_000), on=date(2011, 1, 20))
        cases.append(
            cancellations.hand_in(session, factories.KEYRING, actor=maker, resident_id=one.id, form=form, today=TODAY)
        )
    back = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.RETURN, "材料不全", TODAY)
    decide = partial(cancellations.decide, session)
    decide(actor=checker, cancellation_id=cases[1].id, version=1, ruling=back)
    for case in cases[2:]:
        for step, actor in steps:
            ruling = Ruling(step, Decision.APPROVE, None, TODAY)
            decide(actor=actor, cancellation_id=case.id, version=case.version, ruling=ruling)
    computed, payable = (
        settlements.compute(session, actor=clerk, cancellation_id=case.id, today=TODAY) for case in cases[3:]
    )
    settlements.approve(
        session, actor=other, settlement_id=payable.id, given_hash=payable.content_hash, opinion=None,
        expected_version=1, today=TODAY,
    )  # fmt: skip
    recovery = Recovery(
        county_code=village // 1_000_000, id=next_id(session, village // 1_000_000), resident_id=people[4].id,
        division_code=village, settlement_id=payable.id, first_month=date(2011, 2, 1), last_month=date(2011, 2, 1),
        due_count=1, basic_fen=5_500, account_fen=0, demanded_by_id=999,
    )  # fmt: skip
    session.add(recovery)
    session.flush()
    return {
        "cancelling": cases[0], "cancelling_returned": cases[1], "cancelled": cases[2], "settling": computed,
        "payable": payable, "recovery": recovery, "ending": people[4], "ending_case": cases[4],
    }  # fmt: skip


def _duplicates(session: Session, place: Place, town: int) -> dict[str, str]:
    """Pairs that wait for a proposal, for a decision and for an undo; and a person with a former number."""
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK, division=town)
    reviewer = factories.make_actor(session, RoleName.TOWN_REVIEWER, division=town)
    pairs = []
    for _ in range(3):
        people = [
            factories.make_resident(session, village=place.village, name=f"秘密双{place.village}") for _ in range(2)
        ]
        place.secrets |= {one.name for one in people}
        pairs.append(factories.make_pair(session, *people))
    waiting, merging, settled = pairs
    duplicates.propose_merge(
        session, actor=clerk, pair_id=merging.id, version=1, keep="first", take=[], opinion="同一人",
        today=TODAY,
    )  # fmt: skip
    duplicates.decide_against(
        session, actor=reviewer, pair_id=settled.id, version=1, act=DuplicateAct.NOT_DUPLICATE, opinion="同名",
        today=TODAY,
    )  # fmt: skip
    person = factories.make_resident(session, village=place.village, name=f"秘密旧号{place.village}")
    former = resident_documents.record_document(
        session, factories.KEYRING, actor=clerk, resident_id=person.id, kind=HeldDocumentKind.RESIDENT_ID,
        number=factories.id_number(date(1970, 5, 1)), valid_from=None, valid_to=None, evidence="旧证", today=TODAY,
    )  # fmt: skip
    return {
        "duplicate": str(waiting.id), "merging": str(merging.id),
        "settled": str(settled.id), "documented": str(person.id),
        "document": str(former.id),
    }  # fmt: skip


def _requests(session: Session, clerk: Actor, checker: Actor, people: list[Resident]) -> list[ChangeRequest]:
    """A change request on its way, and one that was sent back."""
    form = ChangeForm(
        kind=ChangeKind.PHONE, effective_on=TODAY, proof=ProofKind.APPLICATION, value="13800138000"
    )  # fmt: skip
    made = [
        change_requests.hand_in(session, factories.KEYRING, actor=clerk, resident_id=one.id, form=form, today=TODAY)
        for one in people
    ]
    back = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.RETURN, "号码不全", TODAY)
    change_requests.decide(session, factories.KEYRING, actor=checker, request_id=made[1].id, version=1, ruling=back)
    return made


def _delegation(session: Session, village: int) -> Delegation:
    giver, taker = (factories.make_actor(session, RoleName.VILLAGE_ASSISTANT, division=village) for _ in range(2))
    wish = Wish(giver.user_id, taker.user_id, EnrolmentStep.VILLAGE_CHECK, TODAY, TODAY, "请假")
    return delegations.create(session, actor=giver, wish=wish, today=TODAY)


def _pensioner(session: Session, village: int, name: str) -> Resident:
    return pensioner(session, village=village, name=f"领取{name}", award=BySource(13_900, 0, 0))


def _land(session: Session, village: int, person: Resident) -> dict[str, Any]:
    """A project whose list is the village's, and one that hangs out with an objection."""
    office = LandOffice.of(session, village=village)
    draft = office.draft(session, [person])
    posted = office.draft(session, [person], approval_number="2")
    for step in (LandStep.LIST, LandStep.PUBLISH):
        office.step(session, posted, step)
    land_entries.object_to(
        session, actor=office.village, project_id=posted.id, version=posted.version, resident_id=person.id,
        objection="不是本村人", on=TODAY,
    )  # fmt: skip
    [(objection, _)], _ = land_entries.list_objections(session, project=posted, limit=1, after=None)
    return {"draft": draft, "posted": posted, "objection": objection}


def _list(session: Session, place: Place, clerk: Actor, known: Resident) -> str:
    """A list of another department about the village: one whom the register knows, and one whom it does not."""
    id17 = factories.KEYRING.id_of_token(known.id_token)[1]
    numbers = (f"{id17:017d}" + check_character(f"{id17:017d}"), factories.id_number(date(1975, 1, 1)))
    rows = [(name, number) for name, number in zip((known.name, "无此人"), numbers, strict=True)]
    statement = Statement(
        kind=DepartmentListKind.DIBAO, division_code=place.village, department="民政局", document="1号", as_of=TODAY,
        is_complete=False,
    )  # fmt: skip
    brought = department_lists.bring(
        session, factories.KEYRING, actor=clerk, statement=statement, content=as_csv(("姓名", "身份证号"), *rows),
        file_name="list.csv", today=TODAY,
    )  # fmt: skip
    return str(brought.found.id)


def _client(session: Session, village: int) -> Client:
    client = Client(
        county_code=village // 1_000_000,
        id=next_id(session, village // 1_000_000),
        division_code=village,
        client_key=uuid.uuid4().hex,
        name="接入系统",
        role=RoleName.AUDITOR,
        scopes="residents:read",
        secret_hash=b"x" * 32,
    )
    session.add(client)
    session.flush()
    return client


def _import(session: Session, village: int) -> ImportBatch:
    batch = ImportBatch(
        county_code=village // 1_000_000,
        id=next_id(session, village // 1_000_000),
        division_code=village,
        kind="residents",
        state=ImportState.APPLIED,
        sha256=uuid.uuid4().hex * 2,
        row_count=1,
        accepted_count=1,
        unchanged_count=0,
        refused_count=0,
        refused=[],
        imported_by_id=999,
    )
    session.add(batch)
    session.flush()
    return batch


def _job(session: Session, village: int) -> Job:
    """A job that has ended: nobody has to wait for what it tells."""
    job = Job(
        county_code=village // 1_000_000,
        id=next_id(session, village // 1_000_000),
        division_code=village,
        kind="import",
        subject_id=1,
        state=JobState.DONE,
        made_by_id=999,
    )
    session.add(job)
    session.flush()
    return job
