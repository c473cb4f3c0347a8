"""One request to the payment gateway, and what its answer proves (hospital interface, §2.1).

200 or 201 with JSON is done; 4xx with a valid problem body that says `effect: none` is refused; all else,
silence included, is unknown.
"""

from __future__ import annotations

import secrets
import ssl
from dataclasses import dataclass
from typing import TypeAlias

import aiohttp
import msgspec

from kiosk.domain.outcome import Refused, Unknown
from kiosk.payment._wire import Problem

ALWAYS_UNKNOWN = frozenset({"IN_PROGRESS", "INTERNAL"})
"""Codes that never prove that nothing happened, whatever `effect` says beside them."""

UNREADABLE = (msgspec.DecodeError, RecursionError)
"""What the decoder raises for bytes that are no answer; the second for brackets nested without end."""

KEEPALIVE_S = 10


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
        self._base = url.rstrip("/") + "/pay/v1"
        self._terminal = terminal
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def read(self, path: str, *, page: bool = False) -> Told:
        """A request that changes nothing."""
        return await self._send("GET", path, None, "", self.limits.page_s if page else self.limits.read_s)

    async def change(self, method: str, path: str, key: str, body: bytes | None) -> Told:
        """A request that changes something, once, under its key."""
        return await self._send(method, path, body, key, self.limits.change_s)

    def unknown(self, why: str) -> Unknown:
        return Unknown(self.limits.answer_delay_max_s, why)

    async def _send(self, method: str, path: str, body: bytes | None, key: str, limit_s: float) -> Told:
        headers = {
            "X-Terminal": self._terminal,
            "X-Request-Id": secrets.token_hex(8),
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
        }
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=self.limits.connect_s)
        try:
            async with self._open().request(
                method, self._base + path, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                status, raw = answer.status, await self._body(answer)
        except TimeoutError:
            return self.unknown("timeout")
        except (aiohttp.ClientError, OSError) as exc:
            return self.unknown(type(exc).__name__)
        if raw is None:
            return self.unknown(f"http {status}: more than {self.limits.answer_max_bytes} bytes")
        return self._judge(status, raw)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls if self._tls is not None else True, keepalive_timeout=KEEPALIVE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # aiohttp sends a PUT or GET again by itself when a kept connection breaks. What is sent again is
            # the caller's to decide: a broken connection is an unknown outcome.
            self._session._retry_connection = False
        return self._session

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes | None:
        """The whole body, or None when it is larger than this terminal reads."""
        most = self.limits.answer_max_bytes
        if (answer.content_length or 0) > most:
            return None
        parts = bytearray()
        async for part in answer.content.iter_any():
            parts += part
            if len(parts) > most:
                return None
        return bytes(parts)

    def _judge(self, status: int, raw: bytes) -> Told:
        if status in (200, 201):
            return raw
        if not 400 <= status < 500:
            return self.unknown(f"http {status}")
        try:
            problem = msgspec.json.decode(raw, type=Problem)
        except UNREADABLE:
            return self.unknown(f"http {status}: no problem body")
        if problem.effect == "none" and problem.status == status and problem.code not in ALWAYS_UNKNOWN:
            return Refused(problem.code, problem.detail_en or problem.detail_zh)
        return self.unknown(f"http {status}: {problem.code}, effect {problem.effect}")
