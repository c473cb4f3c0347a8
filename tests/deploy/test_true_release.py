"""The product itself: from blank machines, with a bundle and no network but their own, to release 2 and back.

k1 is the canary and has a closed root; before the glass of k2 a hand settles a bill. The tests follow one
another: each begins with what the one before has left on the terminals.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from booted import Fleet
from hospital import wait_for
from hospital_keys import HospitalKeys
from playbook import Play
from true_fleet import TrueHospital, within

FIRST, SECOND = "1.0.0", "1.1.0"
SERVICES = "kiosk.service edge-agent.service"
ARRIVES_MAX_S = 180.0
TEST_MAX_S = 3600  # the first boots its machines and plays the longest playbook

pytestmark = pytest.mark.timeout(TEST_MAX_S)


@pytest.fixture(scope="module")
def hospital(make_fleet: Callable[..., Fleet], hospital_keys: HospitalKeys) -> TrueHospital:
    """The hospital, its first bundle, and two machines that have just been switched on."""
    made = TrueHospital(make_fleet("k1", "k2", root="blank_root"), hospital_keys)
    made.bundle(FIRST, packages=True)
    made.fleet.start()
    made["k1"].keep_on()  # its playbook closes the root and has it start again
    return made


@pytest.fixture(scope="module")
def site(hospital: TrueHospital) -> Play:
    """The playbook from blank to serving; how long it took, on two machines at once, is printed (`-rP`)."""
    for name in ("k1", "k2"):
        assert hospital[name].ssh("command -v openssl pcscd kiosk-guard", check=False).stdout == ""
    begin_s = time.monotonic()
    play = hospital.play("site.yml", FIRST)
    assert play.ok, play.output[-6000:]
    for name in ("k1", "k2"):
        assert wait_for(hospital[name], f"systemctl is-active --quiet {SERVICES}", 90), hospital.log(name)
    print(f"from blank to serving: {time.monotonic() - begin_s:.0f} s")
    return play


@pytest.mark.usefixtures("site")
def test_a_blank_machine_becomes_a_terminal_that_the_doctor_finds_well(
    hospital: TrueHospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/card/service/of/the/controller")  # as other tests leave it
    for name in ("k1", "k2"):
        assert within(ARRIVES_MAX_S, lambda name=name: hospital.ill(name) == {}), (
            f"{hospital.ill(name)}\n{hospital.log(name)}"
        )
        assert {"card reader", "camera", "printer", "hospital", "insurance"} <= set(hospital.rows(name))
    whole = 'test "$(systemctl is-system-running)" = running'
    assert wait_for(hospital["k1"], whole), hospital["k1"].ssh("systemctl --failed", check=False).stdout


@pytest.mark.usefixtures("site")
def test_what_came_from_the_bundle_is_installed_and_nothing_of_it_is_left_behind(
    hospital: TrueHospital,
) -> None:
    k1 = hospital["k1"]
    assert k1.ssh("dpkg-query --show pcscd usbguard libgl1-mesa-dri", check=False).returncode == 0
    assert k1.ssh("dpkg --audit").stdout == ""
    assert k1.ssh("ls -d /var/lib/hospital-packages", check=False).returncode != 0
    assert "hospital-packages" not in k1.ssh("apt-cache policy").stdout


@pytest.mark.usefixtures("site")
def test_the_screen_is_drawn(hospital: TrueHospital) -> None:
    for name in ("k1", "k2"):
        drawn = 'journalctl -u kiosk | grep -q "Start application main loop"'
        assert wait_for(hospital[name], drawn), hospital.log(name)


@pytest.mark.usefixtures("site")
def test_the_collector_hears_of_every_terminal_and_its_release(hospital: TrueHospital) -> None:
    for name in ("k1", "k2"):
        assert within(ARRIVES_MAX_S, lambda name=name: hospital.born(name) == FIRST), hospital.log(name)
        assert within(ARRIVES_MAX_S, lambda name=name: hospital.all_delivered(name)), hospital.log(name)


@pytest.mark.usefixtures("site")
def test_a_second_run_changes_nothing(hospital: TrueHospital) -> None:
    again = hospital.play("site.yml", FIRST)
    assert again.ok, again.output[-6000:]
    assert (again.changed("k1"), again.changed("k2")) == (0, 0), again.output


@pytest.mark.usefixtures("site")
def test_a_release_goes_round_a_terminal_whose_settlement_is_open(hospital: TrueHospital) -> None:
    before = hospital.journal("k1")
    _settle_without_an_answer(hospital)
    hospital.bundle(SECOND)
    play = hospital.play("release.yml", SECOND)
    assert play.ok, play.output[-6000:]
    assert hospital.outcomes() == {"k1": "confirmed", "k2": "busy"}
    assert hospital.runs() == {"k1": SECOND, "k2": FIRST}
    assert "settlements are open" in hospital.report["terminals"][1]["why"]
    assert within(ARRIVES_MAX_S, lambda: hospital.born("k1") == SECOND), hospital.log("k1")
    assert hospital.ill("k1") == {}
    after = hospital.journal("k1")
    assert after["ok"]
    assert after["epoch"] == before["epoch"]
    assert after["head_seq"] > before["head_seq"], "the new release goes on with the journal of the old one"


def _settle_without_an_answer(hospital: TrueHospital) -> None:
    """A visit at k2 that ends with what a patient sees when the agency's answer was lost."""
    side = hospital.other_side
    hospital.touch("k2")
    hospital.tell("k2", "see 01 attract")
    card = side.insert_card(hospital["k2"], "sun")
    hospital.tell("k2", "see 05 is this you", "tap yes", "see 06 open bills", "tap next", "see 07 who pays")
    side.at_the_table("fault", peer="agency", operation="2207", fault="lost_after")
    for asking in ("5203", "2601"):
        side.at_the_table("fault", peer="agency", operation=asking, fault="lost_before", times=10_000)
    hospital.tell("k2", "tap pay", "see 10 pay")
    side.at_the_table("pay")
    hospital.tell("k2", "see 13 being checked", "tap finish")
    card.kill()
    hospital.tell("k2", "see 01 attract")
    assert hospital.open_settlements("k2") == "1 settlements are open"


@pytest.mark.usefixtures("site")
def test_the_settlement_comes_to_its_outcome_under_the_release_that_began_it(hospital: TrueHospital) -> None:
    assert hospital.open_settlements("k2") == "1 settlements are open"
    hospital.other_side.at_the_table("fault/clear")
    assert within(ARRIVES_MAX_S, lambda: hospital.open_settlements("k2") == ""), hospital.log("k2")
    sums = hospital.other_side.ledgers()["sums"]
    assert (sums["agency"]["count"], sums["his"]["entries"]) == (1, 1)
    assert sums["agency"]["total_fen"] == sums["his"]["total_fen"] > 0
    assert sums["agency"]["cash_fen"] == sums["wallet"]["net_fen"] > 0
    assert within(ARRIVES_MAX_S, lambda: hospital.settled() == ["settled"]), hospital.log("k2")
    assert hospital.guard("k2", "status")["current"] == FIRST


@pytest.mark.usefixtures("site")
def test_the_catch_up_brings_the_terminal_that_was_busy(hospital: TrueHospital) -> None:
    play = hospital.play("catch_up.yml", SECOND)
    assert play.ok, play.output[-6000:]
    assert hospital.outcomes() == {"k1": "unchanged", "k2": "confirmed"}
    assert within(ARRIVES_MAX_S, lambda: hospital.born("k2") == SECOND), hospital.log("k2")


@pytest.mark.usefixtures("site")
def test_the_release_before_comes_back_and_goes_on_with_the_journal(hospital: TrueHospital) -> None:
    before = {name: hospital.journal(name) for name in ("k1", "k2")}
    play = hospital.play("rollback.yml", FIRST)
    assert play.ok, play.output[-6000:]
    assert hospital.runs() == {"k1": FIRST, "k2": FIRST}
    for name, was in before.items():
        assert within(ARRIVES_MAX_S, lambda name=name: hospital.born(name) == FIRST), hospital.log(name)
        assert within(ARRIVES_MAX_S, lambda name=name: hospital.all_delivered(name)), hospital.log(name)
        now = hospital.journal(name)
        assert now["ok"]
        assert now["epoch"] == was["epoch"]
        assert now["head_seq"] > was["head_seq"]
    assert hospital.settled() == ["settled"], "no release has made a second one of it"
