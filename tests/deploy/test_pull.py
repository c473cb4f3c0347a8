"""A terminal that no controller reaches fetches a signed source by itself; its root is read-only.

The tests follow one another: each begins with what the one before has left on the terminal.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
from booted import CONTROLLER, Fleet
from hospital import wait_for
from hospital_keys import HospitalKeys
from releases import ILL, Signer
from ward import Ward

KIOSK, NOTICE = "/etc/hospital-kiosk/kiosk.toml", "/etc/hospital-kiosk/notice.json"
NEW = {"terminal_kiosk_settings": {"terminal": {"desk_window": "7"}}}
TOLD = {"notice": {"title_zh": "今晚医保系统维护", "text_zh": "20 点至 22 点只能自费。"}}


@pytest.fixture(scope="module")
def ward(make_fleet: Callable[..., Fleet], hospital_keys: HospitalKeys) -> Ward:
    fleet = make_fleet("k1")
    ward = Ward(fleet, hospital_keys)
    ward.k1.add_partition("/state")
    fleet.start()
    ward.k1.keep_on()  # closing the root may start it again
    play = ward.set_up()
    assert play.ok, play.output
    ward.k1.unplug()
    return ward


def test_the_timer_is_there_and_comes_late_by_chance(ward: Ward) -> None:
    shown = ward.k1.inside(
        "systemctl show -p ActiveState,RandomizedDelayUSec,UnitFileState hospital-pull.timer"
    ).stdout
    assert set(shown.split("\n")) >= {
        "ActiveState=active",
        "UnitFileState=enabled",
        "RandomizedDelayUSec=30min",
    }


def test_without_a_source_nothing_happens(ward: Ward) -> None:
    assert ward.pull() == "absent", ward.log
    assert not ward.failed()


def test_what_a_newer_ansible_has_set_up_over_ssh_is_right_for_the_one_of_the_terminal(ward: Ward) -> None:
    ward.publish(firewall_controllers=[CONTROLLER])
    assert ward.pull() == "unchanged", ward.log
    assert "changed=0" in ward.log


def test_settings_firewall_and_a_notice_come_without_the_network(ward: Ward) -> None:
    peer = {"name": "names", "address": "10.77.0.99", "port": 53, "protocol": "udp"}
    ward.publish(firewall_outbound=[peer], **NEW, **TOLD)
    assert ward.pull() == "changed", ward.log
    assert 'desk_window = "7"' in ward.file(KIOSK)
    assert "sign_secret_file" in ward.file(KIOSK), "the secret itself is not in the source, and stays in use"
    assert json.loads(ward.file(NOTICE)) == TOLD["notice"]
    assert "10.77.0.99" in ward.k1.inside("nft list ruleset").stdout
    assert "ro" in ward.k1.inside("findmnt --noheadings --output OPTIONS --target /").stdout.split(",")


def test_the_second_pull_changes_nothing(ward: Ward) -> None:
    started = "systemctl show -p ActiveEnterTimestampMonotonic kiosk.service"
    before = ward.k1.inside(started).stdout
    assert ward.pull() == "unchanged", ward.log
    assert "changed=0" in ward.log
    assert ward.k1.inside(started).stdout == before


def test_a_patient_who_stands_there_is_not_disturbed(ward: Ward) -> None:
    ward.publish(**NEW)
    ward.k1.inside("systemd-run --unit=visit flock /run/hospital-guard/visit.lock sleep infinity")
    assert ward.pull() == "busy", ward.log
    assert not ward.failed()
    assert json.loads(ward.file(NOTICE)) == TOLD["notice"]
    ward.k1.inside("systemctl stop visit.service")
    assert ward.pull() == "changed", ward.log
    assert ward.k1.inside(f"test -e {NOTICE}", check=False).returncode != 0


def test_settings_that_are_not_well_are_taken_back_and_not_tried_again(ward: Ward) -> None:
    before = ward.file(KIOSK)
    ward.publish(terminal_kiosk_settings={"hospital": {"url": "https://wrong.example"}}, firewall_outbound=[])
    assert ward.pull() == "back", ward.log
    assert ward.why == "hospital"
    assert ward.file(KIOSK) == before
    assert "dport 8883" in ward.k1.inside("nft list ruleset").stdout
    assert ward.failed()
    assert ward.pull() == "held"
    assert ward.why == "hospital"


def test_a_release_runs_on_trial_and_is_confirmed(ward: Ward) -> None:
    ward.publish(release_version="2.0", bundle=ward.bundle("2.0"), **NEW)
    assert ward.pull() == "changed", ward.log
    assert (ward.said["good"], ward.said["trial"], ward.said["last"]["outcome"]) == ("2.0", None, "confirmed")
    assert ward.file("/run/kiosk-version").strip() == "2.0"


def test_a_bad_release_goes_back_by_itself_and_is_not_tried_again(ward: Ward) -> None:
    ward.publish(release_version="3.0", bundle=ward.bundle("3.0", health=ILL), **NEW)
    assert ward.pull() == "back", ward.log
    assert ward.why == "3.0: printer"
    assert (ward.said["good"], ward.said["current"], ward.said["trial"]) == ("2.0", "2.0", None)
    assert ward.file("/run/kiosk-version").strip() == "2.0"
    assert ward.pull() == "held"


def test_a_release_that_was_good_before_needs_no_bundle(ward: Ward) -> None:
    ward.publish(release_version="1.0", **NEW)
    assert ward.pull() == "changed", ward.log
    assert (ward.said["good"], ward.said["previous"], ward.said["trial"]) == ("1.0", "2.0", None)


def test_a_source_that_somebody_else_has_signed_changes_nothing(ward: Ward) -> None:
    folder = ward.fleet.folder / "stranger"
    folder.mkdir()
    serial = ward.serial
    ward.publish(signer=Signer(folder), **TOLD)
    assert ward.pull() == "refused", ward.log
    assert "the signature is not right" in ward.why
    assert ward.failed()
    assert ward.said["pull"]["serial"] == serial
    assert ward.k1.inside(f"test -e {NOTICE}", check=False).returncode != 0


def test_an_unsigned_source_changes_nothing(ward: Ward) -> None:
    (ward.share / "terminals/manifest.sig").unlink()
    assert ward.pull() == "refused", ward.log
    assert "manifest.sig" in ward.why


def test_a_source_from_the_past_changes_nothing(ward: Ward) -> None:
    ward.publish(serial=1, **TOLD)
    assert ward.pull() == "refused", ward.log
    assert ward.why.startswith("number 1 is older than")
    assert ward.k1.inside(f"test -e {NOTICE}", check=False).returncode != 0


def test_settings_that_the_power_cut_off_before_they_were_well_are_undone_by_the_next_pull(
    ward: Ward,
) -> None:
    before = ward.file(KIOSK)
    ward.publish(terminal_kiosk_settings={"hospital": {"url": "https://slow.example"}})
    ward.k1.inside("systemctl start --no-block hospital-pull.service")
    assert wait_for(ward.k1, "test -e /run/asked"), ward.log
    ward.k1.power_cut()
    shutil.rmtree(ward.share / "terminals")
    ward.k1.start()
    assert "slow" in ward.file(KIOSK)
    assert ward.pull() == "absent", ward.log
    assert ward.file(KIOSK) == before
    assert ward.said["pull"]["wrong"] == "cut off before it was well"
