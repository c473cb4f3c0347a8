"""A signed source: playbooks and inventory that a terminal plays on itself. Believed first, unpacked after.

A source is a folder with `manifest.json`, `manifest.sig` and `source.tar`; it may lie on a share or a stick
that somebody else writes. So its parts are copied first, and only the copies are looked at. It carries a
serial number that grows: an older one, signed as rightly as any, is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from kiosk_guard.bundle import (
    FORMAT,
    MANIFEST_MAX_BYTES,
    SIGNATURE_BYTES,
    Manifest,
    believed,
    payload_of,
    unpack,
)
from kiosk_guard.places import GuardError

PAYLOAD = "source.tar"
PAYLOAD_MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Known:
    """The newest source that was ever believed here."""

    serial: int
    digest: str
    """SHA-256 of its manifest: two sources must not share a number."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was believed, and where its files lie."""

    known: Known
    folder: Path


def fetch(origin: Path, signer: Path, work: Path, known: Known | None) -> Source | None:
    """Copy, believe and unpack the source at `origin`, below `work`. None: none is there (no stick).

    Raises GuardError for one that is not whole, not signed by `signer`, or older than `known`; then nothing
    of it is unpacked.
    """
    if not (origin / "manifest.json").exists():
        return None
    shutil.rmtree(work, ignore_errors=True)
    copies, folder = work / "incoming", work / "source"
    try:
        copies.mkdir(parents=True, mode=0o700)
        _copy(origin / "manifest.json", copies, MANIFEST_MAX_BYTES)
        _copy(origin / "manifest.sig", copies, SIGNATURE_BYTES)
        manifest, found = _read(copies, signer)
        _not_older(found, known)
        _copy(origin / PAYLOAD, copies, min(manifest.size_bytes, PAYLOAD_MAX_BYTES))
        unpack(copies / PAYLOAD, manifest, folder)
        (copies / PAYLOAD).unlink()
    except (OSError, tarfile.TarError) as exc:
        raise GuardError(f"{origin}: {exc}") from exc
    return Source(found, folder)


def _copy(file: Path, folder: Path, max_bytes: int) -> None:
    with file.open("rb") as source:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise GuardError(f"{file}: larger than {max_bytes} bytes")
    (folder / file.name).write_bytes(data)


def _read(copies: Path, signer: Path) -> tuple[Manifest, Known]:
    raw = believed(copies, signer)
    try:
        found = json.loads(raw)
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}, not {FORMAT}")
        serial = found["serial"]
        if type(serial) is not int or serial < 1:
            raise ValueError(f"{serial!r} is no serial number")
        manifest = payload_of(found, PAYLOAD, str(serial), "all")
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GuardError(f"the manifest is none of a source: {type(exc).__name__}: {exc}") from exc
    return manifest, Known(serial, hashlib.sha256(raw).hexdigest())


def _not_older(found: Known, known: Known | None) -> None:
    if known is None or found == known or found.serial > known.serial:
        return
    if found.serial == known.serial:
        raise GuardError(f"another source has had the number {known.serial} already")
    raise GuardError(f"number {found.serial} is older than {known.serial}, which was here before")
