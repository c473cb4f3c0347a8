"""The hospital as the wire shows it: raw requests, and answers read by the rules of §2.1 alone.

This is not the terminal's client: the suite must be able to send what the client never would.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

ANSWER_LIMIT_S = 20.0
ANSWER_MAX_BYTES = 1 << 20
AT_ONCE_MAX = 60  # connections
DEADLINE_S = 15.0
EFFECTS = ("none", "done", "unknown")


def new_key() -> str:
    return secrets.token_hex(13)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or none: then `status` is 0 and `why` says what happened to the connection."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]
    why: str = ""

    @property
    def done(self) -> bool:
        return self.status in (200, 201) and not self.why

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def refused(self) -> bool:
        """Proven to be without effect."""
        return (400 <= self.status < 500 or self.status == 503) and self.body.get("effect") == "none"

    @property
    def replayed(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"

    def seen(self) -> str:
        """For a failure's text."""
        if not self.status:
            return f"no answer ({self.why})"
        return f"{self.status} {self.code or self.body.get('state', '')}".strip()


class Api:
    """Requests to one hospital. Notes what every answer should have had and had not."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        self.tls = tls
        self.malformed: list[str] = []  # problem bodies that are none
        self.timeless: list[str] = []  # answers without X-Server-Time
        self._clock: tuple[dt.datetime, float] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls if tls is not None else True, limit=AT_ONCE_MAX),
            timeout=aiohttp.ClientTimeout(total=ANSWER_LIMIT_S),
        )

    async def close(self) -> None:
        await self._session.close()

    def server_now(self) -> dt.datetime:
        """The hospital's clock, as last told and gone on since."""
        if self._clock is None:
            return dt.datetime.now(dt.UTC)
        told, then = self._clock
        return told + dt.timedelta(seconds=asyncio.get_running_loop().time() - then)

    def headers(
        self, terminal: str, key: str, deadline_s: float | None, fault: str, more: Mapping[str, str]
    ) -> dict[str, str]:
        """The headers of a request; of a change when it has a key."""
        headers = {"X-Terminal": terminal, "X-Request-Id": secrets.token_hex(8), **more}
        if key:
            headers["Idempotency-Key"] = key
        if key and deadline_s is not None and "X-Deadline" not in headers:
            moment = self.server_now() + dt.timedelta(seconds=deadline_s)
            headers["X-Deadline"] = moment.isoformat(timespec="milliseconds")
        if fault:
            headers["X-Test-Fault"] = fault
        return headers

    async def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        terminal: str = "conformance/t1",
        key: str = "",
        deadline_s: float | None = DEADLINE_S,
        fault: str = "",
        headers: Mapping[str, str] = {},
    ) -> Reply:
        """One request, one reading of its answer. Never raises for what a hospital does."""
        sent = self.headers(terminal, key, deadline_s, fault, headers)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method, f"{self.url}/ki/v1{path}", data=data, headers=sent, allow_redirects=False
            ) as answer:
                raw = await answer.content.read(ANSWER_MAX_BYTES)
                if not answer.content.at_eof():
                    raw += await answer.content.read(ANSWER_MAX_BYTES)
                return self._note(method, path, answer.status, raw, answer.headers)
        except TimeoutError:
            return Reply(0, {}, {}, "timeout")
        except (aiohttp.ClientError, OSError) as exc:
            return Reply(0, {}, {}, type(exc).__name__)

    def _note(self, method: str, path: str, status: int, raw: bytes, headers: Mapping[str, str]) -> Reply:
        name = f"{method} {path.partition('?')[0]}: {status}"
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            if status >= 400:
                self.malformed.append(name)
            return Reply(status, {}, headers, "no JSON object")
        told = headers.get("X-Server-Time", "")
        try:
            moment = dt.datetime.fromisoformat(told)
            if moment.tzinfo is None:
                raise ValueError("no offset")
            self._clock = (moment, asyncio.get_running_loop().time())
        except ValueError:
            self.timeless.append(name)
        if status >= 400 and not _is_problem(body, status):
            self.malformed.append(name)
        return Reply(status, body, headers)

    async def hang_up(self, method: str, path: str, body: dict[str, Any], terminal: str, key: str) -> None:
        """Send a whole request and break the connection at once, as a dying terminal does."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        _, writer = await asyncio.open_connection(parts.hostname, port, ssl=self.tls)
        data = json.dumps(body).encode()
        headers = self.headers(terminal, key, DEADLINE_S, "", {})
        headers |= {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {parts.path}/ki/v1{path} HTTP/1.1\r\n{head}\r\n".encode() + data)
        await writer.drain()
        writer.transport.abort()


def _is_problem(body: dict[str, Any], status: int) -> bool:
    return (
        isinstance(body.get("code"), str)
        and body.get("status") == status
        and body.get("effect") in EFFECTS
        and body.get("retry") in ("never", "after", "query")
        and isinstance(body.get("type"), str)
        and len(str(body.get("detail_zh", ""))) <= 40
    )
