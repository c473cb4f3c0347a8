"""One entry: the bytes that are hashed, kept and sent, and how they are made.

    header = canonical JSON of {v, stream, epoch, seq, at, kind, settlement, key}
    hash   = SHA-256(prev || u32 big-endian len(header) || header || body)

Canonical JSON: sorted keys, no spaces, UTF-8, integers only. Nobody ever makes
these bytes a second time: who checks the chain hashes what was stored or received.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from kiosk.journal.errors import BodyRefused

SCHEMA_V = 1
"""Version of the header's fields. Readers keep what they do not know."""

GENESIS = bytes(32)
"""`prev` of the first entry of an epoch."""

CHECKPOINT = "checkpoint"
"""Kind of the entry that pruning leaves: {"through_seq", "hash", "entries"}."""

BODY_MAX_BYTES = 64 * 1024
"""Refused here, where the caller can still act, and not by a broker days later."""

SEALED = "_sealed"
KEY_WRAP = "_key"
"""Body members of our own making; other names that begin with `_` are refused too."""

_INTEGER_MAX = 2**53 - 1  # RFC 7493: beyond it other readers' numbers are not exact
_encode = msgspec.json.Encoder(order="sorted").encode


class Row(NamedTuple):
    """One entry as stored: the bytes, and nothing read out of them."""

    seq: int
    header: bytes
    body: bytes
    hash: bytes


class Mark(NamedTuple):
    """A place in a journal: this entry and everything before it."""

    epoch: str
    seq: int
    hash: bytes


class Entry(NamedTuple):
    """One entry with its header read. `at` is RFC 3339 UTC; order is `seq`, never `at`."""

    stream: str
    epoch: str
    seq: int
    at: str
    kind: str
    settlement: str | None
    key: str | None
    v: int
    header: bytes
    body: bytes
    hash: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The body's open members; sealed ones need `Journal.unseal`."""
        return {name: value for name, value in json.loads(self.body).items() if not name.startswith("_")}

    @property
    def when(self) -> datetime:
        """`at` as an aware datetime, UTC."""
        return datetime.fromisoformat(self.at)

    @property
    def has_sealed(self) -> bool:
        return SEALED in json.loads(self.body)


class NewEntry(NamedTuple):
    """What a caller wants written; see `Journal.append`."""

    kind: str
    body: Mapping[str, object]
    settlement: str | None = None
    key: str | None = None
    sealed: Mapping[str, object] | None = None


class HeaderUnreadable(ValueError):
    """A header that is not one: the reader keeps the bytes and says so."""


def canonical(value: Mapping[str, object]) -> bytes:
    """`value` as canonical JSON. Raises BodyRefused; money (`*_fen`) must be integer."""
    members = dict(value)
    try:
        _check_members(members)
        return _encode(members)
    except UnicodeEncodeError as exc:
        raise BodyRefused(f"text that is no Unicode: {exc.reason}") from exc
    except RecursionError as exc:
        raise BodyRefused("nested too deep") from exc


def header_bytes(fields: Mapping[str, object]) -> bytes:
    """Canonical JSON of the writer's own fields. Raises BodyRefused for text that is no Unicode."""
    try:
        return _encode(fields)
    except UnicodeEncodeError as exc:
        raise BodyRefused(f"text that is no Unicode: {exc.reason}") from exc


def entry_hash(prev: bytes, header: bytes, body: bytes) -> bytes:
    """The chain's link, 32 bytes."""
    return sha256(prev + len(header).to_bytes(4, "big") + header + body).digest()


def read(row: Row) -> Entry:
    """The entry of a stored row. Raises HeaderUnreadable; members it does not know are left in the bytes."""
    try:
        fields = json.loads(row.header)
        entry = Entry(
            stream=_text(fields["stream"]),
            epoch=_text(fields["epoch"]),
            seq=_whole(fields["seq"]),
            at=_text(fields["at"]),
            kind=_text(fields["kind"]),
            settlement=None if fields["settlement"] is None else _text(fields["settlement"]),
            key=None if fields["key"] is None else _text(fields["key"]),
            v=_whole(fields["v"]),
            header=row.header,
            body=row.body,
            hash=row.hash,
        )
        datetime.fromisoformat(entry.at)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise HeaderUnreadable(f"header of entry {row.seq}: {exc}") from exc
    return entry


def refuse_reserved(body: Mapping[str, object]) -> None:
    """Raises BodyRefused for member names that belong to the journal itself."""
    for name in body:
        if _member(name).startswith("_"):
            raise BodyRefused(f"{name}: names that begin with _ belong to the journal")


def _check_members(members: dict[str, object]) -> None:
    for name, value in members.items():
        if type(value) is not int and value is not None and _member(name).endswith("_fen"):
            raise BodyRefused(f"{name}: money is integer fen, not {type(value).__name__}")
        if type(value) is not str:
            _check(value, _member(name))


def _check(value: object, name: str) -> None:
    """Raises BodyRefused for what JSON cannot keep exactly, floats among it."""
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if not -_INTEGER_MAX <= value <= _INTEGER_MAX:
            raise BodyRefused(f"{name}: integer beyond 2^53")
    elif type(value) is dict:
        _check_members(value)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, name)
    else:
        raise BodyRefused(f"{name}: {type(value).__name__} is not for the journal")


def _member(name: object) -> str:
    if type(name) is not str:
        raise BodyRefused(f"member name {name!r} is not text")
    return name


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return value
