"""Names as they are spread in the country: a few surnames make up half of it, and the same given names come again."""

from __future__ import annotations

import numpy as np
import polars as pl

SEED = 2010
COMMON = "陈10 梁8 黄8 李7 张6 吴5 周5 谭5 何4 司徒3 关3 余3 林3 罗2 郑2 谢2 冯2 许2 邓2 曾2 劳1 方1 胡1 叶1 苏1 伍1 区1 欧阳1 潘1 邱1 程1"
RARE = "单 仇 谌 尉迟 解 查 盖 翟 覃 牟 乐 万 缪 华 柏 句 贠 燕 祝 涂 麦 邝 甄 廖 朱 杨 王 刘 赵 孙 马 高 郭 唐 宋 韩 曹 彭 萧 田 董 袁 于 蒋 蔡 杜"
RARE_SHARE = 0.05
GIVEN = "明英秀华丽伟强军玉兰芳平国文建志小美金春桂珍永光福荣海燕艳娟凤德仁礼辉超杰敏静婷雪慧颖佳怡欣悦洁莹琳娜红霞梅冬青月娥琴少波康泽民远锦添寿仪庆"
ONE_CHARACTER = 0.2


def draw(index: np.ndarray) -> pl.Series:
    """Names of people, the same for the same numbers and the same beginning."""
    random = np.random.default_rng([SEED, int(index[0])])
    count = index.size
    names, weights = zip(*((word.rstrip("0123456789"), word) for word in COMMON.split()), strict=True)
    shares = np.array([float(word[len(name) :]) for name, word in zip(names, weights, strict=True)])
    surnames = random.choice(np.array(names), count, p=shares / shares.sum())
    is_rare = random.random(count) < RARE_SHARE
    surnames[is_rare] = random.choice(np.array(RARE.split()), int(is_rare.sum()))
    # The n-th character of the list is drawn in proportion to 1/n, a little flattened: 秀英 and 小明 are many.
    letters = np.array(list(GIVEN))
    spread = 1 / (np.arange(letters.size) + 4.0)
    first, second = (random.choice(letters, count, p=spread / spread.sum()) for _ in range(2))
    second = np.where(random.random(count) < ONE_CHARACTER, "", second)
    return pl.Series(surnames) + pl.Series(first) + pl.Series(second)
