"""One whole run without a display, shared by all who look at what it left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hw.card.virtual.inside import DRIVER

RUN_MAX_S = 400


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    code: int
    out: Path
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """`summary.json`."""
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
        return found

    def visit(self, name: str) -> dict[str, Any]:
        """One visit of the summary."""
        return next(visit for visit in self.summary["visits"] if visit["scenario"] == name)


def needs_the_box() -> None:
    """Skip where the parts of the box are not installed."""
    missing = [name for name in ("pcscd", "mosquitto") if shutil.which(name, path=_PATH) is None]
    missing += [] if Path(DRIVER).exists() else ["vsmartcard-vpcd"]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def without_display() -> dict[str, str]:
    """The environment of a machine without a screen."""
    return {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`kiosk demo --headless`, to its end."""
    needs_the_box()
    out = tmp_path_factory.mktemp("demo") / "out"
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk.cli", "demo", "--headless", "--json", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=RUN_MAX_S,
        env=without_display(),
        check=False,
    )
    return Run(ended.returncode, out, ended.stdout, ended.stderr)
