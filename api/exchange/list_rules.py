"""What can be wrong with a cell of a list of applications or contributions, in words for people.

Rules that the roster has as well (names, ID numbers, villages) stand in `roster_rules` and nowhere else.
"""

from __future__ import annotations

from api.exchange.roster_rules import RosterRule

LIST_RULES: tuple[RosterRule, ...] = (
    RosterRule(
        field="id_number", code="duplicate_in_file", message="与第 {related} 行是同一人的同一项，只保留先出现的一行。"
    ),
    RosterRule(field="tier", code="bad_value", message="档次应为以元为单位的数字，例如 100 或 100.00。"),
    RosterRule(field="amount", code="bad_value", message="金额应为大于零、以元为单位的数字，例如 50 或 50.00。"),
    RosterRule(field="amount", code="empty_amount", message="金额为空，请补填。"),
    RosterRule(field="applied_on", code="bad_value", message="申请日期无法识别，请填写如 2010-11-03。"),
    RosterRule(field="paid_on", code="bad_value", message="缴费日期无法识别，请填写如 2010-11-03。"),
    RosterRule(field="contribution_year", code="bad_value", message="缴费年度应为四位数字，例如 2010。"),
    RosterRule(field="contribution_year", code="empty_year", message="缴费年度为空，请补填。"),
    RosterRule(field="channel", code="bad_value", message="缴费方式只能填写：现金、银行代扣、银行转账、财政拨付。"),
    RosterRule(field="kind", code="bad_value", message="缴费类型只能填写：年度缴费、政府代缴。"),
    RosterRule(field="receipt_number", code="bad_value", message="收据号应为数字，例如 17；没有预先领用收据的请留空。"),
    RosterRule(field="receipt_on", code="bad_value", message="收据日期无法识别，请填写如 2010-11-03。"),
    RosterRule(field="kind", code="kind_not_in_lists", message="补缴和集体补助须逐人办理，不能用名单导入。"),
)
