"""The process dies at every step of printing; the printer on the other side counts what came out."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hw.printer import Document, EscPosPrinter, PaperQueue, Printed, Text
from hw.printer.document import Cut
from hw.printer.network import NetworkChannel
from hw.printer.simulated import SimulatedNetworkPrinter, SimulatedReceiptPrinter

ROOT = Path(__file__).parents[3]
NEVER = 1_000_000
SECOND_CUTS = 40
SEED = 41
MARK = "补打".encode("gb18030")
KINDS = ("Statement", "ItemisedList")


@dataclass
class Ended:
    code: int
    steps: int = 0
    wanted: list[str] = field(default_factory=list)


class Visits:
    """The process that makes visits and lets them die."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "parts" / "visits.py")],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def make(self, path: Path, port: int, last_step: int, mode: str) -> Ended:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path} {port} {last_step} {mode}\n")
        self._process.stdin.flush()
        ended = Ended(0)
        while True:
            word, value = self._line().split()
            match word:
                case "wanted":
                    ended.wanted.append(value)
                case "steps":
                    ended.steps = int(value)
                case "ended":
                    ended.code = int(value)
                    return ended

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.communicate(timeout=200)


@pytest.fixture(scope="module")
def visits() -> Iterator[Visits]:
    running = Visits()
    yield running
    running.end()


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: what a killed process wrote is there, synced or not."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


def recover(path: Path, port: int) -> None:
    """Prints what waits, as a terminal does after a restart; all of it comes out."""
    queue = PaperQueue(path)
    printer = EscPosPrinter(lambda: NetworkChannel("127.0.0.1", port))
    for job in queue.unfinished():
        paper = Document("80mm", job.kind, (Text(job.kind), Cut()))
        outcome = queue.print(job.number, printer, lambda _, paper=paper: paper)
        assert isinstance(outcome, Printed)
    assert queue.unfinished() == ()
    queue.close()


def judge(device: SimulatedReceiptPrinter, wanted: list[str], where: str) -> None:
    for kind in KINDS:
        papers = [paper for paper in device.papers() if kind.encode() in paper]
        unmarked = [paper for paper in papers if MARK not in paper]
        assert len(unmarked) <= 1, f"{where}: {len(unmarked)} unmarked papers {kind}"
        assert papers or kind not in wanted, f"{where}: {kind} was wanted and is lost"


@pytest.mark.clause("S0-6.15b")
def test_a_power_cut_at_any_step_prints_no_second_original_and_loses_no_paper(
    visits: Visits, memory: Path
) -> None:
    whole = _cut_at(visits, memory, NEVER)
    assert whole.code == 0
    assert whole.steps > 60
    for step in range(1, whole.steps + 1):
        assert _cut_at(visits, memory, step).code == -signal.SIGKILL


def _cut_at(visits: Visits, memory: Path, step: int, step_of_recovery: int = NEVER) -> Ended:
    path = memory / f"papers-{step}-{step_of_recovery}.db"
    device = SimulatedReceiptPrinter()
    with SimulatedNetworkPrinter(device) as server:
        ended = visits.make(path, server.port, step, "settle")
        if step_of_recovery != NEVER:
            visits.make(path, server.port, step_of_recovery, "recover")
        recover(path, server.port)
    judge(device, ended.wanted, f"cut at {step} and {step_of_recovery}")
    return ended


@pytest.mark.clause("S0-6.15b")
def test_a_second_power_cut_while_catching_up_changes_nothing(visits: Visits, memory: Path) -> None:
    steps = _cut_at(visits, memory, NEVER).steps
    draw = random.Random(SEED)
    cuts = [(draw.randint(1, steps), draw.randint(1, steps)) for _ in range(SECOND_CUTS)]
    codes = [_cut_at(visits, memory, *cut).code for cut in cuts]
    assert set(codes) == {-signal.SIGKILL}


def test_without_writing_down_first_the_second_original_is_seen(
    visits: Visits, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge can fail: a queue that forgets what was on its way prints it again unmarked."""
    path = memory / "papers.db"
    device = SimulatedReceiptPrinter()
    with SimulatedNetworkPrinter(device) as server:
        whole = visits.make(memory / "whole.db", server.port, NEVER, "settle")
        device.slips.clear()
        visits.make(path, server.port, whole.steps - 4, "settle")
        for part in memory.glob("papers.db*"):
            part.unlink()  # as if nothing had been written down
        queue = PaperQueue(path)
        queue.add("7f3a9c21", "Statement")
        queue.close()
        recover(path, server.port)
    with pytest.raises(AssertionError, match="unmarked"):
        judge(device, [], "forgotten")
