"""Printing of accounts: statements to hand out and to lay open, and the county's sheet of a year's proof."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.crypto import mask_id
from api.exchange.printing import render
from api.models import Division
from api.policy.id_numbers import check_character
from api.policy.money import BySource, format_yuan
from api.services import year_proofs
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import Resident, YearProof
    from api.services.account_statements import Sheet, Statement
    from api.services.accounts import Line

_DIGITS = 17
_SHORT = 16
_GROUP = 8
_SOURCES = {Source.PERSONAL: "个人缴费", Source.COLLECTIVE: "集体补助", Source.GOV: "政府补贴"}
OBJECTIONS = (
    "请核对。对缴费、补贴、利息或余额有异议的，请自收到之日起30日内凭缴费收据向村协办员或街道社保机构提出，经办机构核查后书面答复；"
    "确有差错的，以更正凭证补记，不改动原记录。本单免费提供(社会保险法第七十四条)。"
)


def print_statements(sheets: Sequence[Sheet], keyring: Keyring, *, year: int, today: date) -> bytes:
    """Print the statements of some people, each on a page of its own, as a PDF. Raises `DocumentUnprintable`."""
    facts = {
        "title": f"新型农村社会养老保险个人账户对账单({year}年度)",
        "foot": f"打印日期 {today.isoformat()}",
        "sources_head": ["项目(元)", *_SOURCES.values(), "合计"],
        "lines_title": "本年度明细(按计息月份)",
        "lines_head": ["月份", "事项", *_SOURCES.values(), "合计"],
        "no_lines": "本年度没有明细。",
        "reasons_title": "利息如何计算",
        "proof_title": "年度证明",
        "objections": OBJECTIONS,
        "signatures": ["经办机构(盖章)", "参保人签收"],
        "sheets": [_sheet(one, keyring) for one in sheets],
    }
    return render("account_statement", facts, printed_on=today)


def _sheet(sheet: Sheet, keyring: Keyring) -> dict[str, Any]:
    resident, statement = sheet.resident, sheet.statement
    tier = "未缴费" if statement.tier_fen is None else f"{format_yuan(statement.tier_fen)}元"
    through = statement.account.interest_through
    reasons = [one.message for one in statement.reasons]
    if not statement.is_explained:
        reasons = ["该年度含结算或更正前的利息，以入账金额为准。"]
    return {
        "person": [
            ["姓名", resident.name],
            ["身份证号", _masked(resident, keyring)],
            ["个人编号", str(resident.id)],
            ["村(社区)", sheet.division_name + (f" {resident.village_group}组" if resident.village_group else "")],
            ["缴费档次", tier],
            ["累计缴费年限", f"{statement.paid_years}年"],
            ["计息截至", "尚未计息" if through is None else through.isoformat()],
            ["年利率", statement.rate or ""],
        ],
        "sources": [
            ["年初余额", *_amounts(statement.opening)],
            ["本年记入", *_amounts(statement.credits)],
            ["本年利息", *_amounts(statement.interest)],
            *([["　其中更正", *_amounts(statement.corrections)]] if _has_corrections(statement) else []),
            ["本年支付", *_amounts(statement.debits)],
            ["年末余额", *_amounts(statement.closing)],
        ],
        "lines": [_line(line) for line in sorted(statement.lines, key=_order)],
        "reasons": reasons,
        "proof": _proof(sheet.proof),
    }


def _has_corrections(statement: Statement) -> bool:
    return any(statement.corrections.of(source) for source in Source)


def _order(line: Line) -> tuple[int, int]:
    return line.value_month.index, line.journal_id


def _line(line: Line) -> list[str]:
    year = "" if line.contribution_year is None else f"({line.contribution_year}年度)"
    return [str(line.value_month), f"{line.kind.label}{year}", *_amounts(line.amounts)]


def _amounts(amounts: BySource) -> list[str]:
    return [*(format_yuan(amounts.of(source)) for source in Source), format_yuan(amounts.total_fen)]


def _masked(resident: Resident, keyring: Keyring) -> str:
    kind, id17 = keyring.id_of_token(resident.id_token)
    body = f"{id17:0{_DIGITS}d}"
    return mask_id(body + check_character(body)) if kind == 1 else "*" * _DIGITS


def _proof(found: year_proofs.AccountProof | None) -> list[str]:
    """What ties the paper to the county's sheet, in short forms that can be read aloud and compared."""
    if found is None:
        return []
    made = found.made
    return [
        f"本账户摘要 {_short(found.proof.leaf.hex())}　　全县根摘要 {_short(made.root)}",
        f"账本封存 第{made.seal_seq}号 {_short(made.seal_hash)}　　证明版本 {made.version}，{made.made_on.isoformat()}",
        (
            "本账户的年末余额和全年明细已与全县所有账户一起封存；日后有任何改动，摘要都会不同。"
            "完整的证明可在网页或由经办机构下载，用 nongbao check-proof 核对。"
        ),
    ]


def _short(digest: str) -> str:
    return " ".join(digest[start : start + 4] for start in range(0, _SHORT, 4))


def print_year_proof(session: Session, made: YearProof) -> bytes:
    """Print the county's sheet of a year: sums, village by village, root and seal. Raises `DocumentUnprintable`."""
    villages = year_proofs.villages_of(session, made)
    codes = [made.division_code, *(one.division_code for one in villages)]
    found = session.execute(select(col(Division.code), col(Division.name)).where(col(Division.code).in_(codes)))
    names = {row.code: row.name for row in found}
    total = BySource(made.personal_fen, made.collective_fen, made.gov_fen)
    facts = {
        "title": f"新型农村社会养老保险个人账户年度证明({made.year}年度)",
        "foot": f"第{made.version}版 {made.made_on.isoformat()}",
        "summary": [
            ["县(市)", names.get(made.division_code, str(made.county_code))],
            ["账户数", str(made.account_count)],
            ["年末余额合计", f"{format_yuan(total.total_fen)}元"],
            ["其中个人缴费", f"{format_yuan(total.personal_fen)}元"],
            ["其中集体补助", f"{format_yuan(total.collective_fen)}元"],
            ["其中政府补贴", f"{format_yuan(total.gov_fen)}元"],
        ],
        "codes": [
            ["全县根摘要(SHA-256)", _grouped(made.root)],
            [f"账本封存 第{made.seal_seq}号(SHA-256)", _grouped(made.seal_hash)],
        ],
        "explanation": (
            "每个账户的年末余额与全年明细化为一个摘要，逐村、逐县合成上面的根摘要；账本自启用以来的全部凭证依次封存，封存码一并列出。"
            "任何一笔日后被增、删、改，根摘要或封存码都会不同。请打印两份，签字盖章后由社保与财政各存一份，备日后核对。"
        ),
        "head": ["代码", "村(社区)", "账户数", *_SOURCES.values(), "合计(元)"],
        "villages": [
            [
                str(one.division_code),
                names.get(one.division_code, ""),
                str(one.account_count),
                *_amounts(BySource(one.personal_fen, one.collective_fen, one.gov_fen)),
            ]
            for one in villages
        ],
        "signatures": ["社保机构", "财政部门", "监督"],
    }
    return render("year_proof", facts, printed_on=made.made_on)


def _grouped(digest: str) -> str:
    return " ".join(digest[start : start + _GROUP] for start in range(0, len(digest), _GROUP))
