"""The facts of the slips: what a patient holds when a visit did not end in a plain statement.

Being checked, refunded, sent to a window, settled without insurance. The same
rule as for the statement: frozen, masked, and printed again from the same facts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.domain.receipt import (
    Issuer,
    ItemisedList,
    PaperError,
    Statement,
    require_masked,
    require_tail,
)


@dataclass(frozen=True, slots=True)
class BeingChecked:
    """ "Being checked" slip (核实凭条; wording, §2.7): the outcome is unknown, do not pay again.

    `phrase` M1: the payment is proven; M1b: the payment itself is not known, so the slip must not say "you
    paid". `refund`: an undo is what is being checked. `name` is empty after a restart, when nobody is known.
    """

    issuer: Issuer
    name: str
    attempt_id: str  # or the refund's id
    phrase: str
    total_fen: int
    cash_fen: int
    channel: str
    tail: str
    at: dt.datetime
    check_after: dt.datetime
    desk: str  # the window that helps in a hurry
    refund: bool = False

    def __post_init__(self) -> None:
        require_masked(self.name)
        require_tail(self.tail)
        if self.phrase not in ("M1", "M1b"):
            raise PaperError(f"a being-checked slip cannot say {self.phrase}")


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """Refund slip (退款凭条; wording, §2.6). Each part goes back where it came from.

    `state`: processing, success, failed, as the payment channel says of the phone's part.
    """

    issuer: Issuer
    name: str
    refund_id: str
    receipt_no: str
    original_receipt_no: str
    reason: str  # the hospital's words
    channel: str
    tail: str
    cash_fen: int
    account_fen: int
    family_fen: int
    fund_fen: int
    state: str
    at: dt.datetime

    def __post_init__(self) -> None:
        require_masked(self.name)
        require_tail(self.tail)
        if self.state not in ("processing", "success", "failed"):
            raise PaperError(f"no such state of a refund: {self.state}")
        if min(self.cash_fen, self.account_fen, self.family_fen, self.fund_fen) < 0:
            raise PaperError("a refund gives back, it does not take")

    @property
    def total_fen(self) -> int:
        """What goes back, by all routes."""
        return self.cash_fen + self.account_fen + self.family_fen + self.fund_fen


@dataclass(frozen=True, slots=True)
class Guidance:
    """Directions slip (办理指引): what could not be done here, and which window can. Holds no name.

    `code` and `phrase` are what the screen said. `bring` names things by the keys under `paper.bring`.
    """

    issuer: Issuer
    code: str
    phrase: str
    bill_title: str
    amount_fen: int
    desk: str
    desk_place: str
    bring: tuple[str, ...]
    self_pay: bool  # paying in full and claiming later is open
    at: dt.datetime
    values: tuple[tuple[str, str], ...] = ()  # what the code's text leaves open besides code and desk


@dataclass(frozen=True, slots=True)
class NotUsed:
    """Note for a manual claim: paid in full, insurance not used (未使用医保说明; wording, §2.11; S1-A.5d).

    `code` says why, in the words of the table of codes.
    """

    issuer: Issuer
    name: str
    attempt_id: str
    receipt_no: str
    visit_day: dt.date
    med_type: str
    paid_fen: int
    code: str
    at: dt.datetime

    def __post_init__(self) -> None:
        require_masked(self.name)


Paper: TypeAlias = Statement | ItemisedList | BeingChecked | RefundSlip | Guidance | NotUsed


@dataclass(frozen=True, slots=True)
class CopyMark:
    """A copy says that it is one: which, when, and where it was printed (wording, §1 and RC-01)."""

    number: int  # 1 for the first copy
    at: dt.datetime
    place: str

    def __post_init__(self) -> None:
        if self.number < 1:
            raise PaperError("the first copy is number 1")
