"""Lists of applications and contributions as uploads: the right of the act, once only, refused rows as a file."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from api.database import system_actor
from api.permissions import Permission
from api.services import clients
from api.vocabulary import RoleName
from tests import factories
from tests.lists import as_csv, facts_of, told

IMPORTS = "/api/v1/imports"
APPLICATIONS = ("姓名", "身份证号", "档次")
CONTRIBUTIONS = (*APPLICATIONS, "缴费年度", "缴费方式")


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture
def person(database):
    """Make a person of the roster, insured if wished; return their ID number."""

    def make(*, insured=False, **facts):
        number = factories.id_number(date(1970, 5, 1))
        with database.unit_of_work(system_actor(factories.COUNTY)) as session:
            resident = factories.make_resident(session, number=number, **facts)
            if insured:
                factories.enrol(session, resident)
        return number

    return make


def upload(client, kind, content, *, key=None, division=factories.TOWN, **form):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    data = {"kind": kind, "division": str(division)} | form
    return client.post(IMPORTS, data=data, files={"file": ("list.csv", content)}, headers=headers)


def test_a_list_of_applications_goes_in_once_and_is_on_record(clerk, person):
    content = as_csv(APPLICATIONS, ("梁小明", person(), "100"), ("梁大明", person(), "100"))
    rehearsed = upload(clerk, "enrolments", content, dry_run="true").json()
    assert (rehearsed["id"], rehearsed["created"]) == (None, 1)
    key = uuid.uuid4().hex
    done = upload(clerk, "enrolments", content, key=key)
    assert done.status_code == 201, done.text
    document = done.json()
    assert (document["kind"], document["rows"], document["created"], document["refused_rows"]) == (
        "enrolments",
        2,
        1,
        1,
    )
    assert told(document) == [(3, "姓名", "name-mismatch")]
    assert upload(clerk, "enrolments", content, key=key).headers["Idempotency-Replayed"] == "true"
    again = upload(clerk, "enrolments", content).json()
    assert again == document | {"created": 0, "unchanged": 1}
    read = clerk.get(f"{IMPORTS}/{document['id']}").json()
    assert (read["kind"], read["accepted"], read["refused"]) == ("enrolments", 1, document["refused"])
    drafts = clerk.get("/api/v1/enrolments?state=draft").json()["items"]
    assert len(drafts) == 1
    returned = clerk.post(
        f"{IMPORTS}/refused-rows",
        data={"kind": "enrolments", "division": str(factories.TOWN), "file_format": "csv"},
        files={"file": ("list.csv", content)},
    )
    assert returned.status_code == 200
    assert returned.content.decode("utf-8-sig").count("\r\n") == 2


def test_cash_of_a_list_is_receipted_to_the_clerk_who_brings_it(clerk, person, database):
    content = as_csv(CONTRIBUTIONS, *(("梁小明", person(insured=True), "100", "2011", "") for _ in range(3)))
    document = upload(clerk, "contributions", content).json()
    assert (document["created"], document["refused"]) == (3, [])
    query = f"SELECT number FROM receipts WHERE collector_id = {clerk.user_id} ORDER BY number"
    assert facts_of(database, query) == [[(1,), (2,), (3,)]]
    assert upload(clerk, "contributions", content).json()["unchanged"] == 3
    assert facts_of(database, query) == [[(1,), (2,), (3,)]]


def test_the_right_to_import_alone_brings_no_list(sign_in, person):
    content = as_csv(CONTRIBUTIONS, ("梁小明", person(insured=True), "100", "2011", ""))
    county = sign_in(RoleName.COUNTY_CLERK)
    for kind in ("enrolments", "contributions"):
        answer = upload(county, kind, content)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        form = {"kind": kind, "division": str(factories.TOWN)}
        returned = county.post(f"{IMPORTS}/refused-rows", data=form, files={"file": ("list.csv", content)})
        assert returned.status_code == 403
        assert upload(sign_in(RoleName.FINANCE), kind, content).status_code == 403
        # The village's assistant may send lists of the village, and the subdistrict is not theirs.
        assert upload(sign_in(RoleName.VILLAGE_ASSISTANT), kind, content).status_code == 404


def test_a_foreign_unit_is_not_found_and_its_people_are_absent(sign_in, person):
    village = sign_in(RoleName.TOWN_CLERK, division=factories.VILLAGE)
    foreign, absent = person(village=factories.OTHER_VILLAGE), factories.id_number(date(1970, 5, 1))
    content = as_csv(APPLICATIONS, ("梁小明", foreign, "100"), ("梁小明", absent, "100"))
    assert upload(village, "enrolments", content).status_code == 404
    one, other = upload(village, "enrolments", content, division=factories.VILLAGE).json()["refused"]
    assert one | {"row": 3} == other


def bearer(app, database, *scopes):
    from starlette.testclient import TestClient

    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        made, secret = clients.create(
            session, actor=system_actor(factories.COUNTY), name="银行接口", role=RoleName.TOWN_CLERK,
            scopes=list(scopes), division_code=factories.TOWN,
        )  # fmt: skip
        key = made.client_key
    client = TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1")
    answer = client.post("/api/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=(key, secret))
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def test_a_machine_brings_money_of_the_bank_and_no_cash(app, database, person):
    numbers = [person(insured=True) for _ in range(2)]
    money = as_csv(CONTRIBUTIONS, ("梁小明", numbers[0], "100", "2011", "银行代扣"))
    cash = as_csv(CONTRIBUTIONS, ("梁小明", numbers[1], "100", "2011", "现金"))
    assert upload(bearer(app, database, Permission.IMPORT_RUN), "contributions", money).status_code == 403
    machine = bearer(app, database, Permission.IMPORT_RUN, Permission.CONTRIBUTION_RECORD)
    assert upload(machine, "contributions", money).json()["created"] == 1
    refused = upload(machine, "contributions", cash)
    assert (refused.status_code, refused.json()["code"]) == (409, "cash-needs-a-person")
