"""One request and its answer's bytes, or the reason why there is none."""

from __future__ import annotations

import hashlib
import secrets
import ssl
from dataclasses import dataclass

import aiohttp

from kiosk.exchange import NoReply, read_body
from kiosk.insurance.profile import Transport

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `status` is below 500; only the envelope says whether it is a refusal."""

    status: int
    body: bytes


class Wire:
    """Posts to one host. A connection serves one request.

    A kept connection that the front server has just closed would turn a settlement into an unknown
    outcome for nothing.
    """

    def __init__(self, transport: Transport, gateway_secret: str, tls: ssl.SSLContext | None) -> None:
        self._transport = transport
        self._secret = gateway_secret
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, epoch_s: int) -> Reply | NoReply:
        """Send `body` once. Redirects are not followed; an answer above the limit is not read to its end."""
        try:
            session = self._open()
            headers = {"Content-Type": _JSON, **self._gateway_headers(epoch_s)}
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                if answer.status >= 500 or 300 <= answer.status < 400:
                    return NoReply(f"http {answer.status}")
                raw = await read_body(answer, self._transport.answer_max_bytes)
                if raw is None:
                    return NoReply("answer too large")
                return Reply(answer.status, raw)
        except TimeoutError:
            return NoReply("timeout")
        except aiohttp.ClientPayloadError:
            return NoReply("truncated")
        except (aiohttp.ClientError, OSError, ValueError) as exc:  # ValueError: a URL or header of the peer
            return NoReply(type(exc).__name__)

    async def close(self) -> None:
        """Close the session; a later `post` opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = aiohttp.ClientTimeout(
                total=self._transport.connect_timeout_s + self._transport.read_timeout_s,
                sock_connect=self._transport.connect_timeout_s,
                sock_read=self._transport.read_timeout_s,
            )
            connector = aiohttp.TCPConnector(force_close=True, ssl=self._tls or True)
            self._session = aiohttp.ClientSession(connector=connector, timeout=limits, trust_env=False)
        return self._session

    def _gateway_headers(self, epoch_s: int) -> dict[str, str]:
        """`x-tif`: hex SHA-256 of timestamp + secret + nonce + timestamp (§2.1)."""
        if self._transport.gateway == "none":
            return {}
        nonce = secrets.token_hex(16)
        return {
            "x-tif-paasid": self._transport.gateway_paasid,
            "x-tif-timestamp": str(epoch_s),
            "x-tif-nonce": nonce,
            "x-tif-signature": gateway_signature(self._secret, epoch_s, nonce),
        }


def gateway_signature(secret: str, epoch_s: int, nonce: str) -> str:
    """The signature of an `x-tif` gateway."""
    return hashlib.sha256(f"{epoch_s}{secret}{nonce}{epoch_s}".encode()).hexdigest()
