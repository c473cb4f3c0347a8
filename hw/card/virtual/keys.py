"""Throw-away keys that virtual cards share with a virtual PSAM and with the sandbox's HSM.

Which keys real issuers use and how they spread them over cards is not public. This is a stand-in with the
shape of what is: keys diversified twice, by region and by answer to reset, and once more by the card's
challenge (the process factor). A real module computes all of it inside; nothing of the product does.
"""

import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from hw.card.authentication.algorithm import Algorithm

KEY_BYTES = 16
CRYPTOGRAM_BYTES = 8


@dataclass(frozen=True, slots=True, repr=False)
class CardKeys:
    """What is in one card: the key that reading asks for, and the one that proves the card itself."""

    algorithm: Algorithm
    read: bytes
    internal: bytes


@dataclass(frozen=True, slots=True, repr=False)
class IssuerKeys:
    """What an issuer of virtual cards holds: made when it starts, never written anywhere."""

    read: bytes
    internal: bytes

    @classmethod
    def fresh(cls) -> Self:
        return cls(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """The keys of another process's issuer. Raises ValueError."""
        raw = bytes.fromhex(text)
        if len(raw) != 2 * KEY_BYTES:
            raise ValueError("two keys of 16 bytes are needed")
        return cls(raw[:KEY_BYTES], raw[KEY_BYTES:])

    def hex(self) -> str:
        return (self.read + self.internal).hex()

    def of_card(self, algorithm: Algorithm, region: str, historical: bytes) -> CardKeys:
        """The keys of the card with these historical bytes, issued in `region`."""
        factors = (issuer_factor(region), card_factor(historical))
        read, internal = self.read, self.internal
        for factor in factors:
            read = diversify(algorithm, read, factor)
            internal = diversify(algorithm, internal, factor)
        return CardKeys(algorithm, read, internal)


def issuer_factor(region: str) -> bytes:
    """First level: the region's six digits and "sx"."""
    return region.encode("ascii") + b"sx"


def card_factor(historical: bytes) -> bytes:
    """Second level: the last eight historical bytes, which differ from card to card."""
    return historical[-8:].rjust(8, b"\x00")


def diversify(algorithm: Algorithm, key: bytes, factor: bytes) -> bytes:
    """The key one level below `key`, for an 8-byte factor: the factor and its complement, encrypted."""
    complement = bytes(byte ^ 0xFF for byte in factor)
    return _encrypt(algorithm, key, factor + complement)


def cryptogram(algorithm: Algorithm, card_key: bytes, factor: bytes, source: bytes) -> bytes:
    """What answers `source` under the process key of `factor`: 8 bytes."""
    block = _encrypt(algorithm, diversify(algorithm, card_key, factor), source.ljust(16, b"\x00"))
    return bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))


def _encrypt(algorithm: Algorithm, key: bytes, blocks: bytes) -> bytes:
    """16 bytes, block by block."""
    cipher = SM4(key) if algorithm is Algorithm.SM4 else TripleDES(key + key[:8])
    return Cipher(cipher, modes.ECB()).encryptor().update(blocks)
