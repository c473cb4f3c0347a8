"""One private pcscd for all tests of the card room."""

import queue
import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from hw.card import CardEvent, CardReader, Readers, ReadResult
from hw.card.apdu import Channel, OneByOne
from hw.card.virtual import VirtualCard, VirtualReader, VirtualReaderUnavailable

WAIT_MAX_S = 60.0
FIRST = Readers(contact="*00 00")
"""The virtual service has two slots; a patient's reader is chosen, never guessed."""


@pytest.fixture(scope="session")
def running_reader() -> Iterator[VirtualReader]:
    try:
        reader = VirtualReader().start()
    except VirtualReaderUnavailable as missing:
        pytest.skip(f"no virtual reader: {missing}")
    reader.serve_this_process()
    yield reader
    reader.close()


@pytest.fixture
def virtual(running_reader: VirtualReader) -> Iterator[VirtualReader]:
    """A virtual reader with both slots empty; whatever a test did to it is undone afterwards."""
    running_reader.serve_this_process()
    yield running_reader
    running_reader.reset()


@pytest.fixture
def reader(virtual: VirtualReader) -> Iterator[CardReader]:
    card_reader = CardReader(readers=FIRST)
    yield card_reader
    card_reader.close()


@pytest.fixture
def read(reader: CardReader) -> Callable[[], ReadResult]:
    """Read once, through the public door."""
    return lambda: reader.read().result(WAIT_MAX_S)


@pytest.fixture
def pin() -> str:
    """Six digits, made for one test."""
    return f"{secrets.randbelow(10**6):06d}"


@pytest.fixture
def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


class News:
    """Events of a watcher, to be waited for."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[CardEvent] = queue.SimpleQueue()
        self.seen: list[CardEvent] = []
        self.told = self._queue.put

    def next(self, kind: type[CardEvent], within_s: float = WAIT_MAX_S) -> CardEvent:
        """The next event of that kind; what comes before it is kept in `seen`."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                event = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__} within {within_s} s; seen {self.seen}") from None
            self.seen.append(event)
            if isinstance(event, kind):
                return event


@pytest.fixture
def news() -> News:
    return News()


class _Direct(OneByOne):
    def __init__(self, card: VirtualCard) -> None:
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        return self._card.answer(command) or b""


@pytest.fixture
def channel_to() -> Callable[[VirtualCard], Channel]:
    """A channel to a virtual card without any reader between."""
    return _Direct
