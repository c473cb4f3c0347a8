"""Ways to a receipt printer: USB found by its name, a serial line, the network."""

from __future__ import annotations

import errno
import os
import select
import socket
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from hw.printer import (
    Document,
    EscPosPrinter,
    Fault,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterUnknown,
    PrintFailed,
    PrintUnknown,
    connector,
    usb,
)
from hw.printer import escpos as driver
from hw.printer._escpos_bytes import render
from hw.printer.serial_line import SerialChannel
from hw.printer.simulated import SimulatedNetworkPrinter, SimulatedReceiptPrinter
from hw.printer.usb import usb_device


class Line:
    """A pseudo terminal with the simulated device at its far end."""

    def __init__(self, device: SimulatedReceiptPrinter) -> None:
        self._device = device
        self.ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._ending, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self.ours, self._ending], [], [])
            if self._ending in ready:
                return
            if answer := self._device.take(os.read(self.ours, 4096)):
                os.write(self.ours, answer)

    def settings(self) -> list:
        return termios.tcgetattr(self._theirs)

    def close(self) -> None:
        os.write(self._wake, b"x")
        self._thread.join(30)
        for handle in (self.ours, self._theirs, self._ending, self._wake):
            os.close(handle)


@pytest.fixture
def device() -> SimulatedReceiptPrinter:
    return SimulatedReceiptPrinter()


@pytest.fixture
def line(device: SimulatedReceiptPrinter) -> Iterator[Line]:
    with closing(Line(device)) as opened:
        yield opened


# --- USB


class Bus:
    """A tree like sysfs, and device files: where printers are plugged in."""

    def __init__(self, folder: Path) -> None:
        self.sys_class, self.devices = folder / "class", folder / "dev"
        self._tree = folder / "tree"
        for part in (self.sys_class, self.devices, self._tree):
            part.mkdir()

    def plug(
        self, node: str, file: str, vendor: str = "04b8", product: str = "0e15", serial: str = ""
    ) -> None:
        interface = self._tree / node / "1-1:1.0"
        interface.mkdir(parents=True)
        for attribute, value in (("idVendor", vendor), ("idProduct", product), ("serial", serial)):
            if value:
                (interface.parent / attribute).write_text(value + "\n")
        (self.sys_class / node).mkdir()
        (self.sys_class / node / "device").symlink_to(interface)
        (self.devices / node).symlink_to(file)

    def unplug(self, node: str) -> None:
        (self.sys_class / node / "device").unlink()
        (self.sys_class / node).rmdir()
        (self.devices / node).unlink()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bus:
    tree = Bus(tmp_path)
    monkeypatch.setattr(usb_device, "__defaults__", (tree.sys_class, tree.devices))
    return tree


def test_a_printer_plugged_in_again_is_found_under_its_new_number(
    bus: Bus, line: Line, statement: Document
) -> None:
    printer = EscPosPrinter(connector("usb:04b8:0e15:X7"))
    bus.plug("lp0", line.path, serial="X7")
    assert printer.print(statement) == Printed("job 1")
    bus.unplug("lp0")
    assert printer.state() == PrinterFault((Fault.NOT_CONNECTED,))
    assert printer.print(statement) == PrintFailed(Fault.NOT_CONNECTED)
    bus.plug("lp3", line.path, serial="X7")
    assert printer.state() == PrinterOk()
    assert printer.print(statement) == Printed("job 3")


def test_another_printer_on_the_bus_is_not_taken_for_ours(bus: Bus) -> None:
    bus.plug("lp0", "/dev/null", product="0202")
    bus.plug("lp1", "/dev/null", vendor="0fe6")
    with pytest.raises(OSError, match="no such USB printer") as found:
        usb_device("04b8:0e15")
    assert found.value.errno == errno.ENODEV


def test_two_printers_of_one_model_need_the_serial_number(bus: Bus) -> None:
    bus.plug("lp0", "/dev/null", serial="A")
    bus.plug("lp1", "/dev/null", serial="B")
    assert usb_device("04B8:0E15:B") == str(bus.devices / "lp1")
    with pytest.raises(OSError, match="add the serial number"):
        usb_device("04b8:0e15")


def test_a_machine_without_usb_printers_has_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such USB printer"):
        usb_device("04b8:0e15", tmp_path / "none", usb.DEVICES)


# --- serial


@pytest.mark.parametrize(
    ("flow", "in_flag", "control"), [("rtscts", 0, True), ("xonxoff", termios.IXON, False)]
)
def test_a_serial_line_prints_raw_at_its_speed(
    flow: str, in_flag: int, control: bool, line: Line, device: SimulatedReceiptPrinter, statement: Document
) -> None:
    printer = EscPosPrinter(connector(f"serial:{line.path},38400,{flow}"))
    assert printer.state() == PrinterOk()
    assert printer.print(statement) == Printed("job 1")
    assert device.slips == [render(statement)]
    iflag, oflag, cflag, lflag, ispeed, ospeed, _ = line.settings()
    assert (iflag, oflag, lflag) == (in_flag, 0, 0)
    assert ispeed == ospeed == termios.B38400
    assert bool(cflag & termios.CRTSCTS) is control
    assert cflag & termios.CSIZE == termios.CS8
    assert not cflag & (termios.PARENB | termios.CSTOPB)


def test_a_printer_that_says_stop_is_waited_for_and_not_overrun() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    with closing(SerialChannel(os.ttyname(theirs), 9600, "xonxoff")) as channel:
        os.write(ours, b"\x13")
        for _ in range(1000):  # the line driver takes the byte in its own time
            if not channel.send(b"x", 0.05):
                break
            _heard(ours)
        assert not channel.send(b"x", 0.05)
        os.write(ours, b"\x11")
        assert channel.send(b"y", 30.0)
        assert _heard(ours).endswith(b"y")
    os.close(ours)
    os.close(theirs)


def _heard(far_end: int) -> bytes:
    try:
        return os.read(far_end, 65536)
    except BlockingIOError:
        return b""


def test_a_silent_serial_line_is_unknown_and_not_out_of_paper(
    line: Line, device: SimulatedReceiptPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "ANSWER_WAIT_S", 0.02)
    device.answers = False
    assert EscPosPrinter(connector(f"serial:{line.path},9600,none")).state() == PrinterUnknown()


def test_a_file_is_no_serial_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    printer = EscPosPrinter(connector(f"serial:{tmp_path}/file,9600,none"))
    assert printer.state() == PrinterFault((Fault.NOT_CONNECTED,))


# --- network


def test_a_slip_goes_over_the_network_and_is_confirmed(
    device: SimulatedReceiptPrinter, statement: Document
) -> None:
    device.paper_low = True
    with SimulatedNetworkPrinter(device) as server:
        printer = EscPosPrinter(connector(f"tcp:127.0.0.1:{server.port}"))
        assert printer.state() == PrinterOk(paper_low=True)
        assert printer.print(statement) == Printed("job 1")
    assert device.slips == [render(statement)]


def test_a_network_printer_that_hangs_up_in_the_job_may_have_printed(
    device: SimulatedReceiptPrinter, statement: Document
) -> None:
    device.unplugged_in_next_job = True
    with SimulatedNetworkPrinter(device) as server:
        printer = EscPosPrinter(connector(f"tcp:127.0.0.1:{server.port}"))
        assert printer.print(statement) == PrintUnknown()


def test_a_network_printer_that_is_off_was_sent_nothing(statement: Document) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    printer = EscPosPrinter(connector(f"tcp:127.0.0.1:{port}"))
    assert printer.state() == PrinterFault((Fault.NOT_CONNECTED,))
    assert printer.print(statement) == PrintFailed(Fault.NOT_CONNECTED)


def test_one_that_takes_the_connection_and_never_answers_is_unknown(
    statement: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "ANSWER_WAIT_S", 0.02)
    monkeypatch.setattr(driver, "DONE_WAIT_S", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        printer = EscPosPrinter(connector(f"tcp:127.0.0.1:{listener.getsockname()[1]}"))
        assert printer.state() == PrinterUnknown()
        assert printer.print(statement) == PrintUnknown()


def test_one_that_reads_nothing_does_not_hold_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        channel = stack.enter_context(closing(connector(f"tcp:127.0.0.1:{listener.getsockname()[1]}")()))
        taken = 0
        while channel.send(b"x" * 65536, 0.05):
            taken += 1
            assert taken < 10_000


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lp0",
        "usb:04b8",
        "usb:4b8:0e15",
        "serial:/dev/ttyS0",
        "serial:/dev/ttyS0,1234,none",
        "serial:/dev/ttyS0,9600,both",
        "serial:ttyS0,9600,none",
        "tcp:printer",
        "tcp:192.0.2.7:0",
        "tcp:192.0.2.7:70000",
        "tcp:192.0.2.7:x",
        "ftp:192.0.2.7",
    ],
)
def test_an_address_that_makes_no_sense_is_an_error_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="printer is"):
        connector(address)


@pytest.mark.parametrize(
    "address", ["tcp:192.0.2.7", "tcp:[2001:db8::7]:9101", "/dev/usb/lp0", "usb:04b8:0e15"]
)
def test_an_address_that_makes_sense_opens_nothing_yet(address: str) -> None:
    assert callable(connector(address))
