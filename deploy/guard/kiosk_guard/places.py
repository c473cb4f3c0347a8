"""Where everything lies on a terminal, and what the guard has to know of it (`guard.json`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

SETTINGS_MAX_BYTES = 64 * 1024
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
"""What may name a release; it becomes a folder's name, so no slash and no leading dot."""

UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]*\.(?:service|socket|timer|target|path)")


class GuardError(Exception):
    """The guard cannot or may not do what was asked; the text says why, and nothing has changed."""


@dataclass(frozen=True, slots=True)
class Places:
    """Paths and limits. The defaults are those of a terminal; tests and `guard.json` name others."""

    root: Path = Path("/opt/hospital-kiosk")
    """The releases. On the partition that outlives a restart."""

    run: Path = Path("/run/systemd/system")
    """Where units of the release that runs are linked; empty after each start of the machine."""

    signer: Path = Path("/etc/hospital-kiosk/release_signer.pub")
    """The public key (Ed25519, PEM) of whoever may publish releases."""

    settings: Path = Path("/etc/hospital-kiosk/kiosk.toml")
    """What the kiosk reads at its start."""

    services: tuple[str, ...] = ("kiosk.service", "edge-agent.service")
    """The services of a release that this terminal runs."""

    visit_lock: Path | None = None
    """The kiosk holds it (flock, exclusive) while somebody stands before it. Reading rights will do."""

    open_db: Path | None = None
    """The journal's keys of open settlements; a row is a settlement without an outcome."""

    agent_ack: Path | None = None
    """The agent's file of the last entry of its own stream that the collector acknowledged."""

    health_wait_max_s: float = 120.0
    idle_wait_max_s: float = 600.0
    """So long the way back waits for the patient and for open settlements; then it is taken all the same."""

    releases_kept: int = 3

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """Leads to the release that runs."""
        return self.root / "current"

    @property
    def good(self) -> Path:
        """Leads to the last release that was confirmed."""
        return self.root / "good"

    @property
    def previous(self) -> Path:
        """Leads to the one that was good before it."""
        return self.root / "previous"

    @property
    def marker(self) -> Path:
        """There while a release is on trial."""
        return self.root / "trial.json"

    @property
    def settings_before(self) -> Path:
        """The settings to go back to; there while new ones are on trial."""
        return self.settings.with_name(f"{self.settings.name}.before")

    @property
    def settings_marker(self) -> Path:
        """How long the settings' trial may take."""
        return self.root / "settings-trial.json"

    @property
    def last(self) -> Path:
        """How the last trial ended."""
        return self.root / "last.json"

    @property
    def pulled(self) -> Path:
        """How the last pull of this terminal ended, where it fetches a source by itself."""
        return self.root / "pulled.json"

    @property
    def lock(self) -> Path:
        """Held by whichever guard command changes something."""
        return self.root / ".guard.lock"

    def folder(self, version: str) -> Path:
        """The folder of a release. Raises GuardError for a text that names none."""
        if not VERSION.fullmatch(version):
            raise GuardError(f"{version!r} is no version")
        return self.releases / version


def read_places(path: Path) -> Places:
    """The settings in `path`; without it the defaults. Raises GuardError naming the key."""
    try:
        with path.open("rb") as file:
            raw = file.read(SETTINGS_MAX_BYTES + 1)
    except FileNotFoundError:
        return Places()
    except OSError as exc:
        raise GuardError(f"{path}: {exc.strerror}") from exc
    try:
        found = json.loads(raw)
    except ValueError as exc:
        raise GuardError(f"{path}: not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise GuardError(f"{path}: not an object")
    return Places(**{key: _value(path, key, value) for key, value in found.items()})


_KINDS = {field.name: str(field.type) for field in fields(Places)}


def _value(path: Path, key: str, value: Any) -> Any:
    kind = _KINDS.get(key)
    if kind is None:
        raise GuardError(f"{path}: {key}: unknown key")
    if value is None and "None" in kind:
        return None
    if kind.startswith("Path") and isinstance(value, str) and value.startswith("/"):
        return Path(value)
    if kind.startswith("tuple") and isinstance(value, list) and value and _are_units(value):
        return tuple(value)
    if kind == "int" and type(value) is int and value >= 1:
        return value
    if kind == "float" and type(value) in (int, float) and value >= 0:
        return float(value)
    raise GuardError(f"{path}: {key}: {value!r} does not fit")


def _are_units(names: list[Any]) -> bool:
    return all(isinstance(name, str) and UNIT.fullmatch(name) for name in names)
