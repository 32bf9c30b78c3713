"""Printed papers of the fund's books: 记账凭证, 基金收支表, 月结报表."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.exchange.fund_tables import pack_parts, statement_lines
from api.exchange.printing import render
from api.policy.money import format_yuan, parse_yuan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

ZERO = "0.00"
NOBODY = "0"


def voucher(journal: Mapping[str, Any], *, printed_on: date) -> bytes:
    """Return the 记账凭证 of a journal as the API shows it."""
    reversal = "－"
    if journal["reverses_id"]:
        reversal = f"冲正凭证{journal['reverses_id']}"
    elif journal["reversed_by_id"]:
        reversal = f"已由凭证{journal['reversed_by_id']}冲正"
    facts = {
        "id": journal["id"],
        "business_date": journal["business_date"],
        "label": journal["label"],
        "subject": journal["subject"],
        "division_code": journal["division_code"],
        "reversal": reversal,
        "lines": [
            {
                "label": line["label"],
                "party": "" if line["party_id"] == NOBODY else line["party_id"],
                "debit": "" if line["debit"] == ZERO else line["debit"],
                "credit": "" if line["credit"] == ZERO else line["credit"],
            }
            for line in journal["lines"]
        ],
        "debit_total": format_yuan(sum(parse_yuan(line["debit"]) for line in journal["lines"])),
        "credit_total": format_yuan(sum(parse_yuan(line["credit"]) for line in journal["lines"])),
        "maker": journal["maker_name"] or journal["maker_id"],
        "checker": journal["checker_name"] or journal["checker_id"] or "－",
        "printed_on": printed_on.isoformat(),
    }
    return render("voucher", facts, printed_on=printed_on)


def statement(
    facts: Mapping[str, Any], *, division_name: str, period: str, spans: tuple[str, ...], note: str, printed_on: date
) -> bytes:
    """Return the 基金收支表 of a unit; `spans` are `month` and `year`, or `year` alone."""
    titles = {"month": "本月", "year": "本年累计"}
    laid_out = {
        "division_name": division_name,
        "period": period,
        "heads": [titles[span] for span in spans],
        "lines": [list(line) for line in statement_lines(facts, *spans)],
        "note": note,
    }
    return render("fund_statement", laid_out, printed_on=printed_on)


def pack(facts: Mapping[str, Any], *, head: Mapping[str, str], names: Mapping[str, str], printed_on: date) -> bytes:
    """Return the printed month-end pack; `head` says unit, state, the two persons and the hash."""
    parts = [
        {
            "title": part.title,
            "note": part.note,
            "heads": list(part.heads),
            "lines": [list(line) for line in part.lines],
            "numbers": list(part.numbers),
        }
        for part in pack_parts(facts, names)
    ]
    return render("fund_pack", {**head, "month": facts["month"], "parts": parts}, printed_on=printed_on)
