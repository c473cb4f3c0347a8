"""A receipt printer without paper: it answers like the real one and keeps what it was sent.

For tests, demonstrations and the acceptance of integrators. Its faults are switched by
hand: roll, cover, silence, a roll that ends in the middle of a slip.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field

_REQUESTS = re.compile(rb"\x10\x04([\x01-\x04])|(\x1dr\x01)|(\x10\x14\x08.{7})", re.DOTALL)


_HALF_A_REQUEST = re.compile(rb"(?:\x10(?:\x04|\x14(?:\x08.{0,6})?)?|\x1dr?)\Z", re.DOTALL)
REPORT = b"\x14\x00\x00\x0f"
DONE = b"\x00"
CUT = b"\x1dVB\x00"


@dataclass(slots=True)
class SimulatedReceiptPrinter:
    """The device. `connect` is what an EscPosPrinter takes; `slips` holds what was printed to its end."""

    has_paper: bool = True
    paper_low: bool = False
    cover_open: bool = False
    answers: bool = True
    answers_done: bool = True
    answers_next_done_late: bool = False  # only with the next thing that it is told
    reports_by_itself: bool = False  # automatic status back, a report before each answer
    connected: bool = True
    ends_in_next_job: bool = False
    unplugged_in_next_job: bool = False
    bytes_taken: int = 0
    slips: list[bytes] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)
    late: bytes = b""

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

    def papers(self) -> list[bytes]:
        """What was printed up to a cut, whether or not anybody asked if it was done."""
        *cut, _ = (b"".join(self.slips) + bytes(self.buffer)).split(CUT)
        return cut

    def take(self, data: bytes) -> bytes:
        """What the printer answers to these bytes."""
        answer, self.late = bytearray(self.late), b""
        at = 0
        for request in _REQUESTS.finditer(data):
            self._print(data[at : request.start()])
            at = request.end()
            status, done, forget = request.groups()
            if status is not None:
                answer += REPORT if self.reports_by_itself else b""
                answer.append(self._status(status[0]))
            elif done is not None and self.has_paper and not self.cover_open:
                self._finish()
                answer += REPORT if self.reports_by_itself else b""
                if self.answers_next_done_late:
                    self.late, self.answers_next_done_late = DONE, False
                else:
                    answer += DONE if self.answers_done else b""
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
        if self.buffer:
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


class SimulatedNetworkPrinter:
    """The simulated device behind TCP on loopback; one connection at a time, as real ones have it.

    A context manager: listens on `port` until it is left. Half a request waits for its other half.
    """

    RECEIVE_BYTES = 4096
    LOOK_S = 0.05  # how soon it notices that it shall end

    def __init__(self, device: SimulatedReceiptPrinter) -> None:
        self._device = device
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(self.LOOK_S)
        self.port: int = self._listener.getsockname()[1]
        self._ending = threading.Event()
        self._serving = threading.Thread(target=self._serve, name="simulated-printer", daemon=True)

    def __enter__(self) -> SimulatedNetworkPrinter:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._serving.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(ConnectionError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(self.LOOK_S)
        held = b""
        while not self._ending.is_set():
            try:
                heard = connection.recv(self.RECEIVE_BYTES)
            except TimeoutError:
                continue
            whole = held + heard
            half = _HALF_A_REQUEST.search(whole) if heard else None
            held = half[0] if half else b""
            try:
                connection.sendall(self._device.take(whole[: len(whole) - len(held)]))
            except OSError:
                return  # the device was unplugged, or nobody listens any more
            if not heard:
                return
