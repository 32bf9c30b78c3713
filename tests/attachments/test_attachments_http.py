"""Papers over HTTP, as the real roles: in once, shown to who may see, looked at on record, voided by whom it should be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import attachments, enrolments
from api.services.enrolments import Ruling
from api.vocabulary import Decision, EnrolmentStep, Rhythm, RoleName
from tests import factories
from tests.attachments import files
from tests.attachments.files import jpeg, pdf, phone_photo, png

API = "/api/v1"
COUNTY = 440783000000


@pytest.fixture(scope="module")
def people(sign_in):
    return SimpleNamespace(
        village=sign_in(RoleName.VILLAGE_ASSISTANT),
        colleague=sign_in(RoleName.VILLAGE_ASSISTANT),
        neighbour=sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE),
        clerk=sign_in(RoleName.TOWN_CLERK),
        reviewer=sign_in(RoleName.TOWN_REVIEWER),
        finance=sign_in(RoleName.FINANCE),
        auditor=sign_in(RoleName.AUDITOR),
    )


@pytest.fixture
def resident(database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        return factories.make_resident(session)


@pytest.fixture
def case(database, resident):
    """A draft of the resident's enrolment."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
        return enrolments.apply_for(
            session, actor=clerk, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
            applied_on=date(2011, 3, 1), today=date(2011, 3, 31),
        )  # fmt: skip


def send(client, resident, content=files.JPEG, *, name="IMG_0001.HEIC", kind="id_card", media_type="text/html", **form):
    return client.post(
        f"{API}/residents/{resident.id}/attachments",
        files={"file": (name, content, media_type)},
        data={"kind": kind} | form,
    )


def void(client, paper, *, version=1, reason="拍错了"):
    url = f"{API}/attachments/{paper['id']}/voids"
    return client.post(url, json={"reason": reason}, headers={"If-Match": f'"{version}"'})


def listed(client, resident, **query):
    answer = client.get(f"{API}/residents/{resident.id}/attachments", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def code(answer):
    return answer.status_code, answer.json()["code"]


def check_case(database, case, role=RoleName.TOWN_CLERK):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        actor = factories.make_actor(session, role)
        ruling = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, date(2011, 3, 31))
        enrolments.decide(session, actor=actor, enrolment_id=case.id, version=case.version, ruling=ruling)


def audit(database, action, paper):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(
            text("SELECT * FROM audit_events WHERE action = :action AND subject_id = :id ORDER BY id"),
            {"action": action, "id": int(paper["id"])},
        ).all()


def test_a_photo_comes_in_by_its_bytes_and_is_shown_without_its_place(people, resident, database):
    answer = send(people.village, resident, phone_photo(), title="户主身份证正面")
    assert answer.status_code == 201, answer.text
    paper = answer.json()
    assert (paper["media_type"], paper["kind"], paper["title"]) == ("image/jpeg", "id_card", "户主身份证正面")
    assert (paper["subjects"], paper["voided_at"], paper["version"]) == ([], None, 1)
    assert paper["uploaded_by"].startswith("村协办员")
    assert answer.headers["ETag"] == '"1"'
    shown = people.reviewer.get(f"{API}/attachments/{paper['id']}/content")
    assert shown.status_code == 200
    assert files.SECRET_PLACE not in shown.content
    assert len(shown.content) == paper["size_bytes"]
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-disposition"] == f'attachment; filename="attachment-{paper["id"]}.jpg"'
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    [looked] = audit(database, "read_attachment_content", paper)
    assert looked.actor_id == people.reviewer.user_id
    [added] = audit(database, "add_attachment", paper)
    assert "户主" not in str(added.detail)
    assert people.village.get(f"{API}/attachments/{paper['id']}").json() == paper


def test_the_same_bytes_of_the_same_person_are_the_same_paper(people, resident, case, database):
    first = send(people.village, resident, png(text="same"))
    again = send(people.clerk, resident, png(text="same"), kind="photo", title="别的名字", subject_id=str(case.id))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert (again.json()["kind"], again.json()["title"]) == ("id_card", "身份证")
    assert again.json()["subjects"] == [{"subject_kind": "enrolment", "subject_id": str(case.id)}]
    assert len(listed(people.village, resident)) == 1
    with database.unit_of_work(system_actor(COUNTY)) as session:
        other = factories.make_resident(session)
    elsewhere = send(people.village, other, png(text="same"))
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]


def test_the_bytes_are_sealed_and_their_hash_is_keyed(people, resident, database):
    paper = send(people.village, resident, pdf(b"% a paper of its own\n")).json()
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        row = session.execute(
            text(
                "SELECT content_hash, content_sealed FROM attachments a "
                "JOIN attachment_contents c ON c.county_code = a.county_code AND c.attachment_id = a.id WHERE a.id = :id"
            ),
            {"id": int(paper["id"])},
        ).one()
    content = pdf(b"% a paper of its own\n")
    assert b"%PDF" not in row.content_sealed
    assert row.content_hash == factories.KEYRING.content_hash(attachments.HASHED_AS, content)
    import hashlib

    assert row.content_hash not in {hashlib.sha256(content).digest(), hashlib.blake2b(content, digest_size=32).digest()}


def test_a_paper_is_of_the_village_and_looked_at_by_who_may(people, resident, database):
    paper = send(people.village, resident, jpeg("scope")).json()
    for path in (f"/attachments/{paper['id']}", f"/attachments/{paper['id']}/content"):
        assert code(people.neighbour.get(API + path)) == (404, "not-found")
        assert code(people.finance.get(API + path)) == (403, "forbidden")
    assert code(people.neighbour.get(f"{API}/residents/{resident.id}/attachments")) == (404, "not-found")
    assert code(send(people.neighbour, resident)) == (404, "not-found")
    assert code(send(people.reviewer, resident)) == (403, "forbidden")
    assert code(void(people.neighbour, paper)) == (404, "not-found")
    assert audit(database, "read_attachment_content", paper) == []


def test_a_paper_moves_with_its_person(people, resident, case):
    paper = send(people.village, resident, jpeg("move"), subject_id=str(case.id)).json()
    body = {"moved_on": "2011-03-01", "to_division_code": str(factories.OTHER_VILLAGE)}
    moved = people.clerk.post(f"{API}/residents/{resident.id}/moves", json=body, headers={"If-Match": '"1"'})
    assert moved.status_code == 200, moved.text
    [found] = listed(people.neighbour, resident)
    assert (found["id"], found["subjects"]) == (paper["id"], paper["subjects"])
    assert people.neighbour.get(f"{API}/attachments/{paper['id']}/content").content == jpeg("move")
    assert people.village.get(f"{API}/attachments/{paper['id']}").status_code == 404


def test_a_subject_is_the_persons_own(people, resident, case, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        other = factories.make_resident(session)
    assert code(send(people.village, other, subject_id=str(case.id))) == (404, "not-found")
    assert code(send(people.village, resident, subject_kind="award", subject_id=str(case.id))) == (404, "not-found")
    assert code(send(people.village, resident, subject_kind="land_project", subject_id=str(case.id))) == (
        404,
        "not-found",
    )
    assert send(people.village, resident, subject_kind="nothing", subject_id=str(case.id)).status_code == 422
    assert listed(people.village, resident) == []
    paper = send(people.village, resident).json()
    url = f"{API}/attachments/{paper['id']}/subjects"
    body = {"subject_kind": "enrolment", "subject_id": str(case.id)}
    for _ in range(2):
        linked = people.colleague.post(url, json=body)
        assert linked.status_code == 200, linked.text
        assert linked.json()["subjects"] == [body]
    assert len(audit(database, "link_attachment", paper)) == 1
    foreign = send(people.village, other).json()
    assert code(people.village.post(f"{API}/attachments/{foreign['id']}/subjects", json=body)) == (404, "not-found")


def test_who_took_the_wrong_photo_voids_it(people, resident):
    paper = send(people.village, resident, jpeg("wrong")).json()
    url = f"{API}/attachments/{paper['id']}/voids"
    assert code(people.village.post(url, json={"reason": "拍错了"})) == (428, "if-match-required")
    assert code(void(people.village, paper, version=7)) == (412, "stale-version")
    assert void(people.village, paper, reason="x").status_code == 422
    gone = void(people.village, paper)
    assert gone.status_code == 200, gone.text
    assert (gone.json()["void_reason"], gone.json()["version"]) == ("拍错了", 2)
    assert gone.headers["ETag"] == '"2"'
    assert code(void(people.village, paper, version=2)) == (409, "attachment-already-voided")
    assert listed(people.village, resident) == []
    assert [one["id"] for one in listed(people.village, resident, voided="true")] == [paper["id"]]
    assert code(people.village.get(f"{API}/attachments/{paper['id']}/content")) == (410, "attachment-voided")
    assert people.auditor.get(f"{API}/attachments/{paper['id']}/content").content == jpeg("wrong")
    fresh = send(people.village, resident, jpeg("wrong"))
    assert fresh.status_code == 201
    assert fresh.json()["id"] != paper["id"]


def test_what_a_decision_rests_on_is_voided_by_a_second_person(people, resident, case, database):
    paper = send(people.village, resident, jpeg("proof"), subject_id=str(case.id)).json()
    check_case(database, case)
    assert code(void(people.village, paper)) == (409, "same-person")
    assert code(void(people.reviewer, paper)) == (403, "forbidden")
    assert void(people.colleague, paper).status_code == 200


def test_while_the_case_is_open_its_papers_are_the_villages(people, resident, case):
    paper = send(people.village, resident, jpeg("open"), subject_id=str(case.id)).json()
    assert void(people.village, paper).status_code == 200


def test_no_role_can_change_or_delete_what_a_paper_shows(people, resident, database):
    paper = send(people.village, resident, jpeg("grants")).json()
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in (
            "UPDATE attachment_contents SET content_sealed = ''",
            "UPDATE attachments SET content_hash = ''",
            "UPDATE attachments SET resident_id = 1",
            "UPDATE attachments SET media_type = 'text/html'",
            "UPDATE attachment_subjects SET subject_id = 1",
            "DELETE FROM attachments",
            "DELETE FROM attachment_contents",
            "DELETE FROM attachment_subjects",
        ):
            with connection.transaction(force_rollback=True):
                connection.execute(
                    "SET LOCAL ROLE nongbao_app; SET LOCAL app.scope_low = '1'; SET LOCAL app.scope_high = '999999999999'"
                )
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement)
        (storage,) = connection.execute(
            "SELECT attstorage FROM pg_attribute WHERE attrelid = 'attachment_contents'::regclass AND attname = 'content_sealed'"
        ).fetchone()
    assert storage in {"e", b"e"}
    assert people.village.get(f"{API}/attachments/{paper['id']}/content").content == jpeg("grants")


def test_forty_papers_and_no_more_even_at_once(people, resident, database):
    def one(number):
        return send(people.village, resident, png(text=f"{number:>03}")).status_code

    statuses = [one(number) for number in range(attachments.MOST_PER_PERSON - 3)]
    assert set(statuses) == {201}
    with ThreadPoolExecutor(6) as pool:
        raced = sorted(pool.map(one, range(100, 106)))
    assert raced == [201] * 3 + [409] * 3
    assert code(send(people.village, resident, png(text="more"))) == (409, "too-many-attachments")
    # What is there already is answered as ever.
    assert send(people.village, resident, png(text="000")).status_code == 200
    first = people.village.get(f"{API}/residents/{resident.id}/attachments", params={"limit": 25}).json()
    rest = people.village.get(
        f"{API}/residents/{resident.id}/attachments", params={"limit": 25, "after": first["next"]}
    ).json()
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert len(set(ids)) == attachments.MOST_PER_PERSON
    assert ids == sorted(ids, reverse=True)
    assert rest["next"] is None


def test_the_same_photo_sent_by_two_phones_at_once_is_one_paper(people, resident):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(people.village, resident, jpeg("race")), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (422, "attachment-damaged")),
        (b"GIF89a" + b"\x00" * 30, (415, "attachment-type-not-accepted")),
        (files.JPEG[:-30], (422, "attachment-damaged")),
        (png(width=30_000, height=30_000), (422, "image-too-large")),
        (pdf(b"4 0 obj << /S /JavaScript >> endobj\n"), (422, "attachment-unsafe")),
        (png(text="x" * 10) + b"\x00" * (5 << 20), (413, "attachment-too-large")),
        (b"\xff\xd8\xff" + b"\x00" * (6 << 20), (413, "body-too-large")),
    ],
)
def test_what_is_refused_says_why_and_leaves_nothing(people, resident, content, expected):
    answer = send(people.village, resident, content)
    assert code(answer) == expected
    assert "\u4e00" <= answer.json()["title"][0] <= "\u9fff"
    assert listed(people.village, resident) == []


# The framework leaves the half-read file of a broken form to the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_hostile_forms_are_refused(people, resident):
    url = f"{API}/residents/{resident.id}/attachments"
    attempts = [
        people.village.post(url),
        people.village.post(url, json={"kind": "photo"}),
        people.village.post(url, data={"kind": "photo"}),
        people.village.post(url, data={"kind": "photo", "file": "text"}),
        people.village.post(url, files={"file": ("f", files.JPEG)}),
        people.village.post(url, files={"file": ("f", files.JPEG)}, data={"kind": "passport"}),
        people.village.post(url, files={"file": ("f", files.JPEG)}, data={"kind": "photo", "title": "长" * 61}),
        people.village.post(url, files={"file": ("f", files.JPEG)}, data={"kind": "photo", "subject_id": "1"}),
        people.village.post(url, content=b"--x\r\n", headers={"Content-Type": "multipart/form-data"}),
        people.village.post(url, content=b"garbage", headers={"Content-Type": "multipart/form-data; boundary=x"}),
        people.village.post(
            url,
            content=b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        ),
        people.village.post(url, files=[("file", (f"f{n}", b"x")) for n in range(1200)], data={"kind": "photo"}),
        people.village.post(url, files={"file": ("f", files.JPEG)}, data={"kind": "photo", "title": "a\x00b"}),
    ]
    for number, answer in enumerate(attempts):
        assert 400 <= answer.status_code < 500, (number, answer.text)
        assert answer.headers["content-type"] == "application/problem+json", number
    assert listed(people.village, resident) == []
    long_name = send(people.village, resident, jpeg("name"), name="../../" + "长" * 300 + ".exe\r\nX: y")
    assert long_name.status_code == 201
    assert (
        "exe"
        not in people.village.get(f"{API}/attachments/{long_name.json()['id']}/content").headers["content-disposition"]
    )


def test_a_list_shows_what_is_known_and_no_bytes(people, resident, case):
    send(people.village, resident, jpeg("list"), subject_id=str(case.id))
    [paper] = listed(people.reviewer, resident)
    assert set(paper) == {
        "id", "kind", "title", "media_type", "resident_id", "division_code", "size_bytes", "subjects",
        "uploaded_by_id", "uploaded_by", "created_at", "voided_at", "void_reason", "version",
    }  # fmt: skip


def test_bytes_put_in_another_place_do_not_open(people, resident, database):
    mine = send(people.village, resident, jpeg("mine")).json()
    other = send(people.village, resident, jpeg("other")).json()
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "UPDATE attachment_contents AS c SET content_sealed = o.content_sealed FROM attachment_contents AS o "
            "WHERE c.attachment_id = %s AND o.attachment_id = %s",
            [mine["id"], other["id"]],
        )
    assert code(people.village.get(f"{API}/attachments/{mine['id']}/content")) == (500, "seal-broken")


def test_a_machine_may_bring_papers_and_never_look_at_them():
    from api.permissions import FOR_PERSONS_ONLY, Permission

    assert Permission.ATTACHMENT_READ in FOR_PERSONS_ONLY
