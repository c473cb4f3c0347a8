"""The kiosk's settings, changed on trial: another interface version, another endpoint.

The old file waits beside the new one until the new one is confirmed. If the machine starts before that, the
old one is back.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kiosk_guard import units
from kiosk_guard.disk import sync_folder, write_durably
from kiosk_guard.drain import Busy, drained
from kiosk_guard.places import GuardError, Places

FILE_MAX_BYTES = 1024 * 1024


def _before(places: Places) -> Path:
    return places.settings.with_name(f"{places.settings.name}.before")


def try_settings(places: Places, new: Path, *, wait_max_s: float) -> bool:
    """Run with the settings in `new`, once nobody is there. False: it does. Raises Busy, GuardError."""
    before = _before(places)
    data = _read(new)
    if data == _read(places.settings):
        return False
    if before.exists():
        raise GuardError(f"{places.settings} is on trial: confirm it or undo it first")
    with drained(places, wait_max_s) as busy:
        if busy:
            raise Busy(busy)
        old = places.settings.stat()
        _write(before, _read(places.settings), old)
        _write(places.settings, data, old)
        units.restart(places)
    return True


def confirm_settings(places: Places) -> bool:
    """Keep the new settings. False: nothing was on trial."""
    before = _before(places)
    if not before.exists():
        return False
    before.unlink()
    sync_folder(before.parent)
    return True


def undo_settings(places: Places) -> bool:
    """The old settings again, without a restart of anything. False: nothing was on trial."""
    before = _before(places)
    if not before.exists():
        return False
    before.replace(places.settings)
    sync_folder(before.parent)
    return True


def back_to_settings(places: Places, *, wait_max_s: float) -> bool:
    """The old settings again, and the services with them. False: nothing was on trial."""
    if not _before(places).exists():
        return False
    with drained(places, wait_max_s):
        undo_settings(places)
        units.restart(places)
    return True


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX_BYTES + 1)
    except OSError as exc:
        raise GuardError(f"{path}: {exc.strerror}") from exc
    if len(data) > FILE_MAX_BYTES:
        raise GuardError(f"{path}: larger than {FILE_MAX_BYTES} bytes")
    return data


def _write(path: Path, data: bytes, like: os.stat_result) -> None:
    """Whole or not at all, and readable by the same users as before."""
    beside = path.with_name(f".{path.name}.owned")
    write_durably(beside, data, mode=0o600)
    shutil.chown(beside, like.st_uid, like.st_gid)
    beside.chmod(like.st_mode & 0o777)
    beside.replace(path)
    sync_folder(path.parent)
