"""The journeys that ship as files: each can be read, and one alone can be played."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import assets
from kiosk.sandbox.demo.scenario import load

FILES = sorted(assets.path("demo", "scenarios").glob("*.scenario"))
RUN_MAX_S = 300


def play(scenario: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """`kiosk demo --headless --scenario FILE`."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in ("pcscd", "mosquitto") if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    command = [sys.executable, "-m", "kiosk.cli", "demo", "--headless"]
    return subprocess.run(
        [*command, "--out", str(out), "--scenario", str(scenario)],
        capture_output=True,
        text=True,
        timeout=RUN_MAX_S,
        check=False,
    )


def test_five_journeys_ship() -> None:
    assert [file.stem.split("_", 1)[1] for file in FILES] == [
        "card_visit",
        "code_visit",
        "lost_answer",
        "price_inquiry",
        "refund",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_journey_can_be_read_and_ends_at_the_books(file: Path) -> None:
    scenario = load(file)
    assert scenario.lines[-1].text.startswith("then ")
    assert "ledgers agree" in scenario.lines[-1].text


def test_one_journey_alone_is_played(tmp_path: Path) -> None:
    price = next(file for file in FILES if "price" in file.name)
    ended = play(price, tmp_path / "out")
    assert ended.returncode == 0, ended.stderr[-2000:] + ended.stdout
    assert ended.stdout.startswith("4_price_inquiry")


def test_a_step_that_does_not_hold_fails_the_run_and_is_named(tmp_path: Path) -> None:
    scenario = tmp_path / "wrong.scenario"
    scenario.write_text("see 01 attract\ntap start\nsee 02 home\nthen settled once\n", encoding="utf-8")
    ended = play(scenario, tmp_path / "out")
    assert ended.returncode == 1
    assert f"{scenario}:4: then settled once: settled once: 0 times in the journal" in ended.stdout


def test_a_file_with_an_unknown_word_is_refused_before_anything_starts(tmp_path: Path) -> None:
    scenario = tmp_path / "wrong.scenario"
    scenario.write_text("see 01 attract\ndance\n", encoding="utf-8")
    ended = play(scenario, tmp_path / "out")
    assert ended.returncode == 2
    assert f"{scenario}:2: 'dance' is no step" in ended.stderr
    assert not (tmp_path / "out").exists()
