"""Papers through a real print service of our own; its printer is a script that does as it is told."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from print_service import FORGETS_ITS_STATE, JAMS, NEARLY_EMPTY, PRINTS, QUEUE, WAITS, Service, wait_for

from hw.printer import (
    CupsPrinter,
    Document,
    Fault,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterUnknown,
    PrintFailed,
    PrintUnknown,
    Text,
)
from hw.printer import cups as driver


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    if shutil.which("cupsd") is None:
        pytest.skip("cups-daemon is not installed")
    if os.geteuid() != 0:
        pytest.skip("a print service of our own needs root")
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path has at most 107 characters
        service = Service(Path(folder))
        yield service
        service.stop()


@pytest.fixture
def service(running: Service) -> Service:
    running.manner(PRINTS)
    for paper in running.printed():
        paper.unlink()
    return running


@pytest.fixture(scope="module")
def face(few: tuple[Path, Path]) -> Path:
    return few[0]


@pytest.fixture
def queue(service: Service, face: Path) -> Callable[..., CupsPrinter]:
    def make(name: str = QUEUE, **settings) -> CupsPrinter:
        return CupsPrinter(name, face, socket_path=service.root / "cups.sock", **settings)

    return make


def _said(pdf: Path, *command: str) -> str:
    to = ["-"] if command[0] == "pdftotext" else []
    done = subprocess.run([*command, pdf, *to], capture_output=True, text=True, timeout=200, check=True)
    return done.stdout


@pytest.mark.parametrize(("paper", "points"), [("A4", "595.28 x 841.89"), ("A5", "595.28 x 419.53")])
def test_a_paper_comes_out_in_the_size_of_the_ward_printer(
    paper: str, points: str, queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    outcome = queue(paper=paper).print(statement)
    (out,) = service.printed()
    assert outcome == Printed(f"{QUEUE}-{out.stem}")
    assert points in _said(out, "pdfinfo")
    assert "测*𬎆㛃龘" in _said(out, "pdftotext", "-layout")


@pytest.mark.clause("S0-6.15b")
def test_a_copy_bears_its_mark(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    queue().print(statement, copy=1)
    (out,) = service.printed()
    assert _said(out, "pdftotext", "-layout").lstrip().startswith("补打 第1次 Copy No. 1")


def test_a_ready_queue_is_ok(queue: Callable[..., CupsPrinter]) -> None:
    assert queue().state() == PrinterOk()


def test_little_paper_and_toner_are_known_and_no_fault(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner(NEARLY_EMPTY)
    printer = queue()
    assert isinstance(printer.print(statement), Printed)
    assert printer.state() == PrinterOk(paper_low=True, toner_low=True)
    service.manner("echo 'STATE: -media-low-warning,toner-low-warning' >&2; " + PRINTS)
    printer.print(statement)
    assert printer.state() == PrinterOk()


def test_a_job_that_the_service_gives_up_failed_and_may_have_begun(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner(JAMS)
    printer = queue()
    assert printer.print(statement) == PrintFailed(Fault.PAPER_JAM, begun=True)
    assert printer.state() == PrinterFault((Fault.PAPER_JAM,))
    service.manner(FORGETS_ITS_STATE + PRINTS)
    assert isinstance(printer.print(statement), Printed)
    assert printer.state() == PrinterOk()


def test_a_job_that_does_not_end_is_unknown_taken_back_and_never_sent_again(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner(WAITS)
    printer = queue(done_wait_s=2.0)
    assert printer.print(statement) == PrintUnknown()
    assert service.waiting() == ""
    assert printer.state() == PrinterFault((Fault.PAPER_OUT,))
    service.manner(FORGETS_ITS_STATE + PRINTS)
    outcome = printer.print(Document("A4", "next", (Text("next person"),)))
    (out,) = service.printed()
    assert outcome == Printed(f"{QUEUE}-{out.stem}")
    assert "next person" in _said(out, "pdftotext")


def test_paper_put_in_while_the_job_waits_lets_it_come_out(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner(WAITS)
    printer, outcomes = queue(), []
    printing = threading.Thread(target=lambda: outcomes.append(printer.print(statement)))
    printing.start()
    wait_for(lambda: printer.state() == PrinterFault((Fault.PAPER_OUT,)))
    (service.root / "gate").write_text("go\n")
    printing.join(60)
    assert isinstance(outcomes[0], Printed)
    assert printer.state() == PrinterOk()


def test_a_queue_that_stops_under_the_job_is_not_waited_for(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner("exit 1")
    printer = queue("stops", done_wait_s=600.0)
    assert printer.print(statement) == PrintUnknown()
    assert printer.state() == PrinterFault((Fault.STOPPED,))
    assert service.waiting() == ""
    service.manner(PRINTS)
    service.resume("stops")
    assert isinstance(printer.print(Document("A4", "next", (Text("next person"),))), Printed)
    (out,) = service.printed()
    assert "next person" in _said(out, "pdftotext")


@pytest.mark.parametrize(
    ("name", "code"),
    [("stopped", Fault.STOPPED), ("closed", Fault.STOPPED), ("nowhere", Fault.NOT_CONNECTED)],
)
def test_a_queue_that_cannot_print_is_known_before_anything_is_sent(
    name: str, code: Fault, queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    printer = queue(name)
    assert printer.state() == PrinterFault((code,))
    assert printer.print(statement) == PrintFailed(code)
    assert service.printed() == []


def test_what_an_earlier_process_left_in_the_queue_is_taken_back(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.leave_a_job("stopped")
    assert "stopped-" in service.waiting()
    assert queue("stopped").print(statement) == PrintFailed(Fault.STOPPED)
    assert service.waiting() == ""


def test_a_service_that_is_not_there_was_sent_nothing(
    tmp_path: Path, face: Path, statement: Document
) -> None:
    printer = CupsPrinter(QUEUE, face, socket_path=tmp_path / "none")
    assert printer.state() == PrinterFault((Fault.NOT_CONNECTED,))
    assert printer.print(statement) == PrintFailed(Fault.NOT_CONNECTED)


def test_a_service_that_starts_again_in_the_middle_does_not_print_twice(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    service.manner(WAITS)
    printer, outcomes = queue(done_wait_s=60.0), []
    printing = threading.Thread(target=lambda: outcomes.append(printer.print(statement)))
    printing.start()
    wait_for(lambda: printer.state() == PrinterFault((Fault.PAPER_OUT,)))
    service.manner(FORGETS_ITS_STATE + PRINTS)
    service.stop()
    service.start()
    printing.join(120)
    assert isinstance(outcomes[0], Printed | PrintUnknown)
    assert len(service.printed()) <= 1


def test_nothing_of_a_paper_stays_with_the_service(
    queue: Callable[..., CupsPrinter], service: Service, statement: Document
) -> None:
    assert isinstance(queue().print(statement), Printed)
    wait_for(lambda: not list((service.root / "spool").glob("d*")))
    assert [file for file in (service.root / "tmp").iterdir() if file.is_file()] == []


def test_a_service_that_says_nothing_is_unknown(face: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "ANSWER_WAIT_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listener, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        listener.bind(str(path))
        listener.listen()
        assert CupsPrinter(QUEUE, face, socket_path=path).state() == PrinterUnknown()


@pytest.mark.parametrize("name", ["", "a b", "../etc", "x" * 128])
def test_what_is_no_name_of_a_queue_is_refused_at_once(name: str, face: Path) -> None:
    with pytest.raises(ValueError, match="queue is named"):
        CupsPrinter(name, face)
