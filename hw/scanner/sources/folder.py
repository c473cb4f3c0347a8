"""A folder of pictures in place of a camera, one after the other in the order of their names."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.port import Failure, ImageFolder
from hw.scanner.sources.picture import Picture, to_picture

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
FILES_MAX = 10_000
FILE_MAX_BYTES = 64 * 1024 * 1024


class _Folder:
    """Goes through the folder and reads it anew at each round, so that a picture put there is shown."""

    exposure = None

    def __init__(self, spec: ImageFolder) -> None:
        self._spec = spec
        self._period_s = 1.0 / spec.fps
        self._due_s = time.monotonic()
        self._files = _pictures_in(spec.path)

    def read(self) -> Picture | Failure:
        picture = self._next()
        if picture is None and self._spec.loop:
            self._files = _pictures_in(self._spec.path)
            picture = self._next()
        if picture is None:
            return Failure.NOT_A_VIDEO if self._spec.loop else Failure.ENDED
        self._due_s = max(self._due_s + self._period_s, time.monotonic() - self._period_s)
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        return picture

    def _next(self) -> Picture | None:
        """The next file that holds a picture; what is none is passed over."""
        while self._files:
            picture = _picture_in(self._files.pop(0))
            if picture is not None:
                return picture
        return None

    def close(self) -> None:
        self._files = []


def _pictures_in(folder: str) -> list[Path]:
    try:
        files = [path for path in Path(folder).iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError:
        return []
    return sorted(files)[:FILES_MAX]


def _picture_in(file: Path) -> Picture | None:
    try:
        if not file.is_file() or file.stat().st_size > FILE_MAX_BYTES:
            return None
        data = file.read_bytes()
    except OSError:
        return None
    if not data:
        return None
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if bgr is None else to_picture(np.asarray(bgr, dtype=np.uint8))


def open_folder(spec: ImageFolder) -> _Folder | Failure:
    """NOT_A_VIDEO when it is no folder, or none of its files looks like a picture."""
    return _Folder(spec) if _pictures_in(spec.path) else Failure.NOT_A_VIDEO
