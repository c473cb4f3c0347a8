"""Data of another layout, forth and back; and what the guard is told itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from releases import WELL
from terminal import MIGRATE, Terminal, hooks_of, terminal_in

# isort: split
from kiosk_guard import switch
from kiosk_guard.places import GuardError, Places, read_places
from kiosk_guard.state import State

PACK = Path(__file__).resolve().parents[2] / "deploy/guard/pack.py"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return terminal_in(tmp_path, monkeypatch)


def test_data_goes_forward_and_the_way_back_finds_the_old_untouched(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0", layout=2, files=hooks_of(terminal))
    terminal.tries("2.0")
    assert (terminal.folder / "data.v2").read_text(encoding="utf-8") == "old\nnew\n"
    switch.back(terminal.places, "bad", wait_max_s=0)
    assert not (terminal.folder / "data.v2").exists()
    assert (terminal.folder / "data.v1").read_text(encoding="utf-8") == "old\n"


def test_a_migration_that_fails_stops_the_switch_and_is_taken_back(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    hooks = hooks_of(terminal, MIGRATE + "exit 1\n")
    terminal.has("2.0", layout=2, files=hooks)
    with pytest.raises(GuardError, match="migrate ended with 1"):
        terminal.tries("2.0")
    assert terminal.state == State("1.0", "1.0", None, None)
    assert not (terminal.folder / "data.v2").exists()
    assert terminal.calls[-1] == "start kiosk.service"


def test_a_roll_back_to_an_older_layout_takes_the_newer_releases_way_back(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.runs_good("2.0", layout=2, files=hooks_of(terminal))
    terminal.tries("1.0")
    assert not (terminal.folder / "data.v2").exists()
    switch.back(terminal.places, "the old one is worse", wait_max_s=0)
    assert (terminal.folder / "data.v2").exists()


def test_the_same_layout_needs_no_migration(terminal: Terminal) -> None:
    terminal.runs_good("1.0")
    terminal.has("2.0", files=hooks_of(terminal))
    terminal.tries("2.0")
    assert not (terminal.folder / "data.v2").exists()


def test_settings_are_read_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    path.write_text(
        '{"visit_lock": "/run/x", "services": ["a.service"], "releases_kept": 5}', encoding="utf-8"
    )
    places = read_places(path)
    assert (places.visit_lock, places.services, places.releases_kept) == (Path("/run/x"), ("a.service",), 5)
    assert read_places(tmp_path / "none.json") == Places()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"visit_lok": "/run/x"}', "visit_lok: unknown key"),
        ('{"visit_lock": "run/x"}', "visit_lock"),
        ('{"services": []}', "services"),
        ('{"services": ["../x.service"]}', "services"),
        ('{"releases_kept": 0}', "releases_kept"),
        ("[]", "not an object"),
        ("{", "not JSON"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "guard.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GuardError, match=named):
        read_places(path)


def test_a_health_check_of_its_own_is_what_a_new_release_is_judged_by(terminal: Terminal) -> None:
    terminal.runs_good("1.0", health=WELL)
    terminal.has("2.0", health='#!/bin/sh\necho \'[{"what": "camera", "state": "fail"}]\'\nexit 1\n')
    terminal.tries("2.0")
    with pytest.raises(GuardError, match="camera"):
        terminal.confirms("2.0")


# One file that runs without anything else


def _packed(folder: Path) -> Path:
    subprocess.run([sys.executable, PACK, folder / "guard.pyz"], check=True)
    return folder / "guard.pyz"


def test_the_guard_runs_from_one_file_without_any_package(terminal: Terminal) -> None:
    settings = terminal.folder / "guard.json"
    settings.write_text(json.dumps({"root": str(terminal.places.root)}), encoding="utf-8")
    terminal.runs_good("1.0")
    guard = [sys.executable, "-I", "-S", "-B", _packed(terminal.folder), "--settings", settings]
    done = subprocess.run([*guard, "status"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["good"] == "1.0"
    refused = subprocess.run([*guard, "try", "7.0"], capture_output=True, text=True, check=False)
    assert (refused.returncode, json.loads(refused.stdout)["outcome"]) == (1, "refused")


def test_the_same_guard_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert _packed(tmp_path).read_bytes() == _packed(tmp_path / "again").read_bytes()
