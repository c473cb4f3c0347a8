"""What the disk says of a terminal's releases: which runs, which is good, what is on trial."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk_guard.disk import write_durably
from kiosk_guard.places import VERSION, GuardError, Places

log = logging.getLogger(__name__)

MARKER_MAX_BYTES = 64 * 1024
COMPLETE = "manifest.json"
"""Written into a release's folder last: without it the folder is the rest of an interrupted install."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A release that runs but is not confirmed. Its time counts from the machine's start."""

    release: str
    good: str | None
    """Where the way back leads; None for the first release, which has none."""

    limit_s: float
    """Without confirmation for so long, the good one comes back."""

    boots_left: int
    """Starts of the machine that it may see; at the next one after them the good one comes back."""

    boot_id: str
    since_s: float
    failing: tuple[str, ...] = ()
    """What the health check found failing before the switch, or what the operator accepts."""

    ack: str = ""
    """The agent's last acknowledgement before the switch; health wants another one."""

    migrated_by: str = ""
    """The newer of the two releases, when their layouts of data differ: its hooks go forth and back."""

    def in_boot(self, boot_id: str, now_s: float) -> Trial:
        """The same trial after a restart: one start fewer, its time begins anew."""
        return replace(self, boots_left=max(0, self.boots_left - 1), boot_id=boot_id, since_s=now_s)


@dataclass(frozen=True, slots=True)
class Broken:
    """A marker that cannot be read: a trial of which nothing is known."""

    why: str


@dataclass(frozen=True, slots=True)
class State:
    """What the links and the marker say. None: the link is missing, or leads to no whole release."""

    current: str | None
    good: str | None
    previous: str | None
    trial: Trial | Broken | None


def read_state(places: Places) -> State:
    """As it is on disk now."""
    return State(
        current=_release_of(places, places.current),
        good=_release_of(places, places.good),
        previous=_release_of(places, places.previous),
        trial=read_marker(places.marker),
    )


def is_complete(places: Places, version: str) -> bool:
    """Whether the release is on this terminal as a whole."""
    return (places.folder(version) / COMPLETE).is_file()


def _release_of(places: Places, link: Path) -> str | None:
    try:
        name = link.readlink().name
    except OSError:  # not there, or not a link
        return None
    return name if VERSION.fullmatch(name) and is_complete(places, name) else None


def read_marker(path: Path) -> Trial | Broken | None:
    """The trial; `Broken` when something is there that says nothing."""
    try:
        with path.open("rb") as file:
            raw = file.read(MARKER_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        return Broken(str(exc))
    try:
        found = json.loads(raw)
        return Trial(
            release=_named(found["release"]),
            good=None if found["good"] is None else _named(found["good"]),
            limit_s=float(found["limit_s"]),
            boots_left=int(found["boots_left"]),
            boot_id=str(found["boot_id"]),
            since_s=float(found["since_s"]),
            failing=tuple(map(str, found["failing"])),
            ack=str(found["ack"]),
            migrated_by=_named(found["migrated_by"]) if found["migrated_by"] else "",
        )
    except (ValueError, KeyError, TypeError) as exc:
        return Broken(f"{type(exc).__name__}: {exc}")


def _named(text: Any) -> str:
    if not isinstance(text, str) or not VERSION.fullmatch(text):
        raise ValueError(f"{text!r} is no version")
    return text


def write_marker(path: Path, trial: Trial) -> None:
    """On disk before this returns. Raises OSError."""
    write_durably(path, json.dumps(asdict(trial), sort_keys=True).encode())


def release_layout(places: Places, version: str) -> int:
    """The layout of data that a release writes, from its manifest. Raises GuardError."""
    path = places.folder(version) / COMPLETE
    try:
        return int(json.loads(path.read_bytes()).get("layout", 1))
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise GuardError(f"{path}: {exc}") from exc


def tell(places: Places, what: Mapping[str, str], outcome: str, why: str) -> None:
    """Leave behind how a trial ended, for whoever asks later."""
    told = {**what, "outcome": outcome, "why": why, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        write_durably(places.last, json.dumps(told, ensure_ascii=False).encode())
    except OSError as exc:  # a full disk must not keep a terminal from going back
        log.error("%s: %s", places.last, exc)
