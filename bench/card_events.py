"""Card events of `CardWatcher`, behind a bare blocking SCardGetStatusChange loop that sees the same events.

Two watchers in two processes, one reader, cards that come and go at random moments of the service's poll.
Each watcher notes the monotonic clock, which processes share, when it has the event in hand. They take turns
in being the first client of the service, which tells its clients one after another. Afterwards the service is
killed and started again, to see how long the watcher is without readers. `ratio` is lag over the lag allowed.
"""

import argparse
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import threading
import time

import smartcard.scard as scard

from hw.card import CardEvent, CardInserted, CardRemoved, ReaderFound, Readers, ServiceBack, ServiceLost
from hw.card.virtual import VirtualReader, invent
from hw.card.watcher import CardWatcher

LAG_MAX_MS = 0.2
BACK_MAX_S = 0.5
EVENT_MAX_S = 5.0
POLL_S = 0.4

KINDS = {
    CardInserted: "in",
    CardRemoved: "out",
    ReaderFound: "found",
    ServiceBack: "back",
    ServiceLost: "lost",
}


def say(kind: str, at_ns: int) -> None:
    print(kind, at_ns, flush=True)


def watch_raw(reader: str) -> None:
    """The reference: nothing but the blocking call."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _, rows = scard.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
    state = rows[0][1]
    say("found", time.monotonic_ns())
    while True:
        result, rows = scard.SCardGetStatusChange(context, scard.INFINITE, [(reader, state)])
        at_ns = time.monotonic_ns()
        if result != scard.SCARD_S_SUCCESS:
            return
        before, state = state, rows[0][1]
        if (before ^ state) & scard.SCARD_STATE_PRESENT:
            say("in" if state & scard.SCARD_STATE_PRESENT else "out", at_ns)


def watch_product(reader: str) -> None:
    def note(event: CardEvent) -> None:
        at_ns = time.monotonic_ns()
        say(KINDS.get(type(event), "other"), at_ns)

    watcher = CardWatcher(note, Readers(contact=reader))
    watcher.start()
    sys.stdin.read()
    watcher.close()


class Watching:
    """A watcher in a process of its own, and what it says."""

    def __init__(self, which: str, virtual: VirtualReader) -> None:
        self.lines: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--watch", which, "--reader", virtual.reader_name()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **virtual.env()},
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self.next("found")

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            kind, at_ns = line.split()
            self.lines.put((kind, int(at_ns)))

    def next(self, kind: str) -> int | None:
        """When the next event of that kind was seen; None when it was missed."""
        deadline = time.monotonic() + EVENT_MAX_S
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                said, at_ns = self.lines.get(timeout=left_s)
            except queue.Empty:
                return None
            if said == kind:
                return at_ns
        return None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def events(virtual: VirtualReader, count: int, first: str) -> tuple[list[float], int, int]:
    """Lags in ms over `count` events; events the product missed; events the reference missed."""
    second = "product" if first == "raw" else "raw"
    watching = {first: Watching(first, virtual), second: Watching(second, virtual)}
    person = invent(1)
    lags_ms: list[float] = []
    missed = missed_by_raw = 0
    for number in range(count):
        time.sleep(random.random() * POLL_S)
        kind = "out" if number % 2 else "in"
        if kind == "in":
            virtual.insert(person, wait=False)
        else:
            virtual.remove(wait=False)
        raw_ns, product_ns = watching["raw"].next(kind), watching["product"].next(kind)
        missed += product_ns is None
        missed_by_raw += raw_ns is None
        if raw_ns is not None and product_ns is not None:
            lags_ms.append((product_ns - raw_ns) / 1e6)
    for watcher in watching.values():
        watcher.end()
    return lags_ms, missed, missed_by_raw


def recoveries(virtual: VirtualReader, count: int) -> list[float]:
    """Seconds from the start of a new service to the reader being found in it."""
    watching = Watching("product", virtual)
    times_s = []
    for _ in range(count):
        virtual.kill_pcscd()
        watching.next("lost")
        time.sleep(random.random() * 0.3)  # any moment of the watcher's pause
        began_ns = time.monotonic_ns()
        virtual.start_pcscd()
        found_ns = watching.next("found")
        times_s.append((found_ns - began_ns) / 1e9 if found_ns is not None else EVENT_MAX_S)
    watching.end()
    return times_s


def measure(count: int, restarts: int) -> dict[str, object]:
    with VirtualReader() as virtual:
        halves = [events(virtual, count // 2, first) for first in ("raw", "product")]
        back_s = recoveries(virtual, restarts)
    lags_ms = sorted(lag for lags, _, _ in halves for lag in lags)
    missed = sum(lost for _, lost, _ in halves)
    median_ms = statistics.median(lags_ms)
    return {
        "name": "card_events",
        "reference": "raw blocking smartcard.scard.SCardGetStatusChange in another process, same events",
        "ratio": round(median_ms / LAG_MAX_MS, 3),
        "passed": median_ms <= LAG_MAX_MS and missed == 0 and max(back_s) <= BACK_MAX_S,
        "figures": {
            "events": len(lags_ms),
            "missed": missed,
            "missed_by_reference": sum(lost for _, _, lost in halves),
            "lag_median_ms": round(median_ms, 3),
            "lag_p95_ms": round(lags_ms[int(len(lags_ms) * 0.95)], 3),
            "lag_max_ms": round(lags_ms[-1], 3),
            "lag_limit_ms": LAG_MAX_MS,
            "restarts": restarts,
            "back_median_s": round(statistics.median(back_s), 3),
            "back_max_s": round(max(back_s), 3),
            "back_limit_s": BACK_MAX_S,
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="60 events and 5 restarts instead of 1,000 and 20"
    )
    parser.add_argument("--watch", choices=("raw", "product"), help=argparse.SUPPRESS)
    parser.add_argument("--reader", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.watch is not None:
        (watch_raw if chosen.watch == "raw" else watch_product)(chosen.reader)
        return 0
    result = measure(*((60, 5) if chosen.quick else (1000, 20)))
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
