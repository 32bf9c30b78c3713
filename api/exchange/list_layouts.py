"""The lists that offices send: 参保申请名单, 缴费名单 and 补助(资助)明细表, their columns by Chinese heading in any order."""

from __future__ import annotations

from api.exchange.list_cells import Field, read_day, read_number, read_words, read_year, read_yuan
from api.exchange.lists import ListColumn, ListLayout
from api.vocabulary import Channel, ContributionKind

_CHANNELS = {channel.label: channel for channel in Channel} | {
    "代扣": Channel.BANK_DEDUCTION,
    "转账": Channel.BANK_TRANSFER,
}
_KINDS = {kind.label: kind for kind in ContributionKind}
IN_LISTS = frozenset({ContributionKind.ANNUAL, ContributionKind.GOVERNMENT_PAID})
"""Kinds that a list can bring; the others are matters of a single person."""
_read_kind = read_words(_KINDS)


def _read_listed_kind(raw: str) -> Field:
    """缴费类型: empty is 年度缴费."""
    cell = _read_kind(raw)
    if cell.refusal:
        return cell
    kind = cell.value or ContributionKind.ANNUAL
    return Field(kind) if kind in IN_LISTS else Field(None, "kind_not_in_lists")


def _read_given_year(raw: str) -> Field:
    """缴费年度, which no list may leave open."""
    cell = read_year(raw)
    return cell if cell.refusal or cell.value is not None else Field(None, "empty_year")


def _read_amount(raw: str) -> Field:
    """金额: more than nothing."""
    cell = read_yuan(raw)
    if cell.refusal or cell.value:
        return cell
    return Field(None, "empty_amount" if cell.value is None else "bad_value")


_TIER = ListColumn(
    field="tier", heading="档次", aliases=("缴费档次", "选择档次"), example="100.00", read=read_yuan, required=True
)

APPLICATIONS = ListLayout(
    title="参保申请名单",
    columns=(
        _TIER,
        ListColumn(
            field="applied_on",
            heading="申请日期",
            aliases=("登记日期", "参保日期"),
            example="2010-11-03",
            read=read_day,
        ),
    ),
)
CONTRIBUTIONS = ListLayout(
    title="缴费名单",
    columns=(
        ListColumn(
            field="contribution_year",
            heading="缴费年度",
            aliases=("年度", "所属年度"),
            example="2010",
            read=_read_given_year,
            required=True,
        ),
        _TIER,
        ListColumn(field="paid_on", heading="缴费日期", aliases=("到账日期",), example="2010-11-03", read=read_day),
        ListColumn(
            field="channel",
            heading="缴费方式",
            aliases=("缴费渠道", "渠道"),
            example="现金",
            read=read_words(_CHANNELS),
        ),
        ListColumn(
            field="kind", heading="缴费类型", aliases=("缴费类别", "类型"), example="年度缴费", read=_read_listed_kind
        ),
        ListColumn(
            field="receipt_number",
            heading="收据号",
            aliases=("收据号码", "收据编号"),
            example="17",
            read=read_number,
        ),
        ListColumn(field="receipt_on", heading="收据日期", aliases=("开票日期",), example="2010-11-03", read=read_day),
    ),
    once_by=("contribution_year", "kind"),
)
PAYER_LINES = ListLayout(
    title="补助(资助)明细表",
    columns=(
        ListColumn(
            field="amount",
            heading="金额",
            aliases=("补助金额", "资助金额", "金额(元)", "金额（元）"),
            example="50.00",
            read=_read_amount,
            required=True,
        ),
    ),
)
