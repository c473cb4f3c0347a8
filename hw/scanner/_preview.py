"""The newest preview picture, shared between the reading process and the screen.

Three slots and a counter in shared memory: the writer fills the slot after the
newest and then moves the counter, so the reader's slot stays whole for two more
pictures (133 ms). Nothing is queued, and the memory is zeroed when watching ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory

SLOTS = 3
HEADER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Preview:
    """One picture for the screen: `rgb` holds height x width x 3 bytes, row by row, not mirrored."""

    sequence: int
    width: int
    height: int
    rgb: bytes


class PreviewMemory:
    """Both ends of the shared picture. The parent creates it and removes it; the child attaches to it."""

    def __init__(self, width: int, height: int, name: str | None = None) -> None:
        self.width = width
        self.height = height
        self._slot_bytes = width * height * 3
        size = HEADER_BYTES + SLOTS * self._slot_bytes
        self._memory = SharedMemory(name, create=name is None, size=size)
        # Native 8-byte stores, never seen half written: the newest picture (0: none), the last one ever.
        assert self._memory.buf is not None
        self._bytes = self._memory.buf
        self._counter = self._bytes[:HEADER_BYTES].cast("Q")

    @property
    def name(self) -> str:
        return self._memory.name

    def write(self, rgb: bytes | memoryview) -> None:
        """Shows one more picture of exactly height x width x 3 bytes."""
        sequence = self._counter[1] + 1
        start = self._slot_start(sequence)
        self._bytes[start : start + self._slot_bytes] = rgb
        self._counter[1] = sequence
        self._counter[0] = sequence

    def latest(self, after: int) -> Preview | None:
        """The newest picture, or None when there is none or its number is still `after`."""
        sequence = self._counter[0]
        if sequence in (0, after):
            return None
        start = self._slot_start(sequence)
        rgb = bytes(self._bytes[start : start + self._slot_bytes])
        if self._counter[0] - sequence not in range(SLOTS - 1):
            return None  # overtaken while copying; the next one is already there
        return Preview(sequence, self.width, self.height, rgb)

    def wipe(self) -> None:
        """Forget every picture. Numbers go on rising, across restarts of the child too."""
        self._counter[0] = 0
        self._bytes[HEADER_BYTES:] = bytes(SLOTS * self._slot_bytes)

    def close(self, *, remove: bool) -> None:
        """Lets go of the memory; `remove` takes it from the machine as well (the creator's duty)."""
        self._counter.release()
        self._memory.close()
        if remove:
            self._memory.unlink()

    def _slot_start(self, sequence: int) -> int:
        return HEADER_BYTES + (sequence % SLOTS) * self._slot_bytes
