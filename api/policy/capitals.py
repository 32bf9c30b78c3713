"""人民币大写: amounts as receipts write them, so that no stroke can be added (《正确填写票据和结算凭证的基本规定》).

A zero or several between digits is one 零; after 元 without jiao and fen stands 整, after jiao alone too.
"""

from __future__ import annotations

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "兆")
_MOST_FEN = 10**18


def capital_yuan(fen: int) -> str:
    """Write fen in capitals: 120_05 -> 壹佰贰拾元零伍分. Raises ValueError below zero or beyond 16 digits of yuan."""
    if not 0 <= fen < _MOST_FEN:
        message = "an amount in capitals is not negative and has at most 16 digits of yuan"
        raise ValueError(message)
    yuan, rest = divmod(fen, 100)
    jiao, cent = divmod(rest, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return f"{text or '零元'}整"
    if jiao:
        # 元 after a round ten leaves a gap that the rules let stand; a zero is only written for a missing place.
        text += DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (DIGITS[cent] + "分" if cent else "整")


def _whole(yuan: int) -> str:
    """Write a whole number above zero, four digits at a time."""
    groups: list[int] = []
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < 1_000):
            text += DIGITS[0]
        text += _group(group) + GROUPS[place]
        gap = False
    return text


def _group(number: int) -> str:
    """Write one to four digits; zeros between them are one 零, zeros behind them none."""
    text, gap = "", False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
