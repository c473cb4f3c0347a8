"""Makes the bytes of one new entry. A function: the writer decides the place and the keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from kiosk.journal import _seal
from kiosk.journal._entry import (
    BODY_MAX_BYTES,
    KEY_WRAP,
    SCHEMA_V,
    SEALED,
    Entry,
    NewEntry,
    canonical,
    entry_hash,
    header_bytes,
    refuse_reserved,
)
from kiosk.journal.errors import BodyRefused, SealMissing


class Place(NamedTuple):
    """Where an entry goes: the journal, the seq, the hash before it, and when."""

    path: Path
    stream: str
    epoch: str
    seq: int
    prev: bytes
    at: datetime


def build(item: NewEntry, place: Place, key: bytes | None, wrap_for: X25519PublicKey | None) -> Entry:
    """The entry of `item` at `place`.

    `key` is its settlement's; `wrap_for` the hospital's seal when this entry is the one that carries
    the key. Raises BodyRefused; SealMissing when there are fields to seal and no key.
    """
    refuse_reserved(item.body)
    at = utc_text(place.at)
    header = header_bytes(
        {
            "v": SCHEMA_V,
            "stream": place.stream,
            "epoch": place.epoch,
            "seq": place.seq,
            "at": at,
            "kind": item.kind,
            "settlement": item.settlement,
            "key": item.key,
        }
    )
    body = dict(item.body)
    if item.sealed is not None:
        if key is None:
            lacking = "a settlement" if item.settlement is None else "the hospital's seal"
            raise SealMissing(place.path, f"{item.kind} has fields to seal, but not {lacking}")
        body[SEALED] = _seal.encrypt(key, item.sealed, header)
    if key is not None and wrap_for is not None:
        body[KEY_WRAP] = _seal.wrap(key, wrap_for, header)
    data = canonical(body)
    if len(data) > BODY_MAX_BYTES:
        raise BodyRefused(f"{item.kind}: {len(data)} bytes, {BODY_MAX_BYTES} at most")
    return Entry(
        stream=place.stream,
        epoch=place.epoch,
        seq=place.seq,
        at=at,
        kind=item.kind,
        settlement=item.settlement,
        key=item.key,
        v=SCHEMA_V,
        header=header,
        body=data,
        hash=entry_hash(place.prev, header, data),
    )


def utc_text(at: datetime) -> str:
    """RFC 3339 in UTC, milliseconds. `at` must be aware."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"
