"""Never switch under a patient, and never while a settlement is open."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk_guard.places import GuardError, Places

LOOK_EVERY_S = 0.5
_BUSY_WAIT_S = 1.0


class Busy(GuardError):
    """A patient is there, or a settlement is open: come again."""


@contextmanager
def drained(places: Places, wait_max_s: float) -> Iterator[str]:
    """Wait until nobody stands there and nothing is open; yields "" then, or what still keeps it busy.

    While inside with "", the kiosk begins no visit: it needs the lock that is held here.
    """
    deadline = time.monotonic() + wait_max_s
    while True:
        descriptor, busy = None, open_settlements(places.open_db)
        if (
            not busy
        ):  # asked first without the lock: a patient who comes while an old one resolves is not refused
            descriptor, busy = _nobody_there(places.visit_lock)
        try:
            busy = busy or open_settlements(places.open_db)
            if not busy or time.monotonic() >= deadline:
                yield busy
                return
        finally:
            if descriptor is not None:
                os.close(descriptor)
        time.sleep(LOOK_EVERY_S)


def _nobody_there(lock: Path | None) -> tuple[int | None, str]:
    """The visit lock, or why it is not to be had. A lock file that nobody has made yet is held by nobody."""
    if lock is None:
        return None, ""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return None, ""
    except OSError as exc:
        return None, f"{lock}: {exc.strerror}"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None, "a patient is there"
    return descriptor, ""


def open_settlements(open_db: Path | None) -> str:
    """Empty when there are none, else how many, or why nobody can tell.

    `open.db` keeps a rollback journal, so looking at it leaves no file behind; the journal itself (WAL) must
    not be opened by another user than its writer's.
    """
    if open_db is None or not open_db.exists():
        return ""
    try:
        connection = sqlite3.connect(f"{open_db.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_WAIT_S)
        try:
            (count,) = connection.execute("SELECT COUNT(*) FROM open_key").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as exc:
        return f"{open_db}: cannot tell what is open: {exc}"
    return f"{count} settlements are open" if count else ""
