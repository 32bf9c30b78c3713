"""收据打印: what stands on the paper of a receipt. The document is made of texts; nothing is computed while it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.crypto import mask_id
from api.errors import NotFound
from api.exchange import printing
from api.models import Contribution, User
from api.policy.capitals import capital_yuan
from api.policy.money import format_yuan
from api.services import divisions, receipt_reversals, resident_search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import Receipt

COUNTY_SPAN = 10_000_000_000
TITLE = "新型农村社会养老保险缴费收据"
_CHECK = "凭收据编号和查验码，可在本系统登录页的“收据查验”核对本收据是否入账、金额和年度；请妥善保管。"
_GROUP = 4
_NAMED = 2
"""So many years are named one by one."""


def pdf(session: Session, keyring: Keyring, receipt: Receipt, *, today: date) -> bytes:
    """Return the receipt on A5; one that was reversed, whole or for some of its years, says so. Raises `NotFound` for a person out of sight."""
    facts = {
        "title": TITLE,
        "foot": f"{today.isoformat()} 打印",
        "receipts": [_facts(session, keyring, receipt)],
    }
    return printing.render("receipt", facts, printed_on=today)


def in_groups(code: str) -> str:
    """Write a code as people read it out: four letters at a time."""
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _facts(session: Session, keyring: Keyring, receipt: Receipt) -> dict[str, Any]:
    view = resident_search.views_of(session, keyring, [receipt.resident_id]).get(receipt.resident_id)
    contribution = session.get(Contribution, (receipt.county_code, receipt.contribution_id))
    if view is None or contribution is None:
        raise NotFound
    undone = receipt_reversals.reversals_of(session, [receipt])[receipt.id]
    collector = session.get(User, (receipt.county_code, receipt.collector_id))
    unit = divisions.names_of(session, {receipt.division_code}).get(receipt.division_code, "")
    return {
        "unit": unit,
        "serial": receipt.serial,
        "stamp": _stamp(undone),
        "pairs": [
            ["姓名", view.resident.name],
            ["身份证号", mask_id(view.id_number)],
            ["村(居)", unit],
            ["收款日期", receipt.issued_on.isoformat()],
            ["缴费类型", contribution.kind.label],
            ["缴费年度", _years(undone.years) + _instalment(contribution)],
            ["缴费档次", f"{format_yuan(contribution.tier_fen)}元/年" if contribution.tier_fen else "—"],
            ["经办人", "" if collector is None else collector.display_name],
        ],
        "amount": format_yuan(receipt.amount_fen),
        "capitals": "人民币" + capital_yuan(receipt.amount_fen),
        "code": in_groups(receipt.verification_code),
        "check": _CHECK,
    }


def _stamp(undone: receipt_reversals.Reversal) -> str:
    """What is stamped across the paper, empty for a payment that stands."""
    if undone.is_whole:
        return "已冲正"
    return f"{_years(undone.reversed_years)}已冲正" if undone.is_partial else ""


def _years(years: Sequence[int]) -> str:
    """Name years shortly: 2010—2013年 where they follow each other, else one by one."""
    if len(years) > _NAMED and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}—{years[-1]}年"
    return "、".join(map(str, years)) + "年"


def _instalment(contribution: Contribution) -> str:
    return f"第{contribution.instalment}期" if contribution.instalment else ""
