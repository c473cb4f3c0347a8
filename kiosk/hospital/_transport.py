"""One request to the hospital, and what its answer proves (hospital interface, §2.1).

2xx with JSON is done. 4xx and 503 with a valid problem body that says `effect: none` are refused. All
else, silence included, is unknown.
"""

from __future__ import annotations

import datetime as dt
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import aiohttp
import msgspec

from kiosk.domain.outcome import Refused, Unknown
from kiosk.hospital import _wire

ALWAYS_UNKNOWN = frozenset({"IN_PROGRESS", "INTERNAL"})
"""Codes that never prove that nothing happened, whatever `effect` says beside them."""

UNREADABLE = (msgspec.DecodeError, RecursionError)
"""What the decoder raises for bytes that are no answer; the second for brackets nested without end."""

KEEPALIVE_S = 10
"""Shorter than any server's: a connection the server is just closing would make an unknown out of nothing."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How long and how much (§2.1). `pages_max` ends a list that never ends."""

    connect_s: float = 3.0
    read_s: float = 8.0
    change_s: float = 15.0
    page_s: float = 30.0
    answer_max_bytes: int = 1 << 20
    pages_max: int = 500


@dataclass(frozen=True, slots=True)
class Answered:
    """A 2xx with a body that is JSON. `server_time` is the hospital's clock as it answered."""

    body: bytes
    server_time: dt.datetime | None


Told: TypeAlias = Answered | Refused | Unknown


class Transport:
    """The connection to one hospital: headers, limits, the hospital's clock. Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        terminal: str,
        *,
        limits: ClientLimits,
        tls: ssl.SSLContext | None,
        answer_delay_max_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self.answer_delay_max_s = answer_delay_max_s
        self._base = url.rstrip("/") + "/ki/v1"
        self._terminal = terminal
        self._tls = tls
        self._monotonic = monotonic
        self._server_time: tuple[dt.datetime, float] | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def knows_time(self) -> bool:
        """Whether a deadline can be given: the hospital has told its time at least once."""
        return self._server_time is not None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def read(self, method: str, path: str, body: bytes | None = None, *, pages: bool = False) -> Told:
        """A request that changes nothing."""
        limit_s = self.limits.page_s if pages else self.limits.read_s
        return await self._send(method, path, body, limit_s, {})

    async def change(
        self, method: str, path: str, key: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Told:
        """A request that changes something, under its key and with a deadline on the hospital's clock.

        A hospital whose clock was set, or a terminal that slept, makes one deadline wrong. The refusal
        proves that nothing was done and carries the right time, so the request goes out once more.
        """
        told = await self._change_once(method, path, key, body, headers)
        if isinstance(told, Refused) and told.code == "DEADLINE_PASSED":
            return await self._change_once(method, path, key, body, headers)
        return told

    async def _change_once(
        self, method: str, path: str, key: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Told:
        deadline = self._deadline(self.limits.change_s)
        if deadline is None:
            return self.unknown("not sent: the hospital's time is not known")
        more = {"Idempotency-Key": key, "X-Deadline": deadline, **headers}
        return await self._send(method, path, body, self.limits.change_s, more)

    def unknown(self, why: str) -> Unknown:
        return Unknown(self.answer_delay_max_s, why)

    def _deadline(self, limit_s: float) -> str | None:
        if self._server_time is None:
            return None
        told, then = self._server_time
        moment = told + dt.timedelta(seconds=self._monotonic() - then + limit_s)
        return moment.isoformat(timespec="milliseconds")

    async def _send(
        self, method: str, path: str, body: bytes | None, limit_s: float, more: Mapping[str, str]
    ) -> Told:
        headers = {
            "X-Terminal": self._terminal,
            "X-Request-Id": secrets.token_hex(8),
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
            **more,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=self.limits.connect_s)
        try:
            async with self._open().request(
                method, self._base + path, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                raw = await self._body(answer)
        except TimeoutError:
            return self.unknown("timeout")
        except (aiohttp.ClientError, OSError) as exc:
            return self.unknown(type(exc).__name__)
        if raw is None:
            return self.unknown(f"http {answer.status}: more than {self.limits.answer_max_bytes} bytes")
        return self._judge(answer.status, raw, self._note_time(answer.headers.get("X-Server-Time")))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls if self._tls is not None else True, keepalive_timeout=KEEPALIVE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # aiohttp sends a PUT, GET or DELETE again by itself when the connection breaks. What is sent
            # again is the caller's to decide, and a broken connection is an answer to it: unknown.
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

    def _note_time(self, text: str | None) -> dt.datetime | None:
        if text is None:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        self._server_time = (moment, self._monotonic())
        return moment

    def _judge(self, status: int, raw: bytes, server_time: dt.datetime | None) -> Told:
        if status in (200, 201):
            if _is_json(raw):
                return Answered(raw, server_time)
            return self.unknown(f"http {status}: not JSON")
        if 400 <= status < 500 or status == 503:
            try:
                problem = msgspec.json.decode(raw, type=_wire.Problem)
            except UNREADABLE:
                return self.unknown(f"http {status}: no problem body")
            if problem.effect == "none" and problem.status == status and problem.code not in ALWAYS_UNKNOWN:
                return Refused(problem.code, problem.detail_en or problem.detail_zh)
            return self.unknown(f"http {status}: {problem.code}, effect {problem.effect}")
        return self.unknown(f"http {status}")


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except UNREADABLE:
        return False
    return True
