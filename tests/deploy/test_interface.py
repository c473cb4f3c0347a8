"""Another interface, another endpoint: the conformance suite is the gate; what does not work goes back."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import Fleet
from rollout import Hospital, tail

ROOT = Path(__file__).resolve().parents[2]
FILTER = ROOT / "deploy/ansible/roles/interface/filter_plugins/toml_with.py"
GROUPS = {"terminals": ["k1", "k2"], "canary": ["k1"]}
KIOSK = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "kiosk.cli")
OLD = """# by the installation
[hospital]
url = "https://old.example"  # the old one

[insurance]
profile = "990100"
"""
HEALTH = """#!/bin/sh
if [ "$(cat /etc/hostname)" = k2 ] && grep -q ill.example /etc/hospital-kiosk/kiosk.toml; then
  echo '[{"what": "hospital", "state": "fail"}]'; exit 1
fi
echo '[{"what": "hospital", "state": "ok"}]'
"""
CUT = """#!/bin/sh
grep -qx k2 /etc/hostname && grep -q cut.example /etc/hospital-kiosk/kiosk.toml || exit 0
nft add table inet cut
nft 'add chain inet cut input { type filter hook input priority 0; policy drop; }'
"""


@pytest.fixture(scope="module")
def toml_with() -> Callable[[str, dict[str, dict[str, object]]], str]:
    spec = importlib.util.spec_from_file_location("toml_with", FILTER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[str, dict[str, dict[str, object]]], str] = module.toml_with
    return found


# The text of the settings


def test_only_what_is_named_changes(toml_with: Callable[..., str]) -> None:
    new = toml_with(OLD, {"hospital": {"url": "https://new.example"}})
    assert new.splitlines()[0] == "# by the installation"
    assert tomllib.loads(new) == {
        "hospital": {"url": "https://new.example"},
        "insurance": {"profile": "990100"},
    }


def test_keys_and_sections_that_are_not_there_are_added(toml_with: Callable[..., str]) -> None:
    new = toml_with(OLD, {"insurance": {"url": "https://a.example"}, "screen": {"idle_after_s": 90}})
    said = tomllib.loads(new)
    assert said["insurance"] == {"profile": "990100", "url": "https://a.example"}
    assert said["screen"] == {"idle_after_s": 90}


def test_doing_it_again_changes_nothing(toml_with: Callable[..., str]) -> None:
    settings: dict[str, dict[str, object]] = {"hospital": {"url": "https://new.example"}}
    once = toml_with(OLD, settings)
    assert toml_with(once, settings) == once


def test_what_cannot_be_set_is_an_error(toml_with: Callable[..., str]) -> None:
    several_lines = '[hospital]\nurl = """\nhttps://old.example"""\n'
    with pytest.raises(ValueError):
        toml_with(several_lines, {"hospital": {"url": "https://new.example"}})


# On booted hosts


@pytest.fixture(scope="module")
def hospital(fleet_of: Callable[..., Fleet]) -> Hospital:
    made = Hospital(fleet_of("k1", "k2"), GROUPS)
    for name in GROUPS["terminals"]:
        made[name].write("etc/hospital-kiosk/kiosk.toml", OLD, mode=0o640)
    made.begin(health=HEALTH, files={"cut": CUT}, before="/opt/hospital-kiosk/current/cut")
    return made


@pytest.fixture(scope="module")
def his(hospital: Hospital) -> str:
    """The address of a hospital's interface, served by the sandbox within the fleet's network."""
    folder = hospital.fleet.folder / "sandbox"
    settings = hospital.fleet.folder / "sandbox.toml"
    settings.write_text(f'[sandbox]\nfolder = "{folder}"\n', encoding="utf-8")
    argv = [*KIOSK, "sandbox", "--config", str(settings)]
    process = hospital.fleet.start_process(argv, output=subprocess.PIPE)
    assert process.stdout is not None
    return str(json.loads(process.stdout.readline())["his"])


def switch(
    hospital: Hospital, his: str, url: str, own: dict[str, dict[str, int]] | None = None, **more: object
) -> bool:
    """Play the change to `url`; whether it went through. `own`: variables of single hosts."""
    variables: dict[str, object] = {
        "interface_settings": {"hospital": {"url": url}},
        "interface_conformance_command": [*KIOSK, "hospital", "conformance"],
        "interface_conformance_url": his,
        "interface_health_tries": 2,
        "interface_health_pause_s": 1,
        "interface_drain_wait_max_s": 1,
        "interface_soak_s": 1,
    }
    play = hospital.play("interface.yml", "", host_variables=own, **(variables | more))
    assert hospital.report, tail(play)
    return play.ok


def address(hospital: Hospital, name: str) -> str:
    said = tomllib.loads((hospital[name].root / "etc/hospital-kiosk/kiosk.toml").read_text(encoding="utf-8"))
    return str(said["hospital"]["url"])


def heard(hospital: Hospital) -> str:
    """What the report says of the hospital's word on k1."""
    return str(hospital.report["terminals"][0]["heard"])


@pytest.mark.clause("S2-K.3", "S3-10.1.4")
def test_nothing_changes_before_the_other_side_has_proved_itself(hospital: Hospital) -> None:
    assert not switch(hospital, "http://127.0.0.1:9", "https://new.example")
    assert hospital.report["stopped"].startswith("conformance:")
    assert [address(hospital, name) for name in GROUPS["terminals"]] == ["https://old.example"] * 2


@pytest.mark.clause("S2-K.3", "S3-10.1.4")
def test_a_proven_interface_is_rolled_wave_by_wave(hospital: Hospital, his: str) -> None:
    assert switch(hospital, his, "https://new.example"), hospital.report
    assert [address(hospital, name) for name in GROUPS["terminals"]] == ["https://new.example"] * 2
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "confirmed"}
    assert heard(hospital) == "not asked: no collector in the inventory"
    assert switch(hospital, his, "https://new.example"), hospital.report
    assert hospital.outcomes() == {"k1": "unchanged", "k2": "unchanged"}


@pytest.mark.clause("S2-K.3", "S3-10.1.4")
def test_an_interface_that_fails_in_its_wave_goes_back(hospital: Hospital, his: str) -> None:
    assert not switch(hospital, his, "https://ill.example", wave_ask_collector=False)
    assert heard(hospital) == "not asked: left out of this play"
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "back"}
    assert address(hospital, "k2") == "https://new.example"
    assert hospital["k2"].inside("ls /etc/hospital-kiosk").stdout.split().count("kiosk.toml.before") == 0


@pytest.mark.clause("S2-K.3", "S3-10.1.4")
def test_settings_that_cut_a_terminal_off_do_not_stay(hospital: Hospital) -> None:
    """The other side has proved itself often enough: this is about the terminals alone."""
    before = address(hospital, "k2")
    short = {"k2": {"interface_limit_s": 20}}
    proven = ["true"]
    assert not switch(hospital, "", "https://cut.example", short, interface_conformance_command=proven)
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "lost"}, hospital.report
    k2 = hospital["k2"]
    k2.wait_until_off(120)
    assert address(hospital, "k2") == before
    k2.start()
    status = hospital.guard("k2", "status")
    assert (status["settings_trial"], status["last"]["why"]) == (None, "not confirmed within 20 s")
    assert k2.ssh("cat /run/kiosk-version").stdout == "1.0\n"
