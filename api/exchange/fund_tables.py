"""A month-end pack and its statement laid out as tables: what the workbook, the printed page and the CLI all show.

Amounts stay the text that the pack holds; nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.vocabulary import BankAccountName, BankItemSide, FundAccount, FundHead, JournalKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPORTS = {"contributions": "缴费", "benefits": "待遇", "interest": "利息"}


@dataclass(frozen=True, slots=True)
class Part:
    """One table: title, heads, lines of text, the places of its amounts, and a note."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    note: str = ""


def _from(first: int, heads: Sequence[str]) -> tuple[int, ...]:
    return tuple(range(first, len(heads)))


def statement_lines(statement: Mapping[str, Any], *spans: str) -> tuple[tuple[str, ...], ...]:
    """基金收支表 as lines: opening, income by head, outlay by head, closing; a column for each of `month`, `year`."""
    total = {"month": "", "year": "year_"}
    lines = [("期初结余", *(statement[f"{total[span]}opening"] for span in spans))]
    for name, title in (("income", "收入合计"), ("outlay", "支出合计")):
        lines += [(f"　{FundHead(one['head']).label}", *(one[span] for span in spans)) for one in statement[name]]
        lines.append((title, *(statement[f"{total[span]}{name}_total"] for span in spans)))
    lines.append(("期末结余", *(statement["closing"] for _ in spans)))
    return tuple(lines)


def pack_parts(pack: Mapping[str, Any], names: Mapping[str, str]) -> list[Part]:
    """Lay a pack out; `names` are those of divisions and users by their number, as they are called today."""
    return [
        _trial_balance(pack),
        Part("基金收支表", ("项目", "本月", "本年累计"), statement_lines(pack["statement"], "month", "year"), (1, 2)),
        _control(pack),
        _accounts(pack, names),
        _changes(pack),
        *(_bank(one) for one in pack["bank"]),
        _parties(pack, names),
        _differences(pack),
        Part(
            "报表与账簿核对",
            ("报表", "报表金额", "账簿金额", "差额"),
            tuple(
                (REPORTS[one["report"]], one["reported"], one["ledger"], one["difference"]) for one in pack["reports"]
            ),
            (1, 2, 3),
        ),
        Part(
            "说明原因后放行的条件",
            ("条件", "原因"),
            tuple((one["code"], one["reason"]) for one in pack["exceptions"]),
            (),
            "" if pack["exceptions"] else "无。",
        ),
    ]


def _trial_balance(pack: Mapping[str, Any]) -> Part:
    heads = ("科目", "代码", "期初(借+贷-)", "本月借方", "本月贷方", "期末(借+贷-)")
    lines = tuple(
        (FundAccount(one["account"]).label, one["code"], one["opening"], one["debit"], one["credit"], one["closing"])
        for one in pack["trial_balance"]
    )
    return Part("试算平衡表", heads, lines, _from(2, heads), f"本月凭证{pack['journal_count']}张。")


def _control(pack: Mapping[str, Any]) -> Part:
    control = pack["control"]
    labels = {
        "accounts": "个人账户(逐人明细合计)",
        "accounts_by_ledger": "个人账户(总账)",
        "pool": "统筹基金",
        "other_claims": "其他负债",
        "claims": "负债与基金合计",
        "banks": "银行存款",
        "cash": "手存现金",
        "in_transit": "在途资金",
        "receivables": "应收款项",
        "assets": "资产合计",
        "difference": "差额",
    }
    return Part("总额核对", ("项目", "金额"), tuple((label, control[name]) for name, label in labels.items()), (1,))


def _accounts(pack: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    heads = ("街镇", "账户数", "个人缴费", "集体补助", "政府补贴", "合计", "总账")
    lines = tuple(
        (
            names.get(one["division_code"], one["division_code"]), str(one["account_count"]), one["personal"],
            one["collective"], one["gov"], one["total"], one["owed"],
        )
        for one in pack["accounts"]
    )  # fmt: skip
    return Part("个人账户(按街镇、来源)", heads, lines, _from(1, heads))


def _changes(pack: Mapping[str, Any]) -> Part:
    heads = ("业务", "人数", "笔数", "个人缴费", "集体补助", "政府补贴", "统筹基金")
    lines = tuple(
        (
            JournalKind(one["kind"]).label, str(one["person_count"]), str(one["line_count"]), one["personal"],
            one["collective"], one["gov"], one["fund"],
        )
        for one in pack["changes"]
    )  # fmt: skip
    return Part("本月个人账户变动", heads, lines, _from(1, heads))


def _bank(one: Mapping[str, Any]) -> Part:
    label = BankAccountName(one["account"]).label
    heads = ("来自", "日期", "凭证号", "金额", "原因")
    lines = tuple(
        (
            BankItemSide(item["side"]).label, item["moved_on"], item["reference"], item["amount"],
            "次月达账" if item["is_timed"] else item["note"] or "",
        )
        for item in one["items"]
    )  # fmt: skip
    note = (
        f"银行余额{one['bank_balance']}元，账簿余额{one['books_balance']}元；"
        f"银行已记账簿未记{one['line_count']}笔{one['line_total']}元，"
        f"账簿已记银行未记{one['journal_count']}笔{one['journal_total']}元，差额{one['difference']}元。"
    )
    return Part(f"银行余额调节表：{label}", heads, lines, (3,), note)


def _parties(pack: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    lines = [
        (FundAccount(one["account"]).label, names.get(one["party_id"], one["party_id"]), one["amount"])
        for one in pack["parties"]
    ]
    lines += [("在途资金", f"发放批次{one['run_id']}", one["amount"]) for one in pack["in_transit"]]
    return Part("现金、应收、待查与在途", ("科目", "对方", "金额(借+贷-)"), tuple(lines), (2,))


def _differences(pack: Mapping[str, Any]) -> Part:
    found = pack["differences"]
    lines = [(f"个人{one['resident_id']}", one["personal"], one["collective"], one["gov"]) for one in found["persons"]]
    lines += [(f"凭证{one['journal_id']}", one["personal"], one["collective"], one["gov"]) for one in found["journals"]]
    note = "" if lines else "无差异：每人余额等于其明细之和，每张凭证借贷相等并与个人账户明细相符。"
    return Part("逐人差异", ("对象", "个人缴费", "集体补助", "政府补贴"), tuple(lines), (1, 2, 3), note)
