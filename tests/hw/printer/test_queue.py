"""What the queue of papers promises: never a second unmarked original, every job known, no person kept."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hw.printer import Document, Fault, Printed, PrinterOk, PrintFailed, PrintOutcome, PrintUnknown, Text
from hw.printer import queue as room
from hw.printer.document import marked
from hw.printer.queue import JobState, NotWaiting, PaperQueue, QueueError

ATTEMPT = "7f3a9c21d40e8b65a1c2d3e4f5"
NAME = "测试甲"
PRINTED = Printed("1")


@dataclass
class Tray:
    """A printer that does as it is told, and keeps what it was given."""

    outcome: PrintOutcome = PRINTED
    papers: list[Document] = field(default_factory=list)
    at_print: Callable[[], None] = lambda: None

    def state(self) -> PrinterOk:
        return PrinterOk()

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        self.at_print()
        self.papers.append(marked(document, copy))
        return self.outcome

    @property
    def copies(self) -> list[int]:
        return [paper.copy for paper in self.papers]


def statement(_: int) -> Document:
    return Document("80mm", "statement", (Text(f"姓名 {NAME}"),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
def queue(path: Path) -> Iterator[PaperQueue]:
    opened = PaperQueue(path)
    yield opened
    opened.close()


def died_while_printing(path: Path) -> None:
    """Leaves the file as a process leaves it that is killed between the two commits."""
    queue = PaperQueue(path)
    job = queue.add(ATTEMPT, "Statement")
    copied: list[bytes] = []
    tray = Tray(at_print=lambda: copied.extend(_files(path)))
    queue.print(job.number, tray, statement)
    queue.close()
    for part, content in zip(_parts(path), copied, strict=True):
        part.write_bytes(content)


def _parts(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(path.name + "-wal")


def _files(path: Path) -> list[bytes]:
    return [part.read_bytes() for part in _parts(path)]


@pytest.mark.clause("S0-6.15b")
def test_the_first_paper_is_the_original_and_every_other_one_a_numbered_copy(queue: PaperQueue) -> None:
    tray = Tray()
    for _ in range(3):
        assert queue.print(queue.add(ATTEMPT, "Statement").number, tray, statement) == Printed("1")
    assert tray.copies == [0, 1, 2]
    assert queue.unfinished() == ()


def test_each_kind_of_paper_and_each_settlement_has_its_own_original(queue: PaperQueue) -> None:
    tray = Tray()
    for settlement, kind in ((ATTEMPT, "Statement"), (ATTEMPT, "ItemisedList"), ("other", "Statement")):
        queue.print(queue.add(settlement, kind).number, tray, statement)
    assert tray.copies == [0, 0, 0]


def test_a_reprint_of_a_paper_from_another_terminal_is_a_copy(queue: PaperQueue) -> None:
    tray = Tray()
    queue.print(queue.add(ATTEMPT, "Statement", first_copy=1).number, tray, statement)
    assert tray.copies == [1]


def test_the_composer_is_told_which_copy_it_makes(queue: PaperQueue) -> None:
    asked: list[int] = []

    def compose(copy: int) -> Document:
        asked.append(copy)
        return statement(copy)

    for _ in range(2):
        queue.print(queue.add(ATTEMPT, "Statement").number, Tray(), compose)
    assert asked == [0, 1]


def test_a_paper_that_never_began_stays_the_original(queue: PaperQueue) -> None:
    job = queue.add(ATTEMPT, "Statement")
    queue.print(job.number, Tray(PrintFailed(Fault.PAPER_OUT)), statement)
    assert [(j.number, j.state, j.sent_copy) for j in queue.unfinished()] == [
        (job.number, JobState.FAILED, None)
    ]
    tray = Tray()
    queue.print(job.number, tray, statement)
    assert tray.copies == [0]


@pytest.mark.parametrize("outcome", [PrintFailed(Fault.PAPER_OUT, begun=True), PrintUnknown()])
def test_a_paper_that_may_have_come_out_is_printed_again_as_a_copy_only(
    queue: PaperQueue, outcome: PrintOutcome
) -> None:
    job = queue.add(ATTEMPT, "Statement")
    queue.print(job.number, Tray(outcome), statement)
    tray = Tray()
    queue.print(job.number, tray, statement)
    assert tray.copies == [1]


def test_a_copy_that_never_began_does_not_forget_the_paper_before_it(queue: PaperQueue) -> None:
    job = queue.add(ATTEMPT, "Statement")
    queue.print(job.number, Tray(PrintUnknown()), statement)
    queue.print(job.number, Tray(PrintFailed(Fault.COVER_OPEN)), statement)
    tray = Tray()
    queue.print(job.number, tray, statement)
    assert tray.copies == [1]


def test_a_job_that_was_on_its_way_when_the_power_went_is_unknown(path: Path) -> None:
    died_while_printing(path)
    queue = PaperQueue(path)
    (job,) = queue.unfinished()
    assert (job.settlement, job.kind, job.state, job.sent_copy) == (ATTEMPT, "Statement", JobState.UNKNOWN, 0)
    tray = Tray()
    queue.print(job.number, tray, statement)
    assert tray.copies == [1]
    queue.close()


def test_a_job_that_was_only_wanted_is_still_wanted_after_a_restart(path: Path) -> None:
    before = PaperQueue(path)
    before.add(ATTEMPT, "Statement")
    before.close()
    queue = PaperQueue(path)
    (job,) = queue.unfinished()
    assert job.state is JobState.QUEUED
    tray = Tray()
    queue.print(job.number, tray, statement)
    assert tray.copies == [0]
    queue.close()


def test_a_driver_that_breaks_leaves_the_job_unknown(queue: PaperQueue) -> None:
    def broken() -> None:
        raise RuntimeError("driver")

    job = queue.add(ATTEMPT, "Statement")
    with pytest.raises(RuntimeError):
        queue.print(job.number, Tray(at_print=broken), statement)
    assert [j.state for j in queue.unfinished()] == [JobState.UNKNOWN]


def test_a_printed_or_dropped_job_cannot_be_printed(queue: PaperQueue) -> None:
    printed, dropped = queue.add(ATTEMPT, "Statement"), queue.add(ATTEMPT, "Statement")
    queue.print(printed.number, Tray(), statement)
    queue.drop(dropped.number)
    for number in (printed.number, dropped.number, 99):
        tray = Tray()
        with pytest.raises(NotWaiting):
            queue.print(number, tray, statement)
        assert tray.papers == []


def test_dropping_a_job_does_not_free_its_number(queue: PaperQueue) -> None:
    job = queue.add(ATTEMPT, "Statement")
    queue.print(job.number, Tray(PrintUnknown()), statement)
    queue.drop(job.number)
    tray = Tray()
    queue.print(queue.add(ATTEMPT, "Statement").number, tray, statement)
    assert tray.copies == [1]


def test_threads_that_want_the_same_paper_get_one_original(queue: PaperQueue) -> None:
    tray = Tray()
    jobs = [queue.add(ATTEMPT, "Statement") for _ in range(6)]
    threads = [threading.Thread(target=queue.print, args=(job.number, tray, statement)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(tray.copies) == [0, 1, 2, 3, 4, 5]


@pytest.mark.clause("S0-1.9")
def test_nothing_of_the_person_or_the_paper_is_kept(queue: PaperQueue, path: Path) -> None:
    queue.print(queue.add(ATTEMPT, "Statement").number, Tray(), statement)
    kept = b"".join(part.read_bytes() for part in path.parent.iterdir())
    assert ATTEMPT.encode() in kept
    assert NAME.encode() not in kept
    assert NAME.encode("gb18030") not in kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("settlement", "kind", "first_copy"),
    [(NAME, "Statement", 0), (ATTEMPT, "结算单", 0), ("", "Statement", 0), (ATTEMPT, "Statement", -1)],
)
def test_free_text_is_no_reference(queue: PaperQueue, settlement: str, kind: str, first_copy: int) -> None:
    with pytest.raises(ValueError, match="reference"):
        queue.add(settlement, kind, first_copy)


def test_old_jobs_are_forgotten_whatever_became_of_them(path: Path) -> None:
    clock = [1_000_000.0]
    queue = PaperQueue(path, lambda: clock[0])
    queue.add(ATTEMPT, "Statement")
    clock[0] += room.RETENTION_S + 1
    young = queue.add(ATTEMPT, "ItemisedList")
    assert queue.unfinished() == (young,)
    queue.close()


def test_where_there_are_too_many_the_oldest_finished_goes_and_what_waits_stays(
    queue: PaperQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "JOBS_MAX", 3)
    printed = queue.add(ATTEMPT, "Statement")
    queue.print(printed.number, Tray(), statement)
    waiting = [queue.add(f"a{number}", "Statement") for number in range(3)]
    assert queue.unfinished() == tuple(waiting)
    with pytest.raises(QueueError, match="3 papers wait"):
        queue.add("a4", "Statement")


def test_a_damaged_file_is_set_aside_and_the_terminal_goes_on(path: Path) -> None:
    path.write_bytes(b"no database" * 500)
    queue = PaperQueue(path)
    assert queue.unfinished() == ()
    assert path.with_name("papers.db.damaged").read_bytes().startswith(b"no database")
    queue.close()


def test_a_second_process_is_refused(queue: PaperQueue, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOCK_WAIT_S", 0.05)
    with pytest.raises(QueueError, match="locked"):
        PaperQueue(path)


def test_a_missing_folder_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="No such file"):
        PaperQueue(tmp_path / "gone" / "papers.db")


def test_what_cannot_be_written_down_is_not_sent(queue: PaperQueue) -> None:
    job = queue.add(ATTEMPT, "Statement")
    queue.close()
    tray = Tray()
    with pytest.raises(QueueError):
        queue.print(job.number, tray, statement)
    assert tray.papers == []
