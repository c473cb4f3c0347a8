"""One request to the payment gateway, and what its answer proves (hospital interface, §2.1).

200 or 201 with JSON is done; 4xx with a valid problem body that says `effect: none` is refused; all else,
silence included, is unknown.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.domain.outcome import Refused, Unknown
from kiosk.exchange import Exchange, NoReply, Reply, refusal


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """How long and how much.

    `answer_delay_max_s`: the gateway's declared longest delay. `pages_max` ends a bill that never ends.
    """

    connect_s: float = 3.0
    read_s: float = 8.0
    change_s: float = 15.0
    page_s: float = 30.0
    answer_delay_max_s: float = 60.0
    answer_max_bytes: int = 1 << 20
    pages_max: int = 500


Told: TypeAlias = bytes | Refused | Unknown
"""The JSON of a 2xx answer, or what it was instead."""


class Transport:
    """The connection to one gateway. Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        terminal: str,
        *,
        tls: ssl.SSLContext | None,
        limits: GatewayLimits,
    ) -> None:
        self.limits = limits
        self._exchange = Exchange(
            url.rstrip("/") + "/pay/v1",
            terminal,
            tls=tls,
            connect_s=limits.connect_s,
            answer_max_bytes=limits.answer_max_bytes,
        )

    async def close(self) -> None:
        await self._exchange.close()

    async def read(self, path: str, *, page: bool = False) -> Told:
        """A request that changes nothing."""
        return await self._send("GET", path, None, "", self.limits.page_s if page else self.limits.read_s)

    async def change(self, method: str, path: str, key: str, body: bytes | None) -> Told:
        """A request that changes something, once, under its key."""
        return await self._send(method, path, body, key, self.limits.change_s)

    def unknown(self, why: str) -> Unknown:
        return Unknown(self.limits.answer_delay_max_s, why)

    async def _send(self, method: str, path: str, body: bytes | None, key: str, limit_s: float) -> Told:
        more = {"Idempotency-Key": key} if key else {}
        reply = await self._exchange.send(method, path, body, limit_s, more)
        if isinstance(reply, NoReply):
            return self.unknown(reply.why)
        return self._judge(reply)

    def _judge(self, reply: Reply) -> Told:
        if reply.status in (200, 201):
            return reply.body
        if not 400 <= reply.status < 500:
            return self.unknown(f"http {reply.status}")
        told = refusal(reply)
        return self.unknown(told.why) if isinstance(told, NoReply) else told
