"""A USB camera of the UVC class, through V4L2 as OpenCV speaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.port import CameraDevice, Exposure, Failure
from hw.scanner.sources.exposure import lower_exposure
from hw.scanner.sources.picture import Picture, to_picture
from hw.scanner.sources.v4l2_controls import open_controls


class _Camera:
    def __init__(self, capture: Any, path: Path, exposure: Exposure) -> None:
        self._capture = capture
        self._path = path
        self.exposure = exposure

    def read(self) -> Picture | Failure:
        taken, bgr = self._capture.read()
        # Some versions repeat the last picture after unplugging (opencv#14044): the node knows better.
        if not taken or bgr is None or not self._path.exists():
            return Failure.CAMERA_GONE
        return to_picture(np.asarray(bgr, dtype=np.uint8))

    def close(self) -> None:
        self._capture.release()


def open_camera(spec: CameraDevice) -> _Camera | Failure:
    """NO_CAMERA when nothing is at the path, CAMERA_REFUSED when it does not open."""
    path = Path(spec.path)
    if not path.exists():
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
    return _Camera(capture, path, _exposure(spec))


def _exposure(spec: CameraDevice) -> Exposure:
    """Set after the format, which in some cameras sets the controls back."""
    if spec.exposure_max_us is None:
        return Exposure.AS_FOUND
    controls = open_controls(spec.path)
    if controls is None:
        return Exposure.AS_FOUND
    try:
        return lower_exposure(controls, spec.exposure_max_us)
    finally:
        controls.close()
