"""Pinyin and initials of personal names, for search and order: plain letters, no tones, no spaces, ü written v.

The readings of single characters come from pypinyin's table; surnames that are read otherwise as surnames, and
compound surnames, are listed here. Whole names never go through pypinyin, which takes 39 µs for each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import polars as pl
from pypinyin.pinyin_dict import pinyin_dict

SURNAME_READINGS: Mapping[str, str] = dict(
    pair.split("=")
    for pair in (
        "单=shan 区=ou 仇=qiu 曾=zeng 解=xie 查=zha 任=ren 盖=ge 朴=piao 尉=wei 冼=xian 洗=xian 翟=zhai 华=hua 繁=po 召=shao 乐=yue "
        "缪=miao 纪=ji 燕=yan 宁=ning 葛=ge 秘=bi 薄=bo 柏=bai 员=yun 贠=yun 句=gou 牟=mu 万=wan 晟=cheng 能=nai 种=chong 重=chong "
        "逄=pang 覃=qin 那=na 哈=ha 黑=he 撒=sa 洒=sa 折=she 佴=nai 仝=tong 俱=ju 厘=xi 妫=gui 尹=yin 都=du 阚=kan 隗=wei 郇=xun "
        "郗=xi 谌=chen 车=che 訾=zi 幺=yao 冯=feng 贾=jia 石=shi 沈=shen 长=chang 祭=zhai 过=guo 令=ling 观=guan 詹=zhan 占=zhan "
        "宓=mi 应=ying 教=jiao 要=yao 间=jian 行=xing 强=qiang 藏=zang 臧=zang 瞿=qu 洪=hong 戴=dai 於=yu 相=xiang 干=gan 卜=bu 麦=mai"
    ).split()
)
COMPOUND_SURNAMES: Mapping[str, str] = dict(
    pair.split("=")
    for pair in (
        "欧阳=ouyang 司徒=situ 尉迟=yuchi 司马=sima 上官=shangguan 诸葛=zhuge 东方=dongfang 皇甫=huangfu 公孙=gongsun 令狐=linghu "
        "长孙=zhangsun 宇文=yuwen 慕容=murong 夏侯=xiahou 轩辕=xuanyuan 端木=duanmu 百里=baili 呼延=huyan 南宫=nangong 独孤=dugu "
        "万俟=moqi 单于=chanyu 澹台=tantai 公冶=gongye 宗政=zongzheng 濮阳=puyang 淳于=chunyu 太叔=taishu 申屠=shentu 仲孙=zhongsun "
        "钟离=zhongli 鲜于=xianyu 闾丘=lvqiu 亓官=qiguan 司寇=sikou 子车=ziju 颛孙=zhuansun 巫马=wuma 公西=gongxi 乐正=yuezheng "
        "公良=gongliang 拓跋=tuoba 夹谷=jiagu 谷梁=guliang 闻人=wenren 赫连=helian 东郭=dongguo 南门=nanmen 西门=ximen 梁丘=liangqiu "
        "左丘=zuoqiu 第五=diwu 区阳=ouyang 司空=sikong 叶赫=yehe 纳兰=nalan"
    ).split()
)


def _plain(reading: str) -> str:
    """Strip tone marks: lǜ becomes lv."""
    letters = unicodedata.normalize("NFD", reading.split(",")[0])
    return "".join(c for c in letters.replace("u\u0308", "v") if "a" <= c <= "z")


@lru_cache(maxsize=65_536)
def syllable_of(character: str) -> str:
    """Most usual syllable of a character; Latin letters and digits stand for themselves, what is unknown is left out."""
    reading = pinyin_dict.get(ord(character))
    if reading is not None:
        return _plain(reading)
    lowered = character.lower()
    return lowered if lowered.isascii() and lowered.isalnum() else ""


def _syllables(name: str) -> list[str]:
    """Split a name into syllables with surname readings."""
    head = name[:2]
    if len(name) > 2 and head in COMPOUND_SURNAMES:
        return [_first_syllable(head), COMPOUND_SURNAMES[head][len(_first_syllable(head)) :], *map(syllable_of, name[2:])]
    first = SURNAME_READINGS.get(name[:1]) or syllable_of(name[:1])
    return [first, *map(syllable_of, name[1:])]


def _first_syllable(compound: str) -> str:
    """First syllable of a compound surname: the part of its reading before the second character's own reading."""
    whole = COMPOUND_SURNAMES[compound]
    second = syllable_of(compound[1])
    return whole[: -len(second)] if whole.endswith(second) else _SPLIT_BY_HAND[compound]


_SPLIT_BY_HAND: Mapping[str, str] = {"万俟": "mo", "单于": "chan", "子车": "zi"}


def name_pinyin(name: str) -> tuple[str, str]:
    """Return (pinyin, initials) of one name: 欧阳明 → ("ouyangming", "oym"). Empty for a name without known readings."""
    if not name:
        return "", ""
    syllables = _syllables(name)
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def pinyin_columns(names: pl.Series) -> pl.DataFrame:
    """Return the columns `pinyin` and `initials` for a whole column of names without nulls.

    Distinct names are read once each; a million residents have far fewer names than people.
    """
    distinct = names.unique()
    pairs = [name_pinyin(name) for name in distinct.to_list()]
    table = pl.DataFrame(
        {
            "name": distinct,
            "pinyin": pl.Series([pair[0] for pair in pairs], dtype=pl.String),
            "initials": pl.Series([pair[1] for pair in pairs], dtype=pl.String),
        }
    )
    joined = pl.DataFrame({"name": names}).join(table, on="name", how="left", maintain_order="left")
    return joined.select("pinyin", "initials")
