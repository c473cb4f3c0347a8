"""The operating system of a virtual social-security card: one command in, one answer out.

Its files are encoded from the same tables they are read with; the vectors beside those tables hold both to
the bytes of the specification.
"""

import hmac
import secrets
from datetime import date

from hw.card.application import APPLICATION_NAME
from hw.card.holder import EF06, split_name
from hw.card.issuer import EF05, version_of
from hw.card.item import File, Item
from hw.card.virtual.person import CardPerson
from hw.card.virtual.profiles import PROFILES, Profile, Records

SW_OK = b"\x90\x00"
SW_WRONG_LENGTH = b"\x67\x00"
SW_NOT_ALLOWED = b"\x69\x82"
SW_NO_CURRENT_FILE = b"\x69\x86"
SW_NO_FILE = b"\x6a\x82"
SW_NO_RECORD = b"\x6a\x83"
SW_WRONG_P1P2 = b"\x6a\x86"
SW_NO_INSTRUCTION = b"\x6d\x00"
SW_NO_CLASS = b"\x6e\x00"
SW_AUTHENTICATION_FAILED = b"\x63\x00"

_PROTECTED_IN_EF05 = frozenset({"card_no"})
_PAYMENT_NAME = b"2PAY.SYS.DDF01"


class CardGone(Exception):
    """The card leaves the reader instead of answering."""


class VirtualCard:
    """A card of `person` that behaves like `profile`. Not to be shared by two readers."""

    def __init__(self, person: CardPerson, profile: Profile | str = "plain") -> None:
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.atr = self.profile.atr
        self.received: list[bytes] = []  # headers of the commands so far, for counting; never their data
        self._key = secrets.token_bytes(16)
        version = version_of(person.ssc_version)
        self._protects = version >= 3 if self.profile.protects is None else self.profile.protects
        self._records = self.profile.spoil(_records(person))
        self._files = {file.identifier: file.of(version).items for file in (EF05, EF06)}
        self.reset()

    def reset(self) -> None:
        """Power off and on: nothing selected, nobody trusted."""
        self._application = False
        self._file: File | None = None
        self._trusted = False
        self._challenge = b""
        self._waiting = b""

    def cryptogram(self, challenge: bytes) -> bytes:
        """What EXTERNAL AUTHENTICATE must bring for `challenge`; stands for a security module's work."""
        return hmac.digest(self._key, challenge, "sha256")[:16]

    def answer(self, command: bytes) -> bytes | None:
        """The answer with its status word; None for a card that falls silent. Raises CardGone."""
        self.received.append(command[:4])
        count = len(self.received)
        if self.profile.silent_at is not None and count >= self.profile.silent_at:
            return None
        if count == self.profile.removed_at:
            raise CardGone
        if count == self.profile.short_at:
            return b"\x90"
        return self._perform(command)

    def _perform(self, command: bytes) -> bytes:
        if len(command) < 4:
            return SW_WRONG_LENGTH
        if command[0] != 0x00:
            return SW_NO_CLASS
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB2:
                return self._read_record(command)
            case 0xC0:
                waiting, self._waiting = self._waiting, b""
                return self._exactly(waiting, command)
            case 0x84:
                self._challenge = secrets.token_bytes(8)
                return self._challenge + SW_OK
            case 0x82:
                return self._authenticate(command)
            case _:
                return SW_NO_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        name = command[5 : 5 + command[4]] if len(command) > 5 else b""
        if command[2] == 0x04:
            return self._select_by_name(name)
        if command[2] not in (0x00, 0x02) or len(name) != 2:
            return SW_WRONG_P1P2
        identifier = int.from_bytes(name, "big")
        if not self._application or identifier not in self._files or identifier == self.profile.missing_file:
            return SW_NO_FILE
        self._file = EF05 if identifier == EF05.identifier else EF06
        return SW_OK

    def _select_by_name(self, name: bytes) -> bytes:
        sw = self.profile.select_sw
        if name == _PAYMENT_NAME and sw == 0x6A82:
            return SW_OK
        if name != APPLICATION_NAME:
            return SW_NO_FILE
        self._application = sw == 0x9000
        self._file = None
        self._waiting = b"\x6f" + bytes([len(name) + 2]) + b"\x84" + bytes([len(name)]) + name
        if self.profile.strict_t0 and self._application:
            return bytes([0x61, len(self._waiting)])
        return sw.to_bytes(2, "big")

    def _read_record(self, command: bytes) -> bytes:
        if self._file is None:
            return SW_NO_CURRENT_FILE
        items = self._files[self._file.identifier]
        if command[3] == 0x00 and self.profile.by_tag:
            found = next((item for item in items if item.tag == command[2]), None)
        elif command[3] & 0x07 == 0x04:
            found = items[command[2] - 1] if 0 < command[2] <= len(items) else None
        else:
            return SW_WRONG_P1P2
        if found is None or found.name not in self._records:
            return SW_NO_RECORD
        if self._hides(found):
            return SW_NOT_ALLOWED
        return self._exactly(self._records[found.name], command)

    def _hides(self, item: Item) -> bool:
        if not self._protects or self._trusted:
            return False
        return self._file is EF06 or item.name in _PROTECTED_IN_EF05

    def _authenticate(self, command: bytes) -> bytes:
        challenge, self._challenge = self._challenge, b""
        if not challenge or not hmac.compare_digest(command[5:], self.cryptogram(challenge)):
            return SW_AUTHENTICATION_FAILED
        self._trusted = True
        return SW_OK

    def _exactly(self, data: bytes, command: bytes) -> bytes:
        """`data` if the command asked for just so many bytes, else the length it should have asked for."""
        if len(command) != 5 or command[4] != len(data):
            return bytes([0x6C, len(data)])
        return data + SW_OK


def _records(person: CardPerson) -> Records:
    first, extension = split_name(person.name)
    born_on = person.born_on or person.id_number[6:14]
    values: dict[str, object] = {
        **person.to_fields(),
        "card_id": person.card_id,
        "version": person.ssc_version,
        "name": first,
        "name_extension": extension,
        "issued_on": _day(person.issued_on),
        "expires_on": _day(person.expires_on),
        "born_on": _day(born_on),
    }
    return {
        item.name: bytes([item.tag, item.size]) + item.coding.encode(values[item.name], item.size)
        for item in (*EF05.items, *EF06.items)
    }


def _day(digits: str) -> date | None:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if digits.isdecimal() else None
