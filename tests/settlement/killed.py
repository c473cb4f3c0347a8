"""A terminal's process that is killed: `python killed.py URLS-JSON AREA-FILE SEAL-HEX`.

It loads the program once and then forks for each line of its standard input, so that every life is a process
of its own and none costs a start. A line says what the life does and where it ends:

    {"folder": "...", "job": "visit", "person": "zhang", "bills": ["B1"], "after": 5}

`after`: killed by SIGKILL when the 5th commit of an attempt is on disk and before anything more is done.
`before`: killed when the 5th commit is about to be written: its cause, an answer mostly, is lost.
`code`: the payment code that the patient shows where the terminal's own could be scanned.
The answer is one line: the exit code, or minus the signal.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from kiosk.journal import Entry, Journal, NewEntry

sys.path.append(str(Path(__file__).with_name("parts")))

from settlement_terminal import Terminal
from settlement_visit import confirm_offer, showing


def kill_at(after: int, before: int) -> None:
    """End this process by SIGKILL around a commit of an attempt, counted from 1; 0 means never."""
    write, count = Journal.append_many, 0

    def append_many(self: Journal, items: Sequence[NewEntry]) -> tuple[Entry, ...]:
        nonlocal count
        if any(item.settlement is not None for item in items):
            count += 1
            if count == before:
                os.kill(os.getpid(), signal.SIGKILL)
            entries = write(self, items)
            if count == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return entries
        return write(self, items)

    Journal.append_many = append_many  # type: ignore[method-assign]


async def live(urls: dict[str, str], area: Path, seal: X25519PublicKey, order: dict[str, Any]) -> None:
    """One life of the terminal. A life that is not killed has ended all its attempts."""
    terminal = Terminal(Path(order["folder"]), urls, area, seal=seal)
    try:
        await terminal.recover()
        if order["job"] == "visit":
            patient = showing(order["code"]) if "code" in order else confirm_offer
            await terminal.start(order["person"], *order["bills"], on_change=patient)
        elif order["job"] == "undo":
            await terminal.undo(order["person"])
        await terminal.all_ended()
    finally:
        await terminal.stop()


def main() -> None:
    """Serve lives until the input ends."""
    urls, area = json.loads(sys.argv[1]), Path(sys.argv[2])
    seal = X25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[3]))
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            kill_at(order.get("after", 0), order.get("before", 0))
            asyncio.run(live(urls, area, seal, order))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
