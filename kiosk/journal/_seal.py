"""Sealing: person fields that a thief of the terminal must not read.

Each settlement has one random AES-256 key. Its first entry carries the key
wrapped for the hospital: X25519 with a key pair used once, HKDF-SHA256, AES-256-GCM.
The fields are encrypted with AES-256-GCM under the settlement's key, bound to their
entry's header, so that they cannot be moved to another entry.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.journal._entry import KEY_WRAP, SEALED, Entry, canonical

_ALGORITHM = "x25519-hkdf-sha256-aes256gcm"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ONE_USE_NONCE = bytes(_NONCE_BYTES)  # each wrapping key encrypts exactly once


class SealBroken(ValueError):
    """Sealed bytes that this key does not open: wrong key, other entry, or changed."""


def new_key() -> bytes:
    """A settlement's key, 32 bytes."""
    return AESGCM.generate_key(bit_length=8 * _KEY_BYTES)


def seal_id(hospital: X25519PublicKey) -> str:
    """Names a hospital's seal in entries and settings: 16 hex characters."""
    return sha256(hospital.public_bytes_raw()).hexdigest()[:16]


def wrap(key: bytes, hospital: X25519PublicKey, header: bytes) -> dict[str, str]:
    """`key` for the hospital alone, bound to the entry with `header`."""
    once = X25519PrivateKey.generate()
    public = once.public_key().public_bytes_raw()
    wrapping_key = _wrapping_key(once.exchange(hospital), public, hospital)
    return {
        "alg": _ALGORITHM,
        "to": seal_id(hospital),
        "public": b64encode(public).decode(),
        "wrapped": b64encode(AESGCM(wrapping_key).encrypt(_ONE_USE_NONCE, key, header)).decode(),
    }


def unwrap(entry: Entry, private: X25519PrivateKey) -> bytes | None:
    """The settlement's key out of the entry that carries it; None when it carries none.

    Raises SealBroken when it was wrapped for another seal or was changed.
    """
    wrapped = json.loads(entry.body).get(KEY_WRAP)
    if wrapped is None:
        return None
    try:
        if wrapped["alg"] != _ALGORITHM:
            raise SealBroken(f"unknown seal {wrapped['alg']!r}")
        public = b64decode(wrapped["public"], validate=True)
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        wrapping_key = _wrapping_key(shared, public, private.public_key())
        return AESGCM(wrapping_key).decrypt(
            _ONE_USE_NONCE, b64decode(wrapped["wrapped"], validate=True), entry.header
        )
    except (InvalidTag, KeyError, TypeError, ValueError) as exc:
        raise SealBroken(f"entry {entry.seq}: the key was not wrapped for this seal") from exc


def encrypt(key: bytes, fields: Mapping[str, object], header: bytes) -> str:
    """`fields` sealed with the settlement's key, for the entry with `header`. Raises BodyRefused."""
    nonce = os.urandom(_NONCE_BYTES)
    return b64encode(nonce + AESGCM(key).encrypt(nonce, canonical(fields), header)).decode()


def decrypt(key: bytes, entry: Entry) -> dict[str, Any]:
    """The sealed fields of an entry, {} when it has none. Raises SealBroken."""
    sealed = json.loads(entry.body).get(SEALED)
    if sealed is None:
        return {}
    try:
        data = b64decode(sealed, validate=True)
        opened = AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], entry.header)
        fields: dict[str, Any] = json.loads(opened)
    except (InvalidTag, TypeError, ValueError) as exc:
        raise SealBroken(f"entry {entry.seq}: the sealed fields do not open with this key") from exc
    return fields


def _wrapping_key(shared: bytes, public: bytes, hospital: X25519PublicKey) -> bytes:
    info = b"kiosk journal key 1" + public + hospital.public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(shared)
