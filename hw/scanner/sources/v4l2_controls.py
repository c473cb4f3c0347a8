"""The controls of a V4L2 device by its own ioctls: OpenCV tells no ranges, nor whether a value was kept."""

from __future__ import annotations

import fcntl
import os
import struct

from hw.scanner.sources.exposure import Range

_CONTROL = struct.Struct("Ii")  # v4l2_control: id, value
_QUERY = struct.Struct("II32siiiiI8x")  # v4l2_queryctrl: id, type, name, min, max, step, default, flags
VIDIOC_QUERYCTRL = 0xC0445624
VIDIOC_G_CTRL = 0xC008561B
VIDIOC_S_CTRL = 0xC008561C
FLAG_DISABLED = 0x0001
"""Numbers and layouts of the kernel's videodev2.h, the same on x86-64 and ARM."""


class DeviceControls:
    """A second opening of a camera, for its controls alone: V4L2 allows that while pictures stream."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def range(self, control: int) -> Range | None:
        answer = self._ask(VIDIOC_QUERYCTRL, _QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        if answer is None:
            return None
        _, _, _, minimum, maximum, step, default, flags = _QUERY.unpack(answer)
        return None if flags & FLAG_DISABLED else Range(minimum, maximum, step, default)

    def get(self, control: int) -> int | None:
        answer = self._ask(VIDIOC_G_CTRL, _CONTROL.pack(control, 0))
        return None if answer is None else int(_CONTROL.unpack(answer)[1])

    def set(self, control: int, value: int) -> bool:
        return self._ask(VIDIOC_S_CTRL, _CONTROL.pack(control, value)) is not None

    def close(self) -> None:
        """Lets go of the device."""
        os.close(self._handle)

    def _ask(self, request: int, packed: bytes) -> bytes | None:
        try:
            return fcntl.ioctl(self._handle, request, packed)
        except OSError:
            return None  # not there, not now, or not this value: the caller reads back what is


def open_controls(path: str) -> DeviceControls | None:
    """The controls of the camera at `path`; None when it cannot be opened a second time."""
    try:
        return DeviceControls(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return None
