"""One host that really boots: power cuts, a full disk, a patient, and the way back, as the guard sees them.

The tests follow one another on release 1.0, which is good at the beginning and at the end of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from booted import Fleet
from rollout import Hospital

ROOT = "opt/hospital-kiosk"


@pytest.fixture(scope="module")
def hospital(fleet_of: Callable[..., Fleet]) -> Hospital:
    made = Hospital(fleet_of("k1"), {"terminals": ["k1"]})
    made.begin()
    made.bundle("2.0")
    folder = made["k1"].root / "srv/bundle"
    folder.mkdir()
    for part in (made.fleet.folder / "bundle-2.0").iterdir():
        (folder / part.name).write_bytes(part.read_bytes())
    said = made.guard("k1", "install /srv/bundle")
    assert said["outcome"] == "changed", said
    return made


def is_back(hospital: Hospital) -> str:
    """1.0 runs and is good; why, in the guard's words."""
    status = hospital.guard("k1", "status")
    assert (status["current"], status["good"], status["trial"]) == ("1.0", "1.0", None)
    assert hospital.version("k1") == "1.0"
    return str(status["last"]["why"])


def test_a_power_cut_between_switch_and_confirmation_brings_the_good_one_back(hospital: Hospital) -> None:
    assert hospital.guard("k1", "try 2.0")["outcome"] == "changed"
    assert hospital.version("k1") == "2.0"
    hospital["k1"].power_cut()
    hospital["k1"].start()
    assert is_back(hospital) == "not confirmed before the machine started again"


@pytest.mark.parametrize("rest", [None, "", '{"release": "2.'])
def test_a_power_cut_before_the_marker_reached_the_disk_does_so_too(
    hospital: Hospital, rest: str | None
) -> None:
    """What a disk that forgets leaves behind: the switch without its marker, or with a torn one."""
    hospital.guard("k1", "try 2.0 --boots 3")
    hospital["k1"].power_cut()
    marker = hospital["k1"].root / ROOT / "trial.json"
    marker.unlink()
    if rest is not None:
        marker.write_text(rest, encoding="utf-8")
    hospital["k1"].start()
    assert "its marker" in is_back(hospital)


def test_a_trial_that_may_see_a_start_goes_on_after_it_and_can_be_confirmed(hospital: Hospital) -> None:
    hospital.guard("k1", "try 2.0 --boots 1")
    hospital["k1"].power_cut()
    hospital["k1"].start()
    assert hospital.version("k1") == "2.0"
    assert hospital["k1"].inside("systemctl is-active hospital-trial.service").stdout == "active\n"
    assert hospital.guard("k1", "confirm 2.0")["outcome"] == "changed"
    assert hospital.guard("k1", "try 1.0")["outcome"] == "changed"
    assert hospital.guard("k1", "confirm 1.0")["outcome"] == "changed"


def test_a_patient_who_stands_there_is_not_disturbed(hospital: Hospital) -> None:
    lock = "/run/hospital-guard/visit.lock"
    said = hospital["k1"].inside(f"flock {lock} kiosk-guard try 2.0 --wait-s 1", check=False).stdout
    assert json.loads(said) == {"outcome": "busy", "why": "a patient is there"}
    assert hospital.version("k1") == "1.0"


def test_the_units_of_a_release_are_the_machines_and_go_with_it(hospital: Hospital) -> None:
    shown = hospital["k1"].inside("systemctl show -p FragmentPath,Description kiosk.service").stdout
    assert "/run/systemd/system/kiosk.service" in shown
    assert "release 1.0" in shown
    hospital.guard("k1", "try 2.0")
    assert "release 2.0" in hospital["k1"].inside("systemctl show -p Description kiosk.service").stdout
    assert hospital.guard("k1", "back")["outcome"] == "changed"
    is_back(hospital)


def test_a_full_disk_refuses_the_release_and_keeps_what_runs(hospital: Hospital) -> None:
    k1 = hospital["k1"]
    settings = json.loads((k1.root / "etc/hospital-kiosk/guard.json").read_text(encoding="utf-8"))
    k1.write("etc/small.json", json.dumps({**settings, "root": "/run/small"}))
    k1.inside("mkdir /run/small && mount -t tmpfs -o size=4M tmpfs /run/small")
    said = hospital.guard("k1", "--settings /etc/small.json install /srv/bundle")
    assert said["outcome"] == "refused"
    assert "MiB are needed" in said["why"]
    assert k1.inside("find /run/small/releases -mindepth 1").stdout == ""


def test_a_disk_that_is_full_at_the_way_back_is_no_hindrance(hospital: Hospital) -> None:
    """The way back needs two links and a deletion, no room."""
    k1 = hospital["k1"]
    hospital.guard("k1", "try 2.0")
    k1.inside("mkdir -p /run/full && mount -t tmpfs -o size=1M tmpfs /run/full")
    k1.inside("cp -a /opt/hospital-kiosk/. /run/full")
    k1.inside("mount --bind /run/full /opt/hospital-kiosk")
    k1.inside("dd if=/dev/zero of=/opt/hospital-kiosk/fill bs=4k 2>/dev/null", check=False)
    assert hospital.guard("k1", "back")["outcome"] == "changed"
    status = hospital.guard("k1", "status")
    assert (status["current"], status["trial"]) == ("1.0", None)
    k1.power_cut()
    k1.start()
    is_back(hospital)


def test_the_guards_units_are_right(hospital: Hospital) -> None:
    units = "hospital-guard.service hospital-trial.service kiosk.service"
    said = hospital["k1"].inside(f"systemd-analyze verify --man=no {units} 2>&1")
    assert said.stdout == ""
