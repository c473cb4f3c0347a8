"""A virtual PSAM: the exchange of `hw.card.authentication.psam_profile`, with an issuer's throw-away keys."""

from hw.card.authentication.algorithm import Algorithm
from hw.card.virtual.keys import IssuerKeys, cryptogram, diversify
from hw.card.virtual.profiles import Profile

ATR = bytes.fromhex("3B6C0000") + b"PSAM" + bytes(8)
APPLICATION = bytes.fromhex("D15600000590")
ENVIRONMENTS = {
    bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF"): Algorithm.TDES,
    bytes.fromhex("7378332E73682EC9E7BBE1B1A3D5CF"): Algorithm.SM4,
}
TWICE_DIVERSIFIED = 0x48
KEY = 0x0A

_SW_OK = b"\x90\x00"


class VirtualPsam:
    """A module that fits into a virtual slot as a card does. Its environment is 3DES until one is chosen."""

    def __init__(self, keys: IssuerKeys, profile: Profile | None = None) -> None:
        self.profile = profile or Profile("a security module", atr=ATR)
        self.atr = ATR
        self.received: list[bytes] = []
        self._keys = keys
        self.reset()

    def reset(self) -> None:
        """Power off and on."""
        self._algorithm = Algorithm.TDES
        self._selected = False
        self._key = self._factor = self._waiting = b""

    def answer(self, command: bytes) -> bytes | None:
        """The answer with its status word."""
        self.received.append(command[:4])
        data = command[5 : 5 + command[4]] if len(command) > 5 else b""
        match command[:2]:
            case b"\x00\xa4":
                return self._select(data)
            case b"\xbf\xde":
                return self._load(command, data)
            case b"\x80\xfa":
                return self._encrypt(data)
            case b"\x00\xc0":
                waiting, self._waiting = self._waiting, b""
                return waiting + _SW_OK if waiting else b"\x69\x85"
            case _:
                return b"\x6d\x00"

    def _select(self, name: bytes) -> bytes:
        if name in ENVIRONMENTS:
            self._algorithm, self._selected = ENVIRONMENTS[name], False
            return _SW_OK
        self._selected = name == APPLICATION
        return _SW_OK if self._selected else b"\x6a\x82"

    def _load(self, command: bytes, data: bytes) -> bytes:
        """Diversify by issuer, then by card; the challenge is the process factor."""
        if not self._selected or command[2:4] != bytes([TWICE_DIVERSIFIED, KEY]):
            return b"\x6a\x88"
        if len(data) != 24:
            return b"\x67\x00"
        card, issuer, self._factor = data[:8], data[8:16], data[16:]
        self._key = self._keys.read
        for factor in (issuer, card):
            self._key = diversify(self._algorithm, self._key, factor)
        return _SW_OK

    def _encrypt(self, source: bytes) -> bytes:
        if not self._key or len(source) != 8:
            return b"\x69\x85"
        self._waiting = cryptogram(self._algorithm, self._key, self._factor, source)
        self._key = b""
        return bytes([0x61, len(self._waiting)])
