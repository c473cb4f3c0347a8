"""Holding back, so that a wrong key never locks a patient's card.

A card counts refused proofs, and after three or so its key is locked for good; then only the card office
can help. A terminal with the wrong module would do that to every card it meets.
"""

import hmac
import logging
import secrets
from collections import OrderedDict

from hw.card.failure import CardFailure, Code
from hw.card.reading import CardReading

_log = logging.getLogger(__name__)

CARDS_MAX = 256
"""Cards remembered; the one met longest ago is forgotten first."""

REFUSALS_IN_A_ROW_MAX = 3
"""Different cards that refuse one after the other: then it is our key, and no further card is risked until
the terminal starts anew."""


class Caution:
    """Which cards have refused this terminal. Keeps digests under a key of its own, never a card's number."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._refused: OrderedDict[bytes, None] = OrderedDict()
        self._in_a_row = 0

    def held(self, reading: CardReading) -> CardFailure | None:
        """Why this card must not be tried; None when it may be."""
        if self._in_a_row >= REFUSALS_IN_A_ROW_MAX or self._digest(reading) in self._refused:
            return CardFailure(Code.AUTHENTICATION_HELD)
        return None

    def note(self, reading: CardReading, failure: CardFailure | None) -> CardFailure | None:
        """Remember what the card made of a proof, and hand it on."""
        if failure is None:
            self._in_a_row = 0
            return None
        self._refused[self._digest(reading)] = None
        if len(self._refused) > CARDS_MAX:
            self._refused.popitem(last=False)
        self._in_a_row += 1
        if self._in_a_row == REFUSALS_IN_A_ROW_MAX:
            _log.warning("cards refuse this terminal one after the other: no card is tried any more")
        return failure

    def _digest(self, reading: CardReading) -> bytes:
        return hmac.digest(self._key, reading.card_id.encode("ascii"), "sha256")[:16]
