"""Switching a wedged USB card reader off and on again, where the configuration allows it (reference: card, §5
row 7).

Some readers stop answering until they are unplugged. Two means stand in for the hand: `authorized`, the
kernel's switch for one device, which makes it go and come without cutting its current; and `uhubctl`, which
cuts the current of one port, on the few hubs that can. A hub may say "off" and go on feeding: only a trial on
the machine tells.
"""

import logging
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hw.card.events import ReaderPowerCycled
from hw.card.failure import CardFailure, Code

_log = logging.getLogger(__name__)

USB_DEVICES = Path("/sys/bus/usb/devices")
HOUR_S = 3600.0
BACK_MAX_S = 10.0
"""Longest wait for a reader to be on the bus again."""
LOOK_PAUSE_S = 0.05
UHUBCTL_MAX_S = 20.0
"""Longest wait for uhubctl, besides the time that the port is off."""
SAID_MAX = 200  # characters of uhubctl's words that are handed on

_SMART_CARD_CLASS = "0b"
_WEDGED = frozenset({Code.TIMEOUT, Code.READER_FAULT, Code.TRANSMIT_FAILED})
_SAYS_NOTHING = frozenset(  # about whether the reader still works
    {
        *(Code.CANCELLED, Code.NO_CARD, Code.CARD_REMOVED, Code.CARD_MUTE, Code.CARD_BUSY),
        *(Code.NO_SERVICE, Code.SERVICE_REFUSED, Code.NO_READER, Code.READER_GONE, Code.READER_NOT_CHOSEN),
    }
)
_IN_MANY_NAMES = frozenset({"usb", "smart", "card", "smartcard", "reader", "interface", "ccid", "device"})


@dataclass(frozen=True, slots=True)
class PowerSettings:
    """How, when and how often. There is no default means: switching is off unless somebody turns it on."""

    means: Literal["authorized", "uhubctl"]
    port: str | None = None  # "1-1.3", as under /sys/bus/usb/devices; else found by the reader's name
    after_attempts: int = 3  # reads in a row without an answer
    hourly_repeats_max: int = 2
    off_s: float = 2.0


class NotDone(Exception):
    """Why a reader was not switched; the text is for staff."""


class PowerSwitch:
    """Counts reads without an answer, and switches the reader off and on when there are too many in a row."""

    def __init__(
        self,
        settings: PowerSettings,
        *,
        devices: Path = USB_DEVICES,
        now_s: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._devices = devices
        self._now_s = now_s
        self._pause = pause
        self._lock = threading.Lock()  # guards the rest; never held across I/O
        self._reader = ""
        self._unanswered = 0
        self._cycles_s: deque[float] = deque(maxlen=settings.hourly_repeats_max)
        self._busy = False

    def note(self, reader: str, result: object) -> ReaderPowerCycled | None:
        """Take in the result of one read of `reader` (empty: it did not get that far).

        Blocks for a cycle when one is due, and tells what became of it.
        """
        with self._lock:
            if self._busy:
                return None
            if reader and reader != self._reader:
                self._reader, self._unanswered = reader, 0
            if not isinstance(result, CardFailure):
                self._unanswered = 0
            elif result.code in _WEDGED:
                self._unanswered += 1
            elif result.code not in _SAYS_NOTHING:
                self._unanswered = 0
            if not self._reader or self._unanswered < self._settings.after_attempts:
                return None
            self._unanswered = 0
            reader = self._reader
            refused = self._spend()
            self._busy = True
        try:
            return self._cycle(reader, refused)
        finally:
            with self._lock:
                self._busy = False

    def restore(self) -> None:
        """Switch the configured port on, in case this program was ended while it was off."""
        if self._settings.means != "authorized" or self._settings.port is None:
            return
        switch = self._devices / self._settings.port / "authorized"
        try:
            if switch.read_text().strip() == "0":
                switch.write_text("1")
        except OSError as error:
            _log.warning("card reader at USB port %s cannot be switched: %s", self._settings.port, error)

    def _spend(self) -> str:
        """Take one cycle of this hour's; the reason when there is none left."""
        settings, now_s = self._settings, self._now_s()
        full = len(self._cycles_s) == settings.hourly_repeats_max
        if full and (not self._cycles_s or now_s - self._cycles_s[0] < HOUR_S):
            return f"{settings.hourly_repeats_max} times within an hour is the limit"
        self._cycles_s.append(now_s)
        return ""

    def _cycle(self, reader: str, refused: str) -> ReaderPowerCycled:
        try:
            if refused:
                raise NotDone(refused)
            port = self._settings.port or usb_port_of(reader, self._devices)
            _log.warning("card reader %s does not answer: USB port %s off and on", reader, port)
            if self._settings.means == "uhubctl":
                self._by_uhubctl(port)
            else:
                self._by_authorization(port)
            self._await_back(port)
        except NotDone as why:
            _log.warning("card reader %s was not switched off and on: %s", reader, why)
            return ReaderPowerCycled(reader, done=False, why=str(why))
        return ReaderPowerCycled(reader, done=True)

    def _by_authorization(self, port: str) -> None:
        switch = self._devices / port / "authorized"
        try:
            switch.write_text("0")
            try:
                self._pause(self._settings.off_s)
            finally:
                switch.write_text("1")
        except OSError as error:
            raise NotDone(f"{switch}: {error.strerror}") from error

    def _by_uhubctl(self, port: str) -> None:
        bus, _, path = port.partition("-")
        above, _, last = path.rpartition(".")
        hub = f"{bus}-{above}" if above else bus
        command = ["uhubctl", "-l", hub, "-p", last, "-a", "cycle", "-d", f"{self._settings.off_s:g}"]
        try:
            ended = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=self._settings.off_s + UHUBCTL_MAX_S,
            )
        except FileNotFoundError as error:
            raise NotDone("uhubctl is not installed") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotDone(f"uhubctl: {error}") from error
        said = " ".join((ended.stderr + ended.stdout).split())[:SAID_MAX]
        if ended.returncode != 0:
            raise NotDone(f"uhubctl: {said or ended.returncode}")
        states = re.findall(rf"^\s*Port {last}: [0-9a-f]{{4}} (\w+)", ended.stdout, re.MULTILINE)
        if "off" not in states or states[-1] != "power":
            raise NotDone(
                f"uhubctl: port {last} of hub {hub} was not switched ({', '.join(states) or 'no word'})"
            )

    def _await_back(self, port: str) -> None:
        deadline_s = self._now_s() + BACK_MAX_S
        while not any(self._devices.glob(f"{port}:*")):
            if self._now_s() > deadline_s:
                raise NotDone(f"nothing came back at USB port {port}")
            self._pause(LOOK_PAUSE_S)


def usb_port_of(reader: str, devices: Path = USB_DEVICES) -> str:
    """The USB port ("1-1.3") of the smart card device whose own words are those of the PC/SC name.

    The driver makes the name of maker, model and serial number. Raises NotDone unless exactly one fits best:
    the wrong device must never be switched.
    """
    words = _words(reader)
    fits: dict[str, int] = {}
    for interface in sorted(devices.glob("*:*")):
        port = interface.name.partition(":")[0]
        if _text(interface / "bInterfaceClass") == _SMART_CARD_CLASS:
            about = (_text(devices / port / name) for name in ("manufacturer", "product", "serial"))
            fits[port] = len(words & _words(" ".join(about)))
    best = [port for port, count in fits.items() if count and count == max(fits.values())]
    if len(best) != 1:
        found = ", ".join(best or fits) or "none"
        raise NotDone(
            f"which USB port has {reader} is not certain (found: {found}); name it in the configuration"
        )
    return best[0]


def _words(text: str) -> frozenset[str]:
    return (
        frozenset(re.findall(r"[a-z0-9.]{2,}", text.casefold())) - _IN_MANY_NAMES - {"00", "01", "02", "03"}
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip().casefold()
    except OSError:
        return ""
