"""Card data as lines of text: what back ends expect of the readers they know (reference: card, §1.6).

Three layouts are in use, with the same items in different orders, so a line is never read without the name
of its layout. Bytes are GBK. Lines are person data: they live as long as the reading they were made of.

A separator is looked for in text, never in bytes: the second byte of a GBK character can be that of `|`.
"""

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import ClassVar, TypeAlias, TypeVar

from hw.card.atr import historical_bytes
from hw.card.coding import BadValue
from hw.card.holder import split_name
from hw.card.reading import CardReading

LINE_MAX_BYTES = 1024
"""Callers of the readers' libraries give buffers of this size."""


class Misfit(StrEnum):
    """Why a line or a value is none."""

    TOO_LONG = "too_long"
    NOT_GBK = "not_gbk"
    WRONG_COUNT = "wrong_count"  # of items
    NOT_CLOSED = "not_closed"  # the last separator is missing
    BAD_VALUE = "bad_value"


class FormatError(ValueError):
    """A line that is not of the named layout, or a reading that the layout cannot carry. Holds no value."""

    def __init__(self, reason: Misfit, item: str = "") -> None:
        self.reason, self.item = reason, item
        super().__init__(f"{reason}: {item}" if item else reason.value)


_TEXT = r"[^\x00-\x1F\x7F]*"
_DAY = r"(?:[0-9]{8})?"
_FORMS_OF = {
    "region": r"[0-9]{6}",
    "id_number": r"[0-9A-Z]{0,18}",
    "card_no": r"[0-9A-Za-z]{0,9}",
    "card_id": r"[0-9]{6}[0-9A-F]{26}",
    "name": _TEXT,
    "name_extension": _TEXT,
    "historical": r"(?:[0-9A-F]{2}){0,15}",
    "version": r"[0-9.]{0,4}",
    "issued_on": _DAY,
    "expires_on": _DAY,
    "terminal_number": r"[0-9A-Za-z]{0,16}",
    "terminal_device": r"[0-9A-Za-z_-]{0,32}",
    "card_class": r"[0-9A-Za-z]?",
    "issuer": r"[0-9A-Za-z]{0,24}",
    "sex": r"[0-9]?",
    "ethnic_group": r"(?:[0-9]{2})?",
    "birth_region": r"(?:[0-9]{6})?",
    "born_on": _DAY,
    "algorithm": r"[0-9A-F]{2}",
    "internal_factor": r"[0-9A-F]{16}",
    "internal_source": r"[0-9A-F]{16}",
    "external_factor": r"(?:[0-9A-F]{16})?",
    "external_source": r"(?:[0-9A-F]{16})?",
    "internal": r"[0-9A-F]{32}",
    "external": r"(?:[0-9A-F]{32})?",
}
"""What each item looks like; all but the identifiers may be empty, as they are on a card that keeps them."""
_FORMS = {name: re.compile(form) for name, form in _FORMS_OF.items()}


@dataclass(frozen=True, slots=True, repr=False)
class National:
    """读基本信息 as the national interface standard writes it, and most back ends read it."""

    region: str
    id_number: str
    card_no: str
    card_id: str
    name: str  # with its extension
    historical: str  # historical bytes of the answer to reset, hexadecimal
    version: str
    issued_on: str  # YYYYMMDD
    expires_on: str
    terminal_number: str  # of the PSAM; empty without one
    terminal_device: str

    separator: ClassVar[str] = "|"


@dataclass(frozen=True, slots=True, repr=False)
class Issuing:
    """As card-issuing kiosks write it: the items in the order of the card's files."""

    card_id: str
    card_class: str
    version: str
    issuer: str
    issued_on: str
    expires_on: str
    card_no: str
    id_number: str
    name: str
    sex: str
    ethnic_group: str
    birth_region: str
    born_on: str

    separator: ClassVar[str] = "|"


@dataclass(frozen=True, slots=True, repr=False)
class Extended:
    """As `Issuing`, the extension of the name an item of its own, colons between."""

    card_id: str
    card_class: str
    version: str
    issuer: str
    issued_on: str
    expires_on: str
    card_no: str
    id_number: str
    name: str
    name_extension: str
    sex: str
    ethnic_group: str
    birth_region: str
    born_on: str

    separator: ClassVar[str] = ":"


@dataclass(frozen=True, slots=True, repr=False)
class HsmQuestion:
    """Step 1 of reading with an HSM: what it needs to know of the card. Factors and sources in hexadecimal.

    The external ones are empty for a card that asks for no external authentication.
    """

    region: str
    historical: str
    algorithm: str
    card_id: str
    internal_factor: str
    internal_source: str
    external_factor: str
    external_source: str

    separator: ClassVar[str] = "|"


@dataclass(frozen=True, slots=True, repr=False)
class HsmAnswer:
    """What step 2 takes: for each authentication the 8 bytes computed, then the 8 they were computed over."""

    internal: str
    external: str

    separator: ClassVar[str] = "|"


Line: TypeAlias = National | Issuing | Extended | HsmQuestion | HsmAnswer
L = TypeVar("L", bound=Line)


def encode(line: Line) -> bytes:
    """The bytes of a line, closed by its separator. Raises FormatError for what the layout cannot carry."""
    values = []
    for item in fields(line):
        value = getattr(line, item.name)
        if line.separator in value or value.endswith(" ") or not _FORMS[item.name].fullmatch(value):
            raise FormatError(Misfit.BAD_VALUE, item.name)
        values.append(value)
    try:
        raw = "".join(value + line.separator for value in values).encode("gbk")
    except UnicodeEncodeError:
        raise FormatError(Misfit.NOT_GBK, "name") from None
    if len(raw) > LINE_MAX_BYTES:
        raise FormatError(Misfit.TOO_LONG)
    return raw


def decode(layout: type[L], raw: bytes) -> L:
    """The line of that layout in `raw`. Blanks that pad an item are taken off. Raises FormatError."""
    if len(raw) > LINE_MAX_BYTES:
        raise FormatError(Misfit.TOO_LONG)
    names = [item.name for item in fields(layout)]
    *values, rest = _parts(raw, layout.separator, names)
    if rest:
        raise FormatError(Misfit.NOT_CLOSED)
    if len(values) != len(names):
        raise FormatError(Misfit.WRONG_COUNT)
    values = [value.rstrip(" ") for value in values]
    for name, value in zip(names, values, strict=True):
        if not _FORMS[name].fullmatch(value):
            raise FormatError(Misfit.BAD_VALUE, name)
    return layout(*values)


def _parts(raw: bytes, separator: str, names: list[str]) -> list[str]:
    """The line's parts as text, what follows the last separator included.

    A card may cut a character between name and extension; it is put together again, in the extension. The
    colon is no byte of any character, so lines that have an extension can be parted before they are text.
    """
    try:
        if "name_extension" not in names:
            return raw.decode("gbk").split(separator)
        parts = raw.split(separator.encode("ascii"))
        first, second = names.index("name"), names.index("name_extension")
        if second < len(parts):
            whole = _whole(parts[first], "gbk")
            parts[second] = parts[first][whole:] + parts[second]
            parts[first] = parts[first][:whole]
        return [part.decode("gbk") for part in parts]
    except UnicodeDecodeError:
        raise FormatError(Misfit.NOT_GBK) from None


def _whole(raw: bytes, encoding: str) -> int:
    """How many bytes there are before a character that is cut off by the end."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start if error.reason == "incomplete multibyte sequence" else len(raw)
    return len(raw)


def national(reading: CardReading, terminal_number: str = "", terminal_device: str = "") -> National:
    """A reading in the national layout; what the card protects stays empty."""
    return National(
        region=reading.region,
        id_number=reading.id_number or "",
        card_no=reading.card_no or "",
        card_id=reading.card_id,
        name=reading.name or "",
        historical=historical_bytes(reading.atr).hex().upper(),
        version=reading.version or "",
        issued_on=_day(reading.issued_on),
        expires_on=_day(reading.expires_on),
        terminal_number=terminal_number,
        terminal_device=terminal_device,
    )


def issuing(reading: CardReading) -> Issuing:
    """A reading in the layout of card-issuing kiosks."""
    return Issuing(name=reading.name or "", **_in_file_order(reading))


def extended(reading: CardReading) -> Extended:
    """A reading in the layout with colons. The name is parted before the character that does not fit, so that
    each part is text; the card itself parts it after 30 bytes.
    """
    try:
        first, rest = split_name(reading.name or "")
    except BadValue:
        raise FormatError(Misfit.TOO_LONG, "name") from None
    whole = _whole(first, "gb18030")
    return Extended(
        name=first[:whole].decode("gb18030"),
        name_extension=(first[whole:] + rest).decode("gb18030"),
        **_in_file_order(reading),
    )


def _in_file_order(reading: CardReading) -> dict[str, str]:
    return {
        "card_id": reading.card_id,
        "card_class": reading.card_class or "",
        "version": reading.version or "",
        "issuer": reading.issuer or "",
        "issued_on": _day(reading.issued_on),
        "expires_on": _day(reading.expires_on),
        "card_no": reading.card_no or "",
        "id_number": reading.id_number or "",
        "sex": reading.sex or "",
        "ethnic_group": reading.ethnic_group or "",
        "birth_region": reading.birth_region or "",
        "born_on": _day(reading.born_on),
    }


def _day(day: date | None) -> str:
    return f"{day.year:04d}{day:%m%d}" if day else ""
