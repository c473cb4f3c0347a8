"""The reserve: a file that only takes up space, given back when the disk is full.

It is sized for the entries of what is under way, so that a settlement that has begun
can end in the journal although nothing else may be written any more.
"""

from __future__ import annotations

import os
from pathlib import Path

RESERVE_BYTES = 8 * 1024 * 1024
"""About 400 commits of 20 KiB, measured with 1 KiB bodies: more than any settlement writes."""

SETTLEMENT_SPACE_BYTES = 8 * 1024 * 1024
"""Free space, the reserve apart, without which no new settlement begins."""


class Reserve:
    """`<journal>.reserve` beside the journal."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    def intact(self) -> bool:
        try:
            return self._path.stat().st_size >= self._size_bytes
        except FileNotFoundError:
            return False

    def release(self) -> bool:
        """Give the space back. False when it was given back before."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True

    def restore(self) -> bool:
        """Take the space again if enough stays free besides. True when the reserve is whole."""
        if self.intact():
            return True
        room = os.statvfs(self._path.parent)
        if room.f_bavail * room.f_frsize < self._size_bytes + SETTLEMENT_SPACE_BYTES:
            return False
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._size_bytes)
        except OSError:  # somebody else took the room in between: no reserve is a state, not a failure
            self._path.unlink()
            return False
        finally:
            os.close(descriptor)
        return True
