"""An event loop that sleeps until something happens.

Kivy's own loop polls SDL after each frame and dispatches what it found only after the
next clock sleep: 25 ms between finger and pixel at 60 frames a second, and 2 % of a core
with nothing moving. Here one turn is: sleep in SDL until an event, a timer or another
thread wants us; take the events; then Kivy's own `idle()`, which dispatches, lays out and
draws. Press and pixel fall into one turn, and an idle terminal wakes once a second.

Nothing of Kivy is changed: `EventLoop.mainloop` and `Clock.on_schedule` are hooks looked
up on the instance. Where the hooks or the SDL symbols are missing, `install` leaves the
stock loop in place at `STOCK_FPS` and says so.

Source of the method and its figures: measurement on Kivy 2.3.1 with SDL 2.30.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.base import EventLoop, ExceptionManager, ExceptionManagerBase, stopTouchApp
from kivy.clock import Clock

log = logging.getLogger(__name__)

IDLE_WAIT_MAX_S = 1.0
"""Longest sleep. A missed wake-up heals itself within this time."""
FRAME_S = 1 / 60
"""Pace of animations and of repeated redraws."""
MOVE_FRAME_S = 1 / 120
"""While a finger is down, moves within this time share one frame."""
STOCK_FPS = 120.0
"""Frame rate of Kivy's own loop where ours cannot run."""


class NoEventWait(Exception):
    """This Kivy or this SDL does not offer what the loop needs; the text says which."""


class _Sdl:
    """The three SDL calls, on the very library that Kivy has mapped into this process."""

    def __init__(self) -> None:
        library = ctypes.CDLL(str(_mapped_sdl()))
        try:
            self._wait = library.SDL_WaitEventTimeout
            self._push = library.SDL_PushEvent
            register = library.SDL_RegisterEvents
        except AttributeError as missing:
            raise NoEventWait(str(missing)) from missing
        self._wait.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._push.argtypes = [ctypes.c_void_p]
        register.argtypes = [ctypes.c_int]
        register.restype = ctypes.c_uint32
        event_type = register(1)
        if event_type == 0xFFFFFFFF:
            raise NoEventWait("SDL_RegisterEvents gave no event type")
        # SDL_Event is a union of 56 bytes that begins with its type.
        self._event = (ctypes.c_uint32 * 16)(event_type)

    def wait(self, milliseconds: int) -> None:
        """Sleep until an event is queued; the event stays in the queue."""
        self._wait(None, milliseconds)

    def push(self) -> None:
        """Queue our own event from any thread. Kivy's poll ignores its type."""
        self._push(ctypes.byref(self._event))


def _mapped_sdl() -> Path:
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        path = Path(line.rpartition(" ")[2])
        if path.name.startswith("libSDL2-"):
            return path
    raise NoEventWait("no SDL2 library in this process")


class EventDrivenLoop:
    """Replaces `EventLoop.mainloop` for this process. Has a life: install, run, wake."""

    def __init__(self) -> None:
        for needed in ("get_min_timeout", "get_events", "on_schedule", "_del_queue"):
            if not hasattr(Clock, needed):
                raise NoEventWait(f"this Kivy clock has no {needed}")
        self._sdl = _Sdl()
        self._main = threading.get_ident()
        self._pending = False
        self._waiting = False
        self._last_draw_s = 0.0
        self._last_turn_s = 0.0
        self.before_turn: Callable[[], None] | None = None
        """Called at the start of each turn, after the sleep: here the newest view is taken."""

    def install(self) -> None:
        """Take over pacing. Call on the main thread after the window exists."""
        Clock._max_fps = 0.0
        Clock.on_schedule = self._on_schedule
        EventLoop.mainloop = self.run
        if EventLoop.window is not None:
            EventLoop.window.bind(on_flip=self._on_flip)

    def wake(self) -> None:
        """End the current sleep. For any thread; many calls make one event."""
        if not self._pending:
            self._pending = True
            self._sdl.push()

    def run(self) -> None:
        """The main loop, until `EventLoop` is told to quit."""
        while not EventLoop.quit and EventLoop.status == "started":
            try:
                self.turn()
            except BaseException as fault:
                # As in the stock loop: Kivy's handlers decide, the default is to raise.
                if ExceptionManager.handle_exception(fault) == ExceptionManagerBase.RAISE:
                    stopTouchApp()
                    raise

    def turn(self, wait_max_s: float = IDLE_WAIT_MAX_S) -> None:
        """One turn: sleep, take events, dispatch, draw."""
        due_s = min(self._due_in_s(), wait_max_s)
        if due_s > 0:
            self._sleep(due_s)
        self._pending = False
        self._hold_moves()
        if self.before_turn is not None:
            self.before_turn()
        window = EventLoop.window
        if window:
            window.mainloop()
        self._last_turn_s = Clock.time()
        EventLoop.idle()

    def _on_schedule(self, _event: Any) -> None:
        if self._waiting or threading.get_ident() != self._main:
            self.wake()

    def _on_flip(self, *_: Any) -> None:
        self._last_draw_s = Clock.time()

    def _due_in_s(self) -> float:
        """Seconds until something on the clock wants to run; 0 for now."""
        if Clock._del_queue or self._pending:
            return 0.0
        now_s = Clock.time()
        wait_s = IDLE_WAIT_MAX_S
        timer_s = Clock.get_min_timeout()
        if timer_s <= 0:
            # Timeout 0 or -1: one-shots run now, repeating ones at the frame rate.
            if any(event.timeout <= 0 and not event.loop for event in Clock.get_events()):
                return 0.0
            wait_s = self._last_turn_s + FRAME_S - now_s
        else:
            wait_s = min(wait_s, timer_s - now_s)
        window = EventLoop.window
        if window and window.canvas.needs_redraw:
            wait_s = min(wait_s, self._last_draw_s + FRAME_S - now_s)
        return max(0.0, wait_s)

    def _sleep(self, seconds: float) -> None:
        """SDL sleeps in whole milliseconds; the rest, below one, is slept without it."""
        self._waiting = True
        milliseconds = int(seconds * 1000)
        if milliseconds:
            self._sdl.wait(milliseconds)
        elif not self._pending:
            time.sleep(seconds)
        self._waiting = False

    def _hold_moves(self) -> None:
        if any(event.is_touch for event in EventLoop.me_list):
            rest_s = self._last_draw_s + MOVE_FRAME_S - Clock.time()
            if rest_s > 0:
                time.sleep(rest_s)


def install() -> EventDrivenLoop | None:
    """Install the event-driven loop, or fall back to Kivy's own and return None.

    Call on the main thread after the window exists and before the loop runs.
    """
    try:
        loop = EventDrivenLoop()
    except (NoEventWait, OSError) as reason:
        log.warning("stock event loop at %.0f frames a second: %s", STOCK_FPS, reason)
        stock(STOCK_FPS)
        return None
    loop.install()
    return loop


def stock(fps: float) -> None:
    """Leave Kivy's own loop in place, at this frame rate."""
    Clock._max_fps = fps
