"""Operation 34: wait until something has changed."""

from __future__ import annotations

import asyncio
from typing import Any

from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his.store import HisStore

WAIT_MAX_S = 25
CHANGES_MAX = 200  # rows in one answer


class Signal:
    """Tells the waiting requests of one loop that the books changed, whoever changed them."""

    def __init__(self, store: HisStore) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        store.on_change(self._changed)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Send the waiting requests home: the server is closing."""
        self._loop = None
        self._wake()

    @property
    def open(self) -> bool:
        """Whether waiting makes sense: the server is up."""
        return self._loop is not None

    def _changed(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait(self, seconds: float) -> None:
        """Until the next change, or until `seconds` are over."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return  # nothing changed, which is an answer too
        finally:
            self._waiting.discard(event)


async def wait(store: HisStore, signal: Signal, cursor: str, wait_s: str) -> dict[str, Any]:
    """Changes after `cursor`. Without a cursor: none, and the cursor from which to go on."""
    if not wait_s.isdecimal() or int(wait_s) > WAIT_MAX_S:
        raise Problem("BAD_REQUEST", f"wait_s is 0 to {WAIT_MAX_S}")
    if not cursor:
        return {"changes": [], "next_cursor": f"c{_last(store)}"}
    if not cursor.removeprefix("c").isdecimal():
        raise Problem("BAD_REQUEST", "this cursor is not known")
    after = int(cursor.removeprefix("c"))
    loop = asyncio.get_running_loop()
    until = loop.time() + int(wait_s)
    found = _after(store, after)
    while not found and (left := until - loop.time()) > 0 and signal.open:
        await signal.wait(left)
        found = _after(store, after)
    last = found[-1]["seq"] if found else after
    return {
        "changes": [{name: row[name] for name in ("kind", "id", "version", "state", "at")} for row in found],
        "next_cursor": f"c{last}",
    }


def _after(store: HisStore, seq: int) -> list[dict[str, Any]]:
    with store.transaction() as books:
        rows = books.all("SELECT * FROM change WHERE seq > ? ORDER BY seq LIMIT ?", seq, CHANGES_MAX)
    return [dict(row) for row in rows]


def _last(store: HisStore) -> int:
    with store.transaction() as books:
        return books.count("SELECT COALESCE(MAX(seq), 0) FROM change")
