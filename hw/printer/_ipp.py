"""The little of IPP (RFC 8010, 8011) that printing one paper needs, spoken to the print service's socket.

Own bytes, for what becomes of a request decides what the patient is told: `NotSent` and `Lost` are
different facts. pyipp folds both into one error and knows no domain socket; `lp` names the job only
when all was sent and waits without a deadline, and `lpstat` does not tell completed from aborted;
pycups has to be compiled.
"""

from __future__ import annotations

import http.client
import os
import pwd
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ANSWER_MAX_BYTES = 1 << 20

CREATE_JOB = 0x0005
SEND_DOCUMENT = 0x0006
CANCEL_JOB = 0x0008
GET_JOB_ATTRIBUTES = 0x0009
GET_PRINTER_ATTRIBUTES = 0x000B
CANCEL_MY_JOBS = 0x0039

OK_BELOW = 0x0100
NOT_FOUND = 0x0406
NOT_ACCEPTING = 0x0506

OPERATION_GROUP, JOB_GROUP, END = 0x01, 0x02, 0x03
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_NUMBERS = (INTEGER, ENUM)
_TEXTS = range(0x41, 0x4A)

Value = int | str | bytes | None
Attribute = tuple[int, str, int | str | bool | tuple[str, ...]]


class NotSent(Exception):
    """No print service there: nothing left this process."""


class Lost(Exception):
    """No answer, or none that makes sense: what was asked may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` below OK_BELOW is yes. Attributes of all groups, each with its values; no value is None."""

    status: int
    attributes: Mapping[str, tuple[Value, ...]]

    @property
    def ok(self) -> bool:
        return self.status < OK_BELOW

    def number(self, name: str) -> int | None:
        """The first value of an attribute, if it is a number."""
        value = next(iter(self.attributes.get(name, ())), None)
        return value if isinstance(value, int) else None

    def words(self, name: str) -> tuple[str, ...]:
        """The values of an attribute that are texts."""
        return tuple(value for value in self.attributes.get(name, ()) if isinstance(value, str))


def encode(
    operation: int, attributes: Iterable[Attribute], job: Iterable[Attribute] = (), document: bytes = b""
) -> bytes:
    """One request of version 2.0."""
    parts = [struct.pack(">BBHI", 2, 0, operation, 1), bytes([OPERATION_GROUP])]
    parts += [_attribute(*attribute) for attribute in attributes]
    for_job = [_attribute(*attribute) for attribute in job]
    if for_job:
        parts += [bytes([JOB_GROUP]), *for_job]
    return b"".join([*parts, bytes([END]), document])


def _attribute(tag: int, name: str, value: int | str | bool | tuple[str, ...]) -> bytes:
    """A tuple is a set: its further values bear no name."""
    if isinstance(value, tuple):
        return b"".join(_attribute(tag, "" if at else name, one) for at, one in enumerate(value))
    match tag:
        case 0x22:
            data = bytes([bool(value)])
        case 0x21 | 0x23:
            data = struct.pack(">i", value)
        case _:
            data = str(value).encode()
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(data)) + data


def decode(data: bytes) -> Answer:
    """An answer. Raises ValueError when the bytes are not one."""
    try:
        return _decoded(data)
    except (struct.error, IndexError) as error:
        raise ValueError(f"not an answer of IPP: {error}") from error


def _decoded(data: bytes) -> Answer:
    _, _, status, _ = struct.unpack_from(">BBHI", data)
    found: dict[str, list[Value]] = {}
    name, at = "", 8
    while data[at] != END:
        tag = data[at]
        at += 1
        if tag < 0x10:
            continue  # the next group
        said, at = _counted(data, at)
        value, at = _counted(data, at)
        name = said.decode("utf-8", "replace") or name  # a further value of the same attribute has none
        found.setdefault(name, []).append(_value(tag, value))
    return Answer(status, {key: tuple(values) for key, values in found.items()})


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", data, at)
    end = at + 2 + size
    if end >= len(data):
        raise IndexError("cut off")
    return data[at + 2 : end], end


def _value(tag: int, data: bytes) -> Value:
    if tag < 0x20:
        return None
    if tag in _NUMBERS:
        (number,) = struct.unpack(">i", data)
        return int(number)
    if tag == BOOLEAN:
        return int(data != b"\0")
    return data.decode("utf-8", "replace") if tag in _TEXTS else data


class _Connection(http.client.HTTPConnection):
    """HTTP over a domain socket."""

    def __init__(self, path: Path, wait_s: float) -> None:
        super().__init__("localhost", timeout=wait_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def user_name() -> str:
    """The name of this process's user, by which the service knows whose job it is."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def ask(socket_path: Path, resource: str, request: bytes, wait_s: float) -> Answer:
    """Sends one request, once. `wait_s` for each step on the socket. Raises NotSent, Lost."""
    connection = _Connection(socket_path, wait_s)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotSent(f"{socket_path}: {error}") from error
        # PeerCred: the service takes our user from the socket, where a policy asks who owns a job.
        headers = {"Content-Type": "application/ipp", "Authorization": f"PeerCred {user_name()}"}
        try:
            connection.request("POST", resource, request, headers)
            response = connection.getresponse()
            data = response.read(ANSWER_MAX_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Lost(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK or len(data) > ANSWER_MAX_BYTES:
        raise Lost(f"HTTP {response.status}, {len(data)} bytes")
    try:
        return decode(data)
    except ValueError as error:
        raise Lost(str(error)) from error
