"""What a start of the machine does, and a power cut before every change of the disk."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from power import Cutter, PowerCut
from terminal import Terminal, hooks_of, terminal_in

# isort: split
from kiosk_guard import switch
from kiosk_guard.rules import GoBack, GoOn, Nothing, Run, at_boot
from kiosk_guard.state import Broken, State, Trial


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return terminal_in(tmp_path, monkeypatch)


def test_a_trial_that_was_not_confirmed_ends_at_the_next_start(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0")
    said = switch.boot(terminal.places)
    assert "back to 1.0" in said
    assert terminal.state == State("1.0", "1.0", None, None)
    assert terminal.calls[-1] == "start --no-block kiosk.service"


def test_a_trial_may_see_as_many_starts_as_it_was_given(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0", boots=1)
    switch.boot(terminal.places)
    assert terminal.state.current == "2.0"
    switch.boot(terminal.places)
    assert terminal.state.current == "1.0"


def test_a_trial_that_cannot_be_noted_at_a_start_ends_there(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0", boots=5)
    (terminal.folder / "bin/fails").write_text("hospital-trial.service", encoding="utf-8")
    assert "back to 1.0" in switch.boot(terminal.places)
    assert terminal.state == State("1.0", "1.0", None, None)
    assert terminal.calls[-1] == "start --no-block kiosk.service"


def test_a_release_without_its_manifest_is_not_whole_and_not_run(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.runs_good("2.0")
    (terminal.places.folder("2.0") / "manifest.json").unlink()
    assert terminal.state.good is None  # both links led to it: nothing here can be trusted
    terminal.places.good.unlink()
    terminal.places.good.symlink_to("releases/1.0")
    switch.boot(terminal.places)
    assert terminal.state.current == "1.0"


_TRIAL = Trial("2.0", "1.0", 60, 0, "boot", 0.0)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (State(None, None, None, None), Nothing()),
        (State("1.0", None, None, _TRIAL), Run()),
        (State("2.0", None, None, _TRIAL), GoOn(_TRIAL)),
        (State("1.0", "1.0", None, None), Run()),
        (State("1.0", "1.0", None, _TRIAL), Run()),
        (State("2.0", "2.0", "1.0", Broken("empty")), Run()),
        (State("2.0", "1.0", None, replace(_TRIAL, boots_left=1)), GoOn(replace(_TRIAL, boots_left=1))),
        (State("2.0", "1.0", None, _TRIAL), GoBack),
        (State("3.0", "1.0", None, replace(_TRIAL, boots_left=1)), GoBack),
        (State("2.0", "1.0", None, None), GoBack),
        (State("2.0", "1.0", None, Broken("empty")), GoBack),
        (State(None, "1.0", None, None), GoBack),
    ],
)
def test_what_a_start_of_the_machine_does(state: State, verdict: object) -> None:
    found = at_boot(state)
    assert found == verdict or (verdict is GoBack and isinstance(found, GoBack))


@pytest.fixture
def cutter(monkeypatch: pytest.MonkeyPatch) -> Cutter:
    return Cutter(monkeypatch, switch)


def test_a_power_cut_before_any_change_of_the_disk_ends_with_a_good_release(
    terminal: Terminal, cutter: Cutter
) -> None:
    """From the switch to the confirmation, cut at every step, also while the way back is walked."""
    terminal.runs_good("1.0")
    terminal.has("2.0", layout=2, files=hooks_of(terminal))
    good_after: list[str | None] = []
    for cut_after in range(200):
        cutter.left = cut_after
        whole = False
        with contextlib.suppress(PowerCut):
            terminal.tries("2.0")
            terminal.confirms("2.0")
            whole = True
        for second_cut in (3, None):
            cutter.left = second_cut
            with contextlib.suppress(PowerCut):
                switch.boot(terminal.places)
        state = terminal.state
        assert state.current == state.good is not None, f"cut after {cut_after} changes: {state}"
        assert state.trial is None
        assert (state.good == "2.0") == (terminal.folder / "data.v2").exists()
        good_after.append(state.good)
        if whole:
            break
        if state.good == "2.0":
            _begin_again(terminal)
    assert whole
    assert len(good_after) > 20
    assert good_after == sorted(good_after, key=str), "once it is confirmed it stays, whatever comes after"
    assert good_after[-1] == "2.0"


def _begin_again(terminal: Terminal) -> None:
    for link in (terminal.places.good, terminal.places.current):
        link.unlink()
        link.symlink_to("releases/1.0")
    (terminal.folder / "data.v2").unlink()


@pytest.mark.parametrize("rest", [None, b"", b'{"release": "2.', b"\0" * 300])
def test_a_marker_that_never_reached_the_disk_is_no_confirmation(
    terminal: Terminal, rest: bytes | None
) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0")
    terminal.tries("2.0", boots=3)
    terminal.places.marker.unlink()
    if rest is not None:
        terminal.places.marker.write_bytes(rest)
    switch.boot(terminal.places)
    assert terminal.state == State("1.0", "1.0", None, None)
