"""参保申请名单: applications of a file, entered as drafts that wait for the village's check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.list_layouts import APPLICATIONS
from api.services import bulk_enrolments
from api.services.bulk_enrolments import NewEnrolment, Refusal
from api.services.enrolment_refusals import AppliedInFuture
from api.services.list_imports import ListKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.list_imports import Desk, Listed


def _take(desk: Desk, listed: Sequence[Listed]) -> list[Refusal]:
    """Register the rows whose day has come; an empty tier is 0, which the law wants of the launch cohort alone."""
    refusals: list[Refusal] = []
    places: list[int] = []
    rows: list[NewEnrolment] = []
    for place, one in enumerate(listed):
        applied_on = one.row.values["applied_on"] or desk.today
        if applied_on > desk.today:
            early = AppliedInFuture()
            refusals.append(Refusal(place, early.code, early.detail))
            continue
        places.append(place)
        rows.append(NewEnrolment(one.resident_id, one.row.values["tier"] or 0, applied_on))
    _, refused = bulk_enrolments.register(
        desk.session, actor=desk.actor, county_code=desk.county_code, rows=rows, today=desk.today
    )
    return refusals + [Refusal(places[one.row_no], one.code, one.message) for one in refused]


ENROLMENTS = ListKind(
    kind="enrolments",
    layout=APPLICATIONS,
    take=_take,
    column_of_code={
        "tier-not-offered": "tier",
        "tier-not-needed": "tier",
        "applied-in-future": "applied_on",
        "parameters-unknown": "applied_on",
        "not-found": "id_number",
    },
)
