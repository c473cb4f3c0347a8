"""A camera module on the CSI connector of a Raspberry Pi, through picamera2.

OpenCV does not speak libcamera, so these have a source of their own. picamera2 comes from Raspberry Pi OS
(`python3-picamera2`), not from a package index, and is imported at the opening only. Its YUV 4:2:0 arrays
hold the grey picture in their first rows, so that decoding needs no conversion.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.port import CsiCamera, Exposure, Failure
from hw.scanner.sources.picture import Picture

EXPOSURE_BIAS_EV = -1.0
"""libcamera's ExposureValue: half the light that its automatic exposure would choose (see `exposure`)."""
BUFFERS = 2


class _Csi:
    def __init__(self, camera: Any, height: int, exposure: Exposure) -> None:
        self._camera = camera
        self._height = height
        self._open = True
        self.exposure = exposure

    def read(self) -> Picture | Failure:
        try:
            planes = np.asarray(self._camera.capture_array("main"), dtype=np.uint8)
        except (RuntimeError, OSError, TimeoutError):
            return Failure.CAMERA_GONE
        if planes.ndim != 2 or planes.shape[0] != self._height * 3 // 2:
            return Failure.CAMERA_GONE
        bgr = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
        grey = np.ascontiguousarray(planes[: self._height])
        return Picture(np.asarray(bgr, dtype=np.uint8), grey, time.monotonic())

    def close(self) -> None:
        if self._open:
            self._open = False
            _close(self._camera)


def open_csi(spec: CsiCamera) -> _Csi | Failure:
    """NO_CAMERA without picamera2 or a camera of this number, CAMERA_REFUSED when it does not start."""
    try:
        from picamera2 import Picamera2  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return Failure.NO_CAMERA
    try:
        camera = Picamera2(spec.number)
    except IndexError:
        return Failure.NO_CAMERA
    except (RuntimeError, OSError):
        return Failure.CAMERA_REFUSED  # another process has it
    try:
        return _started(camera, spec)
    except (RuntimeError, OSError, ValueError):
        _close(camera)
        return Failure.CAMERA_REFUSED


def _started(camera: Any, spec: CsiCamera) -> _Csi:
    can_bias = "ExposureValue" in camera.camera_controls
    controls: dict[str, float] = {"FrameRate": float(spec.fps)}
    if can_bias:
        controls["ExposureValue"] = EXPOSURE_BIAS_EV
    camera.configure(
        camera.create_video_configuration(
            main={"size": (spec.width, spec.height), "format": "YUV420"},
            controls=controls,
            buffer_count=BUFFERS,
        )
    )
    camera.start()
    return _Csi(camera, spec.height, Exposure.SHORTENED if can_bias else Exposure.AS_FOUND)


def _close(camera: Any) -> None:
    try:
        camera.close()  # stops it as well
    except (RuntimeError, OSError):
        return  # what was pulled out cannot be closed, and need not be
