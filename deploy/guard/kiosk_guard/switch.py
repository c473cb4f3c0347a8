"""From one release to another, on trial; the confirmation; the way back.

The order of what reaches the disk is the whole point: marker before switch, `good` only at the confirmation,
marker away last. `rules.at_boot` is right after a cut between any two of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from kiosk_guard import health, units
from kiosk_guard.disk import point, remove_durably
from kiosk_guard.drain import Busy, drained
from kiosk_guard.places import GuardError, Places
from kiosk_guard.rules import GoBack, GoOn, Nothing, Run, at_boot
from kiosk_guard.settings import settings_on_trial, undo_settings
from kiosk_guard.state import Broken, Trial, is_complete, read_state, release_layout, tell, write_marker
from kiosk_guard.system import TRIAL_UNIT, boot_id, now_s, run, start_anew, systemctl

log = logging.getLogger(__name__)

HOOK_WAIT_MAX_S = 300.0


def try_release(
    places: Places, version: str, *, limit_s: float, boots: int, wait_max_s: float, accept: Sequence[str] = ()
) -> bool:
    """Put `version` on trial. False: it runs already. Raises Busy, GuardError; then the old one runs on."""
    state = read_state(places)
    if not is_complete(places, version):
        raise GuardError(f"release {version} is not on this terminal as a whole")
    if settings_on_trial(places):
        raise GuardError("settings are on trial: confirm them or undo them first")
    if isinstance(state.trial, Broken) or (state.current != state.good and state.good is not None):
        if isinstance(state.trial, Trial) and state.trial.release == version == state.current:
            return False
        raise GuardError(f"{state.current} is on trial: confirm it or go back first")
    if state.current == version == state.good:
        return False
    before = health.baseline(places) if state.current else ()
    trial = Trial(
        version, state.good, limit_s, boots, boot_id(), now_s(), tuple(sorted({*before, *accept})),
        ack=health.acknowledged(places.agent_ack),
        migrated_by=_newer(places, state.good, version),
    )  # fmt: skip
    with drained(places, wait_max_s) as busy:
        if busy:
            raise Busy(busy)
        try:
            write_marker(places.marker, trial)
            _watch(trial)
            units.stop(places)
            _migrate(places, trial, forth=True)
        except (GuardError, OSError) as exc:
            _call_off(places, trial)
            raise GuardError(f"not switched: {exc}") from exc
        point(places.current, f"releases/{version}")
        _start(places)
    return True


def confirm(places: Places, version: str, *, soak_s: float) -> bool:
    """The trial of `version` was a success: it is the good one now. False: it was already.

    Raises GuardError when it is not on trial, not well, or has not run for `soak_s` since the switch or the
    machine's last start.
    """
    state = read_state(places)
    if state.current == version == state.good:
        _clear(places)
        return False
    trial = state.trial
    if state.current != version or not isinstance(trial, Trial) or trial.release != version:
        raise GuardError(f"{version} is not on trial here; {state.current} runs")
    ran_s = now_s() - trial.since_s
    if trial.boot_id != boot_id() or ran_s < soak_s:
        raise GuardError(f"{version} has run for {ran_s:.0f} s only, {soak_s:.0f} are wanted")
    wrong = health.failing(places, trial)
    if wrong:
        raise GuardError("; ".join(wrong))
    if state.good is not None:
        point(places.previous, f"releases/{state.good}")
    point(places.good, f"releases/{version}")
    tell(places, {"release": version}, "confirmed", "")
    _clear(places)
    return True


def back(places: Places, why: str, *, wait_max_s: float) -> bool:
    """The good release again. False: it runs already. Raises GuardError when there is none.

    Waits for patient and open settlements, but not for ever: what nobody confirmed is not trusted to end what
    it began, and the good one takes it up from the journal.
    """
    state = read_state(places)
    if state.good is None:
        raise GuardError("no release was ever confirmed here: there is nothing to go back to")
    if state.current == state.good:
        _forget(places)
        return False
    with drained(places, wait_max_s) as busy:
        if busy:
            log.warning("going back although %s", busy)
        units.stop(places)
        _put_back(places, why)
        _start(places)
    return True


def boot(places: Places) -> str:
    """At a start of the machine: decide, then run what is to run. What was done, in words."""
    undo_settings(places, "not confirmed before the machine started again")
    state = read_state(places)
    said = f"{state.current} runs"
    match at_boot(state):
        case Nothing():
            return "no release is installed"
        case Run():
            _forget(places)
        case GoOn(trial=trial):
            said = _go_on(places, trial.in_boot(boot_id(), now_s()))
        case GoBack(why=why):
            _put_back(places, why)
            said = f"back to {state.good}: {why}"
    units.start(places, wait=False)
    return said


def _go_on(places: Places, trial: Trial) -> str:
    """The trial sees this start. If that cannot be noted or watched (a full disk), it ends here."""
    try:
        write_marker(places.marker, trial)
        _watch(trial)
    except (GuardError, OSError) as exc:
        if trial.good is None:
            return f"{trial.release} runs, its trial could not be noted: {exc}"
        _put_back(places, f"the trial could not go on: {exc}")
        return f"back to {trial.good}: {exc}"
    return f"{trial.release} is on trial, {trial.boots_left} more starts"


def watch(
    places: Places, wait: Callable[[float], None], alone: Callable[[], AbstractContextManager[None]]
) -> str:
    """Wait for the trial's time to be over; then, `alone`, go back, and start the machine anew.

    The start takes away what the release did outside its folder: firewall rules, mounts, settings of the
    kernel. A terminal that cannot be reached any more comes back so.
    """
    trial = read_state(places).trial
    if not isinstance(trial, Trial) or trial.good is None:
        return "nothing to watch"
    wait(max(0.0, trial.since_s + trial.limit_s - now_s()))
    why = f"not confirmed within {trial.limit_s:.0f} s"
    with drained(places, places.idle_wait_max_s) as busy, alone():
        if read_state(places).trial != trial:
            return f"{trial.release} is no longer on trial"
        if busy:
            log.warning("going back although %s", busy)
        _put_back(places, why)
        if not start_anew():  # better the good release without a fresh start than neither
            units.stop(places)
            _start(places)
    return f"back to {trial.good}: {why}"


def _put_back(places: Places, why: str) -> None:
    state = read_state(places)
    trial = state.trial
    release = trial.release if isinstance(trial, Trial) else state.current
    if failed := _undo_migration(places, trial):
        why = f"{why}; {failed}"
    point(places.current, f"releases/{state.good}")
    tell(places, {"release": release or ""}, "back", why)
    _clear(places)


def _call_off(places: Places, trial: Trial) -> None:
    """The switch did not happen: what was begun for it is taken away, and the old release runs on."""
    _undo_migration(places, trial)
    _clear(places)
    if read_state(places).current is not None:
        _start(places)


def _start(places: Places) -> None:
    """Start the units. One that does not come up is a matter of health, not of the switch."""
    try:
        units.start(places, wait=True)
    except GuardError as exc:
        log.error("%s", exc)


def _watch(trial: Trial) -> None:
    if trial.good is not None:
        systemctl("restart", "--no-block", TRIAL_UNIT)


def _clear(places: Places) -> None:
    if places.marker.exists():
        remove_durably(places.marker)


def _newer(places: Places, good: str | None, version: str) -> str:
    """Whose hooks move the data between the two; nobody's when the layout is the same. Raises GuardError."""
    if good is None:
        return ""
    layouts = {name: release_layout(places, name) for name in (good, version)}
    return "" if layouts[good] == layouts[version] else max(layouts, key=lambda name: layouts[name])


def _migrate(places: Places, trial: Trial, *, forth: bool) -> None:
    """Move the data to the trial's layout, or back again. Raises GuardError.

    The newer release's `migrate` writes beside what it reads and leaves that alone; its `unmigrate` takes
    away what `migrate` has made. Both may be run again after a cut.
    """
    if trial.migrated_by:
        up = (trial.migrated_by == trial.release) == forth
        folder = places.folder(trial.migrated_by)
        run([folder / ("migrate" if up else "unmigrate")], HOOK_WAIT_MAX_S, cwd=folder)


def _forget(places: Places) -> None:
    """Take away a marker that has lost its meaning: its switch was cut off, or it was confirmed."""
    state = read_state(places)
    if isinstance(state.trial, Trial) and state.trial.release != state.good is not None:
        _undo_migration(places, state.trial)
    if state.good is not None:
        _clear(places)


def _undo_migration(places: Places, trial: Trial | Broken | None) -> str:
    """Move the data back. What failed, in words: the old release runs on its own data all the same, for
    `migrate` left that alone."""
    if not isinstance(trial, Trial):
        return ""
    try:
        _migrate(places, trial, forth=False)
    except GuardError as exc:
        log.error("%s", exc)
        return f"the data could not be moved back: {exc}"
    return ""
