"""Names of people who do not exist: surnames as they are common in Kaiping, given names of each generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

SURNAMES = "梁黄谭周张关李吴余司徒方许邓陈胡劳罗冯何区谢林郑苏甄伍潘曾廖欧阳叶邝朱叶单仇"
COMPOUND = ("司徒", "欧阳")
WEIGHTS = {"梁": 9, "黄": 9, "谭": 8, "周": 8, "张": 7, "关": 7, "李": 6, "吴": 6, "余": 6, "司徒": 6, "方": 4, "许": 4}
OLD_MEN = "福禄寿荣华富贵德仁义礼智信忠孝廉昌盛兴旺金银财宝国栋梁材炳权坤乾"
OLD_WOMEN = "兰梅菊竹桂莲荷娇娥彩凤燕莺秀珍珠翠玉环金银好女妹姐群爱"
MEN = "伟强军杰涛斌超明辉鹏飞健俊文武志勇刚毅林森海洋浩宇轩鑫磊焱堃喆𠮷"
WOMEN = "丽敏静婷雪慧颖佳怡欣悦洁莹璐瑶琳娜倩芳芬霞红燕玲珊䶮"
YEAR_OF_CHANGE = 1960


def _surnames() -> tuple[list[str], list[int]]:
    names: list[str] = []
    rest = SURNAMES
    while rest:
        size = 2 if rest[:2] in COMPOUND else 1
        if rest[:size] not in names:
            names.append(rest[:size])
        rest = rest[size:]
    return names, [WEIGHTS.get(name, 2) for name in names]


FAMILY_NAMES, FAMILY_WEIGHTS = _surnames()


def surname(random: Random) -> str:
    """Draw a family name."""
    return random.choices(FAMILY_NAMES, FAMILY_WEIGHTS)[0]


def given_name(random: Random, *, male: bool, birth_year: int) -> str:
    """Draw a given name of the person's generation: one character in four, two in the others."""
    if birth_year < YEAR_OF_CHANGE:
        letters = OLD_MEN if male else OLD_WOMEN
    else:
        letters = MEN if male else WOMEN
    count = 1 if random.random() < 0.25 else 2
    return "".join(random.choice(letters) for _ in range(count))
