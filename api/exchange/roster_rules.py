"""The roster's columns, the words they allow and the one table of what can be wrong with a row.

The columnar reader, the check of a single record and the published template are all built from this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from api.policy.id_numbers import REFUSALS, WARNINGS
from api.vocabulary import HukouKind, Sex


class Severity(StrEnum):
    """A refusal keeps the row out; a warning tells what was changed or left out of an accepted row."""

    REFUSAL = "refusal"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class RosterColumn:
    """A column of the roster file: our field, the heading of the contract, other headings in use, and whether needed."""

    field: str
    heading: str
    aliases: tuple[str, ...] = ()
    example: str = ""


ROSTER_COLUMNS: tuple[RosterColumn, ...] = (
    RosterColumn(field="name", heading="姓名", aliases=("名字", "居民姓名", "参保人姓名"), example="张三"),
    RosterColumn(
        field="id_number",
        heading="身份证号",
        aliases=("身份证号码", "身份证", "公民身份号码", "公民身份证号码", "居民身份证号码", "证件号码"),
        example="11010519491231002X",
    ),
    RosterColumn(field="sex", heading="性别", example="女"),
    RosterColumn(field="ethnicity", heading="民族", example="汉族"),
    RosterColumn(field="address", heading="户籍地址", aliases=("户口所在地", "家庭住址", "住址", "地址"), example=""),
    RosterColumn(
        field="village_name",
        heading="村(居)委会",
        aliases=("村居委会", "村(居)", "村居", "村委会", "居委会", "村(社区)", "所属村", "村名称", "行政村"),
        example="石海村委会",
    ),
    RosterColumn(field="village_code", heading="村代码", aliases=("村编码", "行政区划代码", "区划代码"), example=""),
    RosterColumn(field="village_group", heading="村民小组", aliases=("小组", "村小组", "组别", "生产队"), example="3"),
    RosterColumn(field="household_number", heading="户号", aliases=("户口簿号", "户编号"), example="1001"),
    RosterColumn(field="relation", heading="与户主关系", aliases=("户主关系", "关系"), example="户主"),
    RosterColumn(field="hukou_kind", heading="户口性质", aliases=("户籍性质", "户口类型"), example="农业"),
    RosterColumn(
        field="phone", heading="联系电话", aliases=("电话", "手机", "手机号", "手机号码", "联系方式"), example=""
    ),
    RosterColumn(
        field="bank_account", heading="银行账号", aliases=("银行帐号", "银行卡号", "账号", "存折账号"), example=""
    ),
    RosterColumn(field="student", heading="在校学生", aliases=("是否在校学生",), example=""),
    RosterColumn(field="employee_insured", heading="参加职保", aliases=("是否参加职保", "职工养老保险"), example=""),
    RosterColumn(field="disability_grade", heading="残疾等级", aliases=("残疾级别",), example=""),
    RosterColumn(field="dibao", heading="低保", aliases=("是否低保", "低保户"), example=""),
    RosterColumn(field="wubao", heading="五保", aliases=("是否五保", "五保户"), example=""),
    RosterColumn(field="land_taken", heading="被征地", aliases=("是否被征地", "被征地农民"), example=""),
    RosterColumn(field="remark", heading="备注", aliases=("说明",), example=""),
)

HEADINGS: Mapping[str, str] = MappingProxyType(
    {column.field: column.heading for column in ROSTER_COLUMNS} | {"": "整行"}
)
FIELD_OF_HEADING: Mapping[str, str] = MappingProxyType(
    {heading: column.field for column in ROSTER_COLUMNS for heading in (column.heading, *column.aliases)}
)
ERROR_HEADINGS: tuple[str, str, str] = ("错误列", "错误代码", "错误原因")
"""Columns that a file of refused rows carries behind its own; a corrected file may still have them."""

MAX_CELL = 200
MAX_NAME = 50

YES_WORDS = frozenset({"是", "有", "Y", "YES", "1", "√", "✓", "✔", "TRUE", "T", "已"})
NO_WORDS = frozenset({"", "否", "无", "没有", "N", "NO", "0", "×", "X", "✗", "FALSE", "F", "未", "不是", "-", "/"})
SEX_WORDS: Mapping[str, Sex] = MappingProxyType(
    {"男": Sex.MALE, "男性": Sex.MALE, "1": Sex.MALE, "女": Sex.FEMALE, "女性": Sex.FEMALE, "2": Sex.FEMALE}
)
HUKOU_WORDS: Mapping[str, HukouKind] = MappingProxyType(
    dict.fromkeys(("农业", "农业户口", "农业户", "农村", "农户", "20"), HukouKind.RURAL)
    | dict.fromkeys(("非农业", "非农业户口", "非农", "非农户", "城镇", "居民", "10"), HukouKind.NON_RURAL)
)
GRADE_WORDS: Mapping[str, int] = MappingProxyType(
    {
        form: grade
        for grade, digits in enumerate(
            (("一", "壹", "1", "I"), ("二", "贰", "2", "II"), ("三", "叁", "3", "III"), ("四", "肆", "4", "IV")), 1
        )
        for digit in digits
        for form in (digit, digit + "级")
    }
)
_ETHNIC_GROUPS = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 "
    "仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
).split()
ETHNICITY_WORDS: Mapping[str, str] = MappingProxyType(
    {form: group + "族" for group in _ETHNIC_GROUPS for form in (group, group + "族")}
    | {"其他": "其他", "穿青人": "穿青人", "外国血统中国籍人士": "外国血统中国籍人士", "外国血统": "外国血统中国籍人士"}
)
_RELATIONS = (
    "户主=本人 配偶=妻,夫,妻子,丈夫,爱人 子=儿子,长子,次子,三子,四子,五子,独生子,养子,继子 女=女儿,长女,次女,三女,四女,五女,独生女,养女,继女 "
    "儿媳=媳,媳妇,儿媳妇 女婿= 孙子=孙,长孙 孙女= 外孙子=外孙 外孙女= 孙媳=孙媳妇,孙媳妇或外孙媳妇 孙女婿= 曾孙子=曾孙 曾孙女= "
    "父亲=父,爸爸 母亲=母,妈妈 "
    "公公= 婆婆= 岳父= 岳母= 继父= 继母= 祖父=爷爷 祖母=奶奶 外祖父=外公 外祖母=外婆 曾祖父= 曾祖母= 兄=哥哥,兄长 弟=弟弟 姐=姐姐 妹=妹妹 "
    "嫂=嫂子 弟媳=弟妇,弟媳妇 姐夫= 妹夫= 伯父=伯 伯母= 叔父=叔 婶母=婶 姑母=姑 姨母=姨 舅父=舅 侄子=侄 侄女= 外甥= 外甥女= "
    "侄媳= 其他=其他亲属,非亲属,其它"
).split()
RELATION_WORDS: Mapping[str, str] = MappingProxyType(
    {form: group.split("=")[0] for group in _RELATIONS for form in group.replace("=", ",").split(",") if form}
)


@dataclass(frozen=True, kw_only=True)
class RosterRule:
    """One thing that can be wrong: where, the code for programs, the sentence for people, and how bad it is.

    `field` empty means any column. A message never contains the value, since it may be an ID number.
    """

    field: str
    code: str
    message: str
    severity: Severity = Severity.REFUSAL


def _warning(field: str, code: str, message: str) -> RosterRule:
    return RosterRule(field=field, code=code, message=message, severity=Severity.WARNING)


def _refusal(field: str, code: str, message: str) -> RosterRule:
    return RosterRule(field=field, code=code, message=message)


ROSTER_RULES: tuple[RosterRule, ...] = (
    _refusal("", "control_char", "含有不可见的控制字符，请重新录入该单元格。"),
    _refusal("", "too_long", f"内容过长（最多 {MAX_CELL} 个字），请核对。"),
    _refusal("", "too_many_cells", "该行的单元格比表头多，可能有多余的逗号或错位，请核对。"),
    _refusal("", "person_merged", "此人已并入另一条登记，该行未更新，请按保留的登记填写。"),
    _refusal("name", "empty_name", "姓名为空，请补填。"),
    _refusal("name", "too_long", f"姓名过长（最多 {MAX_NAME} 个字），请核对。"),
    _refusal("name", "formula_name", "姓名像是表格公式，请改为文字。"),
    _refusal("name", "bad_value", "姓名只能由汉字、字母和间隔号组成，请核对。"),
    _refusal("name", "county_approval_required", "此人已参保，姓名或银行账号与登记不一致，须由县级经办机构变更。"),
    _refusal("name", "identity_changed_before", "此人的证件号码变更过，姓名不能随名册变更，须逐人办理。"),
    _refusal("id_number", "empty_id", "身份证号为空，请补填。"),
    _refusal("id_number", "numeric_id", REFUSALS["numeric_id"]),
    _refusal("id_number", "id_letters", REFUSALS["id_letters"]),
    _refusal("id_number", "short_id", REFUSALS["short_id"]),
    _refusal("id_number", "long_id", "身份证号位数过多，应为 18 位。"),
    _refusal("id_number", "bad_checksum", REFUSALS["bad_checksum"]),
    _refusal("id_number", "bad_date", REFUSALS["bad_date"]),
    _refusal("id_number", "future_birth", REFUSALS["future_birth"]),
    _refusal("id_number", "duplicate_in_file", "身份证号与第 {related} 行重复，只保留先出现的一行。"),
    _refusal("id_number", "registered_elsewhere", "该证件号码已在其他单位登记，请联系县级经办机构核实。"),
    _refusal("id_number", "former_number", "该证件号码是已停用的号码，不能再次登记，请联系县级经办机构核实。"),
    _refusal("sex", "bad_value", "性别只能填写：男、女。"),
    _refusal("sex", "sex_mismatch", REFUSALS["sex_mismatch"]),
    _refusal("ethnicity", "bad_value", "民族不在国家标准民族名称之内，请填写如“汉族”。"),
    _refusal("village_code", "unknown_village", "村代码不存在，请对照区划代码表核对。"),
    _refusal("village_code", "outside_division", "该村不在本次导入的行政区划之内。"),
    _refusal("village_code", "village_mismatch", "村代码与村(居)委会名称不一致，请核对。"),
    _refusal("village_name", "unknown_village", "村(居)委会名称不存在或不唯一，请填写全称或村代码。"),
    _refusal("village_name", "outside_division", "该村不在本次导入的行政区划之内。"),
    _refusal(
        "relation",
        "bad_value",
        "与户主关系无法识别，请填写：户主、配偶、子、女、父亲、母亲、孙子、孙女、儿媳、女婿、其他等。",
    ),
    _refusal("hukou_kind", "bad_value", "户口性质只能填写：农业、非农业。"),
    _refusal("bank_account", "numeric_bank", "银行账号被表格存成了数字，末位数字已丢失，请把该列设为文本后重新录入。"),
    _refusal("bank_account", "bad_value", "银行账号应为 8 至 30 位数字，请核对。"),
    _refusal("student", "bad_value", "在校学生只能填写：是、否。"),
    _refusal("employee_insured", "bad_value", "参加职保只能填写：是、否。"),
    _refusal("disability_grade", "bad_value", "残疾等级只能填写：一级、二级、三级、四级，或留空。"),
    _refusal("dibao", "bad_value", "低保只能填写：是、否。"),
    _refusal("wubao", "bad_value", "五保只能填写：是、否。"),
    _refusal("land_taken", "bad_value", "被征地只能填写：是、否。"),
    _warning("", "spaces_ok", "已去除多余的空格。"),
    _warning("", "fullwidth_ok", "已将全角字符转为半角。"),
    _warning("", "status_kept", "此人在系统中已登记为死亡或迁出，该状态未因导入而改变，请核实。"),
    _warning("hukou_kind", "hukou_assumed", "未填户口性质，新登记的按农业户口处理。"),
    _warning("id_number", "lowercase_x_ok", WARNINGS["lowercase_x_ok"]),
    _warning("id_number", "fifteen_ok", WARNINGS["fifteen_ok"]),
    _warning("id_number", "implausible_age", WARNINGS["implausible_age"]),
    _warning("phone", "bad_phone_ok", "联系电话无法识别，已留空。"),
    _warning("bank_account", "bank_luhn", "银行账号不是校验通过的 62 开头银联卡号，请核对。"),
)

_RULES: Mapping[tuple[str, str], RosterRule] = MappingProxyType(
    {(rule.field, rule.code): rule for rule in ROSTER_RULES}
)


def rule_for(field: str, code: str) -> RosterRule:
    """Return the rule behind a code at a field; a rule of the field itself goes before one of any column."""
    return _RULES.get((field, code)) or _RULES["", code]


@dataclass(frozen=True)
class Issue:
    """A finding at one cell: sheet row (header = 1), heading of the contract, code, Chinese message, severity."""

    row: int
    column: str
    code: str
    message: str
    severity: Severity


def make_issue(row: int, field: str, code: str, related: int | None = None) -> Issue:
    """Build the finding for people from the table; `related` is the other row of a duplicate."""
    rule = rule_for(field, code)
    message = rule.message.replace("{related}", str(related))
    return Issue(row, HEADINGS[field], code, message, rule.severity)
