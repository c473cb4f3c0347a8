"""A release on trial, its confirmation, and the way back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from releases import ILL
from terminal import Terminal, terminal_in

# isort: split
from kiosk_guard import health, switch
from kiosk_guard.places import GuardError
from kiosk_guard.state import State


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return terminal_in(tmp_path, monkeypatch)


def test_a_release_becomes_the_good_one_only_by_a_confirmation(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    assert terminal.tries("2.0")
    assert (terminal.state.current, terminal.state.good) == ("2.0", "1.0")
    assert terminal.confirms("2.0")
    assert terminal.state == State("2.0", "2.0", "1.0", None)


def test_doing_it_again_changes_nothing(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    before = len(terminal.calls)
    assert not terminal.tries("1.0")
    assert not terminal.confirms("1.0")
    assert not switch.back(terminal.places, "again", wait_max_s=0)
    assert len(terminal.calls) == before


def test_what_fails_only_since_the_switch_is_not_confirmed(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0", health=ILL)
    terminal.tries("2.0")
    with pytest.raises(GuardError, match="printer"):
        terminal.confirms("2.0")
    assert terminal.state.good == "1.0"


def test_what_failed_before_the_switch_is_not_the_new_releases_fault(terminal: Terminal) -> None:
    terminal.has("1.0", health=ILL)
    terminal.tries("1.0", accept=("printer",))
    terminal.confirms("1.0")
    terminal.has("2.0", health=ILL)
    terminal.tries("2.0")
    assert terminal.confirms("2.0")


@pytest.mark.parametrize(
    "check", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho broken\n", "#!/bin/sh\necho '[{}]'\n"]
)
def test_a_check_that_says_nothing_is_no_excuse_and_no_health(terminal: Terminal, check: str) -> None:
    terminal.has("1.0", health=check)
    terminal.tries("1.0", accept=("printer",))
    with pytest.raises(GuardError, match="health"):
        terminal.confirms("1.0")
    assert health.baseline(terminal.places) == ()


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"ActiveState": "failed"}, "failed"),
        ({"NRestarts": "2"}, "restarted 2 times"),
        ({"ActiveState": "inactive", "ConditionResult": "no"}, "inactive"),
    ],
)
def test_a_service_that_does_not_stay_up_is_not_confirmed(
    terminal: Terminal, shown: dict[str, str], said: str
) -> None:
    terminal.has("1.0")
    terminal.tries("1.0")
    terminal.shows(**shown)
    with pytest.raises(GuardError, match=said):
        terminal.confirms("1.0")


def test_a_service_whose_condition_does_not_hold_is_not_wanted(terminal: Terminal) -> None:
    terminal.has("1.0")
    terminal.tries("1.0")
    terminal.shows(ActiveState="inactive", ConditionResult="no", ConditionTimestampMonotonic="5000")
    assert terminal.confirms("1.0")


def test_the_collector_must_have_answered_since_the_switch(terminal: Terminal) -> None:
    ack = terminal.folder / "agent.acked.json"
    terminal.places = replace(terminal.places, agent_ack=ack)
    ack.write_text('{"seq": 4}', encoding="utf-8")
    terminal.has("1.0")
    terminal.tries("1.0")
    with pytest.raises(GuardError, match="collector has not answered"):
        terminal.confirms("1.0")
    ack.write_text('{"seq": 5}', encoding="utf-8")
    assert terminal.confirms("1.0")


def test_a_trial_that_has_not_run_long_enough_is_not_confirmed(terminal: Terminal) -> None:
    terminal.has("1.0")
    terminal.tries("1.0")
    with pytest.raises(GuardError, match="3600 are wanted"):
        switch.confirm(terminal.places, "1.0", soak_s=3600)


def test_a_second_release_waits_until_the_first_trial_has_ended(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.has("3.0")
    terminal.tries("2.0")
    with pytest.raises(GuardError, match=r"2\.0 is on trial"):
        terminal.tries("3.0")
    assert not terminal.tries("2.0")


def test_units_are_linked_through_the_release_and_do_not_survive_it(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0", files={"units/extra.socket": "[Socket]\n"})
    terminal.tries("2.0")
    link = terminal.places.run / "extra.socket"
    assert link.readlink() == terminal.places.current / "units/extra.socket"
    switch.back(terminal.places, "a test", wait_max_s=0)
    assert not link.is_symlink()
    assert (terminal.places.run / "kiosk.service").resolve().is_relative_to(terminal.places.folder("1.0"))


def test_the_time_limit_is_watched_before_the_switch(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    (terminal.folder / "bin/fails").write_text("hospital-trial.service", encoding="utf-8")
    with pytest.raises(GuardError, match="not switched"):
        terminal.tries("2.0")
    assert terminal.state == State("1.0", "1.0", None, None)


def test_when_its_time_is_over_the_good_one_comes_back_and_the_machine_starts_anew(
    terminal: Terminal,
) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0")
    waits: list[float] = []
    switch.watch(terminal.places, waits.append, contextlib.nullcontext)
    assert 50 < waits[0] <= 60
    assert (terminal.state.current, terminal.state.trial) == ("1.0", None)
    assert terminal.calls[-1] == "--no-block reboot"


def test_a_machine_that_refuses_to_start_anew_gets_the_good_one_all_the_same(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0")
    (terminal.folder / "bin/fails").write_text("reboot", encoding="utf-8")
    switch.watch(terminal.places, lambda _: None, contextlib.nullcontext)
    assert (terminal.state.current, terminal.state.trial) == ("1.0", None)
    assert terminal.calls[-1] == "start kiosk.service"


def test_a_confirmed_trial_is_left_alone_when_its_time_is_over(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0")
    switch.watch(terminal.places, lambda _: terminal.confirms("2.0") and None, contextlib.nullcontext)
    assert (terminal.state.current, terminal.state.good) == ("2.0", "2.0")
    assert "--no-block reboot" not in terminal.calls
