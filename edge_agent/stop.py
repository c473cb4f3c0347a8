"""A stop that wakes a loop out of its wait: SIGTERM and SIGINT as a readable socket."""

from __future__ import annotations

import signal
import socket
from types import FrameType, TracebackType


class StopSignal:
    """Readable, and `asked`, once somebody wants the program to end."""

    def __init__(self) -> None:
        self._in, self._out = socket.socketpair()
        self._in.setblocking(False)
        self.asked = False

    def fileno(self) -> int:
        return self._out.fileno()

    def ask(self) -> None:
        """End the loop. Safe from any thread and from a signal handler."""
        self.asked = True
        self._in.send(b"\0")

    def __enter__(self) -> StopSignal:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ask()
