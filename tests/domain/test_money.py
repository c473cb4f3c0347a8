"""Amounts: exact to the fen, never float, and the same in figures and in capital characters."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.domain.money import (
    MAX_FEN,
    MoneyError,
    capital_text,
    fen,
    line_amount_fen,
    round_fen,
    to_decimal,
    yuan,
    yuan_text,
)

_DIGITS = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_SMALL = {"拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}


def read_capital(text: str) -> int:
    """An amount in capital characters back to fen, character by character and slowly."""
    whole_text, _, cent_text = text.partition("元") if "元" in text else ("", "", text)
    cents = 0
    digit = 0
    for character in cent_text.replace("整", ""):
        if character in "角分":
            cents += digit * {"角": 10, "分": 1}[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    assert digit == 0, "a digit without a unit"
    return _read_integer(whole_text) * 100 + cents


def _read_integer(text: str) -> int:
    total = group = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SMALL:
            assert digit, f"{character} without a digit"
            group += digit * _SMALL[character]
            digit = 0
        else:
            group += digit
            digit = 0
            total = (total + group) * _LARGE[character] if character == "亿" else total + group * _LARGE["万"]
            group = 0
    return total + group + digit


@given(st.integers(0, MAX_FEN))
@example(0)
@example(1)
@example(10)
@example(100)
@example(101)
@example(100_05)
@example(10_005_00)
@example(100_000_000_00)
@example(10_0000_0000_01)
@example(1_0000_0001_0000)
@example(MAX_FEN)
def test_capital_characters_read_back_to_the_same_amount(amount):
    assert read_capital(capital_text(amount)) == amount


def write_capital_slowly(whole: int) -> str:
    """Yuan in capital characters the long way: every place with its unit, then the zeros folded."""
    figures = str(whole)
    places = ("仟", "佰", "拾", "亿", "仟", "佰", "拾", "万", "仟", "佰", "拾", "")[-len(figures) :]
    text = "".join("零壹贰叁肆伍陆柒捌玖"[int(d)] + unit for d, unit in zip(figures, places, strict=True))
    text = re.sub("零[仟佰拾]", "零", text)
    text = re.sub("零+", "零", text)
    text = re.sub("零([亿万])", r"\1", text).replace("亿万", "亿零")
    return re.sub("零+", "零", text).rstrip("零") or "零"


@given(st.integers(0, MAX_FEN // 100).flatmap(lambda top: st.integers(0, top)))
@example(1005)
@example(10_0101)
@example(10_0000_0500)
@example(100_0000_1000)
def test_zeros_stand_where_a_cashier_writes_them(whole):
    assert capital_text(whole * 100) == write_capital_slowly(whole) + "元整"


@given(st.integers(0, MAX_FEN))
def test_capital_characters_never_double_a_zero_and_end_as_they_should(amount):
    text = capital_text(amount)
    assert "零零" not in text
    assert text.endswith("整" if amount % 10 == 0 else "分")
    assert "零元" not in text or amount == 0


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1944, "壹拾玖元肆角肆分"),
        (11000, "壹佰壹拾元整"),
        (1286000, "壹万贰仟捌佰陆拾元整"),
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100_05, "壹佰元零伍分"),
        (1_0005_00, "壹万零伍元整"),
        (10_0500_00, "壹拾万零伍佰元整"),
        (1_0000_0000_00, "壹亿元整"),
        (1_0001_0000_00, "壹亿零壹万元整"),
        (MAX_FEN, "壹仟亿元整"),
    ],
)
def test_amounts_are_written_as_a_cashier_writes_them(amount, text):
    assert capital_text(amount) == text


@pytest.mark.parametrize("amount", [-1, MAX_FEN + 1])
def test_amounts_that_no_paper_can_hold_are_refused(amount):
    with pytest.raises(MoneyError):
        capital_text(amount)


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_fen_and_yuan_are_the_same_amount(amount):
    assert fen(yuan(amount)) == amount
    assert fen(str(yuan(amount))) == amount
    assert fen(yuan_text(amount).replace(",", "")) == amount


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_yuan_always_has_two_decimals(amount):
    assert yuan(amount).as_tuple().exponent == -2
    assert yuan_text(amount)[-3] == "."


@given(st.floats())
def test_floats_are_refused(amount):
    with pytest.raises(MoneyError):
        to_decimal(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, None, b"1", [1]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(MoneyError):
        fen(value)


@pytest.mark.parametrize(
    "text", ["", "1,000", "abc", "NaN", "Infinity", "-Infinity", "sNaN", "1.001", "1e20"]
)
def test_a_text_that_is_not_an_exact_amount_is_refused(text):
    with pytest.raises(MoneyError):
        fen(text)


@given(st.decimals(min_value=0, max_value=10**8, places=6))
def test_rounding_is_half_up_and_never_off_by_more_than_half_a_fen(value):
    rounded = round_fen(value)
    assert abs(Decimal(rounded) - value * 100) <= Decimal("0.5")
    assert value * 100 - Decimal(rounded) < Decimal("0.5")  # exactly half goes up


@pytest.mark.clause("S1-H.1")
def test_a_line_is_quantity_times_price_half_up():
    assert line_amount_fen(Decimal("3"), Decimal("0.335")) == 101
    assert line_amount_fen(Decimal("0.5"), Decimal("0.01")) == 1
    assert line_amount_fen(Decimal("2"), Decimal("22.00")) == 4400
