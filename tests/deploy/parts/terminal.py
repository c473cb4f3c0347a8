"""A terminal's disk in a folder, for tests of the guard: all is real but systemd, which is a stub."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from releases import Signer, bundle_of, systemctl_stub

# isort: split
from kiosk_guard import bundle, switch
from kiosk_guard.places import Places
from kiosk_guard.state import State, read_state


class Terminal:
    """A terminal's disk in a folder, with systemd stubbed: what the guard asks of it is noted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer(folder)
        self.systemctl = systemctl_stub(folder / "bin")
        self.places = Places(
            root=folder / "opt",
            run=folder / "run",
            signer=self.signer.public,
            services=("kiosk.service",),
        )

    def has(self, version: str, **options: object) -> None:
        """Make and install a release."""
        bundle.install(bundle_of(self.folder, self.signer, version, **options), self.places)  # type: ignore[arg-type]

    def tries(self, version: str, *, boots: int = 0, accept: tuple[str, ...] = ()) -> bool:
        return switch.try_release(self.places, version, limit_s=60, boots=boots, wait_max_s=0, accept=accept)

    def confirms(self, version: str) -> bool:
        return switch.confirm(self.places, version, soak_s=0)

    def runs_good(self, version: str, **options: object) -> None:
        self.has(version, **options)
        self.tries(version)
        self.confirms(version)

    @property
    def state(self) -> State:
        return read_state(self.places)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "bin/calls").read_text(encoding="utf-8").splitlines()

    def shows(self, **properties: str) -> None:
        """What systemd says of every unit from now on."""
        with (self.folder / "bin/shown").open("a", encoding="utf-8") as shown:
            shown.writelines(f"{name}={value}\n" for name, value in properties.items())


def terminal_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal without a release."""
    made = Terminal(folder)
    monkeypatch.setenv("PATH", f"{made.systemctl.parent}:{os.environ['PATH']}")
    return made


def open_db_of(terminal: Terminal) -> sqlite3.Connection:
    """The keys of open settlements as the journal keeps them, empty; the guard looks there from now on."""
    path = terminal.folder / "open.db"
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("CREATE TABLE open_key (settlement TEXT PRIMARY KEY, key BLOB NOT NULL)")
    terminal.places = replace(terminal.places, open_db=path)
    return connection


MIGRATE = "#!/bin/sh\nset -e\ncp {0}/data.v1 {0}/data.v2\necho new >>{0}/data.v2\n"


def hooks_of(terminal: Terminal, migrate: str = MIGRATE) -> dict[str, str]:
    """Programs of a release that move data from one layout to another and back."""
    (terminal.folder / "data.v1").write_text("old\n", encoding="utf-8")
    undo = "#!/bin/sh\nrm -f {0}/data.v2\n"
    return {"migrate": migrate.format(terminal.folder), "unmigrate": undo.format(terminal.folder)}
