"""What a terminal installs: the floors, the assets, and nothing of the hospital in a box."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_a_terminals_wheel_holds_neither_sandbox_nor_simulation(names: set[str]) -> None:
    unwanted = [name for name in names if name.startswith(("kiosk/sandbox/", "kiosk/simulate/", "tests/"))]
    assert unwanted == []


@pytest.mark.parametrize(
    "name",
    [
        "kiosk/cli.py",
        "hw/card/reader.py",
        "edge_agent/cli.py",
        "kiosk/hospital/openapi.yaml",
        "kiosk/ui/screens/who_pays/screen.kv",
        "kiosk/_assets/profiles/990100.toml",
        "kiosk/_assets/theme/tokens.json",
        "kiosk/_assets/locale/zh/LC_MESSAGES/kiosk.po",
    ],
)
def test_a_terminals_wheel_holds_what_it_needs(names: set[str], name: str) -> None:
    assert name in names
