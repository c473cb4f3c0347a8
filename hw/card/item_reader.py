"""Collecting the records of one card, file by file; how a card spells its answers is dealt with here.

Good answers pass straight through; all others are looked at one by one, with care.
"""

from datetime import date

from hw.card import apdu
from hw.card.apdu import OK, SW_OK, Channel
from hw.card.coding import Value
from hw.card.failure import CardError, Code
from hw.card.issuer import EF05
from hw.card.item import FilePlan, Item, Version
from hw.card.reading import CardReading, ReadingWarning, build, decode

APPLICATION_NAME = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
"""`sx1.sh.社会保障` in GBK: the social-security environment (SSSE)."""

SELECT_APPLICATION = bytes((0x00, 0xA4, 0x04, 0x00, len(APPLICATION_NAME))) + APPLICATION_NAME

_ISSUER = EF05.of(Version.V1)
_START = (SELECT_APPLICATION, *_ISSUER.commands)

_WRITTEN_OFF = frozenset({0x6283, 0x6A81, 0x9303})  # deactivated, locked, locked for good (§5 row 25)
_ALIEN = frozenset({0x6A82, 0x6A86, 0x6A87, 0x6D00, 0x6E00, 0x6700, 0x6B00, 0x6A80, 0x6999})
_PROTECTED = frozenset({0x6982, 0x6983, 0x6985})
_NO_SUCH_RECORD = 0x6A83
_NO_TAG_READ = frozenset({0x6981, 0x6A81, 0x6A86, 0x6B00, 0x6D00})
_NO_SUCH_FILE = frozenset({0x6A82, 0x6986})


class ItemReader:
    """The records of one card so far."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._by_number = False
        self._plans: list[FilePlan] = []
        self._protected: list[str] = []
        self._answers: list[tuple[Item, bytes]] = []  # good ones, status word included

    def start(self) -> None:
        """Select the application and read EF05."""
        answers = self._channel.transmit_all(_START)
        if answers[0].endswith(SW_OK):
            self._take(_ISSUER, answers[1:])
        else:
            _check_selected(self._channel, answers[0])
            self.read(_ISSUER)

    def read(self, plan: FilePlan) -> None:
        """Read one file; what wants authentication is noted as protected."""
        if self._by_number:
            self._take(plan, [self._channel.transmit(plan.select)])
        else:
            self._take(plan, self._channel.transmit_all(plan.commands))

    def _take(self, plan: FilePlan, answers: list[bytes]) -> None:
        self._plans.append(plan)
        if len(answers) == len(plan.commands) and answers[-1].endswith(SW_OK):
            self._answers += zip(plan.items, answers[1:], strict=True)
        else:
            self._read_with_care(plan, answers)

    def read_protected(self) -> None:
        """Read again what was protected."""
        wanted, self._protected = frozenset(self._protected), []
        for plan in self._plans:
            if any(item.name in wanted for item in plan.items):
                self._read_with_care(plan, [self._channel.transmit(plan.select)], wanted)

    def version(self) -> bytes:
        """Item 03 of EF05 as it stands on the card; empty when it has none."""
        for item, answer in self._answers:
            if item.name == "version":
                return answer[2:-2]
        return b""

    def values(self) -> dict[str, Value]:
        """What the records mean, by name; what is protected or not on the card is left out."""
        return decode(self._answers, [])

    @property
    def protected(self) -> tuple[str, ...]:
        """Names of the items the card keeps."""
        return tuple(self._protected)

    def reading(self, atr: bytes, today: date | None) -> CardReading:
        """All answers decoded together: one by one, between commands, it takes twice as long."""
        warnings: list[ReadingWarning] = []
        values = decode(self._answers, warnings)
        return build(values, tuple(self._protected), warnings, atr, today)

    def _read_with_care(
        self, plan: FilePlan, answers: list[bytes], wanted: frozenset[str] | None = None
    ) -> None:
        """Go on one by one from `answers` to the plan's first commands; only for `wanted` items, if given."""
        if not self._select_with_care(plan, answers[0]):
            self._protected.extend(item.name for item in plan.items if wanted is None or item.name in wanted)
            return
        for number, item in enumerate(plan.items, start=1):
            if wanted is not None and item.name not in wanted:
                continue
            if self._by_number:
                self._read_by_number(number, item)
                continue
            given = number < len(answers)
            answer = answers[number] if given else self._channel.transmit(item.read_by_tag)
            data, sw = apdu.complete(self._channel, item.read_by_tag, answer)
            if sw in _NO_TAG_READ or (sw == _NO_SUCH_RECORD and item.needed):
                self._read_by_number(number, item)
            else:
                self._keep(item, data, sw)

    def _select_with_care(self, plan: FilePlan, answer: bytes) -> bool:
        """False when the file as a whole is protected."""
        _, sw = apdu.complete(self._channel, plan.select, answer)
        if sw in (0x6A86, 0x6B00):  # cards that take the other form of the same command
            _, sw = apdu.exchange(self._channel, b"\x00\xa4\x00" + plan.select[3:])
        if sw in _PROTECTED:
            return False
        if sw in _NO_SUCH_FILE:
            raise CardError(Code.FILE_MISSING, sw=sw, item=plan.file.name)
        if sw != OK:
            raise CardError(Code.UNEXPECTED_STATUS, sw=sw, item=plan.file.name)
        return True

    def _read_by_number(self, number: int, item: Item) -> None:
        """Numbers count over the whole file."""
        data, sw = apdu.exchange(self._channel, bytes((0x00, 0xB2, number, 0x04, item.size + 2)))
        self._by_number = self._by_number or sw == OK
        self._keep(item, data, sw)

    def _keep(self, item: Item, data: bytes, sw: int) -> None:
        if sw == OK:
            self._answers.append((item, data + SW_OK))
        elif sw in _PROTECTED:
            self._protected.append(item.name)
        elif sw in _NO_SUCH_FILE:
            raise CardError(Code.FILE_MISSING, sw=sw, item=item.name)
        elif sw != _NO_SUCH_RECORD:
            raise CardError(Code.UNEXPECTED_STATUS, sw=sw, item=item.name)
        elif item.needed:
            raise CardError(Code.BAD_DATA, sw=sw, item=item.name)


def select_application(channel: Channel) -> None:
    """Select the social-security application. Raises CardError: an alien card, a blocked one."""
    _check_selected(channel, channel.transmit(SELECT_APPLICATION))


def _check_selected(channel: Channel, answer: bytes) -> None:
    _, sw = apdu.complete(channel, SELECT_APPLICATION, answer)
    if sw in _WRITTEN_OFF:
        raise CardError(Code.CARD_BLOCKED, sw=sw)
    if sw in _ALIEN:
        raise CardError(Code.NOT_A_SOCIAL_SECURITY_CARD, sw=sw)
    if sw != OK and sw >> 8 != 0x62:
        raise CardError(Code.UNEXPECTED_STATUS, sw=sw, item="SSSE")
