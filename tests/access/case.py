"""What an operation needs to be asked well, and the words that cases share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.policy.id_numbers import check_character

if TYPE_CHECKING:
    from api.permissions import Permission

DONE = frozenset({200, 201, 204})


@dataclass(frozen=True)
class Case:
    """One operation. `slots` maps each reference of its description (where.name) to the kind of thing it names."""

    slots: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    file: str | None = None
    content: bytes | None = None
    """What is in the file; a roster where nothing is said."""
    also: tuple[str, ...] = ()
    """References outside the path without which the request makes no sense."""
    together: bool = False
    """The things belong to each other: a foreign one is asked for with what is foreign alike."""
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    """Words in the path that name no thing."""
    seen: frozenset[int] = DONE
    """What answers when everything is visible."""
    needs: Permission | None = None
    """A right that the operation asks for only once it knows the step."""
    version: str = "1"
    """The version that one's own thing has."""
    fresh: bool = False
    """Ends or renews the session: asked by a client of its own."""


def of(kind: str, name: str = "", **facts: Any) -> Case:
    """A case with one reference in its path."""
    return Case(slots={f"path.{name or kind + '_id'}": kind}, **facts)


CONFLICT = frozenset({409})
COUNTY_ONLY = frozenset({200, 201, 404})
"""The fund's books are one thing of a county: whoever has the right in a village only is told that nothing is there."""
FEBRUARY = {"month": "2011-02"}
UNIT = {"query.division": "division"}
RUN = {"path.run_id": "payment_run"}
BATCH = {"path.batch_id": "collection"}
CLAIM = {"path.claim_id": "subsidy_claim"}
ARRIVAL = {"path.receipt_id": "subsidy_receipt"}
CHANGE = {"reason": "cert", "on": "2011-03-01"}
NUMBER = "44078319800101001" + check_character("44078319800101001")
DEATH = {"reason": "death", "event_on": "2011-03-01", "proof": "death_certificate"}
ROSTER = f"姓名,身份证号,村代码,户号,与户主关系,户口性质\n陈新人,{NUMBER},{{village}},88,户主,农业\n"
REGISTRATION = {"name": "陈新人", "id_number": NUMBER, "hukou_kind": "rural"}

PAYER = {
    "kind": "collective", "payer_kind": "village_collective", "payer_name": "经联社", "basis": "决议1号",
    "basis_on": "2011-01-15", "contribution_year": 2011,
}  # fmt: skip
PAYER_FORM = {name: str(value) for name, value in PAYER.items()}
PAYER_ROWS = f"姓名,身份证号,金额\n陈新人,{NUMBER},50.00\n".encode()
MISSED = {"years": [2010], "paid_on": "2011-03-02", "channel": "cash"}

PHONE = {"kind": "phone", "value": "13900139000", "effective_on": "2011-03-01", "proof": "application"}
STEP_IN = {"step": "village_check", "starts_on": "2011-03-31", "ends_on": "2011-04-05", "reason": "请假"}

SUBSIDY = {
    "code": "subsidy_bands",
    "value": [{"from_tier": "0.00", "subsidy": "50.00"}],
    "valid_from": "2011-03-01",
    "valid_to": "2013-12-31",
    "document": "村民会议决议",
    "article": "一",
    "reason": "增加补贴",
}
