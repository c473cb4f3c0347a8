"""One HTTP request within a deadline, from a thread that may block."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult

ANSWER_MAX_BYTES = 64 * 1024


class NoAnswer(Exception):
    """Nothing that can be believed came back; the text says why, for staff."""


def post(
    url: SplitResult, path: str, body: bytes, *, tls: ssl.SSLContext | None, answer_max_s: float
) -> tuple[int, bytes]:
    """Status and body of the answer to one JSON request.

    The deadline holds for all of it, however slowly the bytes drip in; only the look-up of a name can outlast
    it. Raises NoAnswer. Nothing is repeated, and nothing follows a redirection.
    """
    host = url.hostname or ""
    connection = (
        http.client.HTTPConnection(host, url.port, timeout=answer_max_s)
        if tls is None
        else http.client.HTTPSConnection(host, url.port, timeout=answer_max_s, context=tls)
    )
    headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
    with contextlib.closing(connection), _cut_after(connection, answer_max_s) as late:
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            data = answer.read(ANSWER_MAX_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # ValueError: a TLS socket that was cut while it was read. TimeoutError: its own clock was first.
            over = late.is_set() or isinstance(error, TimeoutError)
            raise NoAnswer("deadline" if over else type(error).__name__) from None
    if late.is_set():
        raise NoAnswer("deadline")
    if len(data) > ANSWER_MAX_BYTES:
        raise NoAnswer("too large")
    length = answer.getheader("Content-Length", "")
    if length.isdecimal() and int(length) != len(data):
        raise NoAnswer("truncated")
    return answer.status, data


@contextmanager
def _cut_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Shut the connection's socket after so long; the event tells that it was done."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        link = connection.sock
        if link is not None:
            with contextlib.suppress(OSError):  # it ended by itself meanwhile
                # The plain socket's own: that of a TLS socket would pull the ground from under its reader.
                socket.socket.shutdown(link, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
