"""One picture, what gives pictures, and the decoding of a picture that came as bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.port import Exposure, Failure

Pixels = npt.NDArray[np.uint8]

PICTURE_MAX_PX = 40_000_000
"""Pixels of the largest picture that is decoded at all: a camera's, not a bomb."""
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `bgr` (height, width, 3), `grey` (height, width), 8 bit; `taken_s` elapsed time."""

    bgr: Pixels
    grey: Pixels
    taken_s: float


class Source(Protocol):
    """Gives one picture after the other."""

    @property
    def exposure(self) -> Exposure | None:
        """What could be done about the camera's exposure; None where there is none to set."""
        ...

    def read(self) -> Picture | Failure:
        """The next picture; waits for it. After a failure the source is of no more use."""
        ...

    def close(self) -> None:
        """Releases the device. May be called twice."""
        ...


def to_picture(bgr: Pixels) -> Picture:
    """Adds the grey picture that decoders work on (0.1 ms for 1280x720)."""
    grey = bgr if bgr.ndim == 2 else cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    return Picture(bgr, np.asarray(grey, dtype=np.uint8), time.monotonic())


def from_jpeg(data: bytes) -> Picture | None:
    """The picture in the bytes of one JPEG; None when they are damaged, cut short or too many pixels.

    Bytes before its start and behind its end do not matter: some cameras pad.
    """
    start, end = data.find(_JPEG_START), data.rfind(_JPEG_END)
    if start < 0 or end < start:
        return None
    whole = data[start : end + len(_JPEG_END)]
    width, height = jpeg_size(whole)
    if not 0 < width * height <= PICTURE_MAX_PX:
        return None
    try:
        bgr = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if bgr is None else to_picture(np.asarray(bgr, dtype=np.uint8))


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height that the header of a JPEG states; (0, 0) when it states none (ITU-T T.81, B.2.2)."""
    at = len(_JPEG_START)
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        if marker == 0xFF:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0
