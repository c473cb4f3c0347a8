"""A receipt printer without paper: it answers like the real one and keeps what it was sent.

For tests, demonstrations and the acceptance of integrators. Its faults are switched by
hand: roll, cover, silence, a roll that ends in the middle of a slip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_REQUESTS = re.compile(rb"\x10\x04([\x01-\x04])|(\x1dr\x01)|(\x10\x14\x08.{7})", re.DOTALL)


@dataclass(slots=True)
class SimulatedReceiptPrinter:
    """The device. `connect` is what an EscPosPrinter takes; `slips` holds what was printed to its end."""

    has_paper: bool = True
    paper_low: bool = False
    cover_open: bool = False
    answers: bool = True
    connected: bool = True
    ends_in_next_job: bool = False
    unplugged_in_next_job: bool = False
    bytes_taken: int = 0
    slips: list[bytes] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)

    def connect(self) -> SimulatedChannel:
        if not self.connected:
            raise OSError("no such device")
        return SimulatedChannel(self)

    def load_paper(self) -> None:
        """A new roll: whatever the buffer still holds comes out on it."""
        self.has_paper = True
        if self.buffer:
            self.slips.append(bytes(self.buffer))
            self.buffer.clear()

    def take(self, data: bytes) -> bytes:
        """What the printer answers to these bytes."""
        answer = bytearray()
        at = 0
        for request in _REQUESTS.finditer(data):
            self._print(data[at : request.start()])
            at = request.end()
            status, done, forget = request.groups()
            if status is not None:
                answer.append(self._status(status[0]))
            elif done is not None and self.has_paper and not self.cover_open:
                self._finish()
                answer.append(0)
            elif forget is not None:
                self.buffer.clear()
        self._print(data[at:])
        return bytes(answer) if self.answers else b""

    def _print(self, data: bytes) -> None:
        if not data:
            return
        self.bytes_taken += len(data)
        self.buffer += data
        if self.unplugged_in_next_job:
            self.connected = self.unplugged_in_next_job = False
            raise OSError("device unplugged")
        if self.ends_in_next_job:
            self.has_paper = self.ends_in_next_job = False
            del self.buffer[: len(self.buffer) // 2]

    def _finish(self) -> None:
        self.slips.append(bytes(self.buffer))
        self.buffer.clear()

    def _status(self, number: int) -> int:
        offline = self.cover_open or not self.has_paper
        match number:
            case 1:
                return 0x12 | (0x08 if offline else 0)
            case 2:
                return 0x12 | (0x04 if self.cover_open else 0) | (0 if self.has_paper else 0x20)
            case 3:
                return 0x12
            case _:
                return 0x12 | (0x0C if self.paper_low else 0) | (0 if self.has_paper else 0x60)


class SimulatedChannel:
    """One connection to the simulated device."""

    def __init__(self, device: SimulatedReceiptPrinter) -> None:
        self._device = device
        self._said = bytearray()

    def send(self, data: bytes, wait_s: float) -> bool:
        if not self._device.connected:
            raise OSError("no such device")
        self._said += self._device.take(data)
        return True

    def receive(self, wait_s: float) -> bytes:
        said = bytes(self._said)
        self._said.clear()
        return said

    def close(self) -> None:
        self._said.clear()
