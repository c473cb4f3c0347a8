"""HTTP with a peer: one exchange with the hospital or its payment gateway, and what a refusal proves
(interface, §2.1)."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import aiohttp
import msgspec

from kiosk.domain.outcome import Refused

ALWAYS_UNKNOWN = frozenset({"IN_PROGRESS", "INTERNAL"})
"""Codes that never prove that nothing happened, whatever `effect` says beside them."""

UNREADABLE = (msgspec.DecodeError, RecursionError)
"""What the decoder raises for bytes that are no answer; the second for brackets nested without end."""

KEEPALIVE_S = 10
"""Shorter than any server's: a connection the server is just closing would make an unknown out of nothing."""


_Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Problem(msgspec.Struct):
    """A refusal or failure (RFC 9457 style). Only `effect` "none" says that nothing changed."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")]
    effect: str
    status: int
    retry: _Text = "never"
    detail_zh: _Text = ""
    detail_en: _Text = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `server_time` is the text of its header, not looked at yet."""

    status: int
    body: bytes
    server_time: str | None


@dataclass(frozen=True, slots=True)
class NoReply:
    """Nobody knows what the peer did; `why` is for staff."""

    why: str


class Exchange:
    """The connection to one peer. Belongs to one event loop. More than `answer_max_bytes` is not read."""

    def __init__(
        self, base: str, terminal: str, *, tls: ssl.SSLContext | None, connect_s: float, answer_max_bytes: int
    ) -> None:
        self._base = base
        self._terminal = terminal
        self._tls = tls
        self._connect_s = connect_s
        self._answer_max_bytes = answer_max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the session; a later `send` opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self, method: str, path: str, body: bytes | None, limit_s: float, more: Mapping[str, str]
    ) -> Reply | NoReply:
        """Send once, with `more` headers. Redirects are not followed."""
        headers = {
            "X-Terminal": self._terminal,
            "X-Request-Id": secrets.token_hex(8),
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
            **more,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=limit_s, sock_connect=self._connect_s)
        try:
            async with self._open().request(
                method, self._base + path, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                raw = await read_body(answer, self._answer_max_bytes)
        except TimeoutError:
            return NoReply("timeout")
        except (aiohttp.ClientError, OSError) as exc:
            return NoReply(type(exc).__name__)
        if raw is None:
            return NoReply(f"http {answer.status}: more than {self._answer_max_bytes} bytes")
        return Reply(answer.status, raw, answer.headers.get("X-Server-Time"))

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


async def read_body(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes | None:
    """The whole body, or None when it is larger than this terminal reads."""
    if (answer.content_length or 0) > max_bytes:
        return None
    parts = bytearray()
    async for part in answer.content.iter_any():
        parts += part
        if len(parts) > max_bytes:
            return None
    return bytes(parts)


def refusal(reply: Reply) -> Refused | NoReply:
    """What an answer without success proves: refused only where a valid problem body says `effect: none`."""
    try:
        problem = msgspec.json.decode(reply.body, type=Problem)
    except UNREADABLE:
        return NoReply(f"http {reply.status}: no problem body")
    if problem.effect == "none" and problem.status == reply.status and problem.code not in ALWAYS_UNKNOWN:
        return Refused(problem.code, problem.detail_en or problem.detail_zh)
    return NoReply(f"http {reply.status}: {problem.code}, effect {problem.effect}")
