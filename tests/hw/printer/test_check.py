"""The installer's walk: what it asks, what it takes for right, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.printer import EscPosPrinter, Fault, PrinterFault, PrinterUnknown, PrintFailed, check
from hw.printer._escpos_bytes import render
from hw.printer.simulated import SimulatedNetworkPrinter, SimulatedReceiptPrinter


class Hands:
    """A person at the simulated printer who does what is asked."""

    def __init__(self, device: SimulatedReceiptPrinter) -> None:
        self.device = device
        self.told: list[str] = []

    def ask(self, text: str) -> str:
        device = self.device
        for words, change in {
            "Close everything": {"cover_open": False, "has_paper": True},
            "Open the cover": {"cover_open": True},
            "take the paper out": {"cover_open": False, "has_paper": False},
            "less than a metre": {"has_paper": True, "paper_low": True},
            "10 cm left": {"ends_in_next_job": True},
            "full roll": {"has_paper": True, "paper_low": False},
            "Pull the plug": {"connected": False},
            "Put it in again": {"connected": True},
            "Switch the printer off": {"answers": False},
            "Switch it on": {"answers": True},
        }.items():
            if words in text:
                for name, value in change.items():
                    setattr(device, name, value)
        return ""

    def tell(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def device() -> SimulatedReceiptPrinter:
    return SimulatedReceiptPrinter()


def test_a_printer_that_does_everything_right_passes_every_step(device: SimulatedReceiptPrinter) -> None:
    hands = Hands(device)
    findings = check.walk(EscPosPrinter(device.connect), check.RECEIPT_STEPS, hands.ask, hands.tell)
    assert [finding.do for finding in findings if not finding.right] == []
    assert len(findings) == len(check.RECEIPT_STEPS) == len(hands.told)
    assert device.slips == [render(check.test_page())] * 2


def test_what_the_person_sees_counts_more_than_what_the_printer_says(device: SimulatedReceiptPrinter) -> None:
    answers: Iterator[str] = iter(["", "龘 is a box"])
    step = check.Step("Keep closed", "printed", True, "All drawn")
    (finding,) = check.walk(EscPosPrinter(device.connect), [step], lambda _: next(answers), lambda _: None)
    assert (finding.said, finding.person, finding.right) == ("printed", "龘 is a box", False)


def test_a_step_can_be_left_out(device: SimulatedReceiptPrinter) -> None:
    printer = EscPosPrinter(device.connect)
    assert check.walk(printer, check.RECEIPT_STEPS, lambda _: check.SKIP, lambda _: None) == []


def test_the_command_keeps_what_was_said(
    device: SimulatedReceiptPrinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "RECEIPT_STEPS", check.RECEIPT_STEPS[:3])
    monkeypatch.setattr("builtins.input", lambda _: "")  # the cover stays closed
    with SimulatedNetworkPrinter(device) as server:
        out = tmp_path / "found.json"
        assert check.main([f"tcp:127.0.0.1:{server.port}", "--out", str(out)]) == 1
    findings = json.loads(out.read_text())["findings"]
    assert [(finding["said"], finding["right"]) for finding in findings] == [
        ("ready", True),
        ("printed", True),
        ("ready", False),
    ]


@pytest.mark.parametrize("address", ["nowhere", "usb:x", "cups:ward"])
def test_an_address_that_makes_no_sense_is_bad_usage(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main([address]) == 2
    assert "check: error:" in capsys.readouterr().err


def test_states_and_outcomes_have_words() -> None:
    assert check.state_text(PrinterFault((Fault.PAPER_OUT, Fault.COVER_OPEN))) == "PAPER_OUT"
    assert check.state_text(PrinterUnknown()) == "unknown"
    assert check.printed_text(PrintFailed(Fault.PAPER_OUT, begun=True)) == "begun, failed PAPER_OUT"
