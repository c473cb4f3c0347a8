"""The devices as the journeys see them: events on the core loop, nothing that blocks it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from hw.card import (
    CardEvent,
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
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
from hw.card import Code as CardCode
from hw.scanner.classify import Code, CodeKind
from hw.scanner.hint import Hint
from hw.scanner.port import Phase, ScannerState
from kiosk.journeys.desk import (
    CardIn,
    CardOut,
    CardQuiet,
    CardRead,
    CodeSeen,
    DeviceNews,
    Happening,
    HintSeen,
)

log = logging.getLogger(__name__)


class CodeScanner(Protocol):
    """What the journeys need of `hw.scanner.process.Scanner`."""

    def start(
        self,
        on_code: Callable[[Code], None],
        on_state: Callable[[ScannerState], None] | None = None,
        *,
        on_hint: Callable[[Hint | None], None] | None = None,
        wanted: frozenset[CodeKind] | None = None,
    ) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Devices:
    """Reader and scanner of one terminal; either may be absent, as at a price-inquiry terminal."""

    reader: CardReader | None
    scanner: CodeScanner | None
    card_in: bool = False
    readers: set[str] = field(default_factory=set)  # those plugged in, by name
    reader_fault: str = ""  # why there is none, where the service says it
    camera_fault: str = ""  # why the camera gave no pictures when it was last wanted
    reading: bool = False  # a card is being read: `CardRead` follows
    _loop: asyncio.AbstractEventLoop | None = None
    _post: Callable[[Happening], None] | None = None

    @property
    def card_way(self) -> bool:
        """Whether a card can be read here now."""
        return self.reader is not None and bool(self.readers)

    @property
    def code_way(self) -> bool:
        """Whether a code can be read here, as far as is known: the camera is only open in a visit."""
        return self.scanner is not None and not self.camera_fault

    def start(self, loop: asyncio.AbstractEventLoop, post: Callable[[Happening], None]) -> None:
        """Begin to report to `post`, on `loop`."""
        self._loop, self._post = loop, post
        if self.reader is not None:
            self.reader.start(lambda event: _on(loop, self._card_event, event))

    def _card_event(self, event: CardEvent) -> None:
        assert self._post is not None, "events come after the start"
        match event:
            case CardInserted(reader=name, mute=mute):
                self.readers.add(name)
                self.card_in = True
                self._post(CardIn(mute))
            case CardRemoved():
                self.card_in = False
                self._post(CardOut())
            case ReaderFound(reader=name):
                self.readers.add(name)
                self._reader_news("")
            case ReaderGone(reader=name):
                self.readers.discard(name)
                if not self.readers:
                    self._reader_news(CardCode.READER_GONE)
            case ServiceLost(code=code):
                self.readers.clear()
                self.card_in = False
                self._reader_news(code)
            case ReadersNotChosen(readers=names):
                log.error("which reader is for what is not configured: %s", names)
                self.readers.clear()
                self._reader_news(CardCode.READER_NOT_CHOSEN)
            case CardSilent():
                self._post(CardQuiet())
            case ReaderPowerCycled() | SecondCard() | ServiceBack():
                log.info("card reader: %s", event)

    def _reader_news(self, failure: str) -> None:
        assert self._post is not None, "events come after the start"
        self.reader_fault = failure
        self._post(DeviceNews("card_reader", failure))

    def read_card(self) -> None:
        """Read the card that is in; `CardRead` follows."""
        assert self.reader is not None, "a card was reported without a reader"
        loop, post = self._loop, self._post
        assert loop is not None, "cards are read after the start"
        assert post is not None, "cards are read after the start"

        def done(result: CardReading | CardFailure) -> None:
            self.reading = False
            post(CardRead(result))

        self.reading = True
        self.reader.read().add_done_callback(lambda future: _on(loop, done, future.result()))

    def watch_codes(self, *wanted: CodeKind) -> None:
        """Open the camera for codes of these kinds.

        `CodeSeen` follows for every code, `HintSeen` while one cannot be read, `DeviceNews` on whether
        pictures come.
        """
        loop, post = self._loop, self._post
        if self.scanner is None or loop is None or post is None:
            return
        self.scanner.start(
            lambda code: _on(loop, post, CodeSeen(code)),
            lambda state: _on(loop, self._camera_state, state),
            on_hint=lambda hint: _on(loop, post, HintSeen(hint)),
            wanted=frozenset(wanted),
        )

    def _camera_state(self, state: ScannerState) -> None:
        assert self._post is not None, "states come after the start"
        match state:
            case ScannerState(phase=Phase.WATCHING):
                self.camera_fault = ""
            case ScannerState(phase=Phase.FAILED, failure=failure):
                self.camera_fault = str(failure)
            case _:
                return
        self._post(DeviceNews("camera", self.camera_fault))

    def rest_camera(self) -> None:
        """Close the camera: nobody is filmed who is not identifying themselves."""
        if self.scanner is not None:
            self.scanner.stop()

    def close(self) -> None:
        """Let go of everything."""
        if self.scanner is not None:
            self.scanner.close()
        if self.reader is not None:
            self.reader.close()


def _on(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: object) -> None:
    """Hand over to the core loop; a device that speaks after the loop has gone is not heard."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *values)
