"""The simulated gateway and the phones before it. Keyed, with tombstones, as its contract says, and no more.

What a gateway should refuse and some do not, it does: another code or another refund
number moves money again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.outcome import Done, Outcome, Refused
from kiosk.payment.port import CodeToShow, Payment, PaymentState, Refund, RefundState


@dataclass(frozen=True, slots=True)
class Phone:
    """How a phone takes the charge of the code that it shows."""

    asks: bool = False  # for the password, before it pays
    empty: bool = False  # there is not enough in it
    pays_at_reverse: bool = False  # the password comes in the moment in which the charge is reversed


@dataclass
class Wallet:
    """Orders keyed by attempt, refunds keyed by refund id, charges by the code that was shown."""

    orders: dict[str, PaymentState] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    captured: list[int] = field(default_factory=list)
    refunds: dict[str, int] = field(default_factory=dict)
    scannable: set[str] = field(default_factory=set)
    charges: dict[str, Phone] = field(default_factory=dict)
    asking: Phone | None = None  # the phone that waits for its password

    def create(self, attempt: str, amount_fen: int) -> Outcome[Any]:
        """The same order gives a code again; a closed one is dead."""
        if self.orders.setdefault(attempt, PaymentState.WAITING) is not PaymentState.WAITING:
            return Refused("ORDER_CLOSED")
        self.amounts[attempt] = amount_fen
        self.scannable.add(attempt)
        return Done(CodeToShow("code"))

    def scan_and_pay(self, attempt: str) -> None:
        """A phone scans the code on the screen and pays, if it still can."""
        if self.orders.get(attempt) is PaymentState.WAITING and attempt in self.scannable:
            self._capture(attempt)

    def charge(self, attempt: str, code: str, phone: Phone) -> Outcome[Any]:
        """The same code again is the same charge. Another one charges again: only we prevent that."""
        state = self.orders.get(attempt)
        if state is PaymentState.CLOSED or state is None:
            return Refused("ORDER_CLOSED")
        if code in self.charges:
            return Refused("BALANCE_LOW") if phone.empty else Done(self.payment(attempt))
        if state is PaymentState.PAID and not self.charges:
            return Done(self.payment(attempt))  # a phone has scanned it before
        self.charges[code] = phone
        self.scannable.discard(attempt)
        if phone.empty:
            return Refused("BALANCE_LOW")
        if phone.asks:
            self.asking = phone
        else:
            self._capture(attempt)
        return Done(self.payment(attempt))

    def enter_password(self, attempt: str) -> None:
        """The owner of the phone that asks agrees, if the charge still stands."""
        if self.asking is not None and self.orders.get(attempt) is PaymentState.WAITING:
            self._capture(attempt)

    def _capture(self, attempt: str) -> None:
        self.orders[attempt] = PaymentState.PAID
        self.captured.append(self.amounts[attempt])

    def payment(self, attempt: str) -> Payment:
        """The order as it stands."""
        return Payment(self.orders[attempt], self.amounts.get(attempt, 0), "wechat", "W1", "")

    def close(self, attempt: str) -> Outcome[Any]:
        """Closed, or paid when the phone was faster. A charge that waits for its password is reversed."""
        if self.orders.get(attempt, PaymentState.WAITING) is PaymentState.WAITING:
            self.orders[attempt] = PaymentState.CLOSED
            if self.asking is not None and self.asking.pays_at_reverse:
                self._capture(attempt)
                self.orders[attempt] = PaymentState.REFUNDED
                self.refunds["by the channel"] = self.amounts[attempt]
        return Done(self.payment(attempt))

    def refund(self, refund: str, attempt: str, amount_fen: int) -> Outcome[Any]:
        """Another refund id sends money back again: the channel does not know that it is the same."""
        if self.orders.get(attempt) is not PaymentState.PAID:
            return Refused("ROUTE_CLOSED")
        self.refunds.setdefault(refund, amount_fen)
        return Done(Refund(RefundState.SUCCESS, amount_fen))

    def captured_fen(self) -> int:
        """All that phones ever paid."""
        return sum(self.captured)

    def returned_fen(self) -> int:
        """All that went back."""
        return sum(self.refunds.values())
