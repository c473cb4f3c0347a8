"""Which packages of `requirements.lock` a terminal needs: those of its extras, and what they ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kiosk_bundle.errors import BundleError

EXTRAS = ("terminal", "agent", "catalogue")
"""What one machine before a patient runs: the kiosk, its agent, and the import of price lists."""

PYTHON = "3.11"
"""Of Debian 12 and the Raspberry Pi OS made from it."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*==[^\s\\]+)\s*(;[^\\]*)?\\?$")
_VIA = re.compile(r"^\s+#(?: via)?\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of the lock file."""

    name: str
    requirement: str
    """`name==version`, without its marker."""

    marker: str
    hashes: tuple[str, ...]
    via: frozenset[str]
    """Packages that ask for it."""


def read_lock(path: Path) -> list[Pin]:
    """All entries. Raises BundleError for a line that cannot be read."""
    pins: list[Pin] = []
    head: tuple[str, str] | None = None
    hashes: list[str] = []
    via: set[str] = set()

    def close() -> None:
        if head is not None:
            name = canonicalize_name(head[0].split("==")[0])
            pins.append(Pin(name, head[0], head[1], tuple(hashes), frozenset(via)))

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if found := _PIN.match(line):
            close()
            head, hashes, via = (found[1], (found[2] or "").lstrip("; ").strip()), [], set()
        elif "--hash=" in line:
            hashes.append(line.strip().rstrip("\\ ").removeprefix("--hash="))
        elif said := _VIA.match(line):
            via.add(canonicalize_name(said[1]))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise BundleError(f"{path}:{number}: cannot be read: {line.strip()}")
    close()
    return pins


def wanted_directly(pyproject: Path) -> set[str]:
    """The packages that the product itself asks for on a terminal."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in EXTRAS:
        asked += project["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(text).name) for text in asked}


def needed(pins: Collection[Pin], directly: Collection[str], arch: str) -> list[Pin]:
    """The pins of a terminal of this architecture, dependencies included. Raises BundleError."""
    environment = {str(key): str(value) for key, value in default_environment().items()}
    environment |= {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.2",
        "platform_machine": MACHINES[arch],
        "sys_platform": "linux",
    }
    here = [pin for pin in pins if not pin.marker or _holds(pin, environment)]
    names = set(directly)
    while more := {pin.name for pin in here if pin.via & names} - names:
        names |= more
    if missing := names - {pin.name for pin in here}:
        raise BundleError(f"the lock file has no {', '.join(sorted(missing))}")
    return sorted((pin for pin in here if pin.name in names), key=lambda pin: pin.name)


def ask_for(pins: Collection[Pin], path: Path) -> Path:
    """A requirements file for pip, which takes digests only from files."""
    lines = (" ".join([pin.requirement, *(f"--hash={each}" for each in pin.hashes)]) for pin in pins)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _holds(pin: Pin, environment: dict[str, str]) -> bool:
    marker = Requirement(f"{pin.name} ; {pin.marker}").marker
    return marker is None or marker.evaluate(environment)
