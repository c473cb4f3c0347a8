"""Debian packages for the installation of a terminal, with everything they depend on.

Taken by Debian's own apt, from the sources that this machine uses, into folders of their own: the machine's
package lists, its architecture and what is installed on it stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk_bundle.errors import BundleError
from kiosk_bundle.programs import run

APT_SOURCES = Path("/etc/apt")


@dataclass(frozen=True, slots=True)
class Deb:
    """One package file, as it says of itself."""

    path: Path
    name: str
    version: str
    arch: str


def read_names(path: Path) -> list[str]:
    """Package names, one a line; # starts a remark. Raises BundleError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        raise BundleError(f"{path}: {exc.strerror}") from exc
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def download(names: Sequence[str], arch: str, folder: Path, work: Path) -> list[Deb]:
    """The packages and all they need on a bare Debian, with an index (`Packages`) that apt reads. Raises
    BundleError."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    folder.mkdir(parents=True, exist_ok=True)
    settings = [
        f"APT::Architecture={arch}",
        f"APT::Architectures={arch}",
        f"Dir::State={work / 'state'}",
        f"Dir::State::status={work / 'status'}",
        f"Dir::Cache={work / 'cache'}",
        "APT::Install-Recommends=false",
        "Acquire::Languages=none",
        "APT::Sandbox::User=root" if os.geteuid() == 0 else "APT::Sandbox::User=",
    ]
    options = [word for setting in settings for word in ("-o", setting)]
    _run(["apt-get", *options, "-qq", "update"])
    _run(["apt-get", *options, "-qq", "--yes", "--download-only", "install", *names])
    for deb in sorted((work / "cache/archives").glob("*.deb")):
        deb.rename(folder / deb.name.replace("%3a", "_"))
    index(folder)
    return [_read(path) for path in sorted(folder.glob("*.deb"))]


def index(folder: Path) -> None:
    """Write `Packages` beside the packages of a folder: with it apt takes the folder as a source. Raises
    BundleError."""
    said = _run(["dpkg-scanpackages", "--multiversion", "."], folder)
    (folder / "Packages").write_text(said, encoding="utf-8")


def _read(path: Path) -> Deb:
    shown = _run(["dpkg-deb", "--show", "--showformat=${Package} ${Version} ${Architecture}", str(path)])
    name, version, arch = shown.split()
    return Deb(path, name, version, arch)


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    failed = "system packages (taken by Debian's own tools)"
    return run(command, failed, folder=folder, environment=environment)
