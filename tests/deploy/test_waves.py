"""Releases in waves, on hosts that really boot, with a stand-in for the kiosk: who gets what, what stops it.

The tests follow one another: each begins with what the one before has left on the hosts.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from booted import Fleet
from releases import ILL
from rollout import Hospital, tail

GROUPS = {
    "terminals": ["k1", "k2", "k3", "k4"],
    "canary": ["k1"],
    "ward_a": ["k1", "k2", "k3"],
    "ward_b": ["k4"],
}
CUT = """#!/bin/sh
grep -qx k3 /etc/hostname || exit 0
nft add table inet cut
nft 'add chain inet cut input { type filter hook input priority 0; policy drop; }'
"""
OPEN_DB = "/var/lib/hospital-kiosk/journal/open.db"


@pytest.fixture(scope="module")
def hospital(fleet_of: Callable[..., Fleet]) -> Hospital:
    made = Hospital(fleet_of("k1", "k2", "k3", "k4"), GROUPS)
    made.begin()
    return made


def test_the_first_release_runs_and_is_the_good_one(hospital: Hospital) -> None:
    status = hospital.guard("k1", "status")
    assert (status["current"], status["good"], status["trial"]) == ("1.0", "1.0", None)
    assert hospital.version("k1") == "1.0"


def test_who_is_off_or_has_a_patient_is_left_and_the_others_go_on(hospital: Hospital) -> None:
    hospital.bundle("2.0")
    hospital["k4"].power_cut()
    hospital["k2"].ssh(
        f"mkdir -p $(dirname {OPEN_DB}); python3 -c \"import sqlite3; c = sqlite3.connect('{OPEN_DB}'); "
        "c.execute('CREATE TABLE open_key (settlement TEXT, key BLOB)'); "
        "c.execute('INSERT INTO open_key VALUES (1, 2)'); c.commit()\""
    )
    play = hospital.play("release.yml", "2.0", wave_offline_max=1)
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "busy", "k3": "confirmed", "k4": "offline"}
    assert hospital.runs() == {"k1": "2.0", "k2": "1.0", "k3": "2.0", "k4": None}
    assert "settlements are open" in hospital.report["terminals"][1]["why"]


def test_more_terminals_off_than_may_be_stop_it_before_anything_changes(hospital: Hospital) -> None:
    hospital.bundle("9.0")
    play = hospital.play("release.yml", "9.0", wave_offline_max=0)
    assert not play.ok
    assert "k4" in tail(play)
    assert hospital.guard("k1", "status")["current"] == "2.0"


def test_a_catch_up_brings_those_that_were_missed(hospital: Hospital) -> None:
    hospital["k4"].start()
    hospital["k2"].ssh(f"rm {OPEN_DB}")
    play = hospital.play("catch_up.yml", "2.0")
    assert play.ok, tail(play)
    assert hospital.outcomes() == {"k1": "unchanged", "k2": "confirmed", "k3": "unchanged", "k4": "confirmed"}


def test_the_second_run_changes_nothing(hospital: Hospital) -> None:
    play = hospital.play("release.yml", "2.0")
    assert play.ok, tail(play)
    assert [play.changed(name) for name in GROUPS["terminals"]] == [0, 0, 0, 0]
    assert set(hospital.runs().values()) == {"2.0"}


def test_a_release_that_is_bad_on_one_takes_its_wave_back_and_stops(hospital: Hospital) -> None:
    ill_on_k3 = ILL.replace(
        "#!/bin/sh\n", "#!/bin/sh\n[ $(cat /etc/hostname) = k3 ] || { echo '[]'; exit 0; }\n"
    )
    hospital.bundle("3.0", health=ill_on_k3)
    play = hospital.play("release.yml", "3.0")
    assert not play.ok
    assert hospital.report["stopped"] == "wave ward: k3 failed"
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "back", "k3": "back", "k4": "waiting"}
    assert hospital.runs() == {"k1": "3.0", "k2": "2.0", "k3": "2.0", "k4": "2.0"}
    assert hospital.report["terminals"][2]["why"] == "printer"
    assert hospital.version("k3") == "2.0"


def test_a_roll_back_needs_no_bundle_and_leaves_the_others_alone(hospital: Hospital) -> None:
    play = hospital.play("rollback.yml", "2.0", release_soak_s=None)
    assert play.ok, tail(play)
    assert set(hospital.runs().values()) == {"2.0"}
    assert [play.changed(name) > 0 for name in GROUPS["terminals"]] == [True, False, False, False]


def test_a_release_that_is_bad_everywhere_gets_no_further_than_the_canary(hospital: Hospital) -> None:
    hospital.bundle("4.0", health=ILL)
    play = hospital.play("release.yml", "4.0")
    assert not play.ok
    assert hospital.outcomes() == {"k1": "back", "k2": "waiting", "k3": "waiting", "k4": "waiting"}
    assert set(hospital.runs().values()) == {"2.0"}
    assert hospital.guard("k2", "status")["installed"] == ["1.0", "2.0", "3.0"]


def test_a_release_that_cuts_its_own_network_comes_back_by_itself(hospital: Hospital) -> None:
    hospital.bundle("5.0", files={"cut": CUT}, before="/opt/hospital-kiosk/current/cut")
    before = hospital.guard("k3", "status")["good"]
    play = hospital.play("release.yml", "5.0", host_variables={"k3": {"release_limit_s": 20}})
    assert not play.ok
    assert hospital.report["stopped"] == "wave ward: k3 lost"
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "back", "k3": "lost", "k4": "waiting"}
    k3 = hospital["k3"]
    k3.wait_until_off(120)
    k3.start()
    status = hospital.guard("k3", "status")
    assert (status["current"], status["trial"]) == (before, None)
    assert status["last"]["why"] == "not confirmed within 20 s"
    assert hospital.version("k3") == before
