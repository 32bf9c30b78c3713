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
_RARE_READINGS: Mapping[str, str] = {"𠮷": "ji", "𬱖": "di", "〇": "ling"}
"""Characters of personal names that the table lacks; 𠮷 is a way of writing 吉."""
_GIVEN_CHARACTERS = 3
"""Given names up to this length are read column by column, which is nearly all of them."""


def _plain(reading: str) -> str:
    """Strip tone marks: lǜ becomes lv."""
    letters = unicodedata.normalize("NFD", reading.split(",", maxsplit=1)[0])
    return "".join(c for c in letters.replace("u\u0308", "v") if "a" <= c <= "z")


@lru_cache(maxsize=65_536)
def syllable_of(character: str) -> str:
    """Most usual syllable of a character; Latin letters and digits stand for themselves, what is unknown is left out."""
    if not character:
        return ""
    if character in _RARE_READINGS:
        return _RARE_READINGS[character]
    reading = pinyin_dict.get(ord(character))
    if reading is not None:
        return _plain(reading)
    lowered = character.lower()
    return lowered if lowered.isascii() and lowered.isalnum() else ""


def _surname_syllables(surname: str) -> list[str]:
    """Syllables of a surname of one character or of a compound one."""
    if surname in COMPOUND_SURNAMES:
        first = first_syllable(surname)
        return [first, COMPOUND_SURNAMES[surname][len(first) :]]
    return [SURNAME_READINGS.get(surname) or syllable_of(surname)]


def first_syllable(compound: str) -> str:
    """First syllable of a compound surname: its reading without the second character's own reading."""
    whole, second = COMPOUND_SURNAMES[compound], syllable_of(compound[1])
    return whole.removesuffix(second) if whole.endswith(second) else _SPLIT_BY_HAND[compound]


_SPLIT_BY_HAND: Mapping[str, str] = {"万俟": "mo", "单于": "chan", "子车": "zi", "尉迟": "yu", "亓官": "qi"}


def name_pinyin(name: str) -> tuple[str, str]:
    """Return (pinyin, initials) of one name: 欧阳明 → ("ouyangming", "oym"). Empty for a name without known readings."""
    width = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    syllables = [*_surname_syllables(name[:width]), *map(syllable_of, name[width:])]
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def pinyin_columns(names: pl.Series) -> pl.DataFrame:
    """Return the columns `pinyin` and `initials` for a whole column of names without nulls.

    Surnames and the characters of given names are looked up per distinct value; a name of unusual length goes the way
    of the single name.
    """
    head = pl.col("name").str.slice(0, 2)
    compound = head.is_in(pl.Series(list(COMPOUND_SURNAMES), dtype=pl.String).implode()) & (
        pl.col("name").str.len_chars() > 2
    )
    parts = (
        pl.DataFrame({"name": names})
        .with_columns(compound.alias("compound"))
        .with_columns(pl.when("compound").then(head).otherwise(pl.col("name").str.slice(0, 1)).alias("surname"))
        .with_columns(pl.col("name").str.slice(pl.col("compound").cast(pl.Int64) + 1).alias("given"))
        .with_columns(pl.col("given").str.slice(place, 1).alias(f"g{place}") for place in range(_GIVEN_CHARACTERS))
    )
    surnames = {text: _surname_syllables(text) for text in parts["surname"].unique().to_list()}
    pieces = [
        _lookup(parts["surname"], {text: "".join(syllables) for text, syllables in surnames.items()}, "p"),
        _lookup(
            parts["surname"], {text: "".join(s[:1] for s in syllables) for text, syllables in surnames.items()}, "i"
        ),
    ]
    for place in range(_GIVEN_CHARACTERS):
        characters = parts[f"g{place}"]
        readings = {text: syllable_of(text) for text in characters.unique().to_list()}
        pieces.append(_lookup(characters, readings, f"s{place}"))
    given = [f"s{place}" for place in range(_GIVEN_CHARACTERS)]
    spelled = pl.DataFrame(pieces).select(
        pl.concat_str("p", *given).alias("pinyin"),
        pl.concat_str("i", *(pl.col(column).str.slice(0, 1) for column in given)).alias("initials"),
    )
    return _spell_long_names(names, parts["given"].str.len_chars() > _GIVEN_CHARACTERS, spelled)


def _lookup(texts: pl.Series, readings: Mapping[str, str], name: str) -> pl.Series:
    """Replace each text by its reading."""
    if not readings:
        return pl.Series(name, [], dtype=pl.String)
    old, new = pl.Series(list(readings), dtype=pl.String), pl.Series(list(readings.values()), dtype=pl.String)
    return texts.replace_strict(old, new, return_dtype=pl.String).alias(name)


def _spell_long_names(names: pl.Series, is_long: pl.Series, spelled: pl.DataFrame) -> pl.DataFrame:
    """Put the spelling of long names, each read as a whole, in its place."""
    if not is_long.any():
        return spelled
    positions = is_long.arg_true()
    pairs = [name_pinyin(name) for name in names.gather(positions).to_list()]
    return pl.DataFrame(
        [
            spelled["pinyin"].scatter(positions, pl.Series([pair[0] for pair in pairs], dtype=pl.String)),
            spelled["initials"].scatter(positions, pl.Series([pair[1] for pair in pairs], dtype=pl.String)),
        ]
    )
