"""The card room: social-security cards through any PC/SC reader.

From the bottom: `transport` speaks PC/SC, `apdu` exchanges commands, `issuer` and `holder` are the card's
files as tables, `application` reads them, `reader` is the service a terminal uses, `roles` says which reader
is for what, `watcher` is the source of news, `power` a switch for readers that hang; `diagnose` tells staff
what is wrong, and `slip` puts it on paper. `virtual` holds cards and readers made of software. Failures are
codes; the words for staff stand in `staff_texts`.
"""

from hw.card.application import CardAuthenticator
from hw.card.events import (
    CardEvent,
    CardInserted,
    CardRemoved,
    CardSilent,
    ReaderFound,
    ReaderGone,
    ReaderPowerCycled,
    ReadersNotChosen,
    SecondCard,
    ServiceBack,
    ServiceLost,
)
from hw.card.failure import CardFailure, Code
from hw.card.power import PowerSettings, PowerSwitch
from hw.card.reader import CardReader, ReadResult
from hw.card.reading import CardReading, ReadingWarning
from hw.card.roles import Readers

__all__ = [
    "CardAuthenticator",
    "CardEvent",
    "CardFailure",
    "CardInserted",
    "CardReader",
    "CardReading",
    "CardRemoved",
    "CardSilent",
    "Code",
    "PowerSettings",
    "PowerSwitch",
    "ReadResult",
    "ReaderFound",
    "ReaderGone",
    "ReaderPowerCycled",
    "Readers",
    "ReadersNotChosen",
    "ReadingWarning",
    "SecondCard",
    "ServiceBack",
    "ServiceLost",
]
