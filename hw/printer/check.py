"""`python -m hw.printer.check ADDRESS`: an installer and a real printer, step by step.

Says what to do at the printer, asks it for its state or prints the test page, and compares with what
this kind of printer should say. What it said is printed and, with `--out`, kept as JSON beside the
quality record. Exit 0 when all was as expected, 1 when not, 2 for an address that makes no sense.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hw.printer.connect import connector
from hw.printer.cups import CupsPrinter
from hw.printer.document import Columns, Cut, Document, Feed, Qr, Rule, Text
from hw.printer.escpos import EscPosPrinter
from hw.printer.port import (
    Fault,
    Printed,
    Printer,
    PrinterFault,
    PrinterOk,
    PrinterState,
    PrinterUnknown,
    PrintFailed,
    PrintOutcome,
    PrintUnknown,
)

SKIP = "s"


@dataclass(frozen=True, slots=True)
class Step:
    """What the person does first, and what the printer should say then. `prints` prints the test page."""

    do: str
    expected: str
    prints: bool = False
    look_at: str = ""  # a question to the person about the paper


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one step. `person` is the answer to the question about the paper."""

    do: str
    expected: str
    said: str
    took_s: float
    person: str
    right: bool


PRINTED = "printed"
READY = "ready"
RECEIPT_STEPS = (
    Step("Close everything and put in paper", READY),
    Step("Keep closed", PRINTED, True, "Cut off, the code can be scanned, all of 𬎆㛃龘 drawn"),
    Step("Open the cover", Fault.COVER_OPEN),
    Step("Leave the cover open", f"failed {Fault.COVER_OPEN}", True, "Nothing came out"),
    Step("Close the cover, take the paper out", Fault.PAPER_OUT),
    Step("Put in a roll with less than a metre left", "ready, paper low"),
    Step("Put in a roll with 10 cm left", f"begun, failed {Fault.PAPER_OUT}", True, "The page is not whole"),
    Step("Put in a full roll", READY, False, "Nothing of the page before came out on the new roll"),
    Step("Pull the plug of the data cable", Fault.NOT_CONNECTED),
    Step("Put it in again, at another port if it is USB", READY),
    Step("Switch the printer off", f"{Fault.NOT_CONNECTED} or unknown"),
    Step("Switch it on and wait until it is ready", PRINTED, True, "One page came out, and only one"),
)
SHEET_STEPS = (
    Step("Close everything and put in paper", READY),
    Step("Keep closed", PRINTED, True, "The page is in the middle of the sheet, nothing cut off"),
    Step("Take the paper out", f"unknown or begun, failed {Fault.PAPER_OUT}", True, "Nothing came out"),
    Step("Put the paper in again and wait a minute", "any", False, "The page before did not come out"),
    Step("Open the cover", f"unknown or begun, failed {Fault.COVER_OPEN}", True, "Nothing came out"),
    Step("Close the cover", PRINTED, True, "One page came out, and only one"),
)


def test_page() -> Document:
    """Everything that has come out wrong on some printer: rare names, signs, edges, a code, the cut."""
    return Document(
        "80mm",
        "test page",
        (
            Text("测试页 Test page", align="center", bold=True, double=True),
            Rule("="),
            Columns("罕用字 Rare", "𬎆 㛃 龘 𠮷"),
            Columns("符号 Signs", "￥ × … · ★ ℃"),
            Columns("金额 Amount", "99,999,999.99", bold=True),
            Text("1234567890" * 4 + "12345678"),
            Text("一二三四五六七八九十" * 2 + "一二三四"),
            Rule("."),
            Qr("TEST:0990:PRINTER"),
            Feed(2),
            Cut(),
        ),
    )


def walk(
    printer: Printer, steps: Sequence[Step], ask: Callable[[str], str], tell: Callable[[str], None]
) -> list[Finding]:
    """Goes through the steps with a person. `ask` shows a text and returns what was typed."""
    findings = []
    for number, step in enumerate(steps, start=1):
        if ask(f"{number}/{len(steps)}  {step.do}. Enter when done, s to leave it out: ").strip() == SKIP:
            continue
        began_s = time.monotonic()
        said = printed_text(printer.print(test_page())) if step.prints else state_text(printer.state())
        took_s = round(time.monotonic() - began_s, 2)
        tell(f"      it said: {said}   ({took_s} s)   expected: {step.expected}")
        person = (
            ask(f"      {step.look_at}? Enter for yes, n or words for no: ").strip() if step.look_at else ""
        )
        right = not person and (step.expected == "any" or said in step.expected.split(" or "))
        findings.append(Finding(step.do, step.expected, said, took_s, person, right))
    return findings


def state_text(state: PrinterState) -> str:
    """`ready`, `ready, paper low`, the first fault, or `unknown`."""
    match state:
        case PrinterOk(paper_low=True):
            return "ready, paper low"
        case PrinterOk():
            return READY
        case PrinterFault(codes=codes):
            return str(codes[0])
        case PrinterUnknown():
            return "unknown"


def printed_text(outcome: PrintOutcome) -> str:
    """`printed`, `failed CODE`, `begun, failed CODE`, or `unknown`."""
    match outcome:
        case Printed():
            return PRINTED
        case PrintFailed(code=code, begun=True):
            return f"begun, failed {code}"
        case PrintFailed(code=code):
            return f"failed {code}"
        case PrintUnknown():
            return "unknown"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hw.printer.check", description=__doc__)
    parser.add_argument("address", help="/dev/usb/lp0, usb:04b8:0e15, serial:..., tcp:..., or cups:QUEUE")
    parser.add_argument("--font", type=Path, help="face of the test page of a queue")
    parser.add_argument("--out", type=Path, help="keep what was said as JSON in this file")
    options = parser.parse_args(arguments)
    kind, _, queue = options.address.partition(":")
    try:
        if kind == "cups" and options.font is None:
            raise ValueError("a queue needs --font")
        printer: Printer = (
            CupsPrinter(queue, options.font) if kind == "cups" else EscPosPrinter(connector(options.address))
        )
    except ValueError as error:
        print(f"check: error: {error}", file=sys.stderr)
        return 2
    findings = walk(printer, SHEET_STEPS if kind == "cups" else RECEIPT_STEPS, input, print)
    if options.out is not None:
        record = {"address": options.address, "findings": [asdict(finding) for finding in findings]}
        options.out.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    wrong = [finding for finding in findings if not finding.right]
    print(f"{len(findings) - len(wrong)} as expected, {len(wrong)} not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
