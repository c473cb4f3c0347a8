"""Whatever a printer says, however long, in whatever pieces: a typed state, never an exception."""

from __future__ import annotations

import random
from itertools import count

from hw.printer import (
    Document,
    EscPosPrinter,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterUnknown,
    PrintFailed,
    Text,
)
from hw.printer import PrintUnknown as PrintUnknown
from hw.printer._cups_state import JobAt, job_at, printer_state
from hw.printer._escpos_bytes import REPORT_BYTES, STATUS_QUESTIONS, done_in, parse_status, status_in
from hw.printer._ipp import ENUM, GET_PRINTER_ATTRIBUTES, KEYWORD, decode, encode

SEED = 9100
SEQUENCES = 100_000
SERVICE_ANSWERS = 20_000
TALKS = 5_000
PAPER = Document("80mm", "t", (Text("x"),))
LIKELY = (
    b"\x12",
    b"\x1a",
    b"\x16",
    b"\x72",
    b"\x1e",
    b"\x00",
    b"\x0f",
    b"\x11",
    b"\x13",
    b"\x14\x00\x00\x0f",
)


def sequence(draw: random.Random) -> bytes:
    """Noise, real answers, and real answers in noise."""
    match draw.randrange(3):
        case 0:
            return draw.randbytes(draw.randrange(20))
        case 1:
            return b"".join(draw.choices(LIKELY, k=draw.randrange(12)))
        case _:
            return draw.randbytes(draw.randrange(6)) + draw.choice(LIKELY) + draw.randbytes(draw.randrange(3))


def test_any_sequence_of_bytes_is_an_answer_or_none() -> None:
    draw = random.Random(SEED)
    for _ in range(SEQUENCES):
        said = sequence(draw)
        status = status_in(said)
        assert status is None or (status in said and status & 0x93 == 0x12)
        assert not done_in(said) or any(byte & 0x90 == 0 for byte in said)
        answers = {question: status_in(sequence(draw)) for question in STATUS_QUESTIONS}
        state = parse_status(answers)
        assert isinstance(state, PrinterOk | PrinterFault | PrinterUnknown)
        if None in answers.values():
            assert not isinstance(state, PrinterOk)


class Chatter:
    """A channel whose far end says anything at any time, stalls, refuses bytes and breaks off."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def send(self, data: bytes, wait_s: float) -> bool:
        self._break_off()
        return self._draw.random() > 0.03

    def receive(self, wait_s: float) -> bytes:
        self._break_off()
        return b"" if self._draw.random() < 0.3 else sequence(self._draw)

    def close(self) -> None: ...

    def _break_off(self) -> None:
        if self._draw.random() < 0.02:
            raise OSError("gone")


def test_any_talk_ends_in_one_of_three_outcomes() -> None:
    seen = set()
    for seed in range(TALKS):
        draw = random.Random(SEED + seed)
        printer = EscPosPrinter(lambda draw=draw: Chatter(draw))
        state, outcome = printer.state(), printer.print(PAPER)
        assert isinstance(state, PrinterOk | PrinterFault | PrinterUnknown), seed
        assert isinstance(outcome, Printed | PrintFailed | PrintUnknown), seed
        seen |= {type(state), type(outcome)}
    assert len(seen) == 6


def test_any_bytes_from_a_print_service_are_an_answer_or_a_value_error() -> None:
    draw = random.Random(SEED)
    sound = encode(GET_PRINTER_ATTRIBUTES, [(ENUM, "printer-state", 3), (KEYWORD, "r", ("a", "b"))])
    answers = 0
    for _ in range(SERVICE_ANSWERS):
        said = bytearray(draw.choice((sound, draw.randbytes(draw.randrange(60)))))
        for _ in range(draw.randrange(4)):
            if said:
                said[draw.randrange(len(said))] = draw.randrange(256)
        try:
            answer = decode(bytes(said[: draw.randrange(len(said) + 20)]))
        except ValueError:
            continue
        answers += 1
        assert isinstance(printer_state(answer), PrinterOk | PrinterFault | PrinterUnknown)
        assert isinstance(job_at(answer), JobAt)
    assert SERVICE_ANSWERS / 20 < answers < SERVICE_ANSWERS


def test_an_answer_of_a_print_service_reads_back() -> None:
    answer = decode(encode(0, [(ENUM, "printer-state", -7), (KEYWORD, "reasons", ("media-empty", "none"))]))
    assert (answer.status, answer.ok) == (0, True)
    assert answer.number("printer-state") == -7
    assert answer.words("reasons") == ("media-empty", "none")


def test_a_report_in_pieces_is_never_taken_for_the_end_of_a_job() -> None:
    for first in (0x10, 0x14, 0x18, 0x1C, 0x30, 0x78):
        report = bytes([first, 0x00, 0x00, 0x0F])
        assert len(report) == REPORT_BYTES
        assert not any(done_in(report[:end]) for end in range(REPORT_BYTES + 1))
        assert done_in(report + b"\x00")


def test_a_printer_that_never_stops_talking_is_cut_short() -> None:
    class Endless(Chatter):
        def receive(self, wait_s: float) -> bytes:
            next(heard)
            return b"\x91" * 64 if wait_s else b""

    heard = count()
    assert EscPosPrinter(lambda: Endless(random.Random(1))).state() == PrinterUnknown()
    assert next(heard) < 200
