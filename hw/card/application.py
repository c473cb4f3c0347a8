"""Reading the social-security application: select, read by tag, make a reading (reference: card, §1.4).

The card is known by its application, never by its ATR: there are as many ATRs as makers and years.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from hw.card import apdu
from hw.card.apdu import Channel
from hw.card.failure import CardError, CardFailure
from hw.card.holder import EF06
from hw.card.issuer import VERSIONS, version_of
from hw.card.item_reader import APPLICATION_NAME, SELECT_APPLICATION, ItemReader
from hw.card.reading import CardReading

__all__ = ["APPLICATION_NAME", "SELECT_APPLICATION", "CardAuthenticator", "Exchange", "read_application"]

_HOLDER = {text.encode(): EF06.of(version) for text, version in VERSIONS.items()}

Exchange = Callable[[bytes], tuple[bytes, int]]
"""A command in, data and status word out."""


class CardAuthenticator(Protocol):
    """Opens the protected items of a 3.0 card: a security module here, or the region's over the network."""

    def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
        """Speak to the card until it trusts this terminal.

        Called at most once per read, with the application selected. `reading` holds the free items, which
        keys are derived from (region, card_id, ATR). Returns None when the card trusts the terminal, else why
        it does not; then the reading stays partial. May raise CardError: with a status word it is such a
        reason too, without one the card is gone. Runs in the card's own thread, within the watchdog, and may
        block.
        """
        ...


def read_application(
    channel: Channel,
    *,
    authenticator: CardAuthenticator | None = None,
    atr: bytes = b"",
    today: date | None = None,
    release: Callable[[], None] | None = None,
) -> CardReading:
    """Read issuer and holder: 17 commands on a 2.0 card, 16 on a 1.0 card, which lacks the name's extension.

    `today` decides whether the card has expired. Items the card protects are named in the reading's
    `protected` when no authenticator opens them, and `not_opened` says why one could not. `release` is called
    when nothing more will be asked of the card, before its records are decoded: the service is still
    awake then. Raises CardError.
    """
    channel = apdu.traced(channel)
    reader = ItemReader(channel)
    reader.start()
    version = reader.version()
    reader.read(_HOLDER.get(version) or EF06.of(version_of(version.decode("ascii", "replace"))))
    if authenticator is None and release is not None:
        release()
    reading = reader.reading(atr, today)
    if not reading.protected or authenticator is None:
        return reading
    try:
        failure = authenticator.authenticate(lambda command: apdu.exchange(channel, command), reading)
    except CardError as error:
        if error.failure.sw is None:
            raise
        failure = error.failure  # the card has answered, so it is there, and what is free is known
    if failure is not None:
        return replace(reading, not_opened=failure)
    reader.read_protected()
    return reader.reading(atr, today)
