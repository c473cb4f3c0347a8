"""How items are written on the card: bytes to values and back (reference: card, §1.2).

`cn` fields are packed digits padded on the right with F, `an` fields are text padded with 00; real cards
also pad with blanks and FF.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

Value: TypeAlias = str | date | bytes | None
"""A decoded item; None when the card has the field and left it empty."""


class BadValue(ValueError):
    """The bytes are no value of this coding. Says nothing about what they were."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One way of writing a value. `decode` raises BadValue; `encode` takes the size of the field."""

    name: str
    decode: Callable[[bytes], Value]
    encode: Callable[[Any, int], bytes]


def _unpadded(raw: bytes) -> bytes:
    return raw.partition(b"\x00")[0].strip(b"\x20\xff")


def _text(raw: bytes) -> str | None:
    try:
        text = raw.partition(b"\x00")[0].strip(b"\x20\xff").decode("ascii")
    except UnicodeDecodeError:
        raise BadValue from None
    if not text.isprintable():
        raise BadValue
    return text or None


def _gb_text(raw: bytes) -> str | None:
    bare = _unpadded(raw)
    try:
        text = bare.decode("gb18030")
    except UnicodeDecodeError as error:
        if error.reason != "incomplete multibyte sequence":
            raise BadValue from None
        text = bare[: error.start].decode("gb18030")
    if not text.isprintable():
        raise BadValue
    return text.strip() or None


def _digits(raw: bytes) -> str | None:
    digits = raw.hex().rstrip("f")
    if digits.strip("0") == "":
        return None
    if not digits.isdecimal():
        raise BadValue
    return digits


def _packed(raw: bytes) -> str | None:
    return raw.hex().upper() if raw.strip(b"\xff") and raw.strip(b"\x00") else None


def _date(raw: bytes) -> date | None:
    digits = _digits(raw)
    if digits is None:
        return None
    try:
        return date.fromisoformat(digits[:8])  # never more: of ten characters it overlooks the last two
    except ValueError:
        raise BadValue from None  # the digits stay out of tracebacks


def _fit(raw: bytes, size: int, padding: bytes) -> bytes:
    if len(raw) > size:
        raise BadValue
    return raw + padding * (size - len(raw))


def _pack(digits: str, size: int) -> bytes:
    return _fit(bytes.fromhex(digits + "F" * (len(digits) % 2)), size, b"\xff")


TEXT = Coding("an", _text, lambda text, size: _fit((text or "").encode("ascii"), size, b"\x00"))
"""ASCII without blanks: numbers that may hold letters."""

DIGITS = Coding("cn", _digits, lambda digits, size: _pack(digits or "", size))
"""Packed digits; all F and all 0 are empty."""

PACKED = Coding("cn/b", _packed, lambda packed, size: _pack(packed or "", size))
"""Packed hexadecimal, kept at full length: card identifiers are compared with their padding."""

DATE = Coding("date", _date, lambda day, size: _pack(f"{day.year:04d}{day:%m%d}" if day else "", size))
"""Packed YYYYMMDD."""

GB_TEXT = Coding("gb", _gb_text, lambda text, size: _fit((text or "").encode("gb18030"), size, b"\x00"))
"""Chinese text of one field: addresses. One that ends in half a character is given up to there."""

NAME = Coding("name", _unpadded, lambda raw, size: _fit(raw or b"", size, b"\x00"))
"""Part of a name, still bytes: a character may begin in one field and end in the next. See
`hw.card.holder`.
"""
