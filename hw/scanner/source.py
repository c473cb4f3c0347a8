"""Where pictures come from: a V4L2 camera or a film, behind one Protocol."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.port import CameraDevice, Failure, SourceSpec, VideoFile

FILM_FPS_DEFAULT = 15.0
FILM_FPS_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `bgr` (height, width, 3), `grey` (height, width), 8 bit; `taken_s` elapsed time."""

    bgr: npt.NDArray[np.uint8]
    grey: npt.NDArray[np.uint8]
    taken_s: float


class Source(Protocol):
    def read(self) -> Picture | Failure:
        """The next picture; waits for it. After a failure the source is of no more use."""
        ...

    def close(self) -> None:
        """Releases the device. May be called twice."""
        ...


def open_source(spec: SourceSpec) -> Source | Failure:
    """Opens a camera or a film. NO_CAMERA, CAMERA_REFUSED or NOT_A_VIDEO when there is nothing to read."""
    match spec:
        case CameraDevice():
            return _open_camera(spec)
        case VideoFile():
            return _open_film(spec)


def to_picture(bgr: npt.NDArray[np.uint8]) -> Picture:
    """Adds the grey picture that decoders work on (0.1 ms for 1280x720)."""
    grey = bgr if bgr.ndim == 2 else cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    return Picture(bgr, np.asarray(grey, dtype=np.uint8), time.monotonic())


class _Camera:
    def __init__(self, capture: Any) -> None:
        self._capture = capture

    def read(self) -> Picture | Failure:
        taken, bgr = self._capture.read()
        return to_picture(bgr) if taken and bgr is not None else Failure.CAMERA_GONE

    def close(self) -> None:
        self._capture.release()


def _open_camera(spec: CameraDevice) -> _Camera | Failure:
    if not Path(spec.path).exists():
        return Failure.NO_CAMERA
    capture = cv2.VideoCapture(spec.path, cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        return Failure.CAMERA_REFUSED
    # Format before size: the back end prefers YUYV, and few cameras send 720p YUYV at 15 pictures a second.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, spec.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, spec.height)
    capture.set(cv2.CAP_PROP_FPS, spec.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return _Camera(capture)


class _Film:
    """Plays a file at its pace, like a camera: a picture that nobody takes in time is late, not lost here."""

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
        return to_picture(bgr)

    def close(self) -> None:
        self._capture.release()


def _film_capture(path: str) -> Any:
    return cv2.VideoCapture(path, cv2.CAP_FFMPEG)


def _period_s(capture: Any) -> float:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    return 1.0 / (fps if 0 < fps <= FILM_FPS_MAX else FILM_FPS_DEFAULT)


def _open_film(spec: VideoFile) -> _Film | Failure:
    capture = _film_capture(spec.path)
    if not capture.isOpened():
        capture.release()
        return Failure.NOT_A_VIDEO
    return _Film(capture, spec.path, spec.loop)
