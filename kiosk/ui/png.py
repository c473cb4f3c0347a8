"""PNG with the standard library: what the terminal needs to show itself."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COMPRESSION = 6


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write RGB rows, top to bottom, as an 8 bit PNG."""
    height, width, channels = pixels.shape
    if channels != 3:
        raise ValueError("RGB only")
    rows = np.zeros((height, width * 3 + 1), np.uint8)  # filter type 0 before each row
    rows[:, 1:] = pixels.reshape(height, width * 3)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows.tobytes(), COMPRESSION)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
