"""The kiosk's settings, changed on trial: another interface version, another endpoint.

The old file waits beside the new one until the new one is confirmed. If the machine starts before that, or
the time of the trial is over, the old one is back. So settings that cut a terminal off do not stay.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk_guard import units
from kiosk_guard.disk import remove_durably, sync_folder, write_durably
from kiosk_guard.drain import Busy, drained
from kiosk_guard.places import GuardError, Places
from kiosk_guard.state import MARKER_MAX_BYTES, read_state, tell
from kiosk_guard.system import TRIAL_UNIT, boot_id, now_s, start_anew, systemctl

log = logging.getLogger(__name__)

FILE_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SettingsTrial:
    """Settings that run but are not confirmed. Their time counts from the machine's start."""

    limit_s: float
    """Without confirmation for so long, the old ones come back."""

    boot_id: str
    since_s: float


def settings_on_trial(places: Places) -> bool:
    """Whether the old settings still wait."""
    return places.settings_before.exists()


def settings_trial(places: Places) -> SettingsTrial | None:
    """The trial under way; None when there is none, or its marker says nothing of this start's."""
    if not settings_on_trial(places):
        return None
    try:
        with places.settings_marker.open("rb") as file:
            found = json.loads(file.read(MARKER_MAX_BYTES))
        trial = SettingsTrial(float(found["limit_s"]), str(found["boot_id"]), float(found["since_s"]))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        log.error("%s: %s", places.settings_marker, exc)
        return None
    return trial if trial.boot_id == boot_id() else None


def try_settings(places: Places, new: Path, *, limit_s: float, wait_max_s: float) -> bool:
    """Run with the settings in `new`, once nobody is there. False: it does. Raises Busy, GuardError."""
    data = _read(new)
    if data == _read(places.settings):
        return False
    if settings_on_trial(places):
        raise GuardError(f"{places.settings} is on trial: confirm it or undo it first")
    state = read_state(places)
    if state.current != state.good:
        raise GuardError(f"{state.current} is on trial: confirm it or go back first")
    with drained(places, wait_max_s) as busy:
        if busy:
            raise Busy(busy)
        old = places.settings.stat()
        try:
            write_durably(places.settings_before, _read(places.settings), like=old)
            trial = SettingsTrial(limit_s, boot_id(), now_s())
            write_durably(places.settings_marker, json.dumps(asdict(trial), sort_keys=True).encode())
            systemctl("restart", "--no-block", TRIAL_UNIT)
            write_durably(places.settings, data, like=old)
        except (GuardError, OSError) as exc:
            _put_back(places)
            raise GuardError(f"not switched: {exc}") from exc
        units.restart(places)
    return True


def confirm_settings(places: Places) -> bool:
    """Keep the new settings. False: nothing was on trial."""
    if not settings_on_trial(places):
        return False
    remove_durably(places.settings_before)
    tell(places, _what(places), "confirmed", "")
    remove_durably(places.settings_marker)
    return True


def undo_settings(places: Places, why: str) -> bool:
    """The old settings again, without a restart of anything. False: nothing was on trial."""
    if not _put_back(places):
        return False
    tell(places, _what(places), "back", why)
    return True


def back_to_settings(places: Places, *, wait_max_s: float) -> bool:
    """The old settings again, and the services with them. False: nothing was on trial."""
    if not settings_on_trial(places):
        return False
    with drained(places, wait_max_s):
        undo_settings(places, "asked for")
        units.restart(places)
    return True


def watch_settings(
    places: Places, wait: Callable[[float], None], alone: Callable[[], AbstractContextManager[None]]
) -> str:
    """Wait for the trial's time to be over; then, `alone`, take the old settings and start the machine anew.

    As after a release: whatever the programs did by these settings outside of them is gone then. A marker
    that says nothing leaves no time.
    """
    trial, why = settings_trial(places), "nothing is known of their trial"
    if trial is not None:
        why = f"not confirmed within {trial.limit_s:.0f} s"
        wait(max(0.0, trial.since_s + trial.limit_s - now_s()))
    with drained(places, places.idle_wait_max_s) as busy, alone():
        if not settings_on_trial(places) or settings_trial(places) != trial:
            return "the settings are no longer on trial"
        if busy:
            log.warning("going back although %s", busy)
        undo_settings(places, why)
        if not start_anew():  # better the old settings without a fresh start than neither
            units.restart(places)
    return f"the old settings again: {why}"


def _put_back(places: Places) -> bool:
    before = places.settings_before
    found = before.exists()
    if found:
        before.replace(places.settings)
        sync_folder(before.parent)
    if places.settings_marker.exists():
        remove_durably(places.settings_marker)
    return found


def _what(places: Places) -> dict[str, str]:
    return {"settings": str(places.settings)}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX_BYTES + 1)
    except OSError as exc:
        raise GuardError(f"{path}: {exc.strerror}") from exc
    if len(data) > FILE_MAX_BYTES:
        raise GuardError(f"{path}: larger than {FILE_MAX_BYTES} bytes")
    return data
