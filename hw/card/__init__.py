"""The card room: social-security cards through any PC/SC reader.

From the bottom: `transport` speaks PC/SC, `apdu` exchanges commands, `issuer` and `holder` are the card's
files as tables, `application` reads them, `reader` is the service a terminal uses, `watcher` its source of
news, `diagnose` tells staff what is wrong. `virtual` holds cards and readers made of software. Failures are
codes, never texts.
"""

from hw.card.application import CardAuthenticator
from hw.card.failure import CardFailure, Code
from hw.card.reader import CardReader, ReadResult
from hw.card.reading import CardReading, ReadingWarning
from hw.card.watcher import (
    CardEvent,
    CardInserted,
    CardRemoved,
    ReaderFound,
    ReaderGone,
    ServiceBack,
    ServiceLost,
)

__all__ = [
    "CardAuthenticator",
    "CardEvent",
    "CardFailure",
    "CardInserted",
    "CardReader",
    "CardReading",
    "CardRemoved",
    "Code",
    "ReadResult",
    "ReaderFound",
    "ReaderGone",
    "ReadingWarning",
    "ServiceBack",
    "ServiceLost",
]
