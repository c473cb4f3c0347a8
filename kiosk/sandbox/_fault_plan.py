"""Which faults are to come at one sandbox server, and what reached it. The table is in `faults`."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

Kind: TypeAlias = Literal[
    "delay_s",
    "arrive_late_s",
    "lost_before",
    "lost_after",
    "bad_gateway",
    "bad_gateway_after",
    "truncated",
    "garbled",
    "refuse",
    "duplicate",
    "deviate",
]
KINDS: tuple[str, ...] = get_args(Kind)

ANY = "*"
"""Planned for this name, a fault meets the next request of whatever operation."""

TIMES_MAX = 10_000
PLANNED_MAX = 1_000  # entries waiting for one operation
SECONDS_MAX = 600.0


class FaultError(ValueError):
    """A fault that cannot be planned; the text names the bad part."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    `seconds` belongs to the two waiting kinds, `code` and `text` to `refuse`; of `deviate`, `code` says how.
    """

    kind: Kind
    seconds: float = 0.0
    code: str = ""
    text: str = ""


@dataclass(slots=True)
class _Planned:
    fault: Fault
    left: int


class FaultPlan:
    """What will go wrong at one server, and what reached it.

    `plan`, `clear`, `planned`, `received` and `handled` may be called from any thread; `release` and the
    waits belong to the loop that serves the requests. Faults of one operation are used up in the order
    planned; those of the operation itself come before those planned for `ANY`. `deviations` are the ways in
    which this server can spell its answers otherwise.
    """

    def __init__(self, deviations: Iterable[str] = ()) -> None:
        self._deviations = frozenset(deviations)
        self._lock = threading.Lock()
        self._planned: dict[str, deque[_Planned]] = {}
        self._received: Counter[str] = Counter()
        self._handled: Counter[str] = Counter()
        self._held: set[asyncio.Event] = set()
        self._watchers: set[asyncio.Event] = set()

    def plan(
        self,
        operation: str,
        fault: str,
        times: int = 1,
        *,
        seconds: float = 0.0,
        code: str = "",
        text: str = "",
    ) -> None:
        """Meet the next `times` requests of `operation` with `fault`, a name of the table in `faults`.

        Raises:
            FaultError: unknown fault or deviation, no operation, times or seconds out of range, too many
                planned.
        """
        made = make_fault(fault, seconds=seconds, code=code, text=text)
        if made.kind == "deviate" and made.code not in self._deviations:
            known = ", ".join(sorted(self._deviations)) or "none"
            raise FaultError(f"{code!r} is no deviation of this server; known: {known}")
        if not operation:
            raise FaultError("a fault needs the name of an operation")
        if not 1 <= times <= TIMES_MAX:
            raise FaultError(f"times = {times}: 1 to {TIMES_MAX} expected")
        with self._lock:
            entries = self._planned.setdefault(operation, deque())
            if len(entries) >= PLANNED_MAX:
                raise FaultError(f"{operation}: {PLANNED_MAX} faults are planned already")
            entries.append(_Planned(made, times))

    def clear(self, operation: str | None = None) -> None:
        """Forget what is planned, for one operation or for all."""
        with self._lock:
            if operation is None:
                self._planned.clear()
            else:
                self._planned.pop(operation, None)

    def planned(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """What is still to come: per operation the fault names with the times left."""
        with self._lock:
            return {
                operation: tuple((entry.fault.kind, entry.left) for entry in entries)
                for operation, entries in self._planned.items()
            }

    def received(self, operation: str) -> int:
        """Requests of `operation` that came to the door, the lost ones included."""
        with self._lock:
            return self._received[operation]

    def handled(self, operation: str) -> int:
        """Deliveries of `operation` that a handler has finished."""
        with self._lock:
            return self._handled[operation]

    def release(self) -> None:
        """End every wait of `delay_s` and `arrive_late_s` that is going on now."""
        for event in self._held:
            event.set()

    async def wait_received(self, operation: str, count: int, limit_s: float = 10.0) -> None:
        """Wait until `count` requests of `operation` came. Raises TimeoutError after `limit_s`."""
        await self._wait(lambda: self.received(operation) >= count, limit_s)

    async def wait_handled(self, operation: str, count: int, limit_s: float = 10.0) -> None:
        """Wait until `count` deliveries of `operation` were handled. Raises TimeoutError after `limit_s`."""
        await self._wait(lambda: self.handled(operation) >= count, limit_s)

    async def _wait(self, reached: Callable[[], bool], limit_s: float) -> None:
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            async with asyncio.timeout(limit_s):
                while not reached():
                    event.clear()
                    await event.wait()
        finally:
            self._watchers.discard(event)

    def arrived(self, operation: str) -> Fault | None:
        """For the middleware: count one request and take the fault that is next for it."""
        with self._lock:
            self._received[operation] += 1
            fault = self._take(operation) or self._take(ANY)
        self._tell()
        return fault

    def _take(self, name: str) -> Fault | None:
        entries = self._planned.get(name)
        if not entries:
            return None
        first = entries[0]
        first.left -= 1
        if first.left == 0:
            entries.popleft()
            if not entries:
                del self._planned[name]
        return first.fault

    def finished(self, operation: str) -> None:
        with self._lock:
            self._handled[operation] += 1
        self._tell()

    def _tell(self) -> None:
        for event in self._watchers:
            event.set()

    async def hold(self, seconds: float) -> None:
        event = asyncio.Event()
        self._held.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return  # the planned time is over, which is the usual end
        finally:
            self._held.discard(event)


def make_fault(kind: str, *, seconds: float = 0.0, code: str = "", text: str = "") -> Fault:
    """A checked `Fault`. Raises FaultError that names the bad part."""
    if kind not in KINDS:
        raise FaultError(f"{kind!r} is no fault; known: {', '.join(KINDS)}")
    waits = kind in ("delay_s", "arrive_late_s")
    if waits and not 0 < seconds <= SECONDS_MAX:
        raise FaultError(f"{kind} needs seconds, more than 0 and at most {SECONDS_MAX:g}, not {seconds:g}")
    if not waits and seconds:
        raise FaultError(f"{kind} takes no seconds")
    return Fault(cast(Kind, kind), seconds, code, text)
