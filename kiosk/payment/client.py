"""The hospital's payment gateway over HTTP: a small keyed resource, three arms.

    PUT  /pay/v1/orders/{attempt}            create, or the same code again
    GET  /pay/v1/orders/{attempt}            state
    POST /pay/v1/orders/{attempt}/close      closed, or paid when the phone was faster
    PUT  /pay/v1/refunds/{refund}            send back by the original route, one id for life
    GET  /pay/v1/refunds/{refund}            state
    GET  /pay/v1/bill?date=                  the channel's list of a day

2xx with a body that is what was asked for is done; 4xx with a problem body that
says `effect: none` is refused; all else, silence included, is unknown.
"""

from __future__ import annotations

import datetime as dt
import secrets
import ssl
from dataclasses import dataclass
from typing import Annotated, TypeVar

import aiohttp
import msgspec
from msgspec import Meta, Struct

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.money import MAX_FEN
from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.payment.port import (
    BillRow,
    CodeToShow,
    Order,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

ANSWER_MAX_BYTES = 1 << 20
CODE_MAX_CHARS = 512
"""Longer than any channel's code, shorter than a QR code that a phone finds hard to read."""

_KEEPALIVE_S = 10
_Fen = Annotated[int, Meta(ge=0, le=MAX_FEN)]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """How long to wait. `answer_delay_max_s`: after it an unanswered request is not applied any more."""

    connect_s: float = 3.0
    read_s: float = 8.0
    change_s: float = 15.0
    answer_delay_max_s: float = 60.0


class _Code(Struct):
    code_url: Annotated[str, Meta(min_length=1, max_length=CODE_MAX_CHARS)]
    amount_fen: _Fen


class _Order(Struct):
    state: PaymentState
    amount_fen: _Fen
    channel: str = ""
    channel_no: str = ""
    paid_at: str = ""


class _Refund(Struct):
    state: RefundState
    amount_fen: _Fen
    channel_no: str = ""


class _Row(Struct):
    out_trade_no: str
    kind: str
    amount_fen: _Fen
    channel: str
    at: str
    refund_id: str = ""


class _Bill(Struct):
    rows: list[_Row]


class _Problem(Struct):
    code: str
    effect: str
    detail_en: str = ""


class GatewayClient:
    """`PaymentPort` over HTTP. Belongs to one event loop; close it."""

    def __init__(
        self,
        url: str,
        terminal: str,
        *,
        tls: ssl.SSLContext | None = None,
        limits: GatewayLimits | None = None,
    ) -> None:
        self._base = url.rstrip("/") + "/pay/v1"
        self._terminal = terminal
        self._tls = tls
        self._limits = limits or GatewayLimits()
        self._session: aiohttp.ClientSession | None = None

    async def close_connections(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def create(self, order: Order) -> Outcome[CodeToShow]:
        """See `PaymentPort`."""
        body = {"amount_fen": order.amount_fen, "subject": order.subject, "valid_s": order.valid_s}
        outcome = await self._change("PUT", f"/orders/{order.attempt}", order.attempt, body, _Code)
        match outcome:
            case Done(code) if code.amount_fen != order.amount_fen:
                return Unknown(self._limits.answer_delay_max_s, "a code for another amount")
            case Done(code):
                return Done(CodeToShow(code.code_url))
            case _:
                return outcome

    async def query(self, attempt: AttemptId) -> Outcome[Payment]:
        """See `PaymentPort`. An order the gateway does not know is not known here either."""
        outcome = await self._send("GET", f"/orders/{attempt}", None, self._limits.read_s, {}, _Order)
        if isinstance(outcome, Refused):
            return Unknown(self._limits.answer_delay_max_s, outcome.code)
        return _payment(outcome)

    async def close(self, attempt: AttemptId) -> Outcome[Payment]:
        """See `PaymentPort`."""
        path = f"/orders/{attempt}/close"
        return _payment(await self._change("POST", path, f"{attempt}-close", {}, _Order))

    async def refund(self, refund: RefundId, attempt: AttemptId, amount_fen: int) -> Outcome[Refund]:
        """See `PaymentPort`."""
        body = {"out_trade_no": attempt, "amount_fen": amount_fen}
        return _refund(await self._change("PUT", f"/refunds/{refund}", refund, body, _Refund))

    async def refund_query(self, refund: RefundId) -> Outcome[Refund]:
        """See `PaymentPort`."""
        outcome = await self._send("GET", f"/refunds/{refund}", None, self._limits.read_s, {}, _Refund)
        if isinstance(outcome, Refused):
            return Unknown(self._limits.answer_delay_max_s, outcome.code)
        return _refund(outcome)

    async def bill(self, day: dt.date) -> Outcome[tuple[BillRow, ...]]:
        """See `PaymentPort`."""
        outcome = await self._send("GET", f"/bill?date={day}", None, self._limits.read_s, {}, _Bill)
        match outcome:
            case Done(bill):
                return Done(
                    tuple(
                        BillRow(r.out_trade_no, r.kind, r.amount_fen, r.channel, r.at, r.refund_id)
                        for r in bill.rows
                    )
                )
            case _:
                return outcome

    async def _change(
        self, method: str, path: str, key: str, body: dict[str, object], answer: type[_T]
    ) -> Outcome[_T]:
        headers = {"Idempotency-Key": key}
        return await self._send(
            method, path, msgspec.json.encode(body), self._limits.change_s, headers, answer
        )

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        limit_s: float,
        more: dict[str, str],
        answer: type[_T],
    ) -> Outcome[_T]:
        headers = {
            "X-Terminal": self._terminal,
            "X-Request-Id": secrets.token_hex(8),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            **more,
        }
        timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=self._limits.connect_s)
        try:
            async with self._open().request(
                method, self._base + path, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as reply:
                raw = await _whole(reply)
                status = reply.status
        except TimeoutError:
            return self._unknown("timeout")
        except (aiohttp.ClientError, OSError) as exc:
            return self._unknown(type(exc).__name__)
        if raw is None:
            return self._unknown(f"http {status}: more than {ANSWER_MAX_BYTES} bytes")
        return self._judge(status, raw, answer)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls if self._tls is not None else True, keepalive_timeout=_KEEPALIVE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # The library would send a PUT again by itself; what goes out again is the machine's decision.
            self._session._retry_connection = False
        return self._session

    def _judge(self, status: int, raw: bytes, answer: type[_T]) -> Outcome[_T]:
        try:
            if status in (200, 201):
                return Done(msgspec.json.decode(raw, type=answer))
            if 400 <= status < 500 or status == 503:
                problem = msgspec.json.decode(raw, type=_Problem)
                if problem.effect == "none":
                    return Refused(problem.code, problem.detail_en)
        except (msgspec.DecodeError, RecursionError):
            return self._unknown(f"http {status}: not an answer")
        return self._unknown(f"http {status}")

    def _unknown(self, why: str) -> Unknown:
        return Unknown(self._limits.answer_delay_max_s, why)


async def _whole(reply: aiohttp.ClientResponse) -> bytes | None:
    """The body, or None when it is larger than this terminal reads."""
    parts = bytearray()
    async for part in reply.content.iter_any():
        parts += part
        if len(parts) > ANSWER_MAX_BYTES:
            return None
    return bytes(parts)


def _payment(outcome: Outcome[_Order]) -> Outcome[Payment]:
    match outcome:
        case Done(o):
            return Done(Payment(o.state, o.amount_fen, o.channel, o.channel_no, o.paid_at))
        case _:
            return outcome


def _refund(outcome: Outcome[_Refund]) -> Outcome[Refund]:
    match outcome:
        case Done(r):
            return Done(Refund(r.state, r.amount_fen, r.channel_no))
        case _:
            return outcome
