"""The parent's side of the scanner: one reading process, started, watched, restarted, ended.

The caller never waits: every method returns at once, and a thread of this room
does the waiting. A decoder that crashes or hangs, or a driver that never returns,
costs a restart of the reading process and nothing else.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from hw.scanner._preview import Preview, PreviewMemory
from hw.scanner._reader import Reader
from hw.scanner._wire import CLOSED, Order, Word
from hw.scanner.classify import Code, CodeKind, classify
from hw.scanner.hint import Hint
from hw.scanner.port import Failure, Limits, Phase, ScannerState, SourceSpec

OnCode = Callable[[Code], None]
OnState = Callable[[ScannerState], None]
OnHint = Callable[[Hint | None], None]

PREVIEW_WIDTH_PX = 640
PREVIEW_HEIGHT_PX = 360
CLOSE_WAIT_MAX_S = 4.0
"""Longest that `close` waits for thread and process before it ends the process by force."""


def _ignore(_: object) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller wants: one visit's codes, or none. Replaced as a whole, never changed."""

    visit: int = CLOSED
    on_code: OnCode = _ignore
    on_state: OnState = _ignore
    on_hint: OnHint = _ignore
    wanted: frozenset[CodeKind] | None = None


class Scanner:
    """A camera that reads codes. Between `start` and `stop` codes arrive; after `stop` the camera is closed.

    Callbacks run in the scanner's own thread and must return quickly (put the value
    on a queue). The reading process is kept between visits, without a camera, so
    that the next start does not import OpenCV again. `__main__` must be importable
    without side effects, as for every spawned process.
    """

    def __init__(
        self,
        source: SourceSpec,
        *,
        preview_width: int = PREVIEW_WIDTH_PX,
        preview_height: int = PREVIEW_HEIGHT_PX,
        limits: Limits | None = None,
    ) -> None:
        self._source = source
        self._limits = limits or Limits()
        self._preview = PreviewMemory(preview_width, preview_height)
        self._wish = _Wish()
        self._visits = 0
        self._closing = False
        self._state = ScannerState(Phase.IDLE)
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._child: Reader | None = None
        self._told_visit = CLOSED  # what the child was told last
        self._served_visit = CLOSED  # the visit that the restarts below are counted for
        self._given_up_visit = CLOSED
        self._restarts_s: deque[float] = deque(maxlen=self._limits.restarts_max)
        self._restart_at_s = 0.0
        self._hint_is_shown = False
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self._thread.start()

    @property
    def state(self) -> ScannerState:
        return self._state

    @property
    def process_id(self) -> int | None:
        """The reading process, for health reports; None when there is none."""
        child = self._child
        return child.process.pid if child else None

    def start(
        self,
        on_code: OnCode,
        on_state: OnState | None = None,
        *,
        on_hint: OnHint | None = None,
        wanted: frozenset[CodeKind] | None = None,
    ) -> None:
        """Wants codes from now on. Also the way to try again after READER_GAVE_UP.

        `on_hint` hears what would help while a code is seen and not read, and None when the hint is to go.
        `wanted` are the kinds of use now: any other reaches `on_code` all the same, with WRONG_CODE as hint.
        """
        if self._closing:
            raise RuntimeError("a closed scanner cannot be started")
        self._visits += 1
        self._wish = _Wish(self._visits, on_code, on_state or _ignore, on_hint or _ignore, wanted)
        self._wake()

    def stop(self) -> None:
        """Wants no more codes: the camera is closed, the preview wiped.

        A callback that is running at this moment may still finish; codes of this
        visit never reach the callback of the next one.
        """
        self._wish = _Wish()
        if not self._closing:
            self._wake()

    def preview(self, after: int = 0) -> Preview | None:
        """The newest picture of the camera; None when it is still number `after` or none is there."""
        if self._closing or self._state.phase is not Phase.WATCHING:
            return None
        return self._preview.latest(after)

    def close(self) -> None:
        """Ends everything; the only method that waits, at most `CLOSE_WAIT_MAX_S`. May be called twice."""
        if self._closing:
            return
        self.stop()
        self._closing = True
        self._wake()
        self._thread.join(CLOSE_WAIT_MAX_S)
        if self._child is not None:
            self._child.end()
        self._preview.wipe()
        self._preview.close(remove=True)
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _wake(self) -> None:
        try:
            os.write(self._wake_in, b"!")
        except BlockingIOError:
            return  # full of earlier calls: it will wake anyway

    def _run(self) -> None:
        while not self._closing:
            wish = self._wish
            self._fulfil(wish)
            sources: list[Connection | int] = [self._wake_out]
            if self._child is not None:
                sources.append(self._child.pipe)
            ready = wait(sources, self._patience_s(wish))
            if self._wake_out in ready:
                os.read(self._wake_out, 4096)
            if self._child is not None and self._child.pipe in ready:
                self._hear(self._child)
            elif self._child is not None and self._child_is_silent():
                self._lost(Failure.READER_HUNG)
        if self._child is not None:
            self._child.end()
            self._child = None

    def _fulfil(self, wish: _Wish) -> None:
        """Brings the child to what is wanted."""
        if wish.visit == CLOSED:
            self._become(ScannerState(Phase.IDLE))
        if wish.visit == self._told_visit:
            return
        if wish.visit == CLOSED:
            self._tell(Order())
        elif wish.visit != self._given_up_visit:
            if wish.visit != self._served_visit:
                self._served_visit = wish.visit
                self._restarts_s.clear()
                self._restart_at_s = 0.0
                self._hint_is_shown = False
                self._become(ScannerState(Phase.STARTING))
            if self._child is None and time.monotonic() >= self._restart_at_s:
                self._child = Reader(self._source, self._preview, self._limits)
            if self._child is not None:
                self._tell(Order(wish.visit, wish.wanted))

    def _tell(self, order: Order) -> None:
        if self._child is not None and not self._child.tell(order):
            self._lost(Failure.READER_DIED)
        else:
            self._told_visit = order.visit

    def _hear(self, child: Reader) -> None:
        message, wish = child.hear(), self._wish
        if message is None:
            self._lost(Failure.READER_DIED)
            return
        if message.visit != wish.visit:
            return  # of an earlier visit: its codes are nobody's now
        match message.word:
            case Word.BEAT:
                pass
            case Word.WATCHING:
                self._become(ScannerState(Phase.WATCHING, exposure=message.exposure))
            case Word.FAILED:
                self._become(ScannerState(Phase.FAILED, message.failure))
            case Word.SEEN:
                wish.on_code(classify(message.text))
            case Word.HINT:
                self._hint_is_shown = message.hint is not None
                wish.on_hint(message.hint)

    def _patience_s(self, wish: _Wish) -> float | None:
        """How long to wait for anything at all; None while idle, so that an idle scanner costs nothing."""
        now_s = time.monotonic()
        if self._child is not None and self._told_visit != CLOSED:
            return max(0.0, self._child.silent_until_s - now_s)
        if wish.visit not in (CLOSED, self._given_up_visit):
            return max(0.0, self._restart_at_s - now_s)
        return None

    def _child_is_silent(self) -> bool:
        child = self._child
        return child is not None and self._told_visit != CLOSED and time.monotonic() > child.silent_until_s

    def _lost(self, failure: Failure) -> None:
        """The child is dead or as good as dead: end it, and decide whether and when to start another."""
        if self._child is not None:
            self._child.end()
        self._child, self._told_visit = None, CLOSED
        self._preview.wipe()
        if self._state.failure is Failure.STALLED:
            failure = Failure.STALLED  # it said why it ended
        now_s = time.monotonic()
        recent = [at_s for at_s in self._restarts_s if now_s - at_s < self._limits.restart_window_s]
        if len(recent) >= self._limits.restarts_max:
            self._given_up_visit = self._wish.visit
            failure = Failure.READER_GAVE_UP
        self._restarts_s.append(now_s)
        self._restart_at_s = now_s + self._limits.restart_pause_s * 2 ** len(recent)
        if self._wish.visit != CLOSED:
            self._become(ScannerState(Phase.FAILED, failure))

    def _become(self, state: ScannerState) -> None:
        if self._hint_is_shown and state.phase is Phase.FAILED:
            self._hint_is_shown = False
            self._wish.on_hint(None)
        if state != self._state:
            self._state = state
            self._wish.on_state(state)
