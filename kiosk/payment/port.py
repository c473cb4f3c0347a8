"""Self-pay by phone through the hospital's gateway.

Amounts are integer fen. Every method is `keyed` by the attempt or the refund:
repeating it with the same order is safe, with another one it is an error in
our code. Merchant keys never lie in a terminal.
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

    async def query(self, attempt: AttemptId) -> Outcome[Payment]:
        """The order's state. "Not found" is Unknown: it may still be in flight."""
        ...

    async def close(self, attempt: AttemptId) -> Outcome[Payment]:
        """Close an unpaid order. The answer is CLOSED, or PAID when the phone was faster.

        Closing an order the gateway has never seen leaves a tombstone: CLOSED, and a late create dies.
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
