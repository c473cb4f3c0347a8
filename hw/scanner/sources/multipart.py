"""Taking apart a stream of parts, as cameras send Motion-JPEG over HTTP (multipart, RFC 2046).

Cameras bend the rules: a boundary named with its dashes, no length, blank lines in odd places. So parts are
found by their boundary, a stated length is believed where there is one, and what is in between is skipped.
"""

from __future__ import annotations

PART_MAX_BYTES = 4 * 1024 * 1024
"""A 1280x720 picture of highest quality has about 1 MiB."""
HEADERS_MAX_BYTES = 4096
BOUNDARY_MAX_CHARS = 70  # RFC 2046, 5.1.1


class StreamBroken(Exception):
    """The bytes are no stream of parts, or a part is larger than any picture."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a content type names, without dashes before it; None when it is no multipart."""
    kind, _, rest = content_type.partition(";")
    if not kind.strip().lower().startswith("multipart/"):
        return None
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            bare = value.strip().strip('"').lstrip("-")
            if 0 < len(bare) <= BOUNDARY_MAX_CHARS and bare.isascii():
                return bare.encode("ascii")
    return None


class Parts:
    """Takes the bytes of a stream as they come and gives the bodies of its parts."""

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"--" + boundary
        self._held = bytearray()
        self._body_at = -1  # where the body of the part at the start of `_held` begins; -1: not known yet
        self._length: int | None = None
        self._looked_to = 0  # no boundary begins before this place

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are whole by now, oldest first. Raises StreamBroken."""
        self._held += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        if len(self._held) > PART_MAX_BYTES + HEADERS_MAX_BYTES:
            raise StreamBroken("a part without an end")
        return bodies

    def _next(self) -> bytes | None:
        if self._body_at < 0 and not self._headers():
            return None
        end = self._length_end() if self._length is not None else self._boundary_end()
        if end is None:
            return None
        body = bytes(self._held[self._body_at : end])
        self._drop(end)
        return body

    def _headers(self) -> bool:
        """Skips to the next boundary and reads the lines behind it; True when they are whole."""
        at = self._held.find(self._mark, self._looked_to)
        if at < 0:
            self._drop(max(0, len(self._held) - len(self._mark) + 1))
            return False
        self._drop(at)
        end, blank = _blank_line(self._held, len(self._mark))
        if end < 0:
            if len(self._held) > HEADERS_MAX_BYTES:
                raise StreamBroken("a part whose headers do not end")
            return False
        self._length = _stated_length(bytes(self._held[:end]))
        self._body_at = self._looked_to = end + blank
        return True

    def _length_end(self) -> int | None:
        assert self._length is not None
        end = self._body_at + self._length
        return end if len(self._held) >= end else None

    def _boundary_end(self) -> int | None:
        end = self._held.find(self._mark, self._looked_to)
        if end < 0:
            self._looked_to = max(self._body_at, len(self._held) - len(self._mark) + 1)
            return None
        return end

    def _drop(self, count: int) -> None:
        del self._held[:count]
        self._body_at, self._length, self._looked_to = -1, None, 0


def _blank_line(held: bytearray, start: int) -> tuple[int, int]:
    """Where the empty line behind the headers begins and how long it is; (-1, 0) when it is not there yet."""
    found = [(held.find(line, start, HEADERS_MAX_BYTES), len(line)) for line in (b"\r\n\r\n", b"\n\n")]
    there = [place for place in found if place[0] >= 0]
    return min(there) if there else (-1, 0)


def _stated_length(headers: bytes) -> int | None:
    for line in headers.splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
            if length > PART_MAX_BYTES:
                raise StreamBroken("a part larger than any picture")
            return length
    return None
