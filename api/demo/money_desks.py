"""Money that others pay, and a change of the law that waits: a village's list posted, a proposal on the reviewer's desk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from api.demo.users import COUNTY
from api.services import payer_list_postings, payer_lists, policy_parameters
from api.services.payer_lists import NewLine, PayerStatement
from api.services.policy_parameters import Draft
from api.vocabulary import PayerKind, PayerListKind, RoleName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.database import Actor
    from api.demo.office import Offices

HELP_FEN = 2_000
TIERS = ["100.00", "120.00", "200.00", "300.00", "400.00", "500.00"]


def post_collective_list(offices: Offices, assistant: Actor, people: Sequence[int], today: date) -> int:
    """A village's own help for some of its people: handed in, arrived at the bank, posted. Return the fen."""
    if not people:
        return 0
    finance, _ = offices.finance_persons()
    reviewer = offices.of_role(RoleName.COUNTY_REVIEWER)
    statement = PayerStatement(
        kind=PayerListKind.COLLECTIVE,
        payer_kind=PayerKind.VILLAGE_COLLECTIVE,
        payer_name="村股份经济联合社",
        basis="村民代表会议决议",
        basis_on=today.replace(day=1),
        contribution_year=today.year,
        division_code=assistant.division_code,
    )
    with offices.database.unit_of_work(assistant) as session:
        lines = [NewLine(resident_id, HELP_FEN) for resident_id in people]
        made = payer_lists.create(session, actor=assistant, statement=statement, lines=lines, today=today)
        made = payer_lists.submit(session, actor=assistant, list_id=made.id, version=made.version)
    with offices.database.unit_of_work(finance) as session:
        made = payer_list_postings.confirm(
            session,
            actor=finance,
            list_id=made.id,
            version=made.version,
            amount_fen=made.total_fen,
            bank_reference=f"JT{today:%Y%m%d}",
            arrived_on=today,
            today=today,
        )
    with offices.database.unit_of_work(reviewer) as session:
        made = payer_list_postings.approve(
            session,
            actor=reviewer,
            list_id=made.id,
            version=made.version,
            content_hash=made.content_hash,
            opinion="经复核，同意入账。",
            today=today,
        )
    return made.total_fen


def propose_tiers(offices: Offices) -> None:
    """The county clerk proposes a tier of 120 yuan from 2012 on; the reviewer has not decided."""
    clerk = offices.of_role(RoleName.COUNTY_CLERK)
    draft = Draft(
        code="tiers",
        division_code=COUNTY,
        value=TIERS,
        valid_from=date(2012, 1, 1),
        valid_to=date(2013, 12, 31),
        paid_from=None,
        document="市政府常务会议纪要(演示)",
        article="三",
        reason="增设120元档，方便低收入家庭参保。",
    )
    with offices.database.unit_of_work(clerk) as session:
        policy_parameters.propose(session, offices.database, actor=clerk, draft=draft)
