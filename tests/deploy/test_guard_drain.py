"""Nobody is switched under: neither a patient nor an open settlement. Settings wait the same way."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from terminal import Terminal, open_db_of, terminal_in

# isort: split
from kiosk_guard import switch
from kiosk_guard.drain import Busy


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return terminal_in(tmp_path, monkeypatch)


@pytest.fixture
def open_db(terminal: Terminal) -> Iterator[sqlite3.Connection]:
    connection = open_db_of(terminal)
    yield connection
    connection.close()


def test_no_switch_while_a_patient_is_there(terminal: Terminal) -> None:
    lock = terminal.folder / "visit.lock"
    terminal.places = replace(terminal.places, visit_lock=lock)
    terminal.has("1.0")
    with lock.open("w") as visit:
        fcntl.flock(visit, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="patient"):
            terminal.tries("1.0")
        assert terminal.state.current is None
    assert terminal.tries("1.0")


def test_no_visit_begins_during_the_switch(terminal: Terminal) -> None:
    lock = terminal.folder / "visit.lock"
    lock.touch()
    terminal.places = replace(terminal.places, visit_lock=lock)
    held = f"#!/bin/sh\nflock --nonblock {lock} true || touch {terminal.folder}/held\n"
    terminal.runs_good("1.0")
    terminal.has("2.0", layout=2, files={"migrate": held, "unmigrate": held})
    terminal.tries("2.0")
    assert (terminal.folder / "held").exists()


def test_no_switch_while_a_settlement_is_open(terminal: Terminal, open_db: sqlite3.Connection) -> None:
    open_db.execute("INSERT INTO open_key VALUES ('s1', x'00')")
    terminal.has("1.0")
    with pytest.raises(Busy, match="1 settlements are open"):
        terminal.tries("1.0")
    assert not terminal.places.marker.exists()


def test_a_switch_waits_for_the_settlement_to_end(terminal: Terminal, open_db: sqlite3.Connection) -> None:
    open_db.execute("INSERT INTO open_key VALUES ('s1', x'00')")
    terminal.has("1.0")
    done = threading.Event()

    def switching() -> None:
        switch.try_release(terminal.places, "1.0", limit_s=60, boots=0, wait_max_s=60)
        done.set()

    thread = threading.Thread(target=switching)
    thread.start()
    assert not done.wait(1.2)
    open_db.execute("DELETE FROM open_key")
    assert done.wait(60)
    thread.join()
    assert terminal.state.current == "1.0"


def test_what_cannot_be_told_counts_as_open(terminal: Terminal) -> None:
    path = terminal.folder / "open.db"
    path.write_bytes(b"no database" * 100)
    terminal.places = replace(terminal.places, open_db=path)
    terminal.has("1.0")
    with pytest.raises(Busy, match="cannot tell"):
        terminal.tries("1.0")


def test_the_way_back_does_not_wait_for_ever(terminal: Terminal, open_db: sqlite3.Connection) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0")
    open_db.execute("INSERT INTO open_key VALUES ('s1', x'00')")
    assert switch.back(terminal.places, "bad", wait_max_s=0)
    assert terminal.state.current == "1.0"
