"""The insurance agency, as the terminal needs it.

One logical operation is one method; which transaction number and which node
names an area uses is the profile's business. Money is integer fen. Every
message carries a `msgid` that the caller took from the journal *before* the
call; the classes of repetition are in `OPERATIONS`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Outcome
from kiosk.domain.person import Credential, Person
from kiosk.domain.split import LineShare, Split

CARD_LOST = "AC-01"
"""The code of a 1101 that is refused because the card is reported lost."""


@dataclass(frozen=True, slots=True)
class CodeIdentity:
    """What the 28 digits of an insurance code turned into (ec.query)."""

    credential: Credential = field(repr=False)
    name: str = field(repr=False)
    cert_no: str = field(repr=False)
    insured_place: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Whose visit a message is about. `insured_place` goes into every envelope with a `psn_no`."""

    psn_no: str = field(repr=False)
    insured_place: str
    insutype: str
    mdtrt_id: str = ""  # empty until 2201 has answered


@dataclass(frozen=True, slots=True)
class Entitlement:
    """2001: whether the person may use insurance for this kind of visit today."""

    entitled: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """2201: the agency's number for the visit."""

    mdtrt_id: str


@dataclass(frozen=True, slots=True)
class PreSettled:
    """2206A: the split to show. Nothing has moved yet."""

    split: Split


@dataclass(frozen=True, slots=True)
class Settlement:
    """2207A answered: the bill is settled at the agency."""

    setl_id: str
    mdtrt_id: str
    msgid: str  # medins_setl_id
    settled_at: dt.datetime
    split: Split
    refunded: bool = False  # from 5203: undone already


@dataclass(frozen=True, slots=True)
class NotThere:
    """The agency answered: it has no such settlement."""


@dataclass(frozen=True, slots=True)
class CannotAsk:
    """This area has no way to ask."""


@dataclass(frozen=True, slots=True)
class Reversed:
    """Nothing of the named message stands at the agency any more (2601, 2208)."""

    no_such: bool = False  # the agency never had it
    at: str = ""
    split: Split | None = None  # what 2208 says came back, as positive amounts; None when it does not hold


@dataclass(frozen=True, slots=True)
class Accepted:
    """Done, and there is nothing to say about it (2202, 2203A, 2205, 9002)."""


Found: TypeAlias = Settlement | NotThere | CannotAsk


class InsurancePort(Protocol):
    """The agency. No method raises for anything a peer does; every outcome has three arms."""

    async def sign_in(self, msgid: str) -> Outcome[Accepted]:
        """9001; the client keeps `sign_no` in memory for the business day."""
        ...

    async def sign_out(self, msgid: str) -> Outcome[Accepted]:
        """9002."""
        ...

    async def exchange_code(self, digits: str, business: str) -> Outcome[CodeIdentity]:
        """ec.query: 28 digits to an identity, at once and only once. `business` is `businessType`."""
        ...

    async def person(self, msgid: str, credential: Credential) -> Outcome[Person]:
        """1101. A card that is reported lost is refused with `CARD_LOST` where the area's words say so."""
        ...

    async def entitlement(self, msgid: str, case: Case, med_type: str, day: dt.date) -> Outcome[Entitlement]:
        """2001."""
        ...

    async def register(
        self, msgid: str, case: Case, credential: Credential, bill: Bill
    ) -> Outcome[Registered]:
        """2201, never repeated."""
        ...

    async def describe(self, msgid: str, case: Case, bill: Bill) -> Outcome[Accepted]:
        """2203A, never repeated."""
        ...

    async def upload(
        self, msgid: str, case: Case, batch: str, bills: tuple[Bill, ...]
    ) -> Outcome[tuple[LineShare, ...]]:
        """2204, never repeated. `batch` is the attempt id."""
        ...

    async def pre_settle(
        self, msgid: str, case: Case, credential: Credential, batch: str, total_fen: int, med_type: str
    ) -> Outcome[PreSettled]:
        """2206A, never repeated."""
        ...

    async def settle(
        self, msgid: str, case: Case, credential: Credential, batch: str, split: Split, med_type: str
    ) -> Outcome[Settlement]:
        """2207A, never repeated. `split` is the pre-settled one: its four policy parts are sent along."""
        ...

    async def find_settlement(self, msgid: str, case: Case, settle_msgid: str) -> Outcome[Found]:
        """What became of a 2207 whose answer is missing, as far as the area can say."""
        ...

    async def settlement(self, msgid: str, case: Case, setl_id: str) -> Outcome[Settlement | NotThere]:
        """5203 by `setl_id`."""
        ...

    async def visits(self, msgid: str, case: Case, first: dt.date, last: dt.date) -> Outcome[tuple[str, ...]]:
        """5201: the person's `mdtrt_id`s in a range of days."""
        ...

    async def reverse(self, msgid: str, case: Case, omsgid: str, oinfno: str) -> Outcome[Reversed]:
        """2601 of an unanswered message; repeated until answered. "No such transaction" is Done(no_such)."""
        ...

    async def undo(self, msgid: str, case: Case, setl_id: str) -> Outcome[Reversed]:
        """2208 of an answered settlement; after an unknown answer ask `settlement` before repeating."""
        ...

    async def revoke_lines(self, msgid: str, case: Case, batch: str) -> Outcome[Accepted]:
        """2205 of one batch."""
        ...

    async def revoke_visit(self, msgid: str, case: Case, ipt_otp_no: str) -> Outcome[Accepted]:
        """2202."""
        ...
