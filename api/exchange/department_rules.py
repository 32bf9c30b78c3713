"""What can be wrong with a cell of another department's list, in words for people."""

from __future__ import annotations

from api.exchange.roster_rules import RosterRule

DEPARTMENT_RULES: tuple[RosterRule, ...] = (
    RosterRule(field="on", code="bad_value", message="日期无法识别，请填写如 2010-11-03；只知道月份的填写如 2010-11。"),
    RosterRule(field="on", code="empty_day", message="死亡日期为空，请补填。"),
    RosterRule(field="on", code="after_the_list", message="日期晚于名单截止日，请核对。"),
    RosterRule(field="on", code="before_birth", message="日期早于本人出生日期，请核对。"),
    RosterRule(field="until", code="bad_value", message="截止日期无法识别，请填写如 2013-07-31。"),
    RosterRule(field="grade", code="bad_value", message="残疾等级只能填写：一级、二级、三级、四级。"),
    RosterRule(field="grade", code="grade_missing", message="没有残疾等级，也没有残疾证号，无法判断是否重度残疾。"),
    RosterRule(
        field="type_code",
        code="bad_value",
        message="残疾类别只能填写：视力、听力、言语、肢体、智力、精神、多重。",
    ),
    RosterRule(
        field="certificate",
        code="bad_value",
        message="残疾证号应为 18 位身份证号、1 位类别、1 位等级，共 20 位，且校验位正确；请以文本格式填写。",
    ),
    RosterRule(
        field="certificate", code="certificate_of_another", message="残疾证号中的身份证号与本行身份证号不一致。"
    ),
    RosterRule(field="certificate", code="certificate_differs", message="残疾证号中的类别、等级与本行所填不一致。"),
)
