"""The holder's PIN: asked for, sent to the card once, wiped. Never made up, never kept, never logged.

A card counts wrong tries and locks its PIN after a few; then only the card office can help. So the tries
left are asked for first, where the card tells, and the last one is left to the patient's explicit wish.

    00 20 00 00          tries left: 63Cx (reference: card, §1.4)
    00 20 00 00 03 ..    six digits, packed
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

from hw.card import apdu
from hw.card.apdu import Channel
from hw.card.failure import CardError, CardFailure, Code
from hw.card.issuer import version_of
from hw.card.item_reader import select_application
from hw.card.public import PublicData, read_public
from hw.card.transport import Pcsc, Slot

T = TypeVar("T")

PIN_DIGITS = 6

_TRIES_LEFT = bytes.fromhex("00200000")
_VERIFY = bytes.fromhex("0020000003")
_BLOCKED = frozenset({0x6983, 0x63C0})
_NO_PIN = frozenset({0x6A82, 0x6A88, 0x6A81, 0x6985})


class PinPad(Protocol):
    """Where the patient types. The screen's key pad serves, or one with keys."""

    def ask_pin(self) -> bytearray | None:
        """Six digits as ASCII, in a buffer that the caller wipes; None when the patient would rather not.

        Called in the card's own thread, and may block as long as the patient needs.
        """
        ...


class NotTried(StrEnum):
    """Why no PIN was sent."""

    GIVEN_UP = "given_up"  # the patient would rather not
    MALFORMED = "malformed"  # not six digits
    LAST_TRY = "last_try"  # one try is left, and nobody said that it may be used
    NO_PIN = "no_pin"  # the card has none


@dataclass(frozen=True, slots=True)
class PinAccepted:
    pass


@dataclass(frozen=True, slots=True)
class PinRefused:
    tries_left: int | None  # None when the card does not tell


@dataclass(frozen=True, slots=True)
class PinBlocked:
    """Only the card office can help; other ways to identify still do."""


@dataclass(frozen=True, slots=True)
class PinNotTried:
    why: NotTried


PinResult: TypeAlias = PinAccepted | PinRefused | PinBlocked | PinNotTried


def tries_left(channel: Channel) -> int | PinBlocked | PinNotTried | None:
    """How many tries the card still allows; None when it does not tell. Uses up none. Raises CardError."""
    _, sw = apdu.exchange(channel, _TRIES_LEFT)
    if sw in _BLOCKED:
        return PinBlocked()
    if sw & 0xFFF0 == 0x63C0:
        return sw & 0x0F
    return PinNotTried(NotTried.NO_PIN) if sw in _NO_PIN else None


def verify_pin(channel: Channel, pin: bytearray, *, use_last_try: bool = False) -> PinResult:
    """Send `pin` to the card, with the application selected, and wipe the buffer whatever happens.

    The copies that the reader's driver makes cannot be wiped from here; they end with the call. With one try
    left nothing is sent unless `use_last_try`; where the card does not tell, nobody can know. Raises
    CardError.
    """
    try:
        if len(pin) != PIN_DIGITS or not all(0x30 <= digit <= 0x39 for digit in pin):
            return PinNotTried(NotTried.MALFORMED)
        left = tries_left(channel)
        if isinstance(left, PinBlocked | PinNotTried):
            return left
        if left == 1 and not use_last_try:
            return PinNotTried(NotTried.LAST_TRY)
        _, sw = apdu.exchange(channel, _VERIFY + _packed(pin))
    finally:
        pin[:] = bytes(len(pin))
    if sw == apdu.OK:
        return PinAccepted()
    if sw in _BLOCKED:
        return PinBlocked()
    if sw >> 8 == 0x63:
        return PinRefused(sw & 0x0F if sw & 0xF0 == 0xC0 else None)
    if sw in _NO_PIN:
        return PinNotTried(NotTried.NO_PIN)
    raise CardError(Code.UNEXPECTED_STATUS, sw=sw, item="pin")


def check_pin(
    service: Pcsc, slot: Slot, pad: PinPad, *, use_last_try: bool = False
) -> PinResult | CardFailure:
    """Connect, ask the patient, verify, let go; blocks.

    The patient is not asked where no PIN would be sent. What the PIN opened is closed again with the card.
    """
    return _with_pin(service, slot, pad, use_last_try, lambda channel: PinAccepted())


def read_public_by_pin(
    service: Pcsc, slot: Slot, pad: PinPad, version: str, *, use_last_try: bool = False
) -> PublicData | PinRefused | PinBlocked | PinNotTried | CardFailure:
    """As `check_pin`, and read DF01 of a card of that `version` ("2.00") while it is open."""
    return _with_pin(
        service, slot, pad, use_last_try, lambda channel: read_public(channel, version_of(version))
    )


def _with_pin(
    service: Pcsc, slot: Slot, pad: PinPad, use_last_try: bool, then: Callable[[Channel], T]
) -> T | PinRefused | PinBlocked | PinNotTried | CardFailure:
    try:
        with service.connect(slot.reader) as card:
            card.reset_when_done = True
            channel = apdu.traced(card)
            select_application(channel)
            result = _ask_and_verify(channel, pad, use_last_try)
            return then(channel) if isinstance(result, PinAccepted) else result
    except CardError as error:
        return error.failure


def _ask_and_verify(channel: Channel, pad: PinPad, use_last_try: bool) -> PinResult:
    left = tries_left(channel)
    if isinstance(left, PinBlocked | PinNotTried):
        return left
    if left == 1 and not use_last_try:
        return PinNotTried(NotTried.LAST_TRY)
    pin = pad.ask_pin()
    if pin is None:
        return PinNotTried(NotTried.GIVEN_UP)
    return verify_pin(channel, pin, use_last_try=use_last_try)


def _packed(pin: bytearray) -> bytes:
    """Two digits a byte."""
    return bytes((pin[place] & 0x0F) << 4 | pin[place + 1] & 0x0F for place in range(0, PIN_DIGITS, 2))
