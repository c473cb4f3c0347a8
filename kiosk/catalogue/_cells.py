"""One row of a CSV price list, cell by cell. Each function takes the text of a cell and gives its value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from kiosk.catalogue._text import normal
from kiosk.catalogue.model import (
    CODE_CHARS_MAX,
    NAME_CHARS_MAX,
    PRICE_FEN_MAX,
    TEXT_CHARS_MAX,
    Kind,
    Row,
    RowKind,
)
from kiosk.domain.money import MoneyError, fen

T = TypeVar("T")

ALIASES_MAX = 4
NO_DATE = dt.date(1970, 1, 1)

KINDS: Final = {
    "medicine": Kind.MEDICINE,
    "service": Kind.SERVICE,
    "supply": Kind.SUPPLY,
    "药品": Kind.MEDICINE,
    "服务": Kind.SERVICE,
    "诊疗": Kind.SERVICE,
    "耗材": Kind.SUPPLY,
}
CLASSES: Final = {"甲": "甲", "乙": "乙", "丙": "丙", "甲类": "甲", "乙类": "乙", "丙类": "丙", "自费": "丙"}
CLASSES_BY_CODE: Final = {"01": "甲", "02": "乙", "03": "丙"}  # chrgitm_lv
RATIO_OF_CLASS: Final = {"甲": Decimal(0), "丙": Decimal(1)}  # 乙 differs by item and must be said
YES_NO: Final = {"": False, "0": False, "no": False, "否": False, "1": True, "yes": True, "是": True}

_CODE = re.compile(rf"[0-9A-Za-z][0-9A-Za-z.*_-]{{0,{CODE_CHARS_MAX - 1}}}")
_FEN = re.compile(r"[0-9]{1,12}")


class CellError(ValueError):
    """What is wrong in a row: pairs of column and reason."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


def _words(text: str, chars_max: int = TEXT_CHARS_MAX) -> str:
    if len(text) > chars_max:
        raise ValueError(f"longer than {chars_max} characters")
    if not text.isprintable():
        raise ValueError("has a control character")
    return text


def _needed(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return _words(text)


def _name(text: str) -> str:
    if not normal(text):
        raise ValueError("is empty")
    return _words(text, NAME_CHARS_MAX)


def _aliases(text: str) -> tuple[str, ...]:
    names = tuple(_name(part.strip()) for part in text.split("|")) if text else ()
    if len(names) > ALIASES_MAX:
        raise ValueError(f"more than {ALIASES_MAX} names")
    return names


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(f"{text!r}: 1 to {CODE_CHARS_MAX} letters, digits and . * _ - expected")
    return text.upper()


def _fen(text: str) -> int | None:
    if not text:
        return None
    if not _FEN.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number of fen")
    return _limited(int(text))


def _yuan(text: str) -> int | None:
    if not text:
        return None
    try:
        amount = fen(text)
    except MoneyError as error:
        raise ValueError(f"{text!r}: {error}") from error
    return _limited(amount)


def _limited(amount: int) -> int:
    if not 0 <= amount <= PRICE_FEN_MAX:
        raise ValueError(f"not between 0 and {PRICE_FEN_MAX} fen")
    return amount


def _ratio(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        ratio = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number") from error
    if not (ratio.is_finite() and 0 <= ratio <= 1):
        raise ValueError(f"{text!r} is not between 0 and 1")
    if ratio != ratio.quantize(Decimal("0.0001")):
        raise ValueError(f"{text!r} has more than 4 places")
    return ratio


def _date(text: str) -> dt.date:
    if not text:
        return NO_DATE
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date like 2026-11-20") from error


def _kind(text: str) -> Kind:
    return _one_of(KINDS, text)


def _row_kind(text: str) -> RowKind:
    return _one_of({"": RowKind.ITEM} | {str(kind): kind for kind in RowKind}, text)


def _class(text: str) -> str:
    return _one_of(CLASSES | CLASSES_BY_CODE, text)


def _yes(text: str) -> bool:
    return _one_of(YES_NO, text.lower())


def _one_of(table: Mapping[str, T], text: str) -> T:
    if text not in table:
        raise ValueError(f"{text!r} is none of {', '.join(name for name in table if name)}")
    return table[text]


CELLS: Final[Mapping[str, Callable[[str], Any]]] = {
    "code": _code,
    "kind": _kind,
    "row_kind": _row_kind,
    "name": _name,
    "alias": _aliases,
    "ingredient": _words,
    "spec": _words,
    "unit": _needed,
    "price_fen": _fen,
    "price_yuan": _yuan,
    "class": _class,
    "preself_ratio": _ratio,
    "ceiling_fen": _fen,
    "ceiling_yuan": _yuan,
    "prescription": _yes,
    "maker": _words,
    "limits": _words,
    "valid_from": _date,
    "common": _yes,
}
"""Every column a list may have, with the function that reads its cells."""

ABSENT: Final[Mapping[str, Any]] = {
    "row_kind": RowKind.ITEM,
    "alias": (),
    "ingredient": "",
    "spec": "",
    "prescription": False,
    "maker": "",
    "limits": "",
    "valid_from": NO_DATE,
    "common": False,
}
"""What a row has of a column that its list leaves out; None for amounts and ratio."""


def row_of(cells: Mapping[str, str]) -> Row:
    """A checked row from the cells of one line, by column name. A column that is absent reads as empty.

    Raises:
        CellError: every fault of the line at once.
    """
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for column, read in CELLS.items():
        text = cells.get(column)
        if text is None:
            values[column] = ABSENT.get(column)
            continue
        try:
            values[column] = read(text.strip())
        except ValueError as error:
            faults.append((column, str(error)))
    if faults:
        raise CellError(*faults)
    return _whole(values)


def _whole(values: Mapping[str, Any]) -> Row:
    """The checks that need more than one cell."""
    row_kind: RowKind = values["row_kind"]
    price = _first_of(values["price_fen"], values["price_yuan"])
    ratio: Decimal | None = values["preself_ratio"]
    if ratio is None:
        ratio = RATIO_OF_CLASS.get(values["class"])
    faults = []
    if row_kind is RowKind.ITEM and not price:
        faults.append(("price_fen", "an item needs a price; a row without one is a heading or a surcharge"))
    if row_kind is RowKind.HEADING and price:
        faults.append(("price_fen", "a heading has no price"))
    if ratio is None:
        faults.append(("preself_ratio", "class 乙 needs the share that is paid first"))
    if ratio is None or faults:
        raise CellError(*faults)
    return Row(
        code=values["code"],
        kind=values["kind"],
        row_kind=row_kind,
        name=values["name"],
        aliases=values["alias"],
        ingredient=values["ingredient"],
        spec=values["spec"],
        unit=values["unit"],
        price_fen=price or None,
        class_=values["class"],
        preself_ratio=ratio,
        price_ceiling_fen=_first_of(values["ceiling_fen"], values["ceiling_yuan"]),
        prescription=values["prescription"],
        maker=values["maker"],
        limits=values["limits"],
        valid_from=values["valid_from"],
        common=values["common"],
    )


def _first_of(in_fen: int | None, in_yuan: int | None) -> int | None:
    return in_yuan if in_fen is None else in_fen
