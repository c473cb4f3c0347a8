"""Security updates in waves, on hosts that really boot: k1 is the canary, k2 the ward, with a closed root.

The tests follow one another: each begins with what the one before has left on the hosts.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from booted import Fleet
from playbook import Play
from rollout import Hospital, tail
from updates_source import SOURCE, install_first, offer, share_updates

GROUPS = {"terminals": ["k1", "k2"], "canary": ["k1"], "ward_a": ["k2"]}
LOCK = "/run/hospital-guard/visit.lock"
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@pytest.fixture(scope="module")
def hospital(make_fleet: Callable[..., Fleet]) -> Hospital:
    fleet = make_fleet("k1", "k2")
    fleet["k2"].add_partition("/state")
    share_updates(fleet)
    made = Hospital(fleet, GROUPS)
    made.own = {"k2": {"read_only_root_enabled": True}}
    fleet.start()
    for host in fleet.hosts.values():
        host.keep_on()
        install_first(host)
    made.begin()
    return made


def update(hospital: Hospital) -> Play:
    return hospital.play(
        "updates.yml",
        "1.0",
        updates_source=SOURCE,
        updates_drain_wait_max_s=1,
        updates_health_tries=3,
        updates_health_pause_s=1,
        updates_soak_s=1,
    )


def installed(hospital: Hospital) -> list[str]:
    ask = "dpkg-query --show --showformat '${Version}' hospital-probe"
    return [host.inside(ask).stdout for host in hospital.fleet.hosts.values()]


def test_a_terminal_with_a_patient_is_left_for_the_next_run(hospital: Hospital) -> None:
    offer(hospital.fleet, "2")
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
    offer(hospital.fleet, "3", after="touch /run/reboot-required")
    before = hospital["k1"].inside(BOOT_ID).stdout
    play = update(hospital)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert hospital["k1"].inside(BOOT_ID).stdout != before
    assert hospital["k1"].inside("systemctl is-active kiosk.service").stdout == "active\n"


def test_an_update_that_fails_on_the_canary_reaches_nobody_else(hospital: Hospital) -> None:
    offer(hospital.fleet, "4", after="exit 1")
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
    offer(hospital.fleet, "5")
    play = update(hospital)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert hospital["k1"].inside("dpkg --audit").stdout == ""


def test_a_terminal_that_is_well_keeps_its_packages_when_another_stops_the_wave(hospital: Hospital) -> None:
    offer(hospital.fleet, "6", after="! grep -qx k2 /etc/hostname")
    hospital.groups = {**GROUPS, "canary": ["k1", "k2"]}
    play = update(hospital)
    assert not play.ok
    assert hospital.outcomes() == {"k1": "kept", "k2": "stuck"}
    assert hospital.report["stopped"] == "wave canary: k2 failed"
    assert hospital.guard("k1", "health")["outcome"] == "unchanged"
