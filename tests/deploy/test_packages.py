"""Debian packages out of a bundle: what a machine without a package source believes, and what it installs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from booted import Fleet, Host
from playbook import Play
from releases import Signer, content_of

# isort: split
from kiosk_bundle import Release, write_bundle
from kiosk_bundle.debs import index

ONLY_PACKAGES = [
    {
        "hosts": "k1",
        "become": True,
        "gather_facts": False,
        "tasks": [{"ansible.builtin.import_role": {"name": "base", "tasks_from": "packages"}}],
    }
]
CONTROL = "Package: {}\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: a test\n{}"


@dataclass(frozen=True, slots=True)
class Machine:
    """A blank machine, a signed bundle, and the step that installs packages out of it."""

    fleet: Fleet
    bundle: Path
    signer: Signer

    @property
    def k1(self) -> Host:
        return self.fleet["k1"]

    def play(self, bundle: Path) -> Play:
        playbook = self.fleet.folder / "packages.yml"
        playbook.write_text(json.dumps(ONLY_PACKAGES), encoding="utf-8")
        wishes = {
            "release_bundle": str(bundle),
            "guard_signer": str(self.signer.public),
            "base_packages": ["hospital-probe", "python3"],
        }
        return self.fleet.playbook(str(playbook), groups={"terminals": ["k1"]}, variables=wishes)

    def spoiled(self, name: str, at: int, folder: Path) -> Path:
        """A copy of the bundle with one bit of one file turned."""
        copy = shutil.copytree(self.bundle, folder / "spoiled")
        data = bytearray((copy / name).read_bytes())
        data[at] ^= 1
        (copy / name).write_bytes(data)
        return copy


@pytest.fixture(scope="module")
def machine(make_fleet: Callable[..., Fleet], tmp_path_factory: pytest.TempPathFactory) -> Machine:
    fleet = make_fleet("k1", root="blank_root")
    fleet.start()
    folder = tmp_path_factory.mktemp("packages")
    debs = folder / "system/debs"
    debs.mkdir(parents=True)
    needs_one = {"hospital-probe": "Depends: hospital-needed\n", "hospital-needed": "", "hospital-other": ""}
    for name, needs in needs_one.items():
        control = folder / name / "DEBIAN/control"
        control.parent.mkdir(parents=True)
        control.write_text(CONTROL.format(name, needs), encoding="ascii")
        subprocess.run(["dpkg-deb", "--build", folder / name, debs], check=True, capture_output=True)
    index(debs)
    signer = Signer(folder)
    content = content_of(folder / "content", "1.0")
    write_bundle(content, folder / "bundle", Release("1.0", "all"), signer.key, system=folder / "system")
    return Machine(fleet, folder / "bundle", signer)


def installed(host: Host) -> set[str]:
    """Those of the bundle that are there."""
    shown = host.ssh("dpkg-query --show --showformat='${Package} '").stdout.split()
    return {name for name in shown if name.startswith("hospital-")}


@pytest.mark.clause("S3-10.1.5")
def test_packages_that_were_not_signed_are_not_brought(machine: Machine, tmp_path: Path) -> None:
    play = machine.play(machine.spoiled("manifest.json", 30, tmp_path))
    assert not play.ok
    assert "Signature Verification Failure" in play.output
    assert play.changed("k1") == 0


@pytest.mark.clause("S3-10.1.5")
def test_packages_that_differ_from_what_was_signed_are_not_unpacked(machine: Machine, tmp_path: Path) -> None:
    play = machine.play(machine.spoiled("system.tar", 1600, tmp_path))
    assert not play.ok
    assert "computed checksum did NOT match" in play.output
    assert installed(machine.k1) == set()
    assert machine.k1.ssh("ls /var/lib/hospital-packages", check=False).returncode != 0


def test_packages_come_from_the_bundle_alone_and_only_those_that_are_missing(machine: Machine) -> None:
    lists = "ls -l /etc/apt /var/lib/apt/lists | sha256sum"
    before = machine.k1.ssh(lists).stdout
    first = machine.play(machine.bundle)
    assert first.ok, first.output
    assert installed(machine.k1) == {"hospital-probe", "hospital-needed"}
    assert machine.k1.ssh("ls /var/lib/hospital-packages", check=False).returncode != 0
    assert machine.k1.ssh(lists).stdout == before, "the machine's own sources are as they were"
    assert machine.play(machine.bundle).changed("k1") == 0
