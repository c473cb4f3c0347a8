"""`kiosk-guard`: releases of this terminal. One JSON object on stdout; exit 0 done, 1 refused, 2 bad usage.

`outcome` is `changed`, `unchanged`, `busy` (a patient is there: come again) or `refused`.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from kiosk_guard import bundle, health, settings, switch
from kiosk_guard.drain import Busy, open_settlements
from kiosk_guard.places import SETTINGS_MAX_BYTES, GuardError, Places, read_places
from kiosk_guard.state import Broken, Trial, read_state
from kiosk_guard.system import boot_id

SETTINGS = Path("/etc/hospital-kiosk/guard.json")
LOCK_WAIT_MAX_S = 30.0
_LOOK_EVERY_S = 0.2

Answer: TypeAlias = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="kiosk-guard: %(levelname)s: %(message)s"
    )
    try:
        answer = options.command(read_places(options.settings), options)
        code = 0
    except Busy as exc:
        answer, code = {"outcome": "busy", "why": str(exc)}, 1
    except (GuardError, OSError) as exc:
        answer, code = {"outcome": "refused", "why": str(exc)}, 1
    print(json.dumps(answer, ensure_ascii=False))
    return code


def _status(places: Places, _: argparse.Namespace) -> Answer:
    state = read_state(places)
    trial = asdict(state.trial) if isinstance(state.trial, Trial | Broken) else None
    installed = sorted(p.name for p in places.releases.glob("*")) if places.releases.is_dir() else []
    return {
        "current": state.current,
        "good": state.good,
        "previous": state.previous,
        "trial": trial,
        "settings_trial": asdict(waiting) if (waiting := settings.settings_trial(places)) else None,
        "last": _told(places.last),
        "pull": _told(places.pulled),
        "installed": installed,
        "open": open_settlements(places.open_db),
        "boot_id": boot_id(),
    }


def _told(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(SETTINGS_MAX_BYTES))
    except (OSError, ValueError):  # never written, or by a cut: it only helps to understand
        return None


def _install(places: Places, options: argparse.Namespace) -> Answer:
    with _alone(places):
        version, changed = bundle.install(options.bundle, places)
    return {**_changed(changed), "version": version}


def _try(places: Places, options: argparse.Namespace) -> Answer:
    with _alone(places):
        return _changed(
            switch.try_release(
                places,
                options.version,
                limit_s=options.limit_s,
                boots=options.boots,
                wait_max_s=options.wait_s,
                accept=options.accept,
            )
        )


def _health(places: Places, options: argparse.Namespace) -> Answer:
    trial = read_state(places).trial
    wrong = health.failing(places, trial if isinstance(trial, Trial) else None)
    if wrong := [what for what in wrong if what not in options.accept]:
        raise GuardError("; ".join(wrong))
    return {"outcome": "unchanged", "why": ""}


def _confirm(places: Places, options: argparse.Namespace) -> Answer:
    with _alone(places):
        changed = switch.confirm(places, options.version, soak_s=options.soak_s)
        return {**_changed(changed), "pruned": bundle.prune(places)}


def _back(places: Places, options: argparse.Namespace) -> Answer:
    with _alone(places):
        return _changed(switch.back(places, options.why, wait_max_s=options.wait_s))


def _settings(places: Places, options: argparse.Namespace) -> Answer:
    with _alone(places):
        if options.file is not None:
            changed = settings.try_settings(
                places, options.file, limit_s=options.limit_s, wait_max_s=options.wait_s
            )
            return _changed(changed)
        if options.confirm:
            return _changed(settings.confirm_settings(places))
        return _changed(settings.back_to_settings(places, wait_max_s=options.wait_s))


def _boot(places: Places, _: argparse.Namespace) -> Answer:
    with _alone(places):
        return {"outcome": "changed", "why": switch.boot(places)}


def _watch(places: Places, _: argparse.Namespace) -> Answer:
    watch = settings.watch_settings if settings.settings_on_trial(places) else switch.watch
    return {"outcome": "changed", "why": watch(places, time.sleep, lambda: _alone(places))}


def _changed(changed: bool) -> Answer:
    return {"outcome": "changed" if changed else "unchanged", "why": ""}


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """One change at a time. Raises GuardError when another one does not end."""
    places.root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT_MAX_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as exc:
                if time.monotonic() >= deadline:
                    raise GuardError("another kiosk-guard is at work") from exc
            time.sleep(_LOOK_EVERY_S)
        yield
    finally:
        os.close(descriptor)


def parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    root = argparse.ArgumentParser(
        prog="kiosk-guard", description="Releases of this terminal, and the way back."
    )
    root.add_argument("--settings", type=Path, default=SETTINGS, metavar="FILE")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable[[Places, argparse.Namespace], Answer], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        return added

    add("status", _status, "what runs, what is good, what is on trial")
    add("install", _install, "verify a bundle and put its release beside the others").add_argument(
        "bundle", type=Path
    )
    trial = add("try", _try, "run a release on trial, once nobody is there")
    trial.add_argument("version")
    trial.add_argument(
        "--limit-s", type=float, default=1800.0, help="without confirmation so long, the good one comes back"
    )
    trial.add_argument("--boots", type=int, default=0, help="starts of the machine that the trial may see")
    trial.add_argument("--wait-s", type=float, default=600.0, help="so long for the patient to leave")
    trial.add_argument(
        "--accept", action="append", default=[], metavar="ROW", help="a row of the check that may fail"
    )
    well = add("health", _health, "whether what runs is well, beside what was before the trial")
    well.add_argument("--accept", action="append", default=[], metavar="ROW", help="a row that may fail")
    confirm = add("confirm", _confirm, "what is on trial and well is the good one from now on")
    confirm.add_argument("version")
    confirm.add_argument("--soak-s", type=float, default=0.0, help="it must have run for so long")
    back = add("back", _back, "the good release again")
    back.add_argument("--why", default="asked for")
    back.add_argument("--wait-s", type=float, default=600.0, help="so long for the patient to leave")
    setting = add("settings", _settings, "the kiosk's settings on trial: another interface, another endpoint")
    which = setting.add_mutually_exclusive_group(required=True)
    which.add_argument("--file", type=Path, help="run with these, once nobody is there")
    which.add_argument("--confirm", action="store_true", help="keep them")
    which.add_argument("--back", action="store_true", help="the old ones again")
    setting.add_argument(
        "--limit-s", type=float, default=1800.0, help="without confirmation so long, the old ones come back"
    )
    setting.add_argument("--wait-s", type=float, default=600.0, help="so long for the patient to leave")
    add("boot", _boot, "at a start of the machine: go back or go on, then start the units")
    add("watch", _watch, "wait until the trial's time is over, then go back")
    return root
