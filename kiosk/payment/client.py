"""The terminal's client of the hospital's payment gateway: `PaymentPort` over HTTP.

The resource: JSON under `<gateway>/pay/v1`, amounts in integer fen, mutual TLS in production. Every change
carries `Idempotency-Key`, which is the id in its path: the same request again changes nothing and is answered
as before.

    PUT  /orders/{out_trade_no}         amount_fen, subject, valid_s -> the order, with its code_url
    GET  /orders/{out_trade_no}         -> the order
    POST /orders/{out_trade_no}:charge  amount_fen, auth_code -> the order: paid, or waiting for the phone
    POST /orders/{out_trade_no}:close   -> the order: closed, or paid when the phone was faster
    PUT  /refunds/{refund_id}           out_trade_no, amount_fen -> the refund
    GET  /refunds/{refund_id}           -> the refund
    GET  /bill?date=2026-11-20&cursor=  -> date, rows, next_cursor

    order:  out_trade_no, state (waiting, paid, closed, refunded), amount_fen, code_url, channel, channel_no,
            paid_at
    refund: refund_id, out_trade_no, state (processing, success, failed), amount_fen, channel_no

Closing an order never seen closes it for good. Problems (4xx with `code` and `effect`): BAD_REQUEST,
ORDER_NOT_FOUND, ORDER_PAID, ORDER_CLOSED, ORDER_NOT_PAID, REFUND_NOT_FOUND, REFUND_EXCEEDS, ROUTE_CLOSED have
no effect; IDEMPOTENCY_MISMATCH has the effect of what is stored.

A charge takes the code that the payer shows. One for each order: the gateway first makes the order's own code
dead (already paid: it answers paid and charges nothing), and refuses a second charge by another code with
ORDER_CHARGED. CODE_INVALID, CODE_EXPIRED, CODE_USED, BALANCE_LOW and CHARGE_REFUSED took nothing: the order
waits on, and `PUT` answers with a new `code_url`, good for `valid_s` from then. Closing an order whose charge
is under way reverses the charge (no sooner than the channel allows): IN_PROGRESS until the channel has said
what became of it, then closed, paid, or refunded when the channel has taken the money and given it back.
"""

from __future__ import annotations

import datetime as dt
import ssl
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

import msgspec

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.exchange import UNREADABLE
from kiosk.payment import _wire
from kiosk.payment._transport import GatewayLimits, Told, Transport
from kiosk.payment.port import BillRow, CodeToShow, Order, Payment, PaymentState, Refund

W = TypeVar("W", bound=msgspec.Struct)

HIDDEN = "***"
NOT_FOUND = frozenset({"ORDER_NOT_FOUND", "REFUND_NOT_FOUND"})


class GatewayClient:
    """`PaymentPort` over HTTP. Belongs to one event loop; close it, or use it as a context manager.

    Args:
        url: the gateway's base address, without `/pay/v1`.
        terminal: `site/device`, sent as X-Terminal.
        tls: mutual TLS; None for a gateway on loopback.
    """

    def __init__(
        self,
        url: str,
        terminal: str,
        *,
        tls: ssl.SSLContext | None = None,
        limits: GatewayLimits | None = None,
    ) -> None:
        self._wire = Transport(url, terminal, tls=tls, limits=limits or GatewayLimits())

    async def __aenter__(self) -> GatewayClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_connections()

    async def close_connections(self) -> None:
        """End the connections to the gateway. (`close` is a word of the port: it closes an order.)"""
        await self._wire.close()

    async def create(self, order: Order) -> Outcome[CodeToShow]:
        """See `PaymentPort.create`. Refused with ORDER_PAID or ORDER_CLOSED when its life is over."""
        body = _wire.OrderBody(order.amount_fen, order.subject, order.valid_s)
        told = await self._wire.change("PUT", _order(order.attempt), order.attempt, msgspec.json.encode(body))
        outcome = self._order_of(order.attempt, told)
        if not isinstance(outcome, Done):
            return outcome
        found = outcome.value
        if (
            found.amount_fen != order.amount_fen
            or found.state is not PaymentState.WAITING
            or not found.code_url
        ):
            return self._wire.unknown(f"answered with state {found.state}, {found.amount_fen} fen")
        return Done(CodeToShow(found.code_url))

    async def charge_code(self, attempt: AttemptId, amount_fen: int, code: str) -> Outcome[Payment]:
        """See `PaymentPort.charge_code`. The peer's words are freed of the code, should it repeat it."""
        body = msgspec.json.encode(_wire.ChargeBody(amount_fen, code))
        told = await self._wire.change("POST", f"{_order(attempt)}:charge", attempt, body)
        match _payment(self._order_of(attempt, told)):
            case Refused(code=reason, peer_text=text):
                return Refused(reason.replace(code, HIDDEN), text.replace(code, HIDDEN))
            case Unknown(ask_after_s=ask_after_s, why=why):
                return Unknown(ask_after_s, why.replace(code, HIDDEN))
            case outcome:
                return outcome

    async def query(self, attempt: AttemptId) -> Outcome[Payment]:
        """See `PaymentPort.query`. An order not found is unknown: it may still be in flight."""
        return _payment(self._order_of(attempt, self._certain(await self._wire.read(_order(attempt)))))

    async def close(self, attempt: AttemptId) -> Outcome[Payment]:
        """See `PaymentPort.close`. An order that still waits after its closing is unknown."""
        told = await self._wire.change("POST", f"{_order(attempt)}:close", attempt, None)
        outcome = self._order_of(attempt, told)
        if isinstance(outcome, Done) and outcome.value.state is PaymentState.WAITING:
            return self._wire.unknown("closed, and said to be waiting")
        return _payment(outcome)

    async def refund(self, refund: RefundId, attempt: AttemptId, amount_fen: int) -> Outcome[Refund]:
        """See `PaymentPort.refund`."""
        body = msgspec.json.encode(_wire.RefundBody(attempt, amount_fen))
        outcome = self._refund_of(refund, await self._wire.change("PUT", _refund(refund), refund, body))
        if isinstance(outcome, Done) and outcome.value.amount_fen != amount_fen:
            return self._wire.unknown(f"answered with {outcome.value.amount_fen} fen")
        return outcome

    async def refund_query(self, refund: RefundId) -> Outcome[Refund]:
        """See `PaymentPort.refund_query`. A refund not found is unknown: it may still be in flight."""
        return self._refund_of(refund, self._certain(await self._wire.read(_refund(refund))))

    async def bill(self, day: dt.date) -> Outcome[tuple[BillRow, ...]]:
        """See `PaymentPort.bill`: all pages, or none."""
        rows: list[BillRow] = []
        cursor = ""
        for _ in range(self._wire.limits.pages_max):
            path = f"/bill?date={day.isoformat()}&cursor={quote(cursor, safe='')}"
            page = self._decoded(await self._wire.read(path, page=True), _wire.BillPage)
            if not isinstance(page, Done):
                return page
            if page.value.date != day.isoformat():
                return self._wire.unknown(f"the bill of {page.value.date}")
            rows += (_bill_row(line) for line in page.value.rows)
            cursor = page.value.next_cursor
            if not cursor:
                return Done(tuple(rows))
        return self._wire.unknown(f"a bill of more than {self._wire.limits.pages_max} pages")

    def _certain(self, told: Told) -> Told:
        """For a question: "not found" proves nothing while a request may be under way."""
        if isinstance(told, Refused) and told.code in NOT_FOUND:
            return self._wire.unknown(told.code)
        return told

    def _order_of(self, attempt: AttemptId, told: Told) -> Outcome[_wire.OrderAnswer]:
        outcome = self._decoded(told, _wire.OrderAnswer)
        if isinstance(outcome, Done) and outcome.value.out_trade_no != attempt:
            return self._wire.unknown("the answer is about another order")
        return outcome

    def _refund_of(self, refund: RefundId, told: Told) -> Outcome[Refund]:
        outcome = self._decoded(told, _wire.RefundAnswer)
        if not isinstance(outcome, Done):
            return outcome
        found = outcome.value
        if found.refund_id != refund:
            return self._wire.unknown("the answer is about another refund")
        return Done(Refund(found.state, found.amount_fen, found.channel_no))

    def _decoded(self, told: Told, of: type[W]) -> Outcome[W]:
        if isinstance(told, Refused | Unknown):
            return told
        try:
            return Done(msgspec.json.decode(told, type=of))
        except UNREADABLE as error:
            return self._wire.unknown(f"no {of.__name__}: {error}")


def _order(attempt: AttemptId) -> str:
    return f"/orders/{quote(attempt, safe='')}"


def _refund(refund: RefundId) -> str:
    return f"/refunds/{quote(refund, safe='')}"


def _payment(outcome: Outcome[_wire.OrderAnswer]) -> Outcome[Payment]:
    if not isinstance(outcome, Done):
        return outcome
    found = outcome.value
    return Done(Payment(found.state, found.amount_fen, found.channel, found.channel_no, found.paid_at))


def _bill_row(line: _wire.BillLine) -> BillRow:
    return BillRow(line.out_trade_no, line.kind, line.amount_fen, line.channel, line.at, line.refund_id)
