"""What agent and collector say to each other: topics, the batch of entries, acknowledgements.

Correct with MQTT 3.1.1 and QoS 1. A PUBACK proves nothing about the hospital's database (a broker killed
right after lost acknowledged messages: measured), so an entry counts as delivered only when `Ack` says so.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

from kiosk.journal import GENESIS, Mark, Row

BATCH_MAX_BYTES = 1 << 20
BATCH_ENTRIES_MAX = 1000
NOTE_MAX_BYTES = 64 * 1024
"""Birth, state, health and acknowledgements: JSON, never larger."""

_MAGIC = b"KJB1"
_HASH_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_EPOCH = re.compile(r"[0-9a-f]{16}")


class WireError(ValueError):
    """A payload that is not what its topic promises. Kept and reported, never guessed at."""


class Frame(NamedTuple):
    """One entry as it travels: the bytes that were hashed, and their hash."""

    header: bytes
    body: bytes
    hash: bytes


class Ack(NamedTuple):
    """The collector has, in its database, every entry up to `seq` of this epoch.

    `resend`: entries after it are missing, although later ones arrived.
    """

    epoch: str
    seq: int
    hash: bytes
    resend: bool = False

    @property
    def mark(self) -> Mark:
        return Mark(self.epoch, self.seq, self.hash)


class Topics(NamedTuple):
    """The topics of one device, `<root>/<site>/<device>/...`."""

    root: str
    site: str
    device: str

    def of(self, leaf: str) -> str:
        return f"{self.root}/{self.site}/{self.device}/{leaf}"


UP_LEAVES = ("journal", "birth", "state", "health", "cmd_result")


def check_name(name: str, what: str) -> str:
    """A site's or device's name, or a part of the root. Raises ValueError for what MQTT reads otherwise."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{what}: {name!r}: letters, digits, dot, dash and underscore, 64 at most")
    return name


def split_topic(topic: str, root: str) -> tuple[str, str, str]:
    """Site, device and leaf of an incoming topic. Raises WireError."""
    rest = topic.removeprefix(root + "/")
    parts = rest.split("/")
    if rest == topic or len(parts) != 3 or not all(_NAME.fullmatch(part) for part in parts):
        raise WireError(f"topic {topic[:200]!r} is not {root}/<site>/<device>/<leaf>")
    return parts[0], parts[1], parts[2]


def pack_batch(rows: Iterable[Row]) -> bytes:
    """Entries as one payload: magic, count, then length-prefixed header and body, and the hash, of each."""
    parts: list[bytes] = []
    count = 0
    for row in rows:
        count += 1
        parts += (_length(row.header), row.header, _length(row.body), row.body, row.hash)
    return b"".join((_MAGIC, struct.pack(">I", count), *parts))


def unpack_batch(payload: bytes) -> list[Frame]:
    """The entries of a payload, all or none. Raises WireError."""
    if len(payload) > BATCH_MAX_BYTES:
        raise WireError(f"batch of {len(payload)} bytes, {BATCH_MAX_BYTES} at most")
    if payload[:4] != _MAGIC or len(payload) < 8:
        raise WireError("not a batch of journal entries")
    (count,) = struct.unpack(">I", payload[4:8])
    if not 0 < count <= BATCH_ENTRIES_MAX:
        raise WireError(f"batch of {count} entries, {BATCH_ENTRIES_MAX} at most")
    frames, at = [], 8
    for _ in range(count):
        header, at = _take(payload, at, None)
        body, at = _take(payload, at, None)
        digest, at = _take(payload, at, _HASH_BYTES)
        frames.append(Frame(header, body, digest))
    if at != len(payload):
        raise WireError(f"{len(payload) - at} bytes after the last entry")
    return frames


def pack_note(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def unpack_note(payload: bytes) -> dict[str, Any]:
    """A JSON object. Raises WireError."""
    if len(payload) > NOTE_MAX_BYTES:
        raise WireError(f"{len(payload)} bytes, {NOTE_MAX_BYTES} at most")
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise WireError(f"not JSON: {exc}") from exc
    if not isinstance(fields, dict):
        raise WireError("not a JSON object")
    return fields


def pack_ack(ack: Ack) -> bytes:
    note = {"v": 1, "epoch": ack.epoch, "seq": ack.seq, "hash": ack.hash.hex(), "resend": ack.resend}
    return pack_note(note)


def unpack_ack(payload: bytes) -> Ack:
    """An acknowledgement. Raises WireError."""
    fields = unpack_note(payload)
    try:
        epoch, seq = fields["epoch"], fields["seq"]
        digest, resend = bytes.fromhex(fields["hash"]), fields.get("resend", False)
    except (KeyError, TypeError, ValueError) as exc:
        raise WireError(f"not an acknowledgement: {exc}") from exc
    if not (isinstance(epoch, str) and _EPOCH.fullmatch(epoch) and type(seq) is int and seq >= 0):
        raise WireError("not an acknowledgement: epoch or seq")
    if len(digest) != _HASH_BYTES or type(resend) is not bool or (seq == 0 and digest != GENESIS):
        raise WireError("not an acknowledgement: hash or resend")
    return Ack(epoch, seq, digest, resend)


def _length(data: bytes) -> bytes:
    return struct.pack(">I", len(data))


def _take(payload: bytes, at: int, size: int | None) -> tuple[bytes, int]:
    if size is None:
        if at + 4 > len(payload):
            raise WireError("batch is cut off")
        (size,) = struct.unpack(">I", payload[at : at + 4])
        at += 4
    if at + size > len(payload):
        raise WireError("batch is cut off")
    return payload[at : at + size], at + size
