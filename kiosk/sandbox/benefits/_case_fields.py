"""Reading the fields of a case file: every complaint names the case and the key."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from kiosk.domain.money import MAX_FEN, MoneyError, fen, yuan
from kiosk.sandbox.benefits.plan import NO_BOUND, Rows, check_amount, check_rows

T = TypeVar("T")

_MAX_YUAN = MAX_FEN // 100


class CaseError(Exception):
    """A case file that cannot be computed; the text names the case and the key."""


def known_keys(table: dict[str, Any], known: frozenset[str], where: str) -> None:
    """Refuse what would otherwise be ignored."""
    for key in table:
        if key not in known:
            raise CaseError(f"{where}: {key}: unknown key")


def nested(
    table: dict[str, Any], key: str, where: str, build: Callable[[dict[str, Any], str], T]
) -> T | None:
    """A table inside a table, built; None when it is absent."""
    raw = table.get(key)
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise CaseError(f"{where}: {key}: an object is needed")
    return build(raw, f"{where}: {key}")


def number(raw: Any, where: str) -> Decimal:
    """A decimal string or a JSON number; the reader of the file has kept every digit."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise CaseError(f"{where}: a decimal string or a number is needed")
    try:
        found = Decimal(raw)
    except InvalidOperation as exc:
        raise CaseError(f"{where}: {raw!r} is no number") from exc
    if not found.is_finite() or abs(found) > _MAX_YUAN:
        raise CaseError(f"{where}: {raw!r} is out of range")
    return found


def amount(table: dict[str, Any], key: str, where: str) -> Decimal:
    """An amount, 0 when it is absent; never negative."""
    found = number(table.get(key, 0), f"{where}: {key}")
    try:
        check_amount(found, key)
    except ValueError as exc:
        raise CaseError(f"{where}: {exc}") from exc
    return found


def exact(table: dict[str, Any], key: str, where: str) -> Decimal:
    """An amount of money, exact to the cent."""
    found = amount(table, key, where)
    try:
        return yuan(fen(found))
    except MoneyError as exc:
        raise CaseError(f"{where}: {key}: {exc}") from exc


def optional(table: dict[str, Any], key: str, where: str) -> Decimal | None:
    """An amount, None when it is absent or null."""
    return None if table.get(key) is None else amount(table, key, where)


def cap(table: dict[str, Any], key: str, where: str) -> Decimal:
    """A cap; absent means none."""
    found = optional(table, key, where)
    return NO_BOUND if found is None else found


def choice(table: dict[str, Any], key: str, known: tuple[str, ...], where: str) -> str:
    """One of the known words; the first is the default."""
    word = table.get(key, known[0])
    if word not in known:
        raise CaseError(f"{where}: {key}: one of {', '.join(known)} is needed")
    return str(word)


def bands(raw: Any, where: str) -> Rows:
    """`[[upper bound or null, ratio], ...]`."""
    if not isinstance(raw, list) or not all(isinstance(row, list) and len(row) == 2 for row in raw):
        raise CaseError(f"{where}: a list of [upper bound or null, ratio] is needed")
    found = tuple(
        (NO_BOUND if bound is None else number(bound, where), number(ratio, where)) for bound, ratio in raw
    )
    check_rows(found)
    return found
