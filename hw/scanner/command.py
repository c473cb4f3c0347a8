"""`kiosk scan`: the codes in image files, folders and videos, as a list.

Pictures are read with every try there is; videos frame by frame as a camera's
stream is. A file that cannot be read becomes an entry with an error, and the others
go on.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2

from hw.scanner.decode import (  # isort: skip
    Corners,
    PictureError,
    Reading,
    StreamDecoder,
    as_grey,
    read_still,
)

Pixels = npt.NDArray[np.uint8]

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".webm"})
FILE_MAX_BYTES = 64 * 1024 * 1024
"""Of an image; a video is read frame by frame."""
VIDEO_MAX_FRAMES = 20_000
_JPEG_MARK = b"\xff\xd8"  # never transparent: no need to decode it twice

EXIT_DONE, EXIT_FAILED, EXIT_BAD_PATH = 0, 1, 2
NOT_READABLE, NOT_A_PICTURE, TOO_LARGE = "NOT_READABLE", "NOT_A_PICTURE", "TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Result:
    """What one file gave. `error` is one of the three codes above, or None."""

    file: Path
    readings: tuple[Reading, ...]
    ms: float
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "file": _printable(self.file),
            "texts": list(dict.fromkeys(reading.text for reading in self.readings)),
            "codes": [
                {"text": reading.text, "corners": _rounded(reading.corners), "by": reading.by}
                for reading in self.readings
            ],
            "ms": round(self.ms, 1),
        }
        return entry if self.error is None else {**entry, "error": self.error}


def scan_command(paths: list[str], max_side: int | None, as_json: bool) -> int:
    """Prints the codes of all files; returns the exit status.

    `max_side` bounds the longest side at which a picture is read; corners are given
    in the pixels of the file all the same. 0 done, 1 a file could not be read, 2 no such path.
    """
    missing = [path for path in paths if not Path(path).exists()]
    if missing or not paths or (max_side is not None and max_side < 1):
        for path in missing:
            print(f"kiosk scan: error: {path}: no such file or folder", file=sys.stderr)
        if max_side is not None and max_side < 1:
            print("kiosk scan: error: --max-side: must be at least 1", file=sys.stderr)
        return EXIT_BAD_PATH
    results = []
    for file in _files_of(paths):
        result = scan_file(file, max_side)
        results.append(result)
        if not as_json:
            print(_as_table(result), flush=True)
    if as_json:
        print(json.dumps([result.as_dict() for result in results], ensure_ascii=False, indent=1))
    return EXIT_FAILED if any(result.error for result in results) else EXIT_DONE


def scan_file(file: Path, max_side: int | None = None) -> Result:
    """The codes of one image or video. Never raises for what is in the file."""
    began_s = time.perf_counter()
    scan = _scan_video if file.suffix.lower() in VIDEO_SUFFIXES else _scan_image
    found = scan(file, max_side)
    ms = (time.perf_counter() - began_s) * 1000
    return Result(file, (), ms, found) if isinstance(found, str) else Result(file, tuple(found), ms)


def _files_of(paths: list[str]) -> Iterator[Path]:
    """Files as named, folders with everything that looks like a picture or a video, sorted."""
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES and file.is_file():
                yield file


def _scan_image(file: Path, max_side: int | None) -> list[Reading] | str:
    try:
        if not file.is_file():  # a pipe or a device may never end
            return NOT_READABLE
        if file.stat().st_size > FILE_MAX_BYTES:
            return TOO_LARGE
        data = file.read_bytes()
    except OSError:
        return NOT_READABLE
    grey = decode_image(data)
    if grey is None:
        return NOT_A_PICTURE
    try:
        return _read_fitted(grey, max_side, read_still)
    except PictureError:
        return TOO_LARGE


def decode_image(data: bytes) -> Pixels | None:
    """An image file's bytes as grey (height, width), in the pixel order of the file; None if it is none.

    Transparent parts are white, as on the page they were made for.
    """
    if not data:
        return None
    try:
        if not data.startswith(_JPEG_MARK):
            raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            if raw is not None and raw.ndim == 3 and raw.shape[2] == 4:
                return _on_white(raw)
        grey = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error:
        return None
    return None if grey is None or grey.size == 0 else np.asarray(grey, dtype=np.uint8)


def _on_white(bgra: npt.NDArray[Any]) -> Pixels:
    if bgra.dtype not in (np.uint8, np.uint16):
        return as_grey(bgra)
    full = float(np.iinfo(bgra.dtype).max)
    grey = cv2.cvtColor(bgra[:, :, :3], cv2.COLOR_BGR2GRAY) / full
    alpha = bgra[:, :, 3] / full
    return np.asarray((grey * alpha + (1 - alpha)) * 255, dtype=np.uint8)


def fitted(grey: Pixels, max_side: int | None) -> Pixels:
    """The picture with its longest side at most `max_side`; as it is when that is None or enough."""
    longest = max(grey.shape)
    if max_side is None or longest <= max_side:
        return grey
    scale = max_side / longest
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _read_fitted(
    grey: Pixels, max_side: int | None, read: Callable[[Pixels], list[Reading]]
) -> list[Reading]:
    small = fitted(grey, max_side)
    if small is grey:
        return read(grey)
    across, down = grey.shape[1] / small.shape[1], grey.shape[0] / small.shape[0]
    return [Reading(one.text, _stretched(one.corners, across, down), one.by) for one in read(small)]


def _stretched(corners: Corners, across: float, down: float) -> Corners:
    a, b, c, d = (((x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5) for x, y in corners)
    return a, b, c, d


def _scan_video(file: Path, max_side: int | None) -> list[Reading] | str:
    """The codes of a video, each text once, with its corners in the first frame that showed it."""
    try:
        if not file.is_file():
            return NOT_READABLE
        file.open("rb").close()
    except OSError:
        return NOT_READABLE
    capture = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
    decoder = StreamDecoder()
    found: dict[str, Reading] = {}
    frames = 0
    try:
        while frames < VIDEO_MAX_FRAMES:
            taken, bgr = capture.read()
            if not taken:
                break
            frames += 1
            for reading in _read_fitted(as_grey(bgr), max_side, decoder.read):
                found.setdefault(reading.text, reading)
    except (cv2.error, PictureError):
        return list(found.values()) or NOT_A_PICTURE
    finally:
        capture.release()
    return list(found.values()) if frames else NOT_A_PICTURE


def _printable(file: Path) -> str:
    """The name as UTF-8 whatever bytes it has on disk."""
    return os.fsencode(file).decode("utf-8", "replace")


def _rounded(corners: Corners) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in corners]


def _as_table(result: Result) -> str:
    head = f"{_printable(result.file)}  {result.ms:.0f} ms"
    if result.error is not None:
        return f"{head}\n    {result.error}"
    rows = [
        f"    {reading.text!r}  by {reading.by}  at "
        + " ".join(f"({x:.0f},{y:.0f})" for x, y in reading.corners)
        for reading in result.readings
    ]
    return "\n".join([head, *(rows or ["    no code"])])
