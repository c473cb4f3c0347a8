"""What a virtual card keeps behind its key and its PIN, and how many tries it allows."""

import hmac
import secrets

from hw.card.virtual.keys import CRYPTOGRAM_BYTES, CardKeys, cryptogram

SW_OK = b"\x90\x00"
SW_WRONG_LENGTH = b"\x67\x00"
SW_LOCKED = b"\x69\x83"
SW_NO_KEY = b"\x6a\x88"
SW_NOT_USED = b"\x69\x85"

READ_KEY = 0x0A
TRIES = 3


class Locks:
    """Trust of one power-up, and the counters that outlive it."""

    def __init__(self, keys: CardKeys, pin: str | None, *, tells_tries: bool) -> None:
        self._keys = keys
        self._pin = pin
        self._tells_tries = tells_tries
        self._key_tries = TRIES
        self._pin_tries = TRIES
        self.forget()

    def forget(self) -> None:
        """Power off and on."""
        self.trusted = False
        self.pin_verified = False
        self._challenge = b""

    def challenge(self) -> bytes:
        self._challenge = secrets.token_bytes(8)
        return self._challenge

    def prove(self, data: bytes) -> bytes | None:
        """INTERNAL AUTHENTICATE: the card's cryptogram over factor and source; None for wrong data."""
        if len(data) != 2 * CRYPTOGRAM_BYTES:
            return None
        return cryptogram(self._keys.algorithm, self._keys.internal, data[:8], data[8:])

    def authenticate(self, key: int, data: bytes) -> bytes:
        """EXTERNAL AUTHENTICATE; the status word."""
        challenge, self._challenge = self._challenge, b""
        if key != READ_KEY:
            return SW_NO_KEY
        if self._key_tries == 0:
            return SW_LOCKED
        if len(data) != 2 * CRYPTOGRAM_BYTES or not challenge:
            return SW_WRONG_LENGTH if challenge else SW_NOT_USED
        expected = cryptogram(self._keys.algorithm, self._keys.read, challenge, data[8:])
        if not hmac.compare_digest(data[:8], expected):
            self._key_tries -= 1
            return bytes([0x63, 0xC0 | self._key_tries])
        self._key_tries = TRIES
        self.trusted = True
        return SW_OK

    def verify(self, data: bytes) -> bytes:
        """VERIFY; the status word. Without data it tells the tries left, if this card does."""
        if self._pin is None:
            return SW_NO_KEY
        if self._pin_tries == 0:
            return SW_LOCKED
        if not data:
            return bytes([0x63, 0xC0 | self._pin_tries]) if self._tells_tries else SW_WRONG_LENGTH
        if len(data) != 3:
            return SW_WRONG_LENGTH
        if not hmac.compare_digest(data, bytes.fromhex(self._pin)):
            self._pin_tries -= 1
            self.pin_verified = False
            return bytes([0x63, 0xC0 | self._pin_tries])
        self._pin_tries = TRIES
        self.pin_verified = True
        return SW_OK
