"""Self-pay by phone through the hospital's gateway: the phone scans our code, or we scan the phone's.

Amounts are integer fen. Every method is `keyed` by the attempt or the refund:
repeating it with the same order is safe, with another one it is an error in
our code. `charge_code` alone is sent once: its code is a credential that nobody
keeps, so what became of it is asked for. Merchant keys never lie in a terminal.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Order:
    """What the patient is asked to pay. `valid_s`: how long the code can be paid."""

    attempt: AttemptId
    amount_fen: int
    subject: str
    valid_s: int


@dataclass(frozen=True, slots=True)
class CodeToShow:
    """The text of the QR code that the phone scans."""

    text: str


class PaymentState(StrEnum):
    """What the gateway says of an order. Query is the authority, not the phone."""

    WAITING = "waiting"
    PAID = "paid"
    CLOSED = "closed"  # and not paid
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Payment:
    """An order as the gateway has it."""

    state: PaymentState
    amount_fen: int
    channel: str = ""  # wechat, alipay, unionpay, aggregate
    channel_no: str = ""
    paid_at: str = ""


class RefundState(StrEnum):
    """A refund that was accepted goes on by itself."""

    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"  # the route is closed: a person decides


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the gateway has it."""

    state: RefundState
    amount_fen: int
    channel_no: str = ""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One row of the channel's daily bill."""

    out_trade_no: str
    kind: str  # pay, refund
    amount_fen: int
    channel: str
    at: str
    refund_id: str = ""


class PaymentPort(Protocol):
    """The gateway. No method raises for anything a peer does."""

    async def create(self, order: Order) -> Outcome[CodeToShow]:
        """Create the order, or give the code of the same order again."""
        ...

    async def charge_code(self, attempt: AttemptId, amount_fen: int, code: str) -> Outcome[Payment]:
        """Take the amount of a created order from the wallet whose payment code the patient shows.

        `code` is a credential: it goes out in the body of this one request and is kept nowhere. At most one
        charge for each order: the code that was on our screen is dead from here on, and if a phone has paid
        it before, the answer is PAID and nothing is charged. WAITING: the phone asks its owner for the
        password. Refused: nothing was taken, the order still waits, and `create` gives a new code to show;
        no other code is charged under it.
        """
        ...

    async def query(self, attempt: AttemptId) -> Outcome[Payment]:
        """The order's state. "Not found" is Unknown: it may still be in flight."""
        ...

    async def close(self, attempt: AttemptId) -> Outcome[Payment]:
        """End an unpaid order. The answer is CLOSED, or PAID when the phone was faster.

        Closing an order the gateway has never seen leaves a tombstone: CLOSED, and a late create dies. A
        charge that is under way is reversed; until the channel has said what became of it the answer is
        Unknown. REFUNDED: it had been paid, and the channel has sent the money back by itself.
        """
        ...

    async def refund(self, refund: RefundId, attempt: AttemptId, amount_fen: int) -> Outcome[Refund]:
        """Send money back by its original route. One `refund` id for life."""
        ...

    async def refund_query(self, refund: RefundId) -> Outcome[Refund]:
        """The refund's state."""
        ...

    async def bill(self, day: dt.date) -> Outcome[tuple[BillRow, ...]]:
        """The channel's own list of a day, for reconciliation."""
        ...
