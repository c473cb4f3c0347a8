"""Money: integer fen inside, `Decimal` yuan at the edges, never float.

Rounding is half up to the fen and happens once, where an amount is born. What
is left for the person is always obtained by subtraction.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

MAX_FEN = 10**13
"""Largest amount any interface accepts (hospital interface, §2.1)."""

_CENT = Decimal("0.01")
_DIGITS_MAX = 16
"""Digits before the point, as the interfaces' N16: beyond, arithmetic would overflow or take for ever."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
"""ASCII only: `Decimal` would also take `1_000`, blanks and the digits of every script."""
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


class MoneyError(ValueError):
    """An amount that is not an amount, or not exact to the fen."""


def to_decimal(value: Decimal | int | str) -> Decimal:
    """A decimal from a peer's number or string. Floats are refused: they have already lost the amount."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise MoneyError(f"not an amount: {type(value).__name__}")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise MoneyError("not an amount")
    amount = Decimal(value)
    if not amount.is_finite():
        raise MoneyError("not a finite amount")
    if amount.adjusted() > _DIGITS_MAX:
        raise MoneyError("amount too large")
    return amount


def fen(value: Decimal | int | str) -> int:
    """Yuan to fen, exactly. Raises MoneyError on a fraction of a fen or an amount too large."""
    scaled = to_decimal(value) * 100
    if scaled != scaled.to_integral_value():
        raise MoneyError("a fraction of a fen")
    amount = int(scaled)
    if abs(amount) > MAX_FEN:
        raise MoneyError("amount too large")
    return amount


def round_fen(value: Decimal) -> int:
    """Yuan to fen, half up. For amounts born here: a line, a fund row."""
    return int(value.quantize(_CENT, rounding=ROUND_HALF_UP).scaleb(2))


def yuan(amount_fen: int) -> Decimal:
    """Fen to yuan with two decimals, for a peer that wants yuan."""
    return Decimal(amount_fen).scaleb(-2).quantize(_CENT)


def yuan_text(amount_fen: int) -> str:
    """`123456` -> `1,234.56`; negative amounts keep their sign."""
    return f"{yuan(amount_fen):,.2f}"


def line_amount_fen(quantity: Decimal, unit_price: Decimal) -> int:
    """The amount of a fee line: half up of quantity times unit price (insurance interface, I6)."""
    return round_fen(quantity * unit_price)


def capital_text(amount_fen: int) -> str:
    """The amount in capital characters for papers: `1944` -> `壹拾玖元肆角肆分`, `1000` -> `壹拾元整`."""
    if not 0 <= amount_fen <= MAX_FEN:
        raise MoneyError("capital characters are for amounts from 0 up")
    whole, cents = divmod(amount_fen, 100)
    jiao, cent = divmod(cents, 10)
    text = _capital_integer(whole) + "元" if whole or not cents else ""
    if not cents:
        return text + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[cent] + "分" if cent else "整")


def _capital_integer(number: int) -> str:
    """`10005` -> `壹万零伍`: four digits at a time, one zero for every run of zeros."""
    if number == 0:
        return _DIGITS[0]
    groups: list[int] = []
    while number:
        number, low = divmod(number, 10_000)
        groups.append(low)
    text = ""
    gap = False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += _DIGITS[0]
        text += _capital_group(group) + _GROUPS[index]
        gap = False
    return text


def _capital_group(group: int) -> str:
    text = ""
    zero = False
    for position in range(3, -1, -1):
        digit = group // 10**position % 10
        if digit == 0:
            zero = bool(text)
            continue
        text += (_DIGITS[0] if zero else "") + _DIGITS[digit] + _UNITS[position]
        zero = False
    return text
