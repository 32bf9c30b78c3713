"""Rosters of any size as CSV, made by columns: families in villages, valid ID numbers, one row in a hundred faulty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bench import world

if TYPE_CHECKING:
    from pathlib import Path

SURNAMES = np.array(list("梁张黄吴李陈谭周余司徒关方许邓劳冯何罗林郑"))
GIVEN = np.array(list("伟强明华军平安国庆文秀英玉兰桂芳丽娟凤仪锦荣添福寿康泽民志远海燕春梅冬青月娥雪琴少波"))
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))
RELATIONS = np.array(["户主", "配偶", "子", "女"])
FAULTY_EACH = 100
FAULTS = 5


def write(path: Path, shape: world.Shape) -> int:
    """Write the roster; return how many of its rows must be refused."""
    index = np.arange(shape.residents)
    random = np.random.default_rng(world.SEED)
    born, sequence = world.birth_dates(index)
    numbers = world.id17s(born, sequence)
    male = sequence % 2 == 1
    houses = index // 4
    frame = pl.DataFrame(
        {
            "姓名": _names(random, index.size),
            "身份证号": _id_numbers(numbers),
            "性别": np.where(male, "男", "女"),
            "民族": np.full(index.size, "汉族"),
            "户籍地址": pl.Series(houses % 12 + 1).cast(pl.String)
            + "队"
            + pl.Series(houses % 900 + 1).cast(pl.String)
            + "号",
            "村代码": pl.Series(world.division_codes(houses * 4, shape)).cast(pl.String),
            "村民小组": pl.Series(houses % 12 + 1).cast(pl.String),
            "户号": pl.Series(houses + 1).cast(pl.String),
            "与户主关系": np.where(
                index % 4 == 0, "户主", np.where(index % 4 == 1, "配偶", np.where(male, "子", "女"))
            ),
            "户口性质": np.where(random.random(index.size) < 0.95, "农业", "非农业"),
            "联系电话": pl.Series(13_000_000_000 + random.integers(0, 999_999_999, index.size)).cast(pl.String),
            "银行账号": _accounts(random, index.size),
            "在校学生": np.where(random.random(index.size) < 0.03, "是", ""),
            "参加职保": np.where(random.random(index.size) < 0.06, "是", ""),
            "低保": np.where(random.random(index.size) < 0.03, "是", ""),
            "备注": np.full(index.size, ""),
        }
    )
    frame = _spoiled(frame, index)
    frame.write_csv(path, include_bom=False)
    return int((index % FAULTY_EACH == FAULTY_EACH - 1).sum())


def _names(random: np.random.Generator, count: int) -> pl.Series:
    """Surname and one or two characters."""
    first, second = GIVEN[random.integers(0, GIVEN.size, count)], GIVEN[random.integers(0, GIVEN.size, count)]
    second = np.where(random.random(count) < 0.25, "", second)
    surnames = SURNAMES[random.integers(0, SURNAMES.size, count)]
    return pl.Series(surnames) + pl.Series(first) + pl.Series(second)


def _id_numbers(id17: np.ndarray) -> pl.Series:
    """Seventeen digits with the check character of GB 11643."""
    total = np.zeros(id17.size, dtype=np.int64)
    rest = id17.copy()
    for weight in WEIGHTS[::-1]:
        total += rest % 10 * weight
        rest //= 10
    return pl.Series(id17).cast(pl.String) + pl.Series(CHECKS[total % 11])


def _accounts(random: np.random.Generator, count: int) -> pl.Series:
    """Card numbers of 19 digits with the Luhn digit; one person in six has none."""
    body = 622_848_040_000_000_000 + np.arange(count) * 4099
    total = np.zeros(count, dtype=np.int64)
    rest = body.copy()
    for place in range(18):
        value = rest % 10 * (2 if place % 2 == 0 else 1)
        total += np.where(value > 9, value - 9, value)
        rest //= 10
    cards = pl.Series(body * 10 + -total % 10).cast(pl.String)
    has = pl.Series(random.random(count) > 1 / 6)
    return pl.select(pl.when(has).then(cards).otherwise(pl.lit(""))).to_series()


def _spoiled(frame: pl.DataFrame, index: np.ndarray) -> pl.DataFrame:
    """Five kinds of fault in turn: check digit, no name, unknown village, cut number, wrong sex."""
    is_faulty = index % FAULTY_EACH == FAULTY_EACH - 1
    kind = pl.Series(np.where(is_faulty, index // FAULTY_EACH % FAULTS, -1))
    number, sex = pl.col("身份证号"), pl.col("性别")
    last = number.str.slice(17)
    wrong = number.str.slice(0, 17) + pl.when(last == "0").then(pl.lit("1")).otherwise(pl.lit("0"))
    return frame.with_columns(
        pl.when(kind == 0)
        .then(wrong)
        .when(kind == 3)
        .then(number.str.slice(0, 16))
        .otherwise(number)
        .alias("身份证号"),
        pl.when(kind == 1).then(pl.lit("")).otherwise(pl.col("姓名")).alias("姓名"),
        pl.when(kind == 2).then(pl.lit("440783999999")).otherwise(pl.col("村代码")).alias("村代码"),
        pl.when(kind == 4)
        .then(pl.when(sex == "男").then(pl.lit("女")).otherwise(pl.lit("男")))
        .otherwise(sex)
        .alias("性别"),
    )
