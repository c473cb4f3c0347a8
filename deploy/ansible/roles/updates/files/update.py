"""Security updates of this terminal from the hospital's own source. One JSON object on stdout.

update.py look                                `packages`: what is to be updated. Changes nothing outside /run.
update.py apply --wait-s S [--closed-root]    updates once nobody is there. `outcome`: changed, busy, refused.
The kiosk begins no visit meanwhile. `start_again`: its programs are stopped, and the machine must start
again, as a package asks for it or the root (`--closed-root`) was opened for this. Exit 0, or 1 with `why`.
Debian's own Python, and the guard's rules of when a terminal may be disturbed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, "/opt/hospital-kiosk/guard.pyz")

from kiosk_guard import units
from kiosk_guard.command import SETTINGS
from kiosk_guard.drain import drained
from kiosk_guard.places import GuardError, Places, read_places
from kiosk_guard.state import read_state

FOLDER = Path("/run/hospital-updates")
START_AGAIN = Path("/run/reboot-required")
APT_MAX_S = 3600.0
SAID_MAX_CHARACTERS = 2000

# This source alone, and nothing of it kept; a settings file that the hospital has changed stays.
_OPTIONS = {
    "Dir::Etc::SourceList": str(FOLDER / "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": str(FOLDER / "lists"),
    "Dir::Cache::pkgcache": "",
    "Dir::Cache::srcpkgcache": "",
    "Dpkg::Options::": "--force-confold",
}
_TO_DO = re.compile(r"^(?:Inst|Conf) (\S+)", re.MULTILINE)


def look() -> list[str]:
    """The names of packages of which the source has a newer version, or that an update before has left half
    done: those are not well, though nothing newer is there. Raises GuardError."""
    (FOLDER / "lists/partial").mkdir(parents=True, exist_ok=True)
    _apt("update")
    return sorted(set(_TO_DO.findall(_apt("--simulate", "--with-new-pkgs", "upgrade"))))


def apply(places: Places, wait_max_s: float, *, closed_root: bool) -> dict[str, Any]:
    """Raises GuardError; what was installed before that stays."""
    descriptor = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise GuardError("kiosk-guard is at work") from exc
    if read_state(places).trial is not None:
        raise GuardError("a release is on trial: confirm it or take it back first")
    with drained(places, wait_max_s) as busy:
        if busy:
            return {"outcome": "busy", "why": busy, "start_again": False}
        if closed_root:
            _run("mount", "--options", "remount,rw", "/")
        _end_what_was_cut_off()
        _apt("--yes", "--with-new-pkgs", "upgrade")
        _apt("clean")
        start_again = closed_root or START_AGAIN.exists()
        if start_again:
            units.stop(places)
        else:
            units.restart(places)
        return {"outcome": "changed", "why": "", "start_again": start_again}


def _end_what_was_cut_off() -> None:
    """What a power cut has left half done. A package whose own script fails must not keep its next version
    away, which may mend it: apt then says whether it does."""
    try:
        _run("dpkg", "--force-confold", "--configure", "-a")
    except GuardError as exc:
        print(exc, file=sys.stderr)


def _apt(*words: str) -> str:
    options = [word for key, value in _OPTIONS.items() for word in ("--option", f"{key}={value}")]
    return _run("apt-get", "--quiet", *options, *words)


def _run(*argv: str) -> str:
    try:
        done = subprocess.run(
            argv,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=APT_MAX_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise GuardError(f"{argv[0]}: {exc}") from exc
    if done.returncode != 0:
        raise GuardError(f"{argv[0]}: {(done.stdout + done.stderr).strip()[-SAID_MAX_CHARACTERS:]}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("look")
    applying = commands.add_parser("apply")
    applying.add_argument("--wait-s", type=float, required=True)
    applying.add_argument("--closed-root", action="store_true")
    options = parser.parse_args()
    try:
        if options.command == "look":
            answer: dict[str, Any] = {"outcome": "unchanged", "packages": look()}
        else:
            answer = apply(read_places(SETTINGS), options.wait_s, closed_root=options.closed_root)
    except (GuardError, OSError) as exc:
        answer = {"outcome": "refused", "why": str(exc), "start_again": False}
    print(json.dumps(answer, ensure_ascii=False))
    return 0 if answer["outcome"] in ("changed", "unchanged") else 1


if __name__ == "__main__":
    sys.exit(main())
