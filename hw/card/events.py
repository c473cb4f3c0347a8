"""What a card reader tells a terminal."""

from dataclasses import dataclass, field
from typing import TypeAlias

from hw.card.failure import Code


@dataclass(frozen=True, slots=True)
class CardInserted:
    reader: str
    mute: bool = False  # it did not answer to power: upside down, dirty or no processor card
    atr: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class CardRemoved:
    reader: str


@dataclass(frozen=True, slots=True)
class SecondCard:
    """A card was put into one reader while the visit's card is in another.

    It is not read. When the first one leaves, this one is told as inserted.
    """

    reader: str


@dataclass(frozen=True, slots=True)
class CardSilent:
    """A card that is being read has not answered for a while. The read goes on to its limit or its cancel."""

    reader: str  # empty when the service itself does not answer
    silent_s: float


@dataclass(frozen=True, slots=True)
class ReaderFound:
    reader: str


@dataclass(frozen=True, slots=True)
class ReaderGone:
    """The reader was unplugged; a card it held was reported as removed before."""

    reader: str


@dataclass(frozen=True, slots=True)
class ReadersNotChosen:
    """Several readers, and the configuration does not tell them apart: none is used until it does."""

    readers: str  # the roles and names in question, for staff


@dataclass(frozen=True, slots=True)
class ReaderPowerCycled:
    """A wedged reader was switched off and on. `done` False: it was tried, and `why` it was not done."""

    reader: str
    done: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLost:
    """No news until `ServiceBack`. What is still in the readers is found and reported anew after it."""

    code: Code


@dataclass(frozen=True, slots=True)
class ServiceBack:
    pass


CardEvent: TypeAlias = (
    CardInserted
    | CardRemoved
    | SecondCard
    | CardSilent
    | ReaderFound
    | ReaderGone
    | ReadersNotChosen
    | ReaderPowerCycled
    | ServiceLost
    | ServiceBack
)
