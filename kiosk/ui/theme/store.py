"""The pictures of last time, so that the first frame after a start draws nothing by hand.

Making shapes needs numpy and, for all of the first screen, a fifth of a second. They only
depend on the theme, the panel and the files they are drawn from, so they are written to
one file after the screens have been built, and read from it at the next start. The file
is a cache: missing, old or damaged, everything is simply made again.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import assets

log = logging.getLogger(__name__)

FILE_MAX_BYTES = 64 * 1024 * 1024
_MAGIC = b"KSHP1\n"
_HEAD = struct.Struct("<6sI")


@dataclass(frozen=True, slots=True)
class Raw:
    """A picture as the graphics card takes it: rows from the bottom, `rgba` or `luminance_alpha`."""

    width: int
    height: int
    colorfmt: str
    data: bytes


def made_of() -> int:
    """A mark that changes when anything changes that pictures are made from."""
    mark = 0
    for folder in (
        Path(__file__).parent,
        assets.path("theme"),
        assets.path("icons"),
        assets.path("icons", "art"),
    ):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.is_file() and not entry.name.endswith(".pyc"):
                status = entry.stat()
                line = f"{entry.path} {status.st_size} {status.st_mtime_ns}\n"
                mark = zlib.crc32(line.encode(), mark)
    return mark


class Store:
    """The file of pictures. Read at the first question, written once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = made_of()
        self._new: dict[str, Raw] = {}
        self._closed = False
        self._index, self._data = self._read()

    def get(self, key: str) -> Raw | None:
        """A picture of last time."""
        place = self._index.get(key)
        if place is None:
            return None
        width, height, colorfmt, start, length = place
        return Raw(width, height, colorfmt, self._data[start : start + length])

    def put(self, key: str, raw: Raw) -> None:
        """Keep a picture for next time, until the store has been saved."""
        if not self._closed:
            self._new[key] = raw

    def save(self) -> None:
        """Write what is new together with what was there. A disk that refuses costs speed, nothing else."""
        self._closed = True
        if not self._new:
            return
        everything = {key: raw for key in self._index if (raw := self.get(key)) is not None} | self._new
        index: dict[str, list[Any]] = {}
        start = 0
        for key, raw in everything.items():
            index[key] = [raw.width, raw.height, raw.colorfmt, start, len(raw.data)]
            start += len(raw.data)
        head = json.dumps({"made_of": self._mark, "index": index}).encode()
        partial = self._path.with_suffix(".partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(_HEAD.pack(_MAGIC, len(head)) + head)
                file.writelines(raw.data for raw in everything.values())
            partial.replace(self._path)
        except OSError as fault:
            log.info("%s: pictures are not kept: %s", self._path, fault)
        self._new.clear()

    def _read(self) -> tuple[dict[str, list[Any]], bytes]:
        try:
            if self._path.stat().st_size > FILE_MAX_BYTES:
                return {}, b""
            content = self._path.read_bytes()
            magic, length = _HEAD.unpack_from(content)
            head = json.loads(content[_HEAD.size : _HEAD.size + length])
            if magic != _MAGIC or head["made_of"] != self._mark:
                return {}, b""
            return self._checked(head["index"], content[_HEAD.size + length :])
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return {}, b""

    @staticmethod
    def _checked(index: dict[str, list[Any]], data: bytes) -> tuple[dict[str, list[Any]], bytes]:
        """Raises ValueError when an entry does not describe bytes that are there."""
        for width, height, colorfmt, start, length in index.values():
            depth = {"rgba": 4, "luminance_alpha": 2}[colorfmt]
            if width * height * depth != length or start < 0 or start + length > len(data):
                raise ValueError("an entry lies outside the file")
        return index, data
