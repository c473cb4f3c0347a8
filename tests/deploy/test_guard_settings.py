"""The kiosk's settings on trial: their confirmation, their time, and the way back."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from power import Cutter, PowerCut
from terminal import Terminal, open_db_of, terminal_in

# isort: split
from kiosk_guard import settings, switch
from kiosk_guard.drain import Busy
from kiosk_guard.places import GuardError
from kiosk_guard.state import State

OLD, NEW = "old = 1\n", "new = 1\n"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """With release 1.0, and settings."""
    made = terminal_in(tmp_path, monkeypatch)
    made.runs_good("1.0")
    path = tmp_path / "kiosk.toml"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o640)
    made.places = replace(made.places, settings=path)
    (tmp_path / "new.toml").write_text(NEW, encoding="utf-8")
    return made


def tries(terminal: Terminal) -> bool:
    new = terminal.folder / "new.toml"
    return settings.try_settings(terminal.places, new, limit_s=60, wait_max_s=0)


def said(terminal: Terminal) -> str:
    return terminal.places.settings.read_text(encoding="utf-8")


def left_over(terminal: Terminal) -> list[Path]:
    places = terminal.places
    return [path for path in (places.settings_before, places.settings_marker) if path.exists()]


def test_new_settings_keep_their_rights_and_are_confirmed(terminal: Terminal) -> None:
    assert tries(terminal)
    mode = terminal.places.settings.stat().st_mode & 0o777
    assert (said(terminal), mode) == (NEW, 0o640)
    assert terminal.calls[-1] == "restart kiosk.service"
    assert settings.confirm_settings(terminal.places)
    assert left_over(terminal) == []
    assert '"confirmed"' in terminal.places.last.read_text(encoding="utf-8")
    switch.boot(terminal.places)
    assert said(terminal) == NEW
    assert not tries(terminal)


def test_settings_that_were_not_confirmed_are_gone_after_a_start(terminal: Terminal) -> None:
    tries(terminal)
    switch.boot(terminal.places)
    assert said(terminal) == OLD
    assert left_over(terminal) == []


def test_settings_go_back_when_asked_and_wait_for_the_patient(terminal: Terminal) -> None:
    open_db: sqlite3.Connection = open_db_of(terminal)
    open_db.execute("INSERT INTO open_key VALUES ('s1', x'00')")
    with pytest.raises(Busy):
        tries(terminal)
    open_db.execute("DELETE FROM open_key")
    tries(terminal)
    assert settings.back_to_settings(terminal.places, wait_max_s=0)
    assert said(terminal) == OLD
    assert not settings.back_to_settings(terminal.places, wait_max_s=0)
    assert left_over(terminal) == []


def test_the_time_of_settings_is_watched_before_they_are_switched(terminal: Terminal) -> None:
    (terminal.folder / "bin/fails").write_text("hospital-trial.service", encoding="utf-8")
    with pytest.raises(GuardError, match="not switched"):
        tries(terminal)
    assert said(terminal) == OLD
    assert left_over(terminal) == []


def test_when_their_time_is_over_the_old_ones_come_back_and_the_machine_starts_anew(
    terminal: Terminal,
) -> None:
    tries(terminal)
    waits: list[float] = []
    settings.watch_settings(terminal.places, waits.append, contextlib.nullcontext)
    assert 50 < waits[0] <= 60
    assert said(terminal) == OLD
    assert terminal.calls[-1] == "--no-block reboot"
    assert "not confirmed within 60 s" in terminal.places.last.read_text(encoding="utf-8")


def test_a_machine_that_refuses_to_start_anew_runs_with_the_old_ones_all_the_same(terminal: Terminal) -> None:
    tries(terminal)
    (terminal.folder / "bin/fails").write_text("reboot", encoding="utf-8")
    settings.watch_settings(terminal.places, lambda _: None, contextlib.nullcontext)
    assert said(terminal) == OLD
    assert terminal.calls[-1] == "restart kiosk.service"


def test_settings_that_were_confirmed_meanwhile_are_left_alone(terminal: Terminal) -> None:
    tries(terminal)

    def confirmed_meanwhile(_: float) -> None:
        settings.confirm_settings(terminal.places)

    settings.watch_settings(terminal.places, confirmed_meanwhile, contextlib.nullcontext)
    assert said(terminal) == NEW
    assert "--no-block reboot" not in terminal.calls


def test_a_later_trial_of_settings_has_its_own_time(terminal: Terminal) -> None:
    tries(terminal)

    def another_began(_: float) -> None:
        settings.back_to_settings(terminal.places, wait_max_s=0)
        tries(terminal)

    settings.watch_settings(terminal.places, another_began, contextlib.nullcontext)
    assert said(terminal) == NEW


@pytest.mark.parametrize(
    "rest", [None, b"", b'{"limit_s": 60', b'{"limit_s": 60, "boot_id": "old", "since_s": 1}']
)
def test_a_marker_that_says_nothing_leaves_no_time(terminal: Terminal, rest: bytes | None) -> None:
    tries(terminal)
    terminal.places.settings_marker.unlink()
    if rest is not None:
        terminal.places.settings_marker.write_bytes(rest)
    waits: list[float] = []
    settings.watch_settings(terminal.places, waits.append, contextlib.nullcontext)
    assert (said(terminal), waits) == (OLD, [])


def test_release_and_settings_are_never_on_trial_together(terminal: Terminal) -> None:
    tries(terminal)
    terminal.has("2.0")
    with pytest.raises(GuardError, match="settings are on trial"):
        terminal.tries("2.0")
    settings.back_to_settings(terminal.places, wait_max_s=0)
    terminal.tries("2.0")
    with pytest.raises(GuardError, match=r"2\.0 is on trial"):
        tries(terminal)
    assert said(terminal) == OLD
    switch.back(terminal.places, "a test", wait_max_s=0)
    assert terminal.state == State("1.0", "1.0", None, None)


def test_a_power_cut_before_any_change_of_the_disk_leaves_old_or_confirmed_settings(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    cutter = Cutter(monkeypatch, settings)
    found: list[str] = []
    for cut_after in range(100):
        cutter.left = cut_after
        whole = False
        with contextlib.suppress(PowerCut):
            tries(terminal)
            settings.confirm_settings(terminal.places)
            whole = True
        for second_cut in (1, None):
            cutter.left = second_cut
            with contextlib.suppress(PowerCut):
                switch.boot(terminal.places)
        assert left_over(terminal) == [], f"cut after {cut_after} changes"
        found.append(said(terminal))
        if whole:
            break
        if found[-1] == NEW:
            terminal.places.settings.write_text(OLD, encoding="utf-8")
    assert whole
    assert len(found) > 10
    assert found == sorted(found, reverse=True), "once it is confirmed it stays, whatever comes after"
    assert set(found) == {OLD, NEW}
