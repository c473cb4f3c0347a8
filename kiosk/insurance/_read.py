"""Small readers for answers that are spelt in many ways: nodes, texts, amounts, times.

Numbers come as numbers or strings, required values as null, objects as lists of one. Money goes from the
very characters on the wire to `Decimal` and to fen; no float is ever made of it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import GenericAlias
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from kiosk.domain.money import MoneyError, fen, to_decimal
from kiosk.insurance._envelope import AnswerError

T = TypeVar("T")

Text: TypeAlias = str | int | None
"""A value that some areas send as a number."""

Amount: TypeAlias = msgspec.Raw
"""A number as its characters: `86.40`, `"86.40"`, `null` or `""`."""

NULL = msgspec.Raw(b"null")

_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d")


def nodes(output: bytes, node: str, kind: type[T]) -> list[T]:
    """The entries of a node that is a list; a single object counts as a list of one.

    `output` itself may be the list. Raises AnswerError when the node is missing or not of its kind.
    """
    raw = _node(output, node)
    if raw is None:
        raise AnswerError(f"{node}: missing")
    try:
        if raw.startswith(b"["):
            found: list[T] = msgspec.json.decode(raw, type=GenericAlias(list, (kind,)))
            return found
        return [msgspec.json.decode(raw, type=kind)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise AnswerError(f"{node}: {_where(exc)}") from exc


def one(output: bytes, node: str, kind: type[T]) -> T:
    """The one object of a node. Raises AnswerError."""
    found = nodes(output, node, kind)
    if len(found) != 1:
        raise AnswerError(f"{node}: {len(found)} entries where one is due")
    return found[0]


def optional_nodes(output: bytes, node: str, kind: type[T]) -> list[T]:
    """As `nodes`, but a node that is missing or null has no entries."""
    return [] if _node(output, node) is None else nodes(output, node, kind)


def _node(output: bytes, node: str) -> bytes | None:
    if output.startswith(b"["):
        return output
    try:
        found = msgspec.json.decode(output, type=dict[str, msgspec.Raw]).get(node)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise AnswerError("output is no object") from exc
    raw = b"null" if found is None else bytes(found)
    return None if raw == b"null" else raw


def text(value: Text) -> str:
    """A text, empty when the peer sent null."""
    return "" if value is None else str(value).strip()


def required(value: Text, name: str) -> str:
    """A text that must be there. Raises AnswerError."""
    found = text(value)
    if not found:
        raise AnswerError(f"{name}: missing")
    return found


def same(value: Text, expected: str, name: str) -> None:
    """An echo: when the peer sends it, it must be ours. Raises AnswerError."""
    found = text(value)
    if found and found != expected:
        raise AnswerError(f"{name}: not the one that was sent")


def decimal(raw: Amount, name: str) -> Decimal | None:
    """A number, None for null and "". Raises AnswerError."""
    written = bytes(raw).decode(errors="replace").strip()
    if written.startswith('"'):
        written = written.strip('"').strip()
    if written in ("", "null"):
        return None
    try:
        return to_decimal(written)
    except MoneyError as exc:
        raise AnswerError(f"{name}: {exc}") from exc


def amount(raw: Amount, name: str, default: int | None = None) -> int:
    """Yuan on the wire to fen. Without a default a missing amount raises AnswerError."""
    found = decimal(raw, name)
    if found is None:
        if default is None:
            raise AnswerError(f"{name}: missing")
        return default
    try:
        return fen(found)
    except MoneyError as exc:
        raise AnswerError(f"{name}: {exc}") from exc


def date(value: Text) -> dt.date | None:
    """A day, from a date or a date-time; None when there is none or it is no date."""
    found = _time(text(value))
    return None if found is None else found.date()


def moment(value: Text, zone: ZoneInfo, name: str) -> dt.datetime:
    """A required time in the area's zone. Raises AnswerError."""
    found = _time(required(value, name))
    if found is None:
        raise AnswerError(f"{name}: no time")
    return found.replace(tzinfo=zone)


def _time(written: str) -> dt.datetime | None:
    for form in _TIMES:
        try:
            return dt.datetime.strptime(written, form)
        except ValueError:
            continue
    return None


def _where(exc: Exception) -> str:
    """msgspec's own words: they name the key and the kind, not the value."""
    return str(exc).split("(byte", 1)[0].strip()[:200]
