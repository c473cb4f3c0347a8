"""The operating system of a virtual social-security card: one command in, one answer out.

Its files are encoded from the same tables they are read with; the vectors beside those tables hold both to
the bytes of the specification.
"""

from datetime import date

from hw.card.atr import historical_bytes
from hw.card.authentication.algorithm import Algorithm
from hw.card.holder import EF06, split_name
from hw.card.issuer import EF05, version_of
from hw.card.item import File, Item
from hw.card.item_reader import APPLICATION_NAME
from hw.card.public import PUBLIC_APPLICATION, PUBLIC_FILES
from hw.card.virtual._locks import Locks
from hw.card.virtual.keys import IssuerKeys
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

_PAYMENT_NAME = b"2PAY.SYS.DDF01"
_BASE = (EF05, EF06)


class CardGone(Exception):
    """The card leaves the reader instead of answering."""


class VirtualCard:
    """A card of `person` that behaves like `profile`. Not to be shared by two readers.

    `keys` are those of who issued it, by default an issuer of its own. `pin` are six digits, made for the
    occasion; a card without one has no PIN object.
    """

    def __init__(
        self,
        person: CardPerson,
        profile: Profile | str = "plain",
        *,
        keys: IssuerKeys | None = None,
        pin: str | None = None,
    ) -> None:
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.atr = self.profile.atr
        self.received: list[bytes] = []  # headers of the commands so far, for counting; never their data
        version = version_of(person.ssc_version)
        self._protects = version >= 3 if self.profile.protects is None else self.profile.protects
        self.algorithm = Algorithm(
            self.profile.algorithm or (Algorithm.SM4 if version >= 3 else Algorithm.TDES)
        )
        issuer = keys or IssuerKeys.fresh()
        self._locks = Locks(
            issuer.of_card(self.algorithm, person.region, historical_bytes(self.atr)),
            pin,
            tells_tries=self.profile.tells_tries,
        )
        self._records = self.profile.spoil(_records(person))
        self._items = {file.name: file.of(version).items for file in (*_BASE, *PUBLIC_FILES)}
        self.reset()

    def reset(self) -> None:
        """Power off and on: nothing selected, nobody trusted."""
        self._application: tuple[File, ...] = ()
        self._file: File | None = None
        self._waiting = b""
        self._locks.forget()

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
        data = command[5 : 5 + command[4]] if len(command) > 5 else b""
        match command[1]:
            case 0xA4:
                return self._select(command, data)
            case 0xB2:
                return self._read_record(command)
            case 0xC0:
                waiting, self._waiting = self._waiting, b""
                return self._exactly(waiting, command)
            case 0x84:
                return self._locks.challenge() + SW_OK
            case 0x88:
                proof = self._locks.prove(data)
                return SW_WRONG_LENGTH if proof is None else self._brought(proof, command)
            case 0x82:
                return self._locks.authenticate(command[3], data)
            case 0x20:
                return self._locks.verify(data)
            case _:
                return SW_NO_INSTRUCTION

    def _select(self, command: bytes, name: bytes) -> bytes:
        if command[2] == 0x04:
            return self._select_by_name(command, name)
        if command[2] not in (0x00, 0x02) or len(name) != 2:
            return SW_WRONG_P1P2
        identifier = int.from_bytes(name, "big")
        found = next((file for file in self._application if file.identifier == identifier), None)
        if found is None or identifier == self.profile.missing_file:
            return SW_NO_FILE
        self._file = found
        return SW_OK

    def _select_by_name(self, command: bytes, name: bytes) -> bytes:
        sw = self.profile.select_sw
        if name == _PAYMENT_NAME and sw == 0x6A82:
            return SW_OK
        if name not in (APPLICATION_NAME, PUBLIC_APPLICATION):
            return SW_NO_FILE
        if sw != 0x9000:
            return sw.to_bytes(2, "big")
        self._application = _BASE if name == APPLICATION_NAME else PUBLIC_FILES
        self._file = None
        told = b"\x84" + bytes([len(name)]) + name
        if self.profile.names_algorithm:
            own = b"\x9f\x0c\x03\x86\x01" + bytes.fromhex(self.algorithm)
            told += b"\xa5" + bytes([len(own)]) + own
        return self._brought(b"\x6f" + bytes([len(told)]) + told, command)

    def _read_record(self, command: bytes) -> bytes:
        if self._file is None:
            return SW_NO_CURRENT_FILE
        items = self._items[self._file.name]
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
        if self._file in PUBLIC_FILES:
            return not self._locks.pin_verified
        if not self._protects or self._locks.trusted:
            return False
        return self._file is EF06 or item.name in self.profile.hides

    def _brought(self, data: bytes, command: bytes) -> bytes:
        """Data for a command that carries some: announced on T=0, given where the command asks for it."""
        if len(command) == 6 + command[4]:
            return data + SW_OK
        self._waiting = data
        return bytes([0x61, len(data)]) if self.profile.strict_t0 else SW_OK

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
        "address_region": person.region,
    }
    return {
        item.name: bytes([item.tag, item.size]) + item.coding.encode(values[item.name], item.size)
        for file in (*_BASE, *PUBLIC_FILES)
        for item in file.items
    }


def _day(digits: str) -> date | None:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if digits.isdecimal() else None
