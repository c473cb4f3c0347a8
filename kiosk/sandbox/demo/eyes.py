"""Eyes on the live window: what was drawn, in its order, and a picture of every screen passed.

They stand outside: a listener at the window's own `on_flip`, which comes after a frame was drawn and before
it is shown. Nothing of the terminal knows of them.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kiosk.journeys import views

T = TypeVar("T")

WINDOW_MAX_S = 60.0
"""Until the window is open and its loop runs."""
UI_ANSWER_MAX_S = 20.0
"""Until the UI thread has done something small."""
LOOK_AGAIN_S = 0.01
HISTORY_MAX = 20_000
SHOTS_MAX = 500


class WindowGone(RuntimeError):
    """The terminal has ended while somebody still looked at it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One view as it was drawn: its content, and the words and amounts (fen) that could be read."""

    number: int
    content: views.Content
    texts: frozenset[str]
    amounts: frozenset[int]
    asking: bool  # "are you still there" lay above it


class Eyes:
    """`open` once the terminal runs; every method is for the driver's own thread."""

    def __init__(self, shots: Path) -> None:
        self._shots = shots
        self._taken = 0
        self._writer = ThreadPoolExecutor(1, "shots")
        self._news = threading.Condition()
        self._history: list[Seen] = []
        self._gone = False
        self.phone_up = False  # then the camera's picture holds a code, and no picture of it is kept

    def open(self) -> None:
        """Wait for the window, then look at every frame. Raises WindowGone, TimeoutError."""
        end_s = time.monotonic() + WINDOW_MAX_S
        # Kivy must not be imported from here first: its window belongs to the main thread.
        while getattr(getattr(sys.modules.get("kivy.base"), "EventLoop", None), "status", "") != "started":
            if self._gone:
                raise WindowGone
            if time.monotonic() > end_s:
                raise TimeoutError(f"no window within {WINDOW_MAX_S:.0f} s")
            time.sleep(LOOK_AGAIN_S)
        self.on_ui(self._look)

    def gone(self) -> None:
        """The terminal has ended: whoever waits here is told. From any thread."""
        with self._news:
            self._gone = True
            self._news.notify_all()

    def close(self) -> None:
        """All pictures are on disk when it returns."""
        self._writer.shutdown()

    def on_ui(self, work: Callable[[], T]) -> T:
        """Do `work` on the UI thread, as part of its loop. Raises WindowGone."""
        from kivy.clock import Clock

        done: Future[T] = Future()

        Clock.schedule_once(lambda _: done.set_result(work()))
        end_s = time.monotonic() + UI_ANSWER_MAX_S
        while True:
            try:
                return done.result(0.2)
            except FutureTimeout:
                if self._gone or time.monotonic() > end_s:
                    raise WindowGone from None

    @property
    def seen(self) -> int:
        """How many views were drawn so far: a place in the history."""
        with self._news:
            return len(self._history)

    @property
    def now(self) -> Seen | None:
        """What is shown."""
        with self._news:
            return self._history[-1] if self._history else None

    def since(self, place: int) -> tuple[Seen, ...]:
        """All that was drawn from a place in the history on."""
        with self._news:
            return tuple(self._history[place:])

    def until(self, place: int, is_it: Callable[[Seen], bool], within_s: float) -> int | None:
        """The place of the first view from `place` on that is it; None when none came. Raises WindowGone."""
        end_s = time.monotonic() + within_s
        with self._news:
            while True:
                for index in range(place, len(self._history)):
                    if is_it(self._history[index]):
                        return index
                place = len(self._history)
                left_s = end_s - time.monotonic()
                if left_s <= 0:
                    return None
                if self._gone:
                    raise WindowGone
                self._news.wait(left_s)

    def wait_for_change(self, within_s: float) -> None:
        """Until another view was drawn, or the time is over. Raises WindowGone."""
        with self._news:
            if self._gone:
                raise WindowGone
            self._news.wait(within_s)

    # On the UI thread

    def _look(self) -> None:
        from kivy.core.window import Window

        Window.bind(on_flip=self._drawn)
        Window.canvas.ask_update()

    def _drawn(self, window: Any) -> None:
        from kiosk.ui.screens.idle.screen import IdleDialog

        page = current_page(window)
        if page is None or page.view is None:
            return
        asking = any(isinstance(child, IdleDialog) for child in window.children)
        with self._news:
            before = self._history[-1] if self._history else None
        if before is not None and (before.number, before.asking) == (page.number, asking):
            return
        seen = _read(page, asking)
        if before is None or type(before.content) is not type(page.view):
            self._shoot(window, page)
        with self._news:
            if len(self._history) < HISTORY_MAX:
                self._history.append(seen)
            self._news.notify_all()

    def _shoot(self, window: Any, page: Any) -> None:
        """The frame that was just drawn, as PNG; packed and written by another thread."""
        holds_code = self.phone_up and isinstance(page.view, views.Identify)
        if holds_code or self._taken >= SHOTS_MAX:
            return
        import numpy as np
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        from kiosk.ui.png import write_png

        self._taken += 1
        width, height = int(window.width), int(window.height)
        raw = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        pixels = np.frombuffer(raw, np.uint8).reshape(height, width, 3)[::-1]
        self._writer.submit(write_png, self._shots / f"{self._taken:02d}_{screen_folder(page)}.png", pixels)


def current_page(window: Any) -> Any:
    """The screen in the window, below any dialog; None before the first."""
    from kiosk.ui.screens.base import Page

    return next((child for child in window.children if isinstance(child, Page)), None)


def screen_folder(page: Any) -> str:
    """The name of a screen's folder: `who_pays`."""
    return str(type(page).__module__.split(".")[-2])


def shown_boxes(root: Any) -> Iterator[Any]:
    """A widget and all below it that is shown, first to last."""
    if not getattr(root, "shown", True):
        return
    yield root
    for child in reversed(root.children):
        yield from shown_boxes(child)


def _read(page: Any, asking: bool) -> Seen:
    """All that can be read on a screen, as its widgets draw it."""
    boxes = list(shown_boxes(page))
    texts = frozenset(text for box in boxes if isinstance(text := getattr(box, "text", None), str))
    amounts = frozenset(fen for box in boxes if isinstance(fen := getattr(box, "fen", None), int))
    return Seen(page.number, page.view, texts, amounts, asking)
