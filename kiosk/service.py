"""What systemd is told of a service: that it is ready, and that it lives (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

BEATS_PER_LIMIT = 3
"""So many signs of life within the manager's limit: one may be late, two may not."""


class ServiceManager:
    """The manager of this process, silent where there is none. Never blocks, never raises."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        limit_us = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.beat_s = int(limit_us) / 1e6 / BEATS_PER_LIMIT if limit_us.isdigit() and ours else None
        """How often it wants a sign of life, in seconds; None: not at all."""

    @property
    def listens(self) -> bool:
        """Whether anybody wants to hear."""
        return bool(self._address)

    def ready(self) -> None:
        """The service does what it is for."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Call only when everything that must live does."""
        self._tell("WATCHDOG=1")

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            try:
                sender.sendto(text.encode(), address)
            except OSError:
                return  # it will hear the next one, or judge by its absence
