"""The reading process: it alone opens the camera, and it may be ended at any moment.

Over its pipe it is told the visit to watch for, and answers with messages. A
closed pipe means that the parent is gone, and then it goes too.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from hw.scanner._capture import Capture
from hw.scanner._frozen import SamePicture
from hw.scanner._opencv import cv2
from hw.scanner._preview import PreviewMemory
from hw.scanner._wire import CLOSED, Message, Order, Word
from hw.scanner.classify import RepeatFilter, classify
from hw.scanner.decode import Reading, StreamDecoder
from hw.scanner.gate import MotionGate
from hw.scanner.hint import HintKeeper, judge
from hw.scanner.port import Failure, Limits, SourceSpec
from hw.scanner.sources import Picture, is_live

NICENESS = 5
"""Decoding gives way to the screen when the cores are short."""


@dataclass(frozen=True, slots=True)
class ChildSetup:
    """What the child is born with."""

    source: SourceSpec
    preview_name: str
    preview_width: int
    preview_height: int
    limits: Limits


_MAY_COME_BACK = (Failure.NO_CAMERA, Failure.CAMERA_GONE, Failure.CAMERA_REFUSED, Failure.STALLED)
"""A camera can be plugged in again; a film that ended or never was one stays so."""


def main(pipe: Connection, setup: ChildSetup) -> None:
    """Entry of the spawned process. Returns when the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the terminal is the parent's to handle
    os.nice(NICENESS)
    preview = PreviewMemory(setup.preview_width, setup.preview_height, setup.preview_name)
    order = Order()
    try:
        while True:
            if order.visit == CLOSED:
                order = _heard(pipe)
            order = _serve(order, pipe, setup, preview)
    except (EOFError, ConnectionError):
        return
    finally:
        preview.close(remove=False)


def _heard(pipe: Connection) -> Order:
    order = pipe.recv()
    assert isinstance(order, Order)
    return order


def _serve(order: Order, pipe: Connection, setup: ChildSetup, preview: PreviewMemory) -> Order:
    """Watches the source for one visit; returns the next order."""
    pause_s = setup.limits.reopen_pause_s
    while order.visit != CLOSED:
        watch = _Watch(order, pipe, setup, preview)
        end = watch.run()
        if isinstance(end, Order):
            return end
        if watch.saw_pictures:
            pause_s = setup.limits.reopen_pause_s
        wait_s = pause_s if end in _MAY_COME_BACK else math.inf
        next_order = _order_within(order.visit, pipe, wait_s, setup.limits.beat_s)
        if next_order is not None:
            return next_order
        pause_s = min(pause_s * 2, setup.limits.reopen_pause_max_s)
    return order


def _order_within(visit: int, pipe: Connection, wait_s: float, beat_s: float) -> Order | None:
    """The parent's next order, if one comes in time."""
    until_s = time.monotonic() + wait_s
    while (left_s := until_s - time.monotonic()) > 0:
        pipe.send(Message(visit, Word.BEAT))
        if pipe.poll(min(left_s, beat_s)):
            return _heard(pipe)
    return None


class _Watch:
    """One opening of the source, from the first picture to the next order or the failure."""

    def __init__(self, order: Order, pipe: Connection, setup: ChildSetup, preview: PreviewMemory) -> None:
        self._visit = order.visit
        self._wanted = order.wanted
        self._pipe = pipe
        self._limits = setup.limits
        self._preview = preview
        self._is_live = is_live(setup.source)
        self._capture = Capture(setup.source)
        self._same = SamePicture()
        self._gate = MotionGate()
        self._decoder = StreamDecoder()
        self._hints = HintKeeper()
        self._repeats = RepeatFilter(setup.limits.repeat_quiet_s)
        self._may_show = _at_most_every(1.0 / setup.limits.preview_fps_max)
        self._may_beat = _at_most_every(setup.limits.beat_s)
        self._is_stuck = False
        self.saw_pictures = False

    def run(self) -> Order | Failure:
        """The order that ended the watching, or the failure that did."""
        try:
            end = self._until_end()
        finally:
            self._preview.wipe()
        if isinstance(end, Failure):
            self._pipe.send(Message(self._visit, Word.FAILED, end))
        if self._is_stuck or not self._capture.stop():
            # A thread stuck in the driver holds the device open: only the end of this process frees it.
            _end_at_once(self._pipe, self._preview)
        return end

    def _until_end(self) -> Order | Failure:
        last_picture_s = time.monotonic()
        while True:
            if self._pipe.poll():
                return _heard(self._pipe)
            newest = self._capture.take(self._limits.beat_s)
            now_s = time.monotonic()
            if isinstance(newest, Failure):
                return newest
            if newest is not None:
                last_picture_s = now_s
                if self._is_live and self._same.age_s(newest.grey, now_s) > self._limits.frozen_max_s:
                    return Failure.STALLED
                self._use(newest)
            patience_s = self._limits.stall_max_s if self.saw_pictures else self._limits.first_picture_max_s
            if now_s - last_picture_s > patience_s:
                self._is_stuck = True
                return Failure.STALLED
            if self._may_beat(now_s):
                self._pipe.send(Message(self._visit, Word.BEAT))

    def _use(self, picture: Picture) -> None:
        if not self.saw_pictures:
            self.saw_pictures = True
            self._pipe.send(Message(self._visit, Word.WATCHING, exposure=self._capture.exposure))
        if self._may_show(picture.taken_s):
            self._preview.write(to_preview(picture.bgr, self._preview.width, self._preview.height))
        if not self._gate.lets_through(picture.grey):
            return
        readings = self._decoder.read(picture.grey)
        for reading in readings:
            if self._repeats.is_new(reading.text, picture.taken_s):
                self._pipe.send(Message(self._visit, Word.SEEN, text=reading.text))
        self._advise(picture, readings)

    def _advise(self, picture: Picture, readings: list[Reading]) -> None:
        """Tells the parent when another hint is to be seen, or none any more."""
        before, sight = self._hints.shown, self._decoder.sight
        if readings:
            kinds = {classify(reading.text).kind for reading in readings}
            wrong = self._wanted is not None and not kinds & self._wanted
            self._hints.read(picture.taken_s, wrong=wrong)
        else:
            judgement = judge(sight, *picture.grey.shape) if sight is not None else None
            self._hints.unread(judgement, picture.taken_s)
        if sight is not None:
            self._gate.stay_open()
        if self._hints.shown != before:
            self._pipe.send(Message(self._visit, Word.HINT, hint=self._hints.shown))


def to_preview(bgr: npt.NDArray[np.uint8], width: int, height: int) -> memoryview:
    """RGB of exactly height x width x 3 bytes: the middle of the picture, filling the whole preview."""
    rows, columns = bgr.shape[:2]
    scale = max(width / columns, height / rows)
    keep_x, keep_y = min(columns, round(width / scale)), min(rows, round(height / scale))
    left, top = (columns - keep_x) // 2, (rows - keep_y) // 2
    middle = bgr[top : top + keep_y, left : left + keep_x]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(middle, (width, height), interpolation=way)
    return np.ascontiguousarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)).reshape(-1).data


def _at_most_every(period_s: float) -> Callable[[float], bool]:
    """A question that is answered yes at most once per period; a tenth of slack forgives jitter."""
    last_s = float("-inf")

    def may(now_s: float) -> bool:
        nonlocal last_s
        if now_s - last_s < period_s * 0.9:
            return False
        last_s = now_s
        return True

    return may


def _end_at_once(pipe: Connection, preview: PreviewMemory) -> NoReturn:
    pipe.close()
    preview.close(remove=False)
    sys.stderr.flush()
    os._exit(1)
