"""A film in place of a camera, shown at its own pace."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.port import Failure, VideoFile
from hw.scanner.sources.picture import Picture, to_picture

FPS_DEFAULT = 15.0
FPS_MAX = 120.0


class _Film:
    """Plays a file at its pace, like a camera: a picture that nobody takes in time is late, not lost here."""

    exposure = None

    def __init__(self, capture: Any, path: str, loop: bool) -> None:
        self._capture = capture
        self._path = path
        self._loop = loop
        self._period_s = _period_s(capture)
        self._due_s = time.monotonic()

    def read(self) -> Picture | Failure:
        taken, bgr = self._capture.read()
        if not taken and self._loop:
            self._capture.release()
            self._capture = _film_capture(self._path)
            self._period_s = _period_s(self._capture)
            taken, bgr = self._capture.read()
            if not taken:
                return Failure.NOT_A_VIDEO
        if not taken:
            return Failure.ENDED
        self._due_s = max(self._due_s + self._period_s, time.monotonic() - self._period_s)
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        return to_picture(np.asarray(bgr, dtype=np.uint8))

    def close(self) -> None:
        self._capture.release()


def _film_capture(path: str) -> Any:
    return cv2.VideoCapture(path, cv2.CAP_FFMPEG)


def _period_s(capture: Any) -> float:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    return 1.0 / (fps if 0 < fps <= FPS_MAX else FPS_DEFAULT)


def open_film(spec: VideoFile) -> _Film | Failure:
    """NOT_A_VIDEO when the file holds no picture."""
    capture = _film_capture(spec.path)
    if not capture.isOpened():
        capture.release()
        return Failure.NOT_A_VIDEO
    return _Film(capture, spec.path, spec.loop)
