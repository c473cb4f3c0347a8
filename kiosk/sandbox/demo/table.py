"""What the box answers over HTTP: the table's control port, and the collector's page for programs."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

ANSWER_MAX_S = 15.0
ANSWER_MAX_BYTES = 8 << 20


class TableError(RuntimeError):
    """Something at the table that cannot be done; the text says why."""


class Table:
    """Hands at the table: cards, phones, payments, the network's moods. Loopback, no proxy."""

    def __init__(self, url: str, collector_url: str) -> None:
        self._url = url
        self._collector_url = collector_url

    def do(self, path: str, **values: object) -> dict[str, Any]:
        """Post one wish. Raises TableError."""
        return _ask(self._url, "POST", f"/{path}", values)

    def ledgers(self) -> dict[str, Any]:
        """The books of agency, HIS and wallet: sums, and the HIS row by row."""
        return _ask(self._url, "GET", "/ledgers")

    def orders(self) -> list[dict[str, Any]]:
        """The wallet's orders, newest first."""
        return list(_ask(self._url, "GET", "/orders")["orders"])

    def transactions(self) -> list[dict[str, Any]]:
        """The collector's transactions."""
        return list(_ask(self._collector_url, "GET", "/api/transactions")["transactions"])

    def streams(self) -> list[dict[str, Any]]:
        """How far the collector has each journal."""
        return list(_ask(self._collector_url, "GET", "/api/devices")["streams"])


def _ask(url: str, method: str, path: str, values: dict[str, object] | None = None) -> dict[str, Any]:
    place = urllib.parse.urlsplit(url)
    link = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=ANSWER_MAX_S)
    try:
        body = None if values is None else json.dumps(values)
        link.request(method, path, body, {"Content-Type": "application/json"})
        answer = link.getresponse()
        raw = answer.read(ANSWER_MAX_BYTES)
        found = json.loads(raw)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise TableError(f"{method} {path}: {exc}") from exc
    finally:
        link.close()
    if answer.status != 200 or not isinstance(found, dict):
        raise TableError(f"{method} {path}: {found.get('error', answer.status)}")
    return found
