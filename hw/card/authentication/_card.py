"""The card's side of an authentication: what is asked of it, whoever computes the answer.

The card proves itself (INTERNAL AUTHENTICATE) over a factor and a source of its own; the terminal proves
itself (EXTERNAL AUTHENTICATE, key 0A: reading the holder) over the card's last challenge.
"""

from hw.card.application import SELECT_APPLICATION, Exchange
from hw.card.authentication.algorithm import algorithm_in
from hw.card.failure import CardError, CardFailure, Code
from hw.card.item import Version

CHALLENGE_BYTES = 8
EXTERNAL_AUTHENTICATE = bytes.fromhex("0082000A10")
"""Key 0A, and 16 bytes that follow: a cryptogram of 8, and the 8 bytes it was computed over."""

_OK = 0x9000
_LOCKED = frozenset({0x6983, 0x6984})


def algorithm_of(exchange: Exchange, version: Version) -> str:
    """Select the application again, this time for what it says of itself."""
    data, _ = _answered(exchange, SELECT_APPLICATION)
    return algorithm_in(data, version)


def challenge(exchange: Exchange) -> bytes:
    """Eight random bytes of the card. It keeps the last ones it gave, for EXTERNAL AUTHENTICATE."""
    data, sw = exchange(b"\x00\x84\x00\x00" + bytes([CHALLENGE_BYTES]))
    if sw != _OK or len(data) != CHALLENGE_BYTES:
        raise CardError(Code.UNEXPECTED_STATUS, sw=sw, item="challenge")
    return data


def internal_proof(exchange: Exchange, factor: bytes, source: bytes) -> bytes:
    """What the card makes of `source`, for the other side to compare. Raises CARD_NOT_GENUINE."""
    data, sw = _answered(exchange, b"\x00\x88\x00\x00\x10" + factor + source)
    if sw != _OK or not data:
        raise CardError(Code.CARD_NOT_GENUINE, sw=sw)
    return data


def present(exchange: Exchange, command: bytes) -> CardFailure | None:
    """Bring the card its proof; None when it trusts this terminal from now on.

    A refusal uses up one of the few tries the card's key has: 63Cx names what is left.
    """
    _, sw = exchange(command)
    if sw == _OK:
        return None
    return CardFailure(Code.AUTHENTICATION_LOCKED if sw in _LOCKED else Code.AUTHENTICATION_REFUSED, sw=sw)


def _answered(exchange: Exchange, command: bytes) -> tuple[bytes, int]:
    """Data for a command that brings data: T=0 announces it, T=1 gives it when asked (Le)."""
    data, sw = exchange(command)
    return exchange(command + b"\x00") if sw == _OK and not data else (data, sw)
