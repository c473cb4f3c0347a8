"""Invented persons: nobody here exists, and no region 99xxxx does.

They are the people of demo, tests and acceptance runs: the agency insures them, the virtual card and the
phone page show them, the hospital bills them (`bills`). Between them they have both kinds of insurance,
accounts that suffice and that do not, a family account, a suspended scheme, a stay outside their region,
names that need four bytes a character or a second field, and items of every class.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from kiosk.domain.bill import Bill
from kiosk.domain.person import Scheme, id_check_digit
from kiosk.sandbox._person_bills import bills_of
from kiosk.sandbox.benefits.policy import Remote

EMPLOYEE, RESIDENT = "310", "390"  # insutype
HOME, AWAY = "990100", "990200"


@dataclass(frozen=True, slots=True)
class Card:
    """A social-security card, as EF05 and EF06 hold it (card reference, §1.2)."""

    card_no: str = field(repr=False)  # one letter, eight digits
    card_id: str = field(repr=False)  # 卡识别码: 32 hex characters, region first
    version: str  # "1.00", "2.00", "3.00"; a 3.00 card keeps its holder behind an authentication
    issued_on: dt.date
    expires_on: dt.date


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """One person, as card, agency and hospital know them."""

    id: str  # short handle for scenarios and tests
    name: str = field(repr=False)
    sex: str  # 1 male, 2 female
    birth_date: dt.date = field(repr=False)
    cert_no: str = field(repr=False)
    psn_no: str = field(repr=False)
    patient_id: str  # the hospital's own record
    schemes: tuple[Scheme, ...]
    card: Card | None = None
    ethnicity: str = "01"
    family_balance_fen: int = 0  # authorised by a relative (共济)
    remote: Remote | None = None  # the filing for treatment outside `insured_place`
    civil_servant: bool = False
    groups: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        """Where the person is insured."""
        return self.schemes[0].insured_place

    def age_on(self, day: dt.date) -> int:
        """Full years."""
        return (
            day.year
            - self.birth_date.year
            - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))
        )


def bills(person_id: str, day: dt.date) -> tuple[Bill, ...]:
    """The open bills of a person on a day, lines included."""
    return bills_of(person_id, BY_ID[person_id].patient_id, day)


def _person(
    number: int,
    handle: str,
    name: str,
    sex: str,
    born: str,
    sequence: str,
    *schemes: Scheme,
    card: Card,
    ethnicity: str = "01",
    family_balance_fen: int = 0,
    remote: Remote | None = None,
) -> InventedPerson:
    birth_date = dt.date.fromisoformat(born)
    region = schemes[0].insured_place
    first17 = f"{region[:4]}02{birth_date:%Y%m%d}{sequence}"
    return InventedPerson(
        id=handle,
        name=name,
        sex=sex,
        birth_date=birth_date,
        cert_no=first17 + id_check_digit(first17),
        psn_no=f"{region}{number:020d}",
        patient_id=f"P99{number:06d}",
        schemes=schemes,
        card=card,
        ethnicity=ethnicity,
        family_balance_fen=family_balance_fen,
        remote=remote,
    )


def _scheme(
    insutype: str,
    psn_type: str,
    balance_fen: int = 0,
    place: str = HOME,
    state: str = "1",
    suspended_on: str | None = None,
    employer: str = "",
) -> Scheme:
    suspended = dt.date.fromisoformat(suspended_on) if suspended_on else None
    return Scheme(insutype, psn_type, state, suspended, place, balance_fen, employer)


def _card(number: int, version: str = "2.00", place: str = HOME, issued: str = "2019-05-20") -> Card:
    issued_on = dt.date.fromisoformat(issued)
    return Card(
        card_no=f"A{int(place[:4]):04d}{number:04d}",
        card_id=f"{place}D156000005{number:012d}FFFF",
        version=version,
        issued_on=issued_on,
        expires_on=issued_on.replace(year=issued_on.year + 20),
    )


PERSONS: tuple[InventedPerson, ...] = (
    # The bill of the mockups: 86.40 = fund 42.00 + account 30.00 + cash 14.40, 512.30 left.
    _person(1, "zhang", "张卫国", "1", "1959-03-08", "083",
            _scheme(EMPLOYEE, "1201", 54230), card=_card(1)),
    # The account pays all that the fund does not: nothing in cash.
    _person(2, "chen", "陈静", "2", "1988-07-15", "026",
            _scheme(EMPLOYEE, "1101", 276000, employer="示例市纺织厂"),
            card=_card(2, "1.00", issued="2018-03-01")),
    # A pupil: resident insurance, no account, a guardian must act.
    _person(3, "li", "李小满", "2", "2016-05-21", "048",
            _scheme(RESIDENT, "1403"), card=_card(3)),
    # Suspended: insurance cannot be used, full self-pay can.
    _person(4, "wang", "王建军", "1", "1975-11-02", "057",
            _scheme(EMPLOYEE, "1103", 1280, state="2", suspended_on="2020-09-01"), card=_card(4)),
    # Four bytes in GB18030, a character that many fonts and old systems lack.
    _person(5, "zhu", "朱𬎆", "1", "1992-01-30", "071",
            _scheme(EMPLOYEE, "1101", 8815, employer="示例市设计院"), card=_card(5)),
    _person(6, "liu", "刘䶮", "2", "1969-09-12", "084",
            _scheme(RESIDENT, "1501"), card=_card(6, "3.00", issued="2024-06-01")),
    # Two rows: the employee scheme has ended, the resident one is used.
    _person(7, "zhou", "周桂兰", "2", "1951-12-03", "102",
            _scheme(EMPLOYEE, "1201", state="3", suspended_on="2020-01-01"),
            _scheme(RESIDENT, "1601"), card=_card(7)),
    # Insured elsewhere and not filed for treatment here; at home in the second area.
    _person(8, "zhao", "赵远山", "1", "1983-04-18", "115",
            _scheme(EMPLOYEE, "1101", 2000, place=AWAY, employer="远山市运输公司"),
            card=_card(8, place=AWAY), remote="unfiled", family_balance_fen=1500),
    # An item of 268.00 outside the fund: needs consent.
    _person(9, "he", "何秀英", "2", "1964-08-27", "124",
            _scheme(EMPLOYEE, "1201", 15050), card=_card(9)),
    # A name that needs the second name field of the card, and another script's length on screen.
    _person(10, "ayi", "阿依古丽·买买提江·阿不都热合曼", "2", "1979-02-11", "144",
            _scheme(RESIDENT, "1501"), card=_card(10), ethnicity="05"),
    # An empty account, a relative's account behind it.
    _person(11, "sun", "孙浩", "1", "1996-10-09", "199",
            _scheme(EMPLOYEE, "1103", 0), card=_card(11), family_balance_fen=120000),
)  # fmt: skip

BY_ID = {person.id: person for person in PERSONS}
BY_PSN_NO = {person.psn_no: person for person in PERSONS}
