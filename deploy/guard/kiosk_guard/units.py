"""The units of the release that runs. They come with it and go with it.

Linked below /run, which is empty at each start of the machine: the guard links and starts them itself. So no
unit survives its release, and a read-only root is no hindrance.
"""

from __future__ import annotations

from kiosk_guard.places import UNIT, GuardError, Places
from kiosk_guard.system import systemctl


def units_of(places: Places) -> list[str]:
    """The names of the current release's units. Raises GuardError for a file that is none."""
    names = sorted(path.name for path in (places.current / "units").glob("*"))
    for name in names:
        if not UNIT.fullmatch(name):
            raise GuardError(f"{places.current}: {name} is not the name of a unit")
    return names


def _ours(places: Places) -> list[str]:
    """Units whose links lead into a release."""
    links = [path for path in places.run.glob("*") if path.is_symlink()]
    return sorted(link.name for link in links if link.readlink().is_relative_to(places.root))


def stop(places: Places) -> None:
    """Every unit of whichever release is linked now. Raises GuardError."""
    if names := _ours(places):
        systemctl("stop", *names)


def start(places: Places, *, wait: bool) -> None:
    """Link the units of what is current, and start this terminal's services. Raises GuardError.

    `wait` False at a start of the machine: the units have their own order within it.
    """
    places.run.mkdir(parents=True, exist_ok=True)
    for name in _ours(places):
        (places.run / name).unlink()
    for name in units_of(places):
        (places.run / name).symlink_to(places.current / "units" / name)
    systemctl("daemon-reload")
    # Also sets their counters of restarts to zero. A service that was never loaded has nothing to forget.
    systemctl("reset-failed", "--quiet", *(f"{name}*" for name in places.services))
    systemctl("start", *([] if wait else ["--no-block"]), *places.services)


def restart(places: Places) -> None:
    """This terminal's services, for new settings. Raises GuardError."""
    systemctl("reset-failed", "--quiet", *(f"{name}*" for name in places.services))
    systemctl("restart", *places.services)


def failing(places: Places) -> list[str]:
    """Services that do not run, or that were restarted since the switch. Raises GuardError.

    One whose condition was looked at and does not hold is not wanted here.
    """
    found = []
    for name in places.services:
        wanted = "ActiveState,NRestarts,ConditionResult,ConditionTimestampMonotonic"
        shown = systemctl("show", f"--property={wanted}", name)
        said = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        state = said.get("ActiveState", "unknown")
        left_out = said.get("ConditionResult") == "no" and said.get("ConditionTimestampMonotonic", "0") != "0"
        if state != "active" and not left_out:
            found.append(f"{name}: {state}")
        elif state == "active" and said.get("NRestarts", "0") != "0":
            found.append(f"{name}: restarted {said['NRestarts']} times")
    return found
