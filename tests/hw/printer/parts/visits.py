"""Prints papers in child processes that are killed at a chosen step. Run by test_power_loss.

Reads one visit a line, `FILE PORT STEP MODE`; answers `ready`, then each time the exit status of the child.
A step is anything that touches the disk or the printer. `settle` wants two papers and prints them,
`recover` prints what waits. Wanted papers are told on a line each, `wanted KIND`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from hw.printer import Cut, Document, EscPosPrinter, PaperQueue, Text
from hw.printer.network import NetworkChannel

KINDS = ("Statement", "ItemisedList")


class Steps:
    def __init__(self, last: int) -> None:
        self.last = last
        self.done = 0

    def step(self) -> None:
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def dying_database(steps: Steps) -> type[sqlite3.Connection]:
    class Dying(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            steps.step()
            return super().execute(*args)

    return Dying


class DyingChannel(NetworkChannel):
    """Sends in two halves: power also goes between them."""

    steps: Steps
    port_now: int

    def __init__(self) -> None:
        self.steps.step()
        super().__init__("127.0.0.1", self.port_now)

    def send(self, data: bytes, wait_s: float) -> bool:
        half = len(data) // 2
        self.steps.step()
        sent = super().send(data[:half], wait_s)
        self.steps.step()
        return sent and super().send(data[half:], wait_s)

    def receive(self, wait_s: float) -> bytes:
        if wait_s:
            self.steps.step()
        return super().receive(wait_s)


def visit(path: Path, port: int, last_step: int, mode: str) -> int:
    steps = Steps(last_step)
    DyingChannel.steps, DyingChannel.port_now = steps, port
    connect, factory = sqlite3.connect, dying_database(steps)
    sqlite3.connect = lambda *args, **settings: connect(*args, factory=factory, **settings)
    queue = PaperQueue(path)
    printer = EscPosPrinter(DyingChannel)
    if mode == "settle":
        for kind in KINDS:
            queue.add("7f3a9c21", kind)
            print("wanted", kind, flush=True)
    for job in queue.unfinished():
        queue.print(job.number, printer, lambda _, kind=job.kind: Document("80mm", kind, (Text(kind), Cut())))
    queue.close()
    return steps.done


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        path, port, last_step, mode = line.split()
        child = os.fork()
        if child == 0:
            print("steps", visit(Path(path), int(port), int(last_step), mode), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
