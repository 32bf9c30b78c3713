"""Signed-in people of every role, and what they say at a desk: applications, change requests, decisions."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

from api.vocabulary import RoleName
from tests import factories

ENROLMENTS = "/api/v1/enrolments"
REQUESTS = "/api/v1/change-requests"
WORK = "/api/v1/work-items"
DELEGATIONS = "/api/v1/delegations"
CHECK, REVIEW, APPROVAL = "village_check", "township_review", "county_approval"
COUNTY = 440783000000
TOWN = 440783001000


def people_of(sign_in):
    """One person of each role that has to do with cases, a second assistant, and one of the neighbouring village."""
    return SimpleNamespace(
        village=sign_in(RoleName.VILLAGE_ASSISTANT),
        assistant=sign_in(RoleName.VILLAGE_ASSISTANT),
        neighbour=sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE),
        clerk=sign_in(RoleName.TOWN_CLERK),
        reviewer=sign_in(RoleName.TOWN_REVIEWER),
        county=sign_in(RoleName.COUNTY_REVIEWER),
        county_clerk=sign_in(RoleName.COUNTY_CLERK),
        finance=sign_in(RoleName.FINANCE),
        auditor=sign_in(RoleName.AUDITOR),
    )


def key():
    """A fresh idempotency key."""
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(version):
    """The header of a change made from a version."""
    return {"If-Match": f'"{version}"'}


def apply(client, resident, *, tier="100.00", applied_on="2011-03-01", **facts):
    """Hand in an enrolment."""
    body = {"resident_id": str(resident.id), "tier": tier, "applied_on": applied_on} | facts
    return client.post(ENROLMENTS, json=body, headers=key())


def form(kind, **values):
    """A filled-in form."""
    return {"kind": kind, "effective_on": "2011-03-01", "proof": "household_book"} | values


def ask(client, resident, kind, **values):
    """Hand in a change request."""
    url = f"/api/v1/residents/{resident.id}/change-requests"
    return client.post(url, json=form(kind, **values), headers=key())


def say(client, root, case, step, *, decision="approve", opinion=None, version=None, stamped=False):
    """Decide a step."""
    body = {"step": step, "decision": decision, "opinion": opinion, "stamped": stamped}
    url = f"{root}/{case['id']}/decisions"
    return client.post(url, json=body, headers=match(version or case["version"]))


def done(answer):
    """What a good answer says."""
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(answer):
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def approve(people, root, case, *steps):
    """Let each step be approved by whose it is."""
    hands = {CHECK: people.assistant, REVIEW: people.reviewer, APPROVAL: people.county}
    for step in steps:
        case = done(say(hands[step], root, case, step))
    return case
