"""What `make lint` says, asked beside the other tests: each of its programs finds nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent


def asked_by_make() -> list[str]:
    """The commands below `lint:` in the Makefile."""
    recipe = re.search(
        r"^lint: setup\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert recipe is not None, "the Makefile has a target lint"
    return re.findall(r"\$\(BIN\)/(.+)", recipe[1])


def test_make_asks_all_of_them():
    assert [command.split()[0] for command in asked_by_make()] == ["ruff", "ruff", "mypy", "lint-imports"]


@pytest.mark.parametrize("command", asked_by_make())
def test_it_finds_nothing(command):
    program, *words = command.split()
    said = subprocess.run([PROGRAMS / program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
