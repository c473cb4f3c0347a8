"""A receipt printer on a serial line: raw, 8N1, with the speed and the flow control of its switches."""

from __future__ import annotations

import array
import errno
import fcntl
import select
import termios
import time
from typing import Literal

from hw.printer.channel import DeviceChannel

Flow = Literal["rtscts", "xonxoff", "none"]

FLOWS: tuple[Flow, ...] = ("rtscts", "xonxoff", "none")
SPEEDS = {
    9600: termios.B9600,
    19200: termios.B19200,
    38400: termios.B38400,
    57600: termios.B57600,
    115200: termios.B115200,
}
"""Bits per second that printers of this kind can be set to."""

DRAIN_LOOK_S = 0.01
"""Between two looks whether the line driver has sent everything; the kernel has no event for it."""

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _ISPEED, _OSPEED, _CC = range(7)


class SerialChannel(DeviceChannel):
    """One open line. Raises OSError when it cannot be opened or is no serial line.

    With `xonxoff` the line driver keeps the two flow bytes from the printer to itself. No answer
    is lost by that: the fixed bits of status bytes differ from both.
    """

    def __init__(self, path: str, baud: int, flow: Flow) -> None:
        speed = SPEEDS[baud]
        super().__init__(path)
        try:
            _set_raw(self._device, speed, flow)
            termios.tcflush(self._device, termios.TCIFLUSH)
        except termios.error as error:
            super().close()
            raise OSError(errno.ENOTTY, f"not a serial line: {error}", path) from error

    def send(self, data: bytes, wait_s: float) -> bool:
        """As `Channel.send`; True only when the last byte has left the line driver."""
        until_s = time.monotonic() + wait_s
        if not super().send(data, wait_s):
            return False
        while self._waiting_bytes():
            if time.monotonic() >= until_s:
                return False
            select.select([], [], [], DRAIN_LOOK_S)
        return True

    def close(self) -> None:
        """Drops what the printer did not take: closing would wait for it, up to half a minute."""
        try:
            termios.tcflush(self._device, termios.TCOFLUSH)
        except termios.error:
            pass  # unplugged: nothing is left to drop
        finally:
            super().close()

    def _waiting_bytes(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._device, termios.TIOCOUTQ, count)
        return count[0]


def _set_raw(device: int, speed: int, flow: Flow) -> None:
    settings = termios.tcgetattr(device)
    settings[_IFLAG] = termios.IXON if flow == "xonxoff" else 0
    settings[_OFLAG] = 0
    settings[_CFLAG] = termios.CS8 | termios.CREAD | termios.CLOCAL
    if flow == "rtscts":
        settings[_CFLAG] |= termios.CRTSCTS
    settings[_LFLAG] = 0
    settings[_ISPEED] = settings[_OSPEED] = speed
    settings[_CC][termios.VMIN] = 1
    settings[_CC][termios.VTIME] = 0
    termios.tcsetattr(device, termios.TCSANOW, settings)
