"""A camera on the hospital's own net that sends Motion-JPEG over HTTP.

Every wait is ours: a stream that stalls is left after `PICTURE_WAIT_MAX_S`, however slowly bytes may drip.
Redirections are not followed, proxies not used, names and passwords not sent.
"""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from hw.scanner.port import Failure, HttpStream
from hw.scanner.sources.multipart import Parts, StreamBroken, boundary_of
from hw.scanner.sources.picture import Picture, from_jpeg

CONNECT_WAIT_MAX_S = 1.5
PICTURE_WAIT_MAX_S = 1.5
"""Less than the scanner's own `stall_max_s`, so that a stall ends a connection and not a process."""
READ_BYTES = 256 * 1024
DAMAGED_MAX = 15
"""Parts in a row that are no picture: a second of them, and it is no camera."""


class _Http:
    exposure = None  # cameras on a net have settings of their own

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._response = response
        boundary = boundary_of(response.getheader("Content-Type", ""))
        assert boundary is not None, "checked at the opening"
        self._parts = Parts(boundary)
        self._gave_pictures = False

    def read(self) -> Picture | Failure:
        damaged = 0
        until_s = time.monotonic() + PICTURE_WAIT_MAX_S
        while time.monotonic() < until_s:
            try:
                data = self._response.read1(READ_BYTES)
                parts = self._parts.feed(data)
            except TimeoutError:
                return Failure.STALLED
            except (OSError, http.client.HTTPException, StreamBroken):
                return self._ended()
            if not data:
                return self._ended()
            for part in reversed(parts):  # the newest first: what came while nobody read is past
                picture = from_jpeg(part)
                if picture is not None:
                    self._gave_pictures = True
                    return picture
                damaged += 1
                if damaged > DAMAGED_MAX:
                    return self._ended()
        return Failure.STALLED

    def _ended(self) -> Failure:
        return Failure.CAMERA_GONE if self._gave_pictures else Failure.CAMERA_REFUSED

    def close(self) -> None:
        self._response.close()
        self._connection.close()


def open_http(spec: HttpStream) -> _Http | Failure:
    """NO_CAMERA when nobody is there, STALLED without an answer, CAMERA_REFUSED when it is no stream."""
    parts = urlsplit(spec.address)
    assert parts.hostname is not None, "checked where the address was given"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=CONNECT_WAIT_MAX_S)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
    except OSError:
        return Failure.NO_CAMERA
    try:
        connection.request("GET", target, headers={"Accept": "multipart/x-mixed-replace"})
        response = connection.getresponse()
    except TimeoutError:
        connection.close()
        return Failure.STALLED
    except (OSError, http.client.HTTPException):
        connection.close()
        return Failure.CAMERA_REFUSED
    if response.status != http.HTTPStatus.OK or boundary_of(response.getheader("Content-Type", "")) is None:
        connection.close()
        return Failure.CAMERA_REFUSED
    return _Http(connection, response)
