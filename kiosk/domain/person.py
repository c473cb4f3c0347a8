"""Who stands before the terminal, as card, code, agency and hospital see them.

Credentials and full identities live in memory for one visit. Their `repr` never
shows them, so that a log line or a traceback cannot leak them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class CredentialKind(StrEnum):
    """`mdtrt_cert_type` (insurance interface, §5)."""

    CODE = "01"  # electronic medical-insurance code
    ID_CARD = "02"
    CARD = "03"  # social-security card


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves the person to the agency. Memory only, one visit, never in journal or log."""

    kind: CredentialKind
    number: str = field(repr=False)  # ecToken, card number or id number
    card_sn: str | None = field(default=None, repr=False)  # identification code of the card
    name: str | None = field(default=None, repr=False)
    cert_no: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One `insuinfo` row: an insurance the person is in."""

    insutype: str  # 310 employee, 390 resident
    psn_type: str  # compared by prefix: 11 employed, 12 retired, 14-16 resident
    state: str  # psn_insu_stas: 1 normal, 2 suspended, 3 ended
    suspended_on: dt.date | None
    insured_place: str  # insuplc_admdvs
    balance_fen: int  # personal account
    employer: str = ""

    @property
    def usable(self) -> bool:
        """Normal and not suspended (insurance interface, §3.1)."""
        return self.state == "1" and self.suspended_on is None


@dataclass(frozen=True, slots=True)
class Person:
    """The agency's record of a person (1101)."""

    psn_no: str = field(repr=False)
    cert_type: str
    cert_no: str = field(repr=False)
    name: str = field(repr=False)
    sex: str  # 1 male, 2 female
    birth_date: dt.date | None = field(repr=False)
    age: int | None
    schemes: tuple[Scheme, ...]

    def scheme(self) -> Scheme | None:
        """The scheme to use: a usable one, employee (310) before resident (390); None when there is none."""
        usable = [s for s in self.schemes if s.usable]
        return min(usable, key=lambda s: (s.insutype != "310", s.insutype != "390"), default=None)


def mask_name(name: str) -> str:
    """张卫国 -> 张*国, 李四 -> 李*, a Latin name keeps its first letter."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_number(number: str) -> str:
    """Four, stars, four (`wording`, §1): `9901**********001X`. Short numbers become stars alone."""
    if len(number) <= 8:
        return "*" * len(number)
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def id_check_digit(first17: str) -> str:
    """The last character of an 18-digit resident id number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def id_is_valid(number: str) -> bool:
    """Whether an id number has 18 characters and a right check digit."""
    return (
        len(number) == 18
        and number.isascii()
        and number[:17].isdecimal()
        and id_check_digit(number[:17]) == number[17].upper()
    )
