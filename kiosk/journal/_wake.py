"""Tells the edge agent that something was committed: one UNIX datagram, never waited for.

A datagram after COMMIT reached a reader in 3 ms; watching the -wal by inotify fires before
the commit is visible (measured). A lost one costs nothing: the agent also polls slowly.
"""

from __future__ import annotations

import socket
from pathlib import Path


class Waker:
    """Rings at `path`, if anybody listens there. `unheard` counts the rings nobody took."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self.unheard = 0

    def ring(self) -> None:
        if self._path is None:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto(b"\n", str(self._path))
        except OSError:  # no agent, or its queue is full: its slow poll finds the entry
            self.unheard += 1

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
