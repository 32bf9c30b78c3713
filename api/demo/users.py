"""The people of the demonstration: an assistant in each village, the offices of the subdistrict and of the county.

Their password is public, so these users exist in a demonstration and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.vocabulary import RoleName

PASSWORD = "nongbao-2010-sanbu"  # noqa: S105 (public by intention, see above)
TOWN = 440783001000
COUNTY = 440783000000


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One person of the demonstration."""

    username: str
    display_name: str
    role: RoleName
    division_code: int


_OFFICES = (
    DemoUser("town_clerk", "街道经办 余小姐", RoleName.TOWN_CLERK, TOWN),
    DemoUser("town_reviewer", "街道初审 谭主任", RoleName.TOWN_REVIEWER, TOWN),
    DemoUser("county_clerk", "市社保局经办 周科员", RoleName.COUNTY_CLERK, COUNTY),
    DemoUser("county_reviewer", "市社保局复核 关科长", RoleName.COUNTY_REVIEWER, COUNTY),
    DemoUser("finance", "基金财务 梁会计", RoleName.FINANCE, COUNTY),
    DemoUser("finance_second", "基金财务 何出纳", RoleName.FINANCE, COUNTY),
    DemoUser("auditor", "内部审计 张审计", RoleName.AUDITOR, COUNTY),
    DemoUser("administrator", "系统管理员 李工", RoleName.ADMINISTRATOR, COUNTY),
)
_VILLAGES = {
    "donghe": (440783001020, "东河社区"),
    "xinan": (440783001021, "新安社区"),
    "changshadong": (440783001022, "长沙东社区"),
    "changshaxi": (440783001023, "长沙西社区"),
    "gangkou": (440783001024, "港口社区"),
    "xianglong": (440783001025, "祥龙社区"),
    "xinxing": (440783001026, "新兴社区"),
    "dihai": (440783001027, "荻海社区"),
    "zhongshan": (440783001028, "中山社区"),
    "jingtou": (440783001029, "迳头社区"),
    "xingang": (440783001030, "新港社区"),
    "shihai": (440783001210, "石海村"),
    "lechong": (440783001211, "簕冲村"),
    "nanshan": (440783001212, "南山村"),
    "renqin": (440783001213, "仁亲村"),
    "sanwei": (440783001214, "三围村"),
    "yanshan": (440783001215, "燕山村"),
    "sishi": (440783001216, "思始村"),
    "cuishan": (440783001500, "翠山果场"),
}


def demo_users() -> list[DemoUser]:
    """Return everybody, offices first; a village assistant's username is the village's name in pinyin."""
    assistants = [
        DemoUser(username, f"{name}协办员", RoleName.VILLAGE_ASSISTANT, code)
        for username, (code, name) in _VILLAGES.items()
    ]
    return [*_OFFICES, *assistants]
