"""A wedged reader is switched off and on: only where allowed, only when it must be, never the wrong one."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw.card import CardFailure, CardReader, Code, PowerSettings, PowerSwitch, ReaderPowerCycled
from hw.card import _pcsc as pcsc
from hw.card.power import NotDone, usb_port_of
from hw.card.virtual.scripted import READER, ScriptedScard

ACME = "ACME AC39U [ICC Reader] (8H27) 00 00"
SILENCE = CardFailure(Code.TIMEOUT)
HOUR_S = 3600.0

HUB = "hub 1-1 [2109:3431 USB2.0 Hub, USB 2.10, 4 ports, ppps]"
SWITCHED = f"""Current status for {HUB}
  Port 3: 0103 power enable connect [072f:90cc ACME AC39U 8H27]
Sent power off request
New status for {HUB}
  Port 3: 0000 off
Current status for {HUB}
  Port 3: 0000 off
Sent power on request
New status for {HUB}
  Port 3: 0100 power
"""
"""What uhubctl 2.5 prints for a port that it switched off and on."""

STAYED_ON = SWITCHED.replace("0000 off", "0103 power enable connect [072f:90cc ACME AC39U 8H27]")


class Bus:
    """A tree like /sys/bus/usb/devices."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def plug(self, port: str, product: str, maker: str = "", serial: str = "", kind: str = "0b") -> None:
        device, interface = self.path / port, self.path / f"{port}:1.0"
        device.mkdir()
        interface.mkdir()
        (interface / "bInterfaceClass").write_text(f"{kind}\n")
        for name, text in (("product", product), ("manufacturer", maker), ("serial", serial)):
            if text:
                (device / name).write_text(f"{text}\n")
        (device / "authorized").write_text("1\n")

    def switch(self, port: str) -> str:
        return (self.path / port / "authorized").read_text().strip()


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    (tmp_path / "devices").mkdir()
    bus = Bus(tmp_path / "devices")
    bus.plug("1-1.3", "AC39U", "ACME", "8H27")
    bus.plug("1-1.4", "Keyboard", "Other", kind="03")
    return bus


class Clock:
    """Time that passes when somebody waits, and what was on the bus meanwhile."""

    def __init__(self, look: Callable[[], str]) -> None:
        self.at_s = 1000.0
        self.seen: list[tuple[float, str]] = []
        self._look = look

    def now_s(self) -> float:
        return self.at_s

    def pause(self, for_s: float) -> None:
        self.at_s += for_s
        self.seen.append((for_s, self._look()))


@pytest.fixture
def clock(bus: Bus) -> Clock:
    return Clock(lambda: bus.switch("1-1.3"))


@pytest.fixture
def switch(bus: Bus, clock: Clock) -> PowerSwitch:
    return _switch(bus, clock, PowerSettings("authorized"))


def _switch(bus: Bus, clock: Clock, settings: PowerSettings) -> PowerSwitch:
    return PowerSwitch(settings, devices=bus.path, now_s=clock.now_s, pause=clock.pause)


@pytest.fixture
def uhubctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a program of that name on the path: it says what it is told to, and notes what it was asked."""

    def install(says: str, ends: int = 0) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        asked, text = tmp_path / "asked", tmp_path / "says"
        text.write_text(says)
        program = folder / "uhubctl"
        program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\ncat {text}\nexit {ends}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return asked

    return install


def test_after_so_many_reads_without_an_answer_the_reader_goes_off_and_on(
    switch: PowerSwitch, bus: Bus, clock: Clock
) -> None:
    assert switch.note(ACME, SILENCE) is None
    assert switch.note(ACME, CardFailure(Code.TRANSMIT_FAILED)) is None
    assert clock.seen == []
    assert switch.note(ACME, CardFailure(Code.READER_FAULT)) == ReaderPowerCycled(ACME, done=True)
    assert clock.seen == [(2.0, "0")]
    assert bus.switch("1-1.3") == "1"


@pytest.mark.parametrize("answer", [object(), CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD, sw=0x6A82)])
def test_any_answer_of_a_card_starts_the_count_anew(switch: PowerSwitch, answer: object) -> None:
    for result in (SILENCE, SILENCE, answer, SILENCE, SILENCE):
        assert switch.note(ACME, result) is None


def test_reads_that_never_reached_a_card_neither_count_nor_excuse(switch: PowerSwitch) -> None:
    for code in (Code.NO_CARD, Code.CANCELLED, Code.NO_SERVICE):
        for _ in range(5):
            assert switch.note(ACME, CardFailure(code)) is None
    results = [switch.note("", SILENCE)]  # the service hung before it named a reader
    results += [switch.note(ACME, CardFailure(Code.NO_CARD)), switch.note("", SILENCE)]
    assert results == [None, None, None]
    assert switch.note("", SILENCE) == ReaderPowerCycled(ACME, done=True)


def test_no_more_than_so_often_within_an_hour(switch: PowerSwitch, clock: Clock) -> None:
    def wedge() -> ReaderPowerCycled | None:
        return [switch.note(ACME, SILENCE) for _ in range(3)][-1]

    assert [told.done for _ in range(2) if (told := wedge())] == [True, True]
    refused = wedge()
    assert refused == ReaderPowerCycled(ACME, done=False, why="2 times within an hour is the limit")
    clock.at_s += HOUR_S
    assert wedge() == ReaderPowerCycled(ACME, done=True)


def test_never_means_never(bus: Bus, clock: Clock) -> None:
    switch = _switch(bus, clock, PowerSettings("authorized", after_attempts=1, hourly_repeats_max=0))
    told = switch.note(ACME, SILENCE)
    assert told is not None
    assert (told.done, clock.seen) == (False, [])


def test_a_reader_is_found_by_its_own_words_among_others(bus: Bus) -> None:
    bus.plug("2-1", "AC38", "ACME", "1111")
    bus.plug("2-2", "YubiKey CCID", "Yubico")
    assert usb_port_of(ACME, bus.path) == "1-1.3"
    assert usb_port_of("ACME AC38 (1111) 01 00", bus.path) == "2-1"


@pytest.mark.parametrize("reader", ["ACME 00 00", "Unheard-of Smart Card Reader 00 00"])
def test_a_port_that_is_not_certain_is_refused(bus: Bus, reader: str) -> None:
    bus.plug("2-1", "AC38", "ACME", "1111")
    with pytest.raises(NotDone, match=r"1-1\.3, 2-1"):
        usb_port_of(reader, bus.path)


def test_an_uncertain_port_leaves_every_switch_alone(bus: Bus, clock: Clock) -> None:
    bus.plug("2-1", "AC38", "ACME", "1111")
    switch = _switch(bus, clock, PowerSettings("authorized", after_attempts=1))
    told = switch.note("ACME 00 00", SILENCE)
    assert told is not None
    assert not told.done
    assert "name it in the configuration" in told.why
    assert (bus.switch("1-1.3"), bus.switch("2-1"), clock.seen) == ("1", "1", [])


def test_a_port_that_is_named_is_taken_without_a_search(bus: Bus, clock: Clock) -> None:
    switch = _switch(bus, clock, PowerSettings("authorized", port="1-1.3", after_attempts=1))
    assert switch.note("Any Name 00 00", SILENCE) == ReaderPowerCycled("Any Name 00 00", done=True)


def test_a_switch_that_is_not_there_says_so(bus: Bus, clock: Clock) -> None:
    switch = _switch(bus, clock, PowerSettings("authorized", port="9-9", after_attempts=1))
    told = switch.note(ACME, SILENCE)
    assert told is not None
    assert (told.done, told.why.endswith("9-9/authorized: No such file or directory")) == (False, True)


def test_a_reader_that_does_not_come_back_is_told(bus: Bus, clock: Clock) -> None:
    (bus.path / "1-1.3:1.0" / "bInterfaceClass").unlink()
    (bus.path / "1-1.3:1.0").rmdir()
    switch = _switch(bus, clock, PowerSettings("authorized", port="1-1.3", after_attempts=1))
    told = switch.note(ACME, SILENCE)
    assert told == ReaderPowerCycled(ACME, done=False, why="nothing came back at USB port 1-1.3")


def test_a_terminal_that_was_ended_in_between_switches_its_reader_on_at_the_next_start(
    bus: Bus, clock: Clock
) -> None:
    (bus.path / "1-1.3" / "authorized").write_text("0")
    _switch(bus, clock, PowerSettings("authorized", port="1-1.3")).restore()
    assert bus.switch("1-1.3") == "1"


def test_a_port_is_switched_by_uhubctl(bus: Bus, clock: Clock, uhubctl: Callable[..., Path]) -> None:
    asked = uhubctl(SWITCHED)
    switch = _switch(bus, clock, PowerSettings("uhubctl", after_attempts=1))
    assert switch.note(ACME, SILENCE) == ReaderPowerCycled(ACME, done=True)
    assert asked.read_text() == "-l 1-1 -p 3 -a cycle -d 2\n"


def test_a_port_of_a_root_hub_is_switched_by_uhubctl(
    bus: Bus, clock: Clock, uhubctl: Callable[..., Path]
) -> None:
    bus.plug("2-3", "AC38", "ACME", "1111")
    asked = uhubctl(SWITCHED)
    switch = _switch(bus, clock, PowerSettings("uhubctl", after_attempts=1, off_s=1.5))
    assert switch.note("ACME AC38 (1111)", SILENCE) == ReaderPowerCycled("ACME AC38 (1111)", done=True)
    assert asked.read_text() == "-l 2 -p 3 -a cycle -d 1.5\n"


@pytest.mark.parametrize(
    ("says", "ends", "why"),
    [
        ("No compatible devices detected!\nRun with -h to get usage info.\n", 1, "No compatible devices"),
        (STAYED_ON, 0, "port 3 of hub 1-1 was not switched (power, power, power, power)"),
        ("", 0, "no word"),
    ],
)
def test_a_hub_that_cannot_switch_is_told(
    bus: Bus, clock: Clock, uhubctl: Callable[..., Path], says: str, ends: int, why: str
) -> None:
    uhubctl(says, ends)
    told = _switch(bus, clock, PowerSettings("uhubctl", after_attempts=1)).note(ACME, SILENCE)
    assert told is not None
    assert not told.done
    assert why in told.why


def test_a_missing_uhubctl_is_told(bus: Bus, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bus.path))
    told = _switch(bus, clock, PowerSettings("uhubctl", after_attempts=1)).note(ACME, SILENCE)
    assert told == ReaderPowerCycled(ACME, done=False, why="uhubctl is not installed")


def test_a_card_reader_switches_its_wedged_reader_and_tells_it(bus: Bus, clock: Clock, news: Any) -> None:
    bus.plug("2-1", "Scripted")
    scripted = ScriptedScard(pcsc.STATE_EMPTY)
    reader = CardReader(
        power=_switch(bus, clock, PowerSettings("authorized", port="2-1", after_attempts=2)), scard=scripted
    )
    reader.start(lambda event: news.told(event) if isinstance(event, ReaderPowerCycled) else None)
    scripted.state = pcsc.STATE_PRESENT
    scripted.dictated["SCardConnect"] = [0x8010002F] * 8
    for _ in range(2):
        assert reader.read().result(10.0) == CardFailure(Code.READER_FAULT, hresult=0x8010002F)
    assert news.next(ReaderPowerCycled) == ReaderPowerCycled(READER, done=True)
    reader.close()
    assert clock.seen == [(2.0, "1")], "the clock looks at the other port"


def test_no_reader_is_switched_unless_the_configuration_says_so(news: Any) -> None:
    scripted = ScriptedScard()
    reader = CardReader(scard=scripted)
    scripted.dictated["SCardConnect"] = [0x8010002F] * 40
    for _ in range(10):
        assert reader.read().result(10.0) == CardFailure(Code.READER_FAULT, hresult=0x8010002F)
    reader.close()
    assert news.seen == []
