"""What a card said, in the field's terms."""

import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from hw.card import identity
from hw.card.coding import DATE, BadValue, Value
from hw.card.failure import CardError, CardFailure, Code
from hw.card.holder import EF06, join_name
from hw.card.issuer import EF05, VERSIONS
from hw.card.item import Item


class ReadingWarning(StrEnum):
    """Something to know about a card that could be read."""

    EXPIRED = "expired"
    VERSION_UNKNOWN = "version_unknown"
    DATE_UNREADABLE = "date_unreadable"
    ITEM_UNREADABLE = "item_unreadable"  # one that nobody needs for a visit
    NAME_CUT = "name_cut"  # the card has no room for the whole name
    NAME_UNREADABLE = "name_unreadable"
    NOT_A_RESIDENT_NUMBER = "not_a_resident_number"  # foreign holder or 15 digits: no check character to test
    BIRTH_DATE_DIFFERS = "birth_date_differs"  # from the one in the number (requirements: S1-C.7)
    SEX_DIFFERS = "sex_differs"
    CARD_NO_BLANK = "card_no_blank"


@dataclass(frozen=True, slots=True, repr=False)
class CardReading:
    """One card, read. Fields the card protects or leaves empty are None.

    Person data: `card_id`, `card_no`, `id_number`, `name`, `sex`, `ethnic_group`, `birth_region`,
    `born_on`. They live in memory during one visit and are never written anywhere; `repr` masks them.
    """

    version: str | None  # 规范版本, "1.00" "2.00" "3.00"
    card_id: str  # 卡识别码, 32 hexadecimal digits; card_sn of the insurance interface
    region: str  # 发卡地区行政区划代码, six digits
    card_class: str | None  # 卡类别
    issuer: str | None  # 初始化机构编号
    issued_on: date | None  # 发卡日期
    expires_on: date | None  # 卡有效期
    card_no: str | None  # 卡号
    id_number: str | None  # 社会保障号码
    name: str | None  # 姓名, with its extension
    sex: str | None  # 性别, "1" male, "2" female
    ethnic_group: str | None  # 民族, two digits
    birth_region: str | None  # 出生地
    born_on: date | None  # 出生日期
    protected: tuple[str, ...] = ()  # items that the card keeps until it has authenticated the terminal
    warnings: tuple[ReadingWarning, ...] = ()
    atr: bytes = b""  # answer to reset, 卡复位信息
    not_opened: CardFailure | None = None  # why an authenticator could not open what is protected

    @property
    def needs_authentication(self) -> bool:
        """Whether the holder stays unknown until the card has authenticated the terminal (3.0 cards)."""
        return bool(self.protected)

    def __repr__(self) -> str:
        return f"CardReading({', '.join(f'{key}={value!r}' for key, value in masked(self).items())})"


def decode(answers: Iterable[tuple[Item, bytes]], warnings: list[ReadingWarning]) -> dict[str, Value]:
    """The values in good answers to READ RECORD: tag, length, value, status word.

    The card's word is checked: a wrong tag or a length past the end is BAD_DATA. A value that is none is
    BAD_DATA where the item is needed; elsewhere it is left out, with a warning.
    """
    values: dict[str, Value] = {}
    for item, answer in answers:
        if len(answer) < 4 or answer[0] != item.tag or answer[1] > len(answer) - 4:
            raise CardError(Code.BAD_DATA, item=item.name)
        try:
            values[item.name] = item.coding.decode(answer[2 : 2 + answer[1]])
        except BadValue:
            if item.needed:
                raise CardError(Code.BAD_DATA, item=item.name) from None
            date_like = item.coding is DATE
            warnings.append(ReadingWarning.DATE_UNREADABLE if date_like else ReadingWarning.ITEM_UNREADABLE)
    return values


def build(
    values: Mapping[str, Value],
    protected: tuple[str, ...] = (),
    warnings: Iterable[ReadingWarning] = (),
    atr: bytes = b"",
    today: date | None = None,
) -> CardReading:
    """Make a reading of the items' values, by name; `values` lacks the items that the card does not have.

    Raises BAD_DATA for a needed item that is missing or contradicts its own form, CARD_BLANK for a card
    without a holder, NEEDS_AUTHENTICATION when even the free items are protected.
    """
    fields: dict[str, Any] = {**_NO_VALUES, **values}  # the type of each is its coding's: see the tables
    warned = list(warnings)
    card_id = fields["card_id"]
    if card_id is None or not card_id[:6].isdecimal():
        raise CardError(
            Code.NEEDS_AUTHENTICATION if "card_id" in protected else Code.BAD_DATA, item="card_id"
        )
    if fields["version"] not in VERSIONS:
        warned.append(ReadingWarning.VERSION_UNKNOWN)
    if fields["expires_on"] is not None and fields["expires_on"] < (
        today or _day_of(int(time.monotonic() // 60))
    ):
        warned.append(ReadingWarning.EXPIRED)
    if fields["card_no"] is None and "card_no" not in protected:
        warned.append(ReadingWarning.CARD_NO_BLANK)
    if "id_number" not in protected:
        fields["id_number"] = _id_number(fields["id_number"], fields["born_on"], fields["sex"], warned)
    name, extension = fields["name"], fields.pop("name_extension")
    if "name" not in protected:
        fields["name"] = _name(name or b"", extension or b"", warned)
    if warned:
        warned = list(dict.fromkeys(warned))
    return CardReading(region=card_id[:6], protected=protected, warnings=tuple(warned), atr=atr, **fields)


_NO_VALUES: dict[str, Value] = {item.name: None for item in (*EF05.items, *EF06.items)}


@functools.lru_cache(maxsize=1)
def _day_of(minute: int) -> date:
    """Today, looked up once a minute: the look alone would be a hundredth of a read."""
    return date.today()


def _id_number(
    number: str | None, born_on: date | None, sex: str | None, warnings: list[ReadingWarning]
) -> str:
    if number is None:
        raise CardError(Code.CARD_BLANK, item="id_number")
    number = number.upper()
    if not identity.is_resident_number(number):
        warnings.append(ReadingWarning.NOT_A_RESIDENT_NUMBER)
        return number
    # Money follows this number: a wrong one may be somebody else's, so it is never handed on with a warning.
    birth = identity.birth_date(number)
    if birth is None:
        raise CardError(Code.BAD_DATA, item="id_number")
    if born_on not in (None, birth):
        warnings.append(ReadingWarning.BIRTH_DATE_DIFFERS)
    if sex in ("1", "2") and sex != identity.sex(number):
        warnings.append(ReadingWarning.SEX_DIFFERS)
    return number


def _name(first: bytes, extension: bytes, warnings: list[ReadingWarning]) -> str | None:
    try:
        name, cut = join_name(first, extension)
    except BadValue:
        name, cut = None, False
    if name is None or not name.isprintable():
        warnings.append(ReadingWarning.NAME_UNREADABLE)
        return None
    if cut:
        warnings.append(ReadingWarning.NAME_CUT)
    return name


def fields_of(reading: CardReading) -> dict[str, object]:
    """The fields in order, in clear; the ATR in hexadecimal, a failure by its code."""
    fields: dict[str, object] = {name: getattr(reading, name) for name in reading.__slots__}
    fields["atr"] = reading.atr.hex().upper()
    fields["not_opened"] = reading.not_opened.code if reading.not_opened is not None else None
    return fields


def masked(reading: CardReading) -> dict[str, object]:
    """The fields in order, person data masked: nothing left of them tells two holders apart for certain.

    Names keep one character or two, the identity number four at each end, the card's identifiers no serial
    number.
    """
    fields = fields_of(reading)
    atr = reading.atr.hex().upper()
    fields["atr"] = atr[:-8] + "*" * len(atr[-8:])  # a serial number ends it
    fields["card_id"] = reading.card_id[:16] + "*" * (len(reading.card_id) - 16)
    fields["card_no"] = mask_number(reading.card_no, 0)
    fields["id_number"] = mask_number(reading.id_number, 4)
    fields["name"] = mask_name(reading.name)
    for field in ("sex", "ethnic_group", "birth_region", "born_on"):
        if fields[field] is not None:
            fields[field] = "*"
    return fields


def mask_number(number: str | None, kept: int) -> str | None:
    """Hide all but `kept` characters at each end; everything when that would leave fewer than half hidden."""
    if number is None:
        return None
    if kept * 4 > len(number):
        kept = 0
    return number[:kept] + "*" * (len(number) - 2 * kept) + number[len(number) - kept :]


def mask_name(name: str | None) -> str | None:
    """First and last character of a long name, the first of a short one."""
    if not name:
        return name
    if len(name) <= 2:
        return name[0] + "*" * max(1, len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]
