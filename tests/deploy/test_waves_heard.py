"""Waves that the hospital has to hear: what the collector must have of a terminal that keeps a release."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_filter import load_filter
from booted import Fleet
from heard_hospital import agent_release, first_release, prepare
from hospital_keys import HospitalKeys
from playbook import Play
from rollout import FIRST, Hospital, tail
from updates_source import SOURCE, install_first, offer, share_updates

FILTER = load_filter("../waves", "wave_heard")
K1 = {"inventory_hostname": "k1", "site": "east", "device": "K1", "release_status": {"current": "1.0"}}
ROW = {
    "device": "east/K1", "online": True, "release": "1.0", "birth_at": "t1",
    "acked_stream": "agent", "acked_seq": 1, "acked_at": "t1", "missing_entries": 0, "faults": ["an old gap"],
}  # fmt: skip
HEARD = {**ROW, "release": "2.0", "birth_at": "t2", "acked_seq": 2, "acked_at": "t2"}


def unheard(now: list[dict[str, Any]], terminal: dict[str, Any] = K1, release: str = "2.0") -> str:
    told = {"stdout": json.dumps({"devices": now})}
    before = json.dumps({"devices": [ROW]})
    return str(FILTER.wave_unheard(told, before, [terminal], release).get("k1", ""))


# What is said of one terminal


def test_a_terminal_that_started_with_the_release_and_delivers_is_heard() -> None:
    assert unheard([HEARD]) == ""


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ([], "never heard"),
        ([{**HEARD, "birth_at": None}], "never heard"),
        ([ROW], "nothing was heard of a start"),
        ([{**HEARD, "release": "1.0"}], "a start of 1.0 was heard, not of 2.0"),
        ([{**HEARD, "online": False}], "link is down"),
        ([{**HEARD, "missing_entries": 3}], "3 entries"),
        ([{**HEARD, "acked_seq": 1, "acked_at": "t1"}], "nothing that it sent"),
        ([{**HEARD, "faults": ["an old gap", "kiosk held: entry 9"]}], "kiosk held: entry 9"),
    ],
)
def test_what_is_missing_is_said(now: list[dict[str, Any]], why: str) -> None:
    assert why in unheard(now)


def test_other_settings_want_a_start_of_whatever_release() -> None:
    assert unheard([{**HEARD, "release": "1.0"}], release="any") == ""


def test_a_terminal_that_was_on_trial_with_it_already_need_not_start_again() -> None:
    tried_before = {**K1, "release_status": {"current": "2.0"}}
    assert unheard([{**ROW, "release": "2.0"}], tried_before) == ""
    assert "a start of 1.0" in unheard([ROW], tried_before)


@pytest.mark.parametrize(
    "told",
    [
        {"stdout": "", "stderr": "no such database", "rc": 1},
        {"unreachable": True, "msg": "no such database"},
        {"stdout": '{"ok": false, "error": "no such database"}'},
    ],
)
def test_a_collector_that_does_not_answer_has_heard_nobody(told: dict[str, Any]) -> None:
    found = FILTER.wave_unheard(told, "", [K1], "2.0")
    assert "no such database" in found["k1"]
    assert "no such database" in FILTER.wave_silence(told)


@pytest.mark.parametrize(
    ("more", "collectors", "release", "why"),
    [
        ({}, ["c1"], "2.0", ""),
        ({}, [], "2.0", "no collector in the inventory"),
        ({"terminal_services": ["kiosk.service"]}, ["c1"], "2.0", "no agent on it"),
        ({"guard_services": ["kiosk.service"]}, ["c1"], "2.0", "no agent on it"),
        ({}, ["c1"], "", "left out of this play"),
    ],
)
def test_for_whom_it_is_not_asked_is_said(
    more: dict[str, Any], collectors: list[str], release: str, why: str
) -> None:
    said = FILTER.wave_not_asked({**K1, **more}, collectors, release)
    assert said == (f"not asked: {why}" if why else "")


# On booted hosts. The tests follow one another.

GROUPS = {"terminals": ["k1", "k2"], "canary": ["k1", "k2"], "collectors": ["c1"]}
OWN: dict[str, dict[str, object]] = {
    "k1": {"site": "east", "device": "K1"},
    "k2": {"site": "east", "device": "L1", "terminal_services": ["kiosk.service"]},
}


@pytest.fixture(scope="module")
def hospital(make_fleet: Callable[..., Fleet], hospital_keys: HospitalKeys) -> Hospital:
    """k1 with an agent, k2 without one, and c1 with broker and collector."""
    fleet = make_fleet("k1", "k2", "c1")
    prepare(fleet, hospital_keys, {"k1": "K1"}, "c1")
    fleet["k1"].write("etc/hospital-kiosk/kiosk.toml", "[hospital]\n")
    fleet["k2"].write("etc/hospital-kiosk/kiosk.toml", "[hospital]\n")
    share_updates(fleet)
    fleet.start()
    for name in ("k1", "k2"):
        install_first(fleet[name])
    made = Hospital(fleet, GROUPS)
    first_release(made, OWN, str(FIRST))
    return made


def play(hospital: Hospital, name: str, version: str, **variables: Any) -> Play:
    own = {
        "guard_services": None, "guard_agent_ack": None, "release_health_tries": 60,
        "wave_heard_tries": 3, "wave_heard_pause_s": 1,
    }  # fmt: skip
    return hospital.play(name, version, host_variables=OWN, **(own | variables))


def heard(hospital: Hospital) -> dict[str, str]:
    return {row["terminal"]: row["heard"] for row in hospital.report["terminals"]}


def test_a_release_that_the_hospital_hears_is_kept(hospital: Hospital) -> None:
    hospital.bundle("2.0", files=agent_release("K1"))
    done = play(hospital, "release.yml", "2.0", wave_heard_tries=60)
    assert done.ok, tail(done)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert heard(hospital) == {"k1": "heard", "k2": "not asked: no agent on it"}


def test_a_release_that_is_well_by_itself_and_not_heard_is_taken_back(hospital: Hospital) -> None:
    """Its agent is answered, so the terminal finds nothing wrong; but it speaks under another name."""
    hospital.bundle("3.0", files=agent_release("K9"))
    done = play(hospital, "release.yml", "3.0")
    assert not done.ok
    assert hospital.report["stopped"] == "wave canary: k1 failed"
    assert hospital.outcomes() == {"k1": "back", "k2": "back"}
    why = hospital.report["terminals"][0]["why"]
    assert why.startswith("the collector: ")
    assert heard(hospital)["k1"] == why
    status = hospital.guard("k1", "status")
    assert (status["current"], status["last"]["why"]) == ("2.0", why)


def test_other_settings_are_heard_too(hospital: Hospital) -> None:
    done = play(
        hospital,
        "interface.yml",
        "",
        interface_settings={"hospital": {"url": "https://new.example"}},
        interface_conformance_command=["true"],
        interface_conformance_url="https://new.example",
        interface_drain_wait_max_s=1,
        interface_soak_s=1,
        wave_heard_tries=60,
    )
    assert done.ok, tail(done)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert heard(hospital)["k1"] == "heard"


def test_nothing_begins_while_the_collector_cannot_be_asked(hospital: Hospital) -> None:
    c1 = hospital["c1"]
    c1.inside("mv /etc/hospital-kiosk/collector.toml /etc/hospital-kiosk/collector.toml.away")
    hospital.bundle("4.0", files=agent_release("K1"))
    done = play(hospital, "release.yml", "4.0")
    c1.inside("mv /etc/hospital-kiosk/collector.toml.away /etc/hospital-kiosk/collector.toml")
    assert not done.ok
    assert hospital.report["stopped"].startswith("wave canary: the collector cannot be asked: ")
    assert hospital.outcomes() == {"k1": "waiting", "k2": "waiting"}
    assert hospital.guard("k1", "status")["installed"] == ["1.0", "2.0", "3.0"]


def update(hospital: Hospital, **variables: Any) -> Play:
    own = {"updates_source": SOURCE, "updates_drain_wait_max_s": 1, "updates_soak_s": 1}
    return play(hospital, "updates.yml", "", **(own | variables))


def test_a_terminal_with_updates_is_heard_too(hospital: Hospital) -> None:
    offer(hospital.fleet, "2")
    done = update(hospital, wave_heard_tries=60)
    assert done.ok, tail(done)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert heard(hospital) == {"k1": "heard", "k2": "not asked: no agent on it"}


def test_updates_after_which_the_hospital_does_not_hear_a_terminal_stop_the_wave(hospital: Hospital) -> None:
    """It finds nothing wrong with itself: it is answered, under another name."""
    offer(hospital.fleet, "3", after="sed -i s/east/west/ /etc/hospital-kiosk/edge-agent.toml")
    hospital.groups = {**GROUPS, "canary": ["k1"]}
    done = update(hospital)
    assert not done.ok
    assert hospital.report["stopped"] == "wave canary: k1 failed"
    assert hospital.outcomes() == {"k1": "stuck", "k2": "waiting"}
    assert heard(hospital)["k1"].startswith("the collector: ")
