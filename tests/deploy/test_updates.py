"""Security updates in waves, on hosts that really boot: k1 is the canary, k2 the ward, with a closed root.

The tests follow one another: each begins with what the one before has left on the hosts.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import Fleet
from playbook import Play
from rollout import Hospital, tail

GROUPS = {"terminals": ["k1", "k2"], "canary": ["k1"], "ward_a": ["k2"]}
LOCK = "/run/hospital-guard/visit.lock"
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@pytest.fixture(scope="module")
def hospital(make_fleet: Callable[..., Fleet]) -> Hospital:
    fleet = make_fleet("k1", "k2")
    fleet["k2"].add_partition("/state")
    fleet.shared[fleet.folder / "updates"] = "/srv/updates"
    made = Hospital(fleet, GROUPS)
    made.own = {"k2": {"read_only_root_enabled": True}}
    offer(made, "1")
    fleet.start()
    for host in fleet.hosts.values():
        host.keep_on()
        host.inside("dpkg --install /srv/updates/hospital-probe.deb")
    made.begin()
    return made


def offer(hospital: Hospital, version: str, after: str = "exit 0") -> None:
    """The hospital's source has this version of one package; `after` is what its installation runs.

    The package asks a question as many of Debian do, so it needs the place where answers are kept.
    """
    folder = hospital.fleet.folder / f"probe-{version}"
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
    file = hospital.fleet.folder / "hospital-probe.deb"
    subprocess.run(["dpkg-deb", "--build", folder, file], check=True, capture_output=True)
    packed = file.read_bytes()
    listed = f"Filename: ./{file.name}\nSize: {len(packed)}\nSHA256: {hashlib.sha256(packed).hexdigest()}\n"
    source: Path = hospital.fleet.folder / "updates"
    source.mkdir(exist_ok=True)
    (source / file.name).write_bytes(packed)
    (source / "Packages").write_text(fields + listed, encoding="ascii")


def update(hospital: Hospital) -> Play:
    return hospital.play(
        "updates.yml",
        "1.0",
        updates_source="deb [trusted=yes] file:/srv/updates ./",
        updates_drain_wait_max_s=1,
        updates_health_tries=3,
        updates_health_pause_s=1,
        updates_soak_s=1,
    )


def installed(hospital: Hospital) -> list[str]:
    ask = "dpkg-query --show --showformat '${Version}' hospital-probe"
    return [host.inside(ask).stdout for host in hospital.fleet.hosts.values()]


def test_a_terminal_with_a_patient_is_left_for_the_next_run(hospital: Hospital) -> None:
    offer(hospital, "2")
    hospital["k2"].inside(f"systemd-run --unit=visit flock {LOCK} sleep infinity")
    play = update(hospital)
    hospital["k2"].inside("systemctl stop visit.service")
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "busy"}
    assert installed(hospital) == ["2", "1"]


def test_the_next_run_brings_it_to_whom_the_first_has_left(hospital: Hospital) -> None:
    play = update(hospital)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "unchanged", "k2": "confirmed"}
    assert installed(hospital) == ["2", "2"]


def test_a_closed_root_is_closed_again_afterwards(hospital: Hospital) -> None:
    options = hospital["k2"].inside("findmnt --noheadings --output OPTIONS --target /").stdout
    assert "ro" in options.strip().split(",")
    assert hospital["k2"].inside("dpkg --audit").stdout == ""


def test_a_run_without_news_changes_nothing(hospital: Hospital) -> None:
    play = update(hospital)
    assert play.ok, tail(play)
    assert [play.changed(name) for name in ("k1", "k2")] == [0, 0], tail(play)


def test_a_machine_starts_again_when_a_package_asks_for_it(hospital: Hospital) -> None:
    offer(hospital, "3", after="touch /run/reboot-required")
    before = hospital["k1"].inside(BOOT_ID).stdout
    play = update(hospital)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert hospital["k1"].inside(BOOT_ID).stdout != before
    assert hospital["k1"].inside("systemctl is-active kiosk.service").stdout == "active\n"


def test_an_update_that_fails_on_the_canary_reaches_nobody_else(hospital: Hospital) -> None:
    offer(hospital, "4", after="exit 1")
    play = update(hospital)
    assert not play.ok
    assert hospital.outcomes() == {"k1": "stuck", "k2": "waiting"}
    assert "hospital-probe" in hospital.report["terminals"][0]["why"]
    assert installed(hospital) == ["4", "3"]


def test_an_update_that_failed_is_not_taken_for_done_by_the_next_run(hospital: Hospital) -> None:
    play = update(hospital)
    assert not play.ok
    assert hospital.outcomes() == {"k1": "stuck", "k2": "waiting"}


def test_the_next_version_mends_what_the_one_before_has_broken(hospital: Hospital) -> None:
    offer(hospital, "5")
    play = update(hospital)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert hospital["k1"].inside("dpkg --audit").stdout == ""


def test_a_terminal_that_is_well_keeps_its_packages_when_another_stops_the_wave(hospital: Hospital) -> None:
    offer(hospital, "6", after="! grep -qx k2 /etc/hostname")
    hospital.groups = {**GROUPS, "canary": ["k1", "k2"]}
    play = update(hospital)
    assert not play.ok
    assert hospital.outcomes() == {"k1": "kept", "k2": "stuck"}
    assert hospital.report["stopped"] == "wave canary: k2 failed"
    assert hospital.guard("k1", "health")["outcome"] == "unchanged"
