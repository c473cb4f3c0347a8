"""The hospital's own source of security updates, on a folder that all hosts see: one package, in versions."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from booted import Fleet, Host

PLACE = "/srv/updates"
SOURCE = f"deb [trusted=yes] file:{PLACE} ./"


def share_updates(fleet: Fleet) -> None:
    """All hosts see the source from their start on; it holds version 1."""
    fleet.shared[fleet.folder / "updates"] = PLACE
    offer(fleet, "1")


def install_first(host: Host) -> None:
    """Version 1 of the package is on a host that runs."""
    host.inside(f"dpkg --install {PLACE}/hospital-probe.deb")


def offer(fleet: Fleet, version: str, after: str = "exit 0") -> None:
    """The hospital's source has this version of one package; `after` is what its installation runs.

    The package asks a question as many of Debian do, so it needs the place where answers are kept.
    """
    folder = fleet.folder / f"probe-{version}"
    (folder / "DEBIAN").mkdir(parents=True)
    fields = (
        f"Package: hospital-probe\nVersion: {version}\nArchitecture: all\nMaintainer: nobody\n"
        "Description: a test\n"
    )
    (folder / "DEBIAN/control").write_text(fields, encoding="ascii")
    template = "Template: hospital-probe/question\nType: string\nDefault: none\nDescription: a question\n"
    (folder / "DEBIAN/templates").write_text(template, encoding="ascii")
    script = f"#!/bin/sh\nset -e\n. /usr/share/debconf/confmodule\ndb_get hospital-probe/question\n{after}\n"
    (folder / "DEBIAN/postinst").write_text(script, encoding="ascii")
    (folder / "DEBIAN/postinst").chmod(0o755)
    file = fleet.folder / "hospital-probe.deb"
    subprocess.run(["dpkg-deb", "--build", folder, file], check=True, capture_output=True)
    packed = file.read_bytes()
    listed = f"Filename: ./{file.name}\nSize: {len(packed)}\nSHA256: {hashlib.sha256(packed).hexdigest()}\n"
    source: Path = fleet.folder / "updates"
    source.mkdir(exist_ok=True)
    (source / file.name).write_bytes(packed)
    (source / "Packages").write_text(fields + listed, encoding="ascii")
