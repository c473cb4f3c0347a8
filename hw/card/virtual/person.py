"""Invented holders of virtual cards."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Self

from hw.card import identity


@dataclass(frozen=True, slots=True, repr=False)
class CardPerson:
    """Whose card it is, ready for JSON. Only invented people: the region must begin with 99, which no place
    has.
    """

    name: str
    id_number: str
    sex: str  # "1" male, "2" female
    region: str  # issuing region, "990101"
    card_no: str  # a letter and eight characters
    ssc_version: str = "2.00"
    issued_on: str = "20210304"
    expires_on: str = "20991231"
    card_class: str = "1"
    issuer: str = "991100000000"
    ethnic_group: str = "01"
    birth_region: str = "990101"
    born_on: str = ""  # from the number when left empty
    serial: str = "000000000000001F"  # 16 hexadecimal digits
    household_kind: str = "10"
    household_address: str = "测试路一号"
    address: str = "测试路二号"
    telephone: str = "0000-00000000"
    nationality: str = "CN"

    def __post_init__(self) -> None:
        if not self.region.startswith("99") or len(self.region) != 6:
            raise ValueError("region must be six digits that begin with 99")
        if len(self.serial) != 16:
            raise ValueError("serial must have 16 hexadecimal digits")

    def __repr__(self) -> str:
        return f"CardPerson(region={self.region!r}, ssc_version={self.ssc_version!r})"

    @property
    def card_id(self) -> str:
        """卡识别码: region, identifier of the application's provider, serial number."""
        return f"{self.region}D156000005{self.serial}"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError for text that is no person."""
        fields = json.loads(text)
        if not isinstance(fields, dict):
            raise ValueError("a person is a JSON object")
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: Mapping[str, object]) -> Self:
        """Raises ValueError for missing or unknown fields and for values that are not text."""
        if not all(isinstance(value, str) for value in fields.values()):
            raise ValueError("every field of a person is text")
        try:
            return cls(**{key: str(value) for key, value in fields.items()})
        except TypeError as error:
            raise ValueError(f"not the fields of a person: {error}") from error

    def to_fields(self) -> dict[str, str]:
        return asdict(self)


def invent(
    ordinal: int,
    *,
    name: str = "测试甲",
    region: str = "990101",
    born: date = date(1950, 3, 7),
    ssc_version: str = "2.00",
) -> CardPerson:
    """Person number `ordinal` (0 to 999) born that day in that region; an odd ordinal is a man."""
    first = f"{region}{born:%Y%m%d}{ordinal:03d}"
    number = first + identity.check_character(first)
    return CardPerson(
        name=name,
        id_number=number,
        sex=identity.sex(number),
        region=region,
        card_no=f"Y{ordinal:08d}",
        ssc_version=ssc_version,
        birth_region=region,
        serial=f"{ordinal:016X}",
    )
