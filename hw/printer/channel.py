"""How bytes reach a receipt printer and come back: a device file, or anything writable."""

from __future__ import annotations

import os
import select
import time
from typing import BinaryIO, Protocol


class Channel(Protocol):
    """One open connection. Methods raise OSError when the device is gone."""

    def send(self, data: bytes, wait_s: float) -> bool:
        """Hands over all bytes within `wait_s` seconds; False when the printer did not take them all."""
        ...

    def receive(self, wait_s: float) -> bytes:
        """What the printer says, at least one byte; empty after `wait_s` seconds of silence."""
        ...

    def close(self) -> None: ...


class DeviceChannel:
    """A device file that is read and written: /dev/usb/lp0, a serial line in raw mode.

    Opened for each job, so a replugged printer is found again. Raises OSError when it
    cannot be opened.
    """

    RECEIVE_MAX_BYTES = 256

    def __init__(self, path: str) -> None:
        self._device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)

    def send(self, data: bytes, wait_s: float) -> bool:
        until_s = time.monotonic() + wait_s
        rest = memoryview(data)
        while rest:
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not select.select([], [self._device], [], left_s)[1]:
                return False
            try:
                rest = rest[os.write(self._device, rest) :]
            except BlockingIOError:
                continue  # ready for fewer bytes than asked; select again
        return True

    def receive(self, wait_s: float) -> bytes:
        if not select.select([self._device], [], [], max(0.0, wait_s))[0]:
            return b""
        try:
            return os.read(self._device, self.RECEIVE_MAX_BYTES)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._device)


class WriteOnlyChannel:
    """A file or a stream that takes the job and never answers. The stream stays open."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, data: bytes, wait_s: float) -> bool:
        self._stream.write(data)
        self._stream.flush()
        return True

    def receive(self, wait_s: float) -> bytes:
        return b""

    def close(self) -> None:
        return
