"""The desk between the patient and the journeys: views go out, everything that happens comes in.

One queue, one consumer. Touches, cards, codes and news of an attempt are taken
one after the other, so that a journey reads like the visit it is. The desk also
keeps what holds on every screen: the language, the way home, and the question
whether anybody is still there.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from hw.card import CardFailure, CardReading
from hw.scanner.classify import Code
from hw.scanner.hint import Hint
from kiosk.journeys.intents import Intent
from kiosk.journeys.views import Content, Dock, Header, View

QUEUE_MAX = 256
"""More than this is no patient but a fault: what comes then is dropped, and the screen stays as it is."""


@dataclass(frozen=True, slots=True)
class CardIn:
    """A card was put into the reader. `mute`: it did not answer to power."""

    mute: bool = False


@dataclass(frozen=True, slots=True)
class CardOut:
    """The card was taken out."""


@dataclass(frozen=True, slots=True)
class CardRead:
    """The card that is in was read, or not."""

    result: CardReading | CardFailure


@dataclass(frozen=True, slots=True)
class CardQuiet:
    """The card that is being read has not answered for a while; the read goes on."""


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """The camera read a code. Its text may be a credential: memory only."""

    code: Code


@dataclass(frozen=True, slots=True)
class HintSeen:
    """What would help a code that is seen and not read; None when that is over."""

    hint: Hint | None


@dataclass(frozen=True, slots=True)
class DeviceNews:
    """A device went out of work, or came back: then `failure` is empty."""

    device: Literal["card_reader", "camera"]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """An attempt has taken a step."""

    name: str


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time that `Desk.next` was given is over."""


Happening: TypeAlias = (
    Intent | CardIn | CardOut | CardQuiet | CardRead | CodeSeen | HintSeen | DeviceNews | Moved | TimeUp
)


class Leave(Exception):
    """The patient leaves the journey. `why`: home, back, idle. Not an outcome of anything: only a way."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the desk waits before it asks, and how long it waits for an answer, seconds."""

    idle_after_s: float = 60.0
    idle_warn_s: float = 20.0


class Desk:
    """What is shown now, and what happens next."""

    def __init__(
        self,
        emit: Callable[[View], None],
        header: Header,
        language: str,
        patience: Patience,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._emit = emit
        self._header = header
        self._home_language = language
        self._patience = patience
        self._now = now
        self._queue: asyncio.Queue[Happening] = asyncio.Queue(QUEUE_MAX)
        self._view: View | None = None
        self._since = 0  # number of the first view of what is shown now: touches on older ones are stale
        self._quiet_s = 0.0  # loop time since when nobody has given a sign of life
        self.language = language

    @property
    def view(self) -> View | None:
        """What is shown."""
        return self._view

    def show(self, content: Content, *, stop: int = 0, dock: Dock | None = None) -> None:
        """Show `content`. The same kind again keeps touches that were made on its earlier views."""
        number = self._view.number + 1 if self._view else 1
        if self._view is None or type(self._view.content) is not type(content):
            self._since = number
            self._quiet_s = asyncio.get_running_loop().time()  # something new to read
        self._put(
            View(number, content, self._header, dock or Dock(), self.language, stop, seen_at=self._now())
        )

    def _put(self, view: View) -> None:
        self._view = view
        self._emit(view)

    def post(self, happening: Happening) -> None:
        """Something happened. Call on the core loop only."""
        if not self._queue.full():
            self._queue.put_nowait(happening)

    def fresh_start(self) -> None:
        """A new visit: the first language, and nothing left over from the last one.

        But for a card that came in meanwhile and is still in: its owner is the next patient.
        """
        self.language = self._home_language
        card: CardIn | None = None
        while not self._queue.empty():
            match self._queue.get_nowait():
                case CardIn() as came:
                    card = came
                case CardOut():
                    card = None
                case _:
                    pass
        if card is not None:
            self.post(card)

    async def next(self, *, idle: bool = True, within_s: float | None = None) -> Happening:
        """The next thing that matters to the journey.

        Raises Leave on home, on back where the dock offers it, and after silence. `idle` False: no
        question, as while money moves. `within_s`: TimeUp after so long. What an attempt or a
        device does by itself is no sign of life: one that asks again and again must not keep the terminal
        from the next patient.
        """
        loop = asyncio.get_running_loop()
        end_s = None if within_s is None else loop.time() + within_s
        while True:
            ask_at_s = self._quiet_s + self._patience.idle_after_s if idle else None
            happening = await self._wait_until(_earlier(ask_at_s, end_s))
            if happening is None:
                if end_s is not None and loop.time() >= end_s:
                    return TimeUp()
                await self._ask_whether_there()
                self._quiet_s = loop.time()
                continue
            if not isinstance(happening, Moved | DeviceNews | HintSeen | CardQuiet) or not idle:
                self._quiet_s = loop.time()
            if not isinstance(happening, Intent):
                return happening
            if self._passes(happening):
                return happening

    async def _wait_until(self, when_s: float | None) -> Happening | None:
        loop = asyncio.get_running_loop()
        wait_s = None if when_s is None else max(when_s - loop.time(), 0)
        try:
            async with asyncio.timeout(wait_s):  # `wait_for` of Python 3.11 can lose a cancellation
                return await self._queue.get()
        except TimeoutError:
            return None

    def _passes(self, intent: Intent) -> bool:
        """Whether a touch goes on to the journey; what holds on every screen is done here."""
        assert self._view is not None, "a touch before the first screen"
        if intent.view < self._since or intent.name == "touched":
            return False
        if intent.name == "language":
            self.language = "en" if self.language == "zh" else "zh"
            number = self._view.number + 1
            self._put(replace(self._view, number=number, language=self.language))
            return False
        if intent.name in ("home", "back"):
            offered = self._view.dock.home if intent.name == "home" else self._view.dock.back
            if offered:
                raise Leave(intent.name)
            return False
        return True

    async def _ask_whether_there(self) -> None:
        """The dialog with its count-down. Any touch but "leave" stays; silence leaves."""
        assert self._view is not None, "nobody asks before the first screen"
        shown = self._view
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._patience.idle_warn_s
        left_s = max(round(self._patience.idle_warn_s), 1)
        meanwhile: list[Happening] = []
        self._put(replace(shown, number=shown.number + 1, idle_left_s=left_s))
        while (happening := await self._wait_until(end_s)) is not None:
            if not isinstance(happening, Intent):
                meanwhile.append(happening)  # no sign of life, but the journey must hear of it
                continue
            if happening.name in ("leave", "home"):
                raise Leave("home")
            self._put(replace(shown, number=shown.number + 2, idle_left_s=0))
            for kept in meanwhile:
                self.post(kept)
            return
        raise Leave("idle")


def _earlier(first_s: float | None, second_s: float | None) -> float | None:
    times = [s for s in (first_s, second_s) if s is not None]
    return min(times, default=None)
