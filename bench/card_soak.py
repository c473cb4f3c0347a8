"""A card reader's long day: cards come, are read and go, 1,000 times; what is left behind?

Cards of different persons, one after the other, through a real pcscd. Every 20th is silent: its read ends
now at its limit, now by cancel, and the caller must be free at once. Every 50th time the service is killed
and started again. Threads, open files and memory of the process are looked at after the first tenth and at
the end, when the service must still have room for contexts. The reference is the process itself after the
first tenth; `ratio` is its memory at the end over its memory then.
"""

import argparse
import gc
import json
import queue
import statistics
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hw.card import (
    CardEvent,
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    CardRemoved,
    Code,
    ReaderFound,
    Readers,
)
from hw.card.failure import CardError
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualReader, invent

EVENT_MAX_S = 10.0
READ_MAX_S = 1.0
FREE_MAX_MS = 100.0
MEMORY_GROWTH_MAX_KIB = 2048
CONTEXTS_FREE_MIN = 190  # of the service's 200: ours, and what pcscd keeps itself
SILENT_EVERY = 20
KILL_EVERY = 50


@dataclass
class Day:
    """What happened."""

    missed: int = 0
    reads: int = 0
    reads_failed: int = 0
    late_ms: list[float] = field(default_factory=list)  # after the limit of a read of a silent card
    cancel_ms: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)


class Terminal:
    """A reader and its news, as a terminal has them."""

    def __init__(self, virtual: VirtualReader) -> None:
        self.virtual = virtual
        self.news: queue.SimpleQueue[CardEvent] = queue.SimpleQueue()
        self.day = Day()
        self.reader = CardReader(readers=Readers(contact=virtual.reader_name()), read_max_s=READ_MAX_S)
        self.reader.start(self.news.put)
        self.expect(ReaderFound)

    def expect(self, kind: type[CardEvent]) -> None:
        """The next event of that kind; counted as missed when it does not come."""
        deadline_s = time.monotonic() + EVENT_MAX_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            try:
                if isinstance(self.news.get(timeout=left_s), kind):
                    return
            except queue.Empty:
                break
        self.day.missed += 1

    def cycle(self, number: int) -> None:
        silent = number % SILENT_EVERY == SILENT_EVERY - 1
        person = invent(1 + number % 900)
        self.virtual.insert(person, "silent_midway" if silent else "plain", wait=False)
        self.expect(CardInserted)
        if silent:
            self._silent(cancelled=number % (2 * SILENT_EVERY) == SILENT_EVERY - 1)
        else:
            self.day.reads += 1
            reading = self.reader.read().result(EVENT_MAX_S)
            good = isinstance(reading, CardReading) and reading.id_number == person.id_number
            self.day.reads_failed += not good
        self.virtual.remove(wait=False)
        self.expect(CardRemoved)
        if number % KILL_EVERY == KILL_EVERY - 1:
            self._service_dies()

    def _silent(self, *, cancelled: bool) -> None:
        began_s = time.monotonic()
        reading = self.reader.read()
        if cancelled:
            self.virtual.wait_for_commands(12)
            began_s = time.monotonic()
            self.reader.cancel()
        result = reading.result(EVENT_MAX_S)
        took_ms = (time.monotonic() - began_s) * 1000
        wanted = Code.CANCELLED if cancelled else Code.TIMEOUT
        self.day.reads_failed += not (isinstance(result, CardFailure) and result.code is wanted)
        if cancelled:
            self.day.cancel_ms.append(took_ms)
        else:
            self.day.late_ms.append(took_ms - READ_MAX_S * 1000)

    def _service_dies(self) -> None:
        self.virtual.kill_pcscd()
        began_s = time.monotonic()
        self.virtual.start_pcscd()
        self.expect(ReaderFound)
        self.day.back_s.append(time.monotonic() - began_s)


@dataclass(frozen=True)
class Held:
    """What the process holds."""

    threads: int
    files: int
    memory_kib: int


def held() -> Held:
    """Now, without what is about to go: threads of reads that ended, unreachable objects."""
    for thread in threading.enumerate():
        if thread.name in ("card-read", "card-guard"):
            thread.join(EVENT_MAX_S)
    gc.collect()
    rollup = Path("/proc/self/smaps_rollup").read_text()
    private_kib = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
    return Held(threading.active_count(), len(list(Path("/proc/self/fd").iterdir())), private_kib)


def contexts_free() -> int:
    """How many contexts the service still gives."""
    with ExitStack() as taken:
        for count in range(CONTEXTS_FREE_MIN):
            try:
                taken.enter_context(Pcsc())
            except CardError as error:
                print(f"card_soak: context {count}: {error}", file=sys.stderr)
                return count
    return CONTEXTS_FREE_MIN


def measure(cycles: int) -> dict[str, object]:
    with VirtualReader() as virtual:
        virtual.serve_this_process()
        terminal = Terminal(virtual)
        warm = max(SILENT_EVERY, cycles // 10)
        for number in range(warm):
            terminal.cycle(number)
        before = held()
        for number in range(warm, cycles):
            terminal.cycle(number)
        after = held()
        free = contexts_free()
        terminal.reader.close()
    day = terminal.day
    growth_kib = after.memory_kib - before.memory_kib
    freed_ms = [*day.late_ms, *day.cancel_ms]
    return {
        "name": "card_soak",
        "reference": "the same process after the first tenth of the cycles",
        "ratio": round(after.memory_kib / before.memory_kib, 3),
        "passed": day.missed + day.reads_failed == 0
        and (after.threads, after.files) == (before.threads, before.files)
        and growth_kib <= MEMORY_GROWTH_MAX_KIB
        and free == CONTEXTS_FREE_MIN
        and max(freed_ms) <= FREE_MAX_MS,
        "figures": {
            "cycles": cycles,
            "missed": day.missed,
            "reads": day.reads,
            "reads_failed": day.reads_failed,
            "threads_growth": after.threads - before.threads,
            "files_growth": after.files - before.files,
            "memory_growth_kib": growth_kib,
            "memory_growth_limit_kib": MEMORY_GROWTH_MAX_KIB,
            "memory_kib": after.memory_kib,
            "contexts_lost": CONTEXTS_FREE_MIN - free,
            "silent": len(freed_ms),
            "freed_late_median_ms": round(statistics.median(freed_ms), 1),
            "freed_late_worst_ms": round(max(freed_ms), 1),
            "freed_late_limit_ms": FREE_MAX_MS,
            "kills": len(day.back_s),
            "back_worst_s": round(max(day.back_s, default=0.0), 3),
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 cycles instead of 1,000")
    chosen = parser.parse_args()
    result = measure(100 if chosen.quick else 1000)
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
