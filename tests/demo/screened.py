"""A whole terminal with its screen, to be killed: `python screened.py CONFIG TABLE-URL DIE-AFTER`.

The ordinary `kiosk run`. A patient who always goes on touches what is shown; with
DIE-AFTER the process ends by SIGKILL when the first entry of that kind is on disk.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from kiosk.core import Core
from kiosk.journal import Entry, Journal, NewEntry
from kiosk.journeys.intents import Intent
from kiosk.journeys.views import Attract, BeingChecked, Bills, Finished, NotPossible, Pay, View, Who, WhoPays
from kiosk.run import run_command
from kiosk.sandbox.demo.table import Table
from kiosk.ui.inbox import ViewInbox


def die_after(kind: str) -> None:
    """End by SIGKILL with the entry on disk and nothing of it done."""
    write = Journal.append_many

    def append_many(self: Journal, items: Sequence[NewEntry]) -> tuple[Entry, ...]:
        entries = write(self, items)
        if any(entry.kind == kind for entry in entries):
            os.kill(os.getpid(), signal.SIGKILL)
        return entries

    Journal.append_many = append_many  # type: ignore[method-assign]


class Patient:
    """Goes on at every screen; leaves when the visit is over, or at once when there is nothing to do."""

    def __init__(self, table: Table, *, stays: bool) -> None:
        self._table = table
        self._stays = stays
        self.core: Core | None = None

    def sees(self, inbox: ViewInbox, view: View) -> None:
        """One touch, or the end."""
        match view.content:
            case Who():
                self._touch("yes", view)
            case Bills(busy=False):
                self._touch("next", view)
            case WhoPays(busy=False):
                self._touch("pay", view)
            case Pay():
                threading.Thread(target=self._table.do, args=("pay",), daemon=True).start()
            case Finished() | BeingChecked() | NotPossible():
                self._touch("finish", view)
                self._stays = False
            case Attract() if not self._stays:
                inbox.close()
            case _:
                pass

    def _touch(self, name: str, view: View) -> None:
        assert self.core is not None, "seen before it started"
        self.core.tell(Intent(name, "", view.number))


def main() -> int:
    """One life."""
    config, table, kind = Path(sys.argv[1]), Table(sys.argv[2], ""), sys.argv[3]
    patient = Patient(table, stays=bool(kind))
    show = ViewInbox.put

    def put(self: ViewInbox, view: View) -> None:
        show(self, view)
        patient.sees(self, view)

    ViewInbox.put = put  # type: ignore[method-assign]
    if kind:
        die_after(kind)

    def started(core: Core) -> None:
        patient.core = core

    return run_command(config, started)


if __name__ == "__main__":
    sys.exit(main())
