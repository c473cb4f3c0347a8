"""One request to the hospital, and what its answer proves (hospital interface, §2.1).

2xx with JSON is done. 4xx and 503 with a valid problem body that says `effect: none` are refused. All
else, silence included, is unknown.
"""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from kiosk.domain.outcome import Refused, Unknown
from kiosk.exchange import UNREADABLE, Exchange, NoReply, Reply, refusal


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
        self._exchange = Exchange(
            url.rstrip("/") + "/ki/v1",
            terminal,
            tls=tls,
            connect_s=limits.connect_s,
            answer_max_bytes=limits.answer_max_bytes,
        )
        self._monotonic = monotonic
        self._server_time: tuple[dt.datetime, float] | None = None

    @property
    def knows_time(self) -> bool:
        """Whether a deadline can be given: the hospital has told its time at least once."""
        return self._server_time is not None

    async def close(self) -> None:
        await self._exchange.close()

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
        reply = await self._exchange.send(method, path, body, limit_s, more)
        if isinstance(reply, NoReply):
            return self.unknown(reply.why)
        return self._judge(reply, self._note_time(reply.server_time))

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

    def _judge(self, reply: Reply, server_time: dt.datetime | None) -> Told:
        if reply.status in (200, 201):
            if _is_json(reply.body):
                return Answered(reply.body, server_time)
            return self.unknown(f"http {reply.status}: not JSON")
        if 400 <= reply.status < 500 or reply.status == 503:
            told = refusal(reply)
            return self.unknown(told.why) if isinstance(told, NoReply) else told
        return self.unknown(f"http {reply.status}")


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except UNREADABLE:
        return False
    return True
