"""However a demo ends, nothing of it is left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

STOP_MAX_S = 120

pytestmark = pytest.mark.timeout(600)


@contextmanager
def demo(out: Path, *arguments: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A demo under way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "demo", "--out", str(out), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """All that it has started, and what that has started."""
    return psutil.Process(process.pid).children(recursive=True)


def test_a_signal_in_the_middle_of_a_visit_ends_everything(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    with demo(tmp_path / "out", "--headless", env=env) as process:
        assert process.stdout is not None
        assert "settled 86.40" in process.stdout.readline()  # the first visit is over, the second begins
        started = family(process)
        assert len(started) >= 5  # the box, its card service, broker, collector, the agent
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_MAX_S) == 1
        _, alive = psutil.wait_procs(started, timeout=STOP_MAX_S)
    assert alive == []


def test_with_a_display_it_stays_for_a_person_and_tells_where_the_table_is(tmp_path: Path) -> None:
    if shutil.which("Xvfb") is None:
        pytest.skip("not installed: xvfb")
    with display() as env, demo(tmp_path / "out", env=env) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        table = next(line.split()[-1] for line in lines if "table" in line)
        with urllib.request.urlopen(table, timeout=200) as page:
            assert "桌面" in page.read().decode()
        started = family(process)
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=STOP_MAX_S)
        assert process.returncode == 0, complaints
        assert "agree" in said
        _, alive = psutil.wait_procs(started, timeout=STOP_MAX_S)
    assert alive == []


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """An X server of our own, without a network port; its number comes by a pipe."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-screen", "0", "1280x1024x24"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read, encoding="ascii") as told:
            number = told.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait()
