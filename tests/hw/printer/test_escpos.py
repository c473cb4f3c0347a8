"""Receipts as bytes, read back by a small parser that knows only the command reference."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import threading
import tty
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.printer import (
    DeviceChannel,
    Document,
    EscPosPrinter,
    Fault,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterUnknown,
    PrintFailed,
    PrintUnknown,
    Qr,
    Text,
    WriteOnlyChannel,
)
from hw.printer import escpos as driver
from hw.printer._escpos_bytes import TELL_WHEN_DONE, parse_status, render
from hw.printer.simulated import SimulatedChannel, SimulatedReceiptPrinter

ReadBack = Callable[[bytes], list[str]]
GOLDEN = Path(__file__).parent / "golden" / "statement.txt"


@pytest.mark.clause("S3-6.3.2")
def test_a_statement_reads_back_line_by_line(statement: Document, read_back: ReadBack) -> None:
    assert "\n".join(read_back(render(statement))) + "\n" == GOLDEN.read_text()


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_any_text_reads_back_without_a_foreign_byte(
    read_back: ReadBack, text: str, bold: bool, double: bool
) -> None:
    shown = read_back(render(Document("80mm", "t", (Text(text, bold=bold, double=double),))))
    assert shown[:4] == ["[initialise]", "[reports 0]", "[characters 0]", "[hanzi]"]


@given(st.text(min_size=1, max_size=250))
def test_a_code_is_stored_with_its_exact_length(text: str) -> None:
    job = render(Document("80mm", "t", (Qr(text),)))
    stored = re.search(rb"\x1d\(k(..)\x31\x50\x30", job, re.DOTALL)
    assert stored is not None
    length = int.from_bytes(stored[1], "little") - 3
    assert job[stored.end() : stored.end() + length] == text.encode()
    assert job[stored.end() + length :].startswith(b"\x1d(k\x03\x00\x31\x51\x30")


def test_a_sheet_of_a4_is_not_for_this_printer() -> None:
    with pytest.raises(ValueError, match="80 mm"):
        render(Document("A4", "t", ()))


def test_a_confirmed_slip_is_printed(statement: Document) -> None:
    device = SimulatedReceiptPrinter()
    assert EscPosPrinter(device.connect).print(statement) == Printed("job 1")
    assert device.slips == [render(statement)]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"has_paper": False}, Fault.PAPER_OUT),
        ({"cover_open": True}, Fault.COVER_OPEN),
        ({"connected": False}, Fault.NOT_CONNECTED),
    ],
)
def test_a_known_fault_is_told_before_anything_is_sent(
    trouble: dict, code: Fault, statement: Document
) -> None:
    device = SimulatedReceiptPrinter(**trouble)
    printer = EscPosPrinter(device.connect)
    assert printer.state() == PrinterFault((code,))
    assert printer.print(statement) == PrintFailed(code)
    assert device.bytes_taken == 0


def test_a_silent_printer_is_not_out_of_paper(statement: Document) -> None:
    device = SimulatedReceiptPrinter(answers=False)
    printer = EscPosPrinter(device.connect)
    assert printer.state() == PrinterUnknown()
    assert printer.print(statement) == PrintUnknown()
    assert device.slips == [render(statement)]


def test_a_roll_that_ends_in_the_slip_is_a_failure_and_the_rest_never_comes_out(statement: Document) -> None:
    device = SimulatedReceiptPrinter(ends_in_next_job=True)
    assert EscPosPrinter(device.connect).print(statement) == PrintFailed(Fault.PAPER_OUT, begun=True)
    device.load_paper()
    assert device.slips == []


def test_a_printer_unplugged_on_the_way_may_have_printed(statement: Document) -> None:
    device = SimulatedReceiptPrinter(unplugged_in_next_job=True)
    assert EscPosPrinter(device.connect).print(statement) == PrintUnknown()


@pytest.mark.clause("S0-6.15b")
def test_a_document_without_the_mark_of_the_copy_gets_it_on_top(
    statement: Document, read_back: ReadBack
) -> None:
    device = SimulatedReceiptPrinter()
    EscPosPrinter(device.connect).print(statement, copy=2)
    assert read_back(device.slips[0])[4].strip() == "<b>             补打 第2次 Copy No. 2</b>"
    assert device.slips[0].endswith(render(statement)[len(render(Document("80mm", "", ()))) :])


def test_a_document_that_bears_the_mark_of_the_copy_is_printed_as_it_is(statement: Document) -> None:
    device = SimulatedReceiptPrinter()
    marked_already = dataclasses.replace(statement, copy=2)
    EscPosPrinter(device.connect).print(marked_already, copy=2)
    assert device.slips == [render(statement)]


def test_reports_that_nobody_asked_for_are_no_answers(statement: Document) -> None:
    device = SimulatedReceiptPrinter(reports_by_itself=True, answers_done=False)
    printer = EscPosPrinter(device.connect)
    assert printer.state() == PrinterOk()
    assert printer.print(statement) == PrintUnknown()


def test_an_answer_that_comes_late_and_in_pieces_still_counts(statement: Document) -> None:
    device = SimulatedReceiptPrinter()
    slow = SlowAnswers(device.connect())
    assert EscPosPrinter(lambda: slow).print(statement) == Printed("job 1")


def test_a_late_answer_does_not_confirm_the_next_job(statement: Document) -> None:
    device = SimulatedReceiptPrinter()
    jobs = []

    class Stuck(SimulatedChannel):
        """Silent about the first job until the second one is there."""

        def send(self, data: bytes, wait_s: float) -> bool:
            taken = super().send(data, wait_s)
            if render(statement) in data:
                jobs.append(data)
            if data.endswith(TELL_WHEN_DONE) and not (len(jobs) == 2 and data is jobs[1]):
                self._said.clear()
            return taken

    printer = EscPosPrinter(lambda: Stuck(device))
    assert [printer.print(statement) for _ in range(2)] == [PrintUnknown(), PrintUnknown()]


def test_a_printer_that_has_caught_up_confirms_again(statement: Document) -> None:
    device = SimulatedReceiptPrinter(answers_next_done_late=True)
    printer = EscPosPrinter(device.connect)
    assert printer.print(statement) == PrintUnknown()
    assert printer.print(statement) == Printed("job 2")


def test_a_state_asked_during_a_job_waits_for_its_end(statement: Document) -> None:
    device = SimulatedReceiptPrinter()
    entered, leave = threading.Event(), threading.Event()

    class Held(SimulatedChannel):
        def send(self, data: bytes, wait_s: float) -> bool:
            if render(statement) in data:
                entered.set()
                assert leave.wait(30)
            return super().send(data, wait_s)

    printer = EscPosPrinter(lambda: Held(device))
    with ThreadPoolExecutor(2) as pool:
        outcome = pool.submit(printer.print, statement)
        assert entered.wait(30)
        state = pool.submit(printer.state)
        assert not state.done()
        leave.set()
        assert outcome.result(30) == Printed("job 1")
        assert state.result(30) == PrinterOk()


def test_a_low_roll_still_prints(statement: Document) -> None:
    device = SimulatedReceiptPrinter(paper_low=True)
    printer = EscPosPrinter(device.connect)
    assert printer.state() == PrinterOk(paper_low=True)
    assert isinstance(printer.print(statement), Printed)


def test_a_writable_that_never_answers_gets_the_job_and_no_confirmation(statement: Document) -> None:
    stream = io.BytesIO()
    assert EscPosPrinter(lambda: WriteOnlyChannel(stream)).print(statement) == PrintUnknown()
    assert render(statement) in stream.getvalue()


class SlowAnswers:
    """Says one byte at a time, and a flow byte before each."""

    def __init__(self, channel: SimulatedChannel) -> None:
        self._channel = channel
        self._said = b""

    def send(self, data: bytes, wait_s: float) -> bool:
        return self._channel.send(data, wait_s)

    def receive(self, wait_s: float) -> bytes:
        for byte in self._channel.receive(wait_s):
            self._said += bytes([0x11, byte])
        now, self._said = self._said[:1], self._said[1:]
        return now

    def close(self) -> None:
        self._channel.close()


READY = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (READY, PrinterOk()),
        (READY | {4: 0x1E}, PrinterOk(paper_low=True)),
        (READY | {4: 0x72}, PrinterFault((Fault.PAPER_OUT,))),
        (READY | {1: 0x1A, 2: 0x16}, PrinterFault((Fault.COVER_OPEN,))),
        (READY | {2: 0x36, 4: 0x7E}, PrinterFault((Fault.PAPER_OUT, Fault.COVER_OPEN))),
        (READY | {3: 0x1A}, PrinterFault((Fault.CUTTER_JAMMED,))),
        (READY | {3: 0x32}, PrinterFault((Fault.BROKEN,))),
        (READY | {3: 0x52}, PrinterFault((Fault.HEAD_TOO_HOT,))),
        (READY | {1: 0x1A}, PrinterFault((Fault.OFFLINE,))),
        (READY | {3: None}, PrinterUnknown()),
        (READY | {3: None, 4: 0x72}, PrinterFault((Fault.PAPER_OUT,))),
        (READY | {2: 0xFF}, PrinterUnknown()),
        (dict.fromkeys(READY), PrinterUnknown()),
    ],
)
def test_status_bytes_have_three_meanings(answers: dict[int, int | None], state: object) -> None:
    assert parse_status(answers) == state


@given(st.dictionaries(st.integers(1, 4), st.none() | st.integers(0, 255)))
def test_no_answer_at_all_is_never_ok(answers: dict[int, int | None]) -> None:
    state = parse_status(answers)
    if len([byte for byte in answers.values() if byte is not None]) < 4:
        assert not isinstance(state, PrinterOk)


def test_a_device_file_carries_questions_and_answers() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    channel = DeviceChannel(os.ttyname(theirs))
    try:
        assert channel.send(b"\x10\x04\x01", 1.0)
        assert os.read(ours, 16) == b"\x10\x04\x01"
        os.write(ours, b"\x12")
        assert channel.receive(1.0) == b"\x12"
        assert channel.receive(0.0) == b""
    finally:
        channel.close()
        os.close(ours)
        os.close(theirs)


def test_a_device_that_takes_no_bytes_does_not_hold_the_caller(
    monkeypatch: pytest.MonkeyPatch, statement: Document
) -> None:
    monkeypatch.setattr(driver, "SEND_WAIT_S", 0.05)
    monkeypatch.setattr(driver, "ANSWER_WAIT_S", 0.01)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    path = os.ttyname(theirs)
    filler = DeviceChannel(path)
    try:
        while filler.send(b"x" * 4096, 0.02):
            pass
        assert EscPosPrinter(lambda: DeviceChannel(path)).print(statement) == PrintUnknown()
    finally:
        filler.close()
        os.close(ours)
        os.close(theirs)


def test_a_missing_device_is_not_connected(tmp_path: Path) -> None:
    printer = EscPosPrinter(lambda: DeviceChannel(str(tmp_path / "lp0")))
    assert printer.state() == PrinterFault((Fault.NOT_CONNECTED,))
