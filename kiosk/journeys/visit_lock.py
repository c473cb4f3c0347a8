"""Never a new release under a patient: the kiosk holds a lock during a visit, the updater during a switch."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class VisitLock:
    """One lock file (flock, exclusive), made by whoever puts releases on; without a path always free.

    Reading rights are enough. A file that cannot be opened hinders no patient: it is logged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether a visit may begin. Never waits."""
        if self._path is None or self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as exc:
            log.error("no visit lock: %s", exc)
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """The patient has gone. May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
