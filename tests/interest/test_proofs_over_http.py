"""A year's end as the offices see it: interest, seal, proof, statements on paper; and the proof checked without a service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from api.database import system_actor
from api.exchange.proof_files import ProofMalformed, read_proof
from api.policy.proofs import check
from api.services import interest_runs
from api.vocabulary import RoleName
from tests import factories
from tests.interest.test_year_proofs import seal

BASE = "/api/v1"
COUNTY = system_actor(440783000000)
PROGRAM = Path(sys.executable).parent / "nongbao"


@pytest.fixture(scope="module")
def people(database, sign_in):
    """Three of a village and one of another who paid in October 2010; the interest of the year is posted."""
    with database.unit_of_work(COUNTY) as session:
        found = []
        for village in (factories.VILLAGE,) * 3 + (factories.OTHER_VILLAGE,):
            person = factories.make_resident(session, village=village, name="梁䶮")
            factories.enrol(session, person)
            found.append(person)
        maker = factories.make_actor(session, RoleName.COUNTY_CLERK)
        checker = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    clerk = sign_in(RoleName.TOWN_CLERK)
    for number, person in enumerate(found):
        body = {
            "resident_id": str(person.id), "contribution_year": 2010, "kind": "annual", "tier": "100.00",
            "paid_on": "2010-10-20", "channel": "bank_transfer",
        }  # fmt: skip
        answer = clerk.post(f"{BASE}/contributions", json=body, headers={"Idempotency-Key": f"in-2010-{number}"})
        assert answer.status_code == 201, answer.text
    with database.unit_of_work(maker) as session:
        run = interest_runs.compute(session, actor=maker, county_code=440783, year=2010, today=date(2011, 3, 31))
    interest_runs.approve(database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    return found


@pytest.fixture(scope="module")
def village(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def county(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture(scope="module")
def made(database, people, county):
    seal(database)
    answer = county.post(f"{BASE}/year-proofs", json={"county": "440783", "year": 2010})
    assert answer.status_code == 201, answer.text
    return answer.json()


def command(database, tmp_path, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")}
    environment |= {
        "NONGBAO_DATABASE_URL": database.url, "NONGBAO_DATA_DIR": str(tmp_path), "NONGBAO_BUSINESS_DATE": "2011-03-31",
    }  # fmt: skip
    done = subprocess.run(
        [PROGRAM, *words, "--json"], env=environment, capture_output=True, text=True, check=False, timeout=90
    )
    return done.returncode, json.loads(done.stdout)


def test_the_countys_proof(made, village, county):
    # Four with 100.38 + 30.11.
    assert (made["account_count"], made["amounts"]["total"], made["version"]) == (4, "521.96", 1)
    again = county.post(f"{BASE}/year-proofs", json={"county": "440783", "year": 2010})
    assert again.json() == made
    assert village.post(f"{BASE}/year-proofs", json={"county": "440783", "year": 2010}).status_code == 403
    assert village.get(f"{BASE}/year-proofs").json()["items"] == [made]
    latest = village.get(f"{BASE}/ledger-seals/latest").json()
    assert latest["code"].split(":")[0] == str(latest["seq"])
    assert village.get(f"{BASE}/ledger-seals").json()["items"][0] == latest
    early = county.post(f"{BASE}/year-proofs", json={"county": "440783", "year": 2011})
    assert (early.status_code, early.json()["code"]) == (409, "interest-year-open")
    sheet = village.get(f"{BASE}/year-proofs/2010/sheet")
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "application/pdf")
    assert sheet.content.startswith(b"%PDF-")
    assert village.get(f"{BASE}/year-proofs/2010/sheet").content == sheet.content
    assert village.get(f"{BASE}/year-proofs/2012/sheet").status_code == 404


def test_a_person_takes_their_proof_home_and_checks_it(database, tmp_path, village, people, made):
    answer = village.get(f"{BASE}/accounts/{people[0].id}/proof", params={"year": 2010})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["closing"]["total"], shown["root"]) == ("130.49", made["root"])
    check(read_proof(answer.content))
    file = tmp_path / "proof.json"
    file.write_bytes(answer.content)
    code, said = command(database, tmp_path, "check-proof", str(file), "--root", made["root"])
    assert (code, said["ok"], said["closing"]) == (0, True, "130.49")
    code, said = command(database, tmp_path, "check-proof", str(file), "--root", "0" * 64)
    assert (code, said["error"]["code"]) == (1, "proof-broken")
    shown["closing"]["personal"] = "100.39"
    file.write_text(json.dumps(shown), encoding="utf-8")
    code, said = command(database, tmp_path, "check-proof", str(file))
    assert (code, said["error"]["code"]) == (1, "proof-broken")
    foreign = village.get(f"{BASE}/accounts/{people[3].id}/proof", params={"year": 2010})
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"format": "nongbao-year-proof/1"}', b'{"format": "nongbao-year-proof/9"}', b"[" * 100_000],
)
def test_what_is_no_proof_is_told(content):
    with pytest.raises(ProofMalformed):
        read_proof(content)


def test_the_statement_says_how_the_interest_came_about(village, people, made):
    answer = village.get(f"{BASE}/accounts/{people[0].id}/statement", params={"year": 2010}).json()
    assert (answer["tier"], answer["paid_years"], answer["rate"]) == ("100.00", 1, "2.25%")
    assert answer["is_explained"] is True
    assert answer["corrections"]["total"] == "0.00"
    assert [one["message"] for one in answer["reasons"]] == [
        "2010年按1月1日人民银行一年期存款利率：2.25%。",
        "个人缴费：(10月100.00元×2个月)×2.25%÷12，四舍五入到分，得利息0.38元。",
        "政府补贴：(10月30.00元×2个月)×2.25%÷12，四舍五入到分，得利息0.11元。",
    ]
    open_year = village.get(f"{BASE}/accounts/{people[0].id}/statement", params={"year": 2011}).json()
    assert open_year["reasons"][-1]["message"] == "2011年尚未结息。"
    assert open_year["opening"]["total"] == "130.49"


def test_statements_on_paper(village, people, made):
    one = village.get(f"{BASE}/accounts/{people[0].id}/statement/sheet", params={"year": 2010})
    assert (one.status_code, one.headers["content-type"]) == (200, "application/pdf")
    again = village.get(f"{BASE}/accounts/{people[0].id}/statement/sheet", params={"year": 2010})
    assert again.content == one.content
    whole = village.get(f"{BASE}/accounts/statements", params={"division": str(factories.VILLAGE), "year": 2010})
    assert whole.status_code == 200, whole.text
    assert len(whole.content) > len(one.content)
    foreign = village.get(
        f"{BASE}/accounts/statements", params={"division": str(factories.OTHER_VILLAGE), "year": 2010}
    )
    assert foreign.status_code == 404
    group = {"division": str(factories.VILLAGE), "year": 2010, "group": "9"}
    assert village.get(f"{BASE}/accounts/statements", params=group).status_code == 200
    late = village.get(f"{BASE}/accounts/statements", params={"division": str(factories.VILLAGE), "year": 2012})
    assert (late.status_code, late.json()["code"]) == (422, "day-in-future")


def test_no_number_in_full_leaves_on_paper(database, people, made):
    """What goes into the document is masked before it is set."""
    from api.services import account_prints, account_statements

    with database.read_snapshot(COUNTY) as session:
        sheet = account_statements.sheet(session, resident_id=people[0].id, year=2010, today=date(2011, 3, 31))
        facts = account_prints._sheet(sheet, factories.KEYRING)
    shown = dict(facts["person"])
    assert "*" in shown["身份证号"]
    assert len(shown["身份证号"]) == 18
    assert shown["姓名"] == "梁䶮"
    assert len(facts["proof"]) == 3


def test_sealing_by_command(database, tmp_path, made, village):
    kept = village.get(f"{BASE}/ledger-seals/latest").json()["code"]
    code, said = command(database, tmp_path, "run", "seal", "--county", "440783", "--expect", kept)
    assert (code, said["matches"]) == (0, True)
    number = kept.split(":", maxsplit=1)[0]
    code, said = command(database, tmp_path, "run", "seal", "--county", "440783", "--expect", f"{number}:{'0' * 64}")
    assert (code, said["error"]["code"]) == (1, "seal-unlike")
    code, said = command(database, tmp_path, "run", "year-proof", "--county", "440783", "--period", "2010")
    assert (code, said["version"], said["root"]) == (0, 1, made["root"])
