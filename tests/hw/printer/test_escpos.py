"""Receipts as bytes, read back by a small parser that knows only the command reference."""

from __future__ import annotations

import io
import os
import re
import tty
from collections.abc import Iterator
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
from hw.printer._escpos_bytes import parse_status, render
from hw.printer.simulated import SimulatedReceiptPrinter

GOLDEN = Path(__file__).parent / "golden" / "statement.txt"


def read_back(job: bytes) -> list[str]:
    """The job as lines, styles in brackets. Fails on any byte that the reference does not explain."""
    return list(_lines_of(job))


_COMMANDS = (
    (rb"\x1b@", lambda match: "[initialise]\n"),
    (rb"\x1bR(.)", lambda match: f"[characters {match[1][0]}]\n"),
    (rb"\x1c&", lambda match: "[hanzi]\n"),
    (rb"\x1bE(.)", lambda match: "<b>" if match[1][0] & 1 else "</b>"),
    (rb"\x1d!(.)", lambda match: f"<{(match[1][0] >> 4) + 1}x{(match[1][0] & 15) + 1}>"),
    (rb"\x1ba(.)", lambda match: f"[align {['left', 'center', 'right'][match[1][0]]}]\n"),
    (rb"\x1bd(.)", lambda match: f"[feed {match[1][0]}]\n"),
    (rb"\x1dVB(.)", lambda match: "[cut]\n"),
    (rb"\n", lambda match: "\n"),
)


def _lines_of(job: bytes) -> Iterator[str]:
    text, at = "", 0
    while at < len(job):
        if job.startswith(b"\x1d(k", at):
            length = job[at + 3] + 256 * job[at + 4]
            body = job[at + 5 : at + 5 + length]
            assert len(body) == length
            assert body[0] == 49
            text += f"[qr {body[1]} {body[2:].decode('ascii', 'backslashreplace')!r}]\n"
            at += 5 + length
            continue
        for pattern, shown in _COMMANDS:
            if match := re.compile(pattern, re.DOTALL).match(job, at):
                text += shown(match)
                at = match.end()
                break
        else:
            size = _character_size(job, at)
            text += job[at : at + size].decode("gb18030")
            at += size
    yield from text.splitlines()


def _character_size(job: bytes, at: int) -> int:
    """GB18030-2005: one byte, two, or four when the second is a digit."""
    first = job[at]
    if 0x20 <= first < 0x7F:
        return 1
    assert 0x81 <= first <= 0xFE, f"byte {first:#x} at {at} is neither a command nor a character"
    return 4 if 0x30 <= job[at + 1] <= 0x39 else 2


@pytest.mark.clause("S3-6.3.2")
def test_a_statement_reads_back_line_by_line(statement: Document) -> None:
    assert "\n".join(read_back(render(statement))) + "\n" == GOLDEN.read_text()


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_any_text_reads_back_without_a_foreign_byte(text: str, bold: bool, double: bool) -> None:
    shown = read_back(render(Document("80mm", "t", (Text(text, bold=bold, double=double),))))
    assert shown[:3] == ["[initialise]", "[characters 0]", "[hanzi]"]


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
    assert EscPosPrinter(device.connect).print(statement) == PrintFailed(Fault.PAPER_OUT)
    device.load_paper()
    assert device.slips == []


def test_a_printer_unplugged_on_the_way_may_have_printed(statement: Document) -> None:
    device = SimulatedReceiptPrinter(unplugged_in_next_job=True)
    assert EscPosPrinter(device.connect).print(statement) == PrintUnknown()


def test_a_low_roll_still_prints(statement: Document) -> None:
    device = SimulatedReceiptPrinter(paper_low=True)
    printer = EscPosPrinter(device.connect)
    assert printer.state() == PrinterOk(paper_low=True)
    assert isinstance(printer.print(statement), Printed)


def test_a_writable_that_never_answers_gets_the_job_and_no_confirmation(statement: Document) -> None:
    stream = io.BytesIO()
    assert EscPosPrinter(lambda: WriteOnlyChannel(stream)).print(statement) == PrintUnknown()
    assert render(statement) in stream.getvalue()


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
