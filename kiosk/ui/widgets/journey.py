"""The line of the journey: across the top, and downwards while settling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty

from kiosk.ui import theme
from kiosk.ui.text import setting
from kiosk.ui.theme import textures
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.box import Box, Size

DOTS_STEP_S = 0.5
"""The three dots of the running stop change twice a second; nothing else loops."""


class Stepper(Box):
    """Five stops; `now` is the number of the current one from 1, beyond the last all are done."""

    now = NumericProperty(1)
    names = ObjectProperty(())
    repaints = ("now", "names")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 128)
        super().__init__(**kwargs)

    def natural(self, room_px: int) -> Size:
        return room_px, 0

    def paint(self) -> None:
        self.canvas.before.clear()
        count = len(self.names)
        if not count:
            return
        px = theme.current().px
        room = self.width / count
        top = int(self.top) - px(6)
        centre_y = top - px(27)
        with self.canvas.before:
            for index in range(count):
                self._paint_stop(index, round(self.x + room * (index + 0.5)), centre_y, round(room))

    def _paint_stop(self, index: int, x: int, y: int, room: int) -> None:
        look = theme.current()
        px, number = look.px, index + 1
        reached = number <= self.now
        half = px(27)
        if index:
            start = x - room + half
            line_px = px(6)
            length = room - 2 * half
            paint.fill(start, y - line_px // 2, length, line_px, 0, "accent" if reached else "line")
        size_px = look.type_px("small")
        if number < self.now:
            paint.fill(x - half, y - half, 2 * half, 2 * half, half, "accent")
            side = px(30)
            paint.image(textures.icon("check", side, 3.2), x - side // 2, y - side // 2, "onaccent")
        else:
            at_now = number == self.now
            paint.fill(x - half, y - half, 2 * half, 2 * half, half, "sheet" if at_now else "paper")
            ring_px, ring = (px(7), "accent") if at_now else (px(5), "edge")
            paint.outline(x - half, y - half, 2 * half, 2 * half, half, ring_px, ring)
            self._centred(str(number), size_px, True, x, y + half, 2 * half, "onsoft" if at_now else "ink2")
        top = y - half - px(10)
        now = number == self.now
        self._centred(self.names[index], size_px, now, x, top, round(size_px * 1.2), "ink" if now else "ink2")

    @staticmethod
    def _centred(text: str, size_px: int, bold: bool, x: int, top: int, line_px: int, role: str) -> None:
        start = x - setting.width(text, size_px, bold) // 2
        paint.words(text, size_px, bold, start, top - setting.baseline_px(size_px, line_px), role)


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the vertical line."""

    text: str
    sub: str
    state: Literal["done", "now", "later", "plain"]
    """`plain`: a numbered explanation, not a progress."""


class VerticalLine(Box):
    """Stations under each other with the line between them."""

    stations = ObjectProperty(())
    pitch = NumericProperty(132)
    """Least height of a station but the last, in design units."""
    lively = BooleanProperty(False)
    """The dots of the running station move."""

    renews = ("stations", "pitch")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._beat = 0
        self._clock = Clock.create_trigger(self._step, DOTS_STEP_S, interval=True)
        self.fbind("lively", self._set_lively)

    def _set_lively(self, *_: Any) -> None:
        if self.lively:
            self._clock()
        else:
            self._clock.cancel()

    def _step(self, *_: Any) -> None:
        self._beat = (self._beat + 1) % 3
        if self.get_root_window() is not None:
            self.repaint()

    def _text_room(self) -> tuple[int, int]:
        """Where the words start and how wide they may be."""
        start = theme.current().px(72 + 32)
        return start, int(self.width) - start

    def _heights(self, room_px: int) -> list[int]:
        look = theme.current()
        head_px, sub_px = look.type_px("h2"), look.type_px("body")
        heights = []
        stations: Sequence[Station] = self.stations
        for index, station in enumerate(stations):
            room = room_px - look.px(104)
            heads = len(setting.wrap(station.text, head_px, True, room))
            subs = len(setting.wrap(station.sub, sub_px, False, room)) if station.sub else 0
            height = look.px(6) + heads * round(head_px * 1.35) + subs * round(sub_px * 1.4)
            height = max(height, look.px(72))
            if index < len(stations) - 1:
                height = max(height + look.px(44), look.px(self.pitch))
            heights.append(height)
        return heights

    def natural(self, room_px: int) -> Size:
        return room_px, sum(self._heights(room_px))

    def paint(self) -> None:
        self.canvas.before.clear()
        top = int(self.top)
        heights = self._heights(int(self.width))
        with self.canvas.before:
            for index, (station, height) in enumerate(zip(self.stations, heights, strict=True)):
                self._paint_station(index, station, top, height)
                top -= height

    def _paint_station(self, index: int, station: Station, top: int, height: int) -> None:
        look = theme.current()
        px = look.px
        side, x = px(72), int(self.x)
        y = top - side
        if index < len(self.stations) - 1:
            role = "accent" if station.state == "done" else "line"
            paint.fill(x + side // 2 - px(3), top - height, px(6), height - side, 0, role)
        if station.state == "done":
            paint.fill(x, y, side, side, side // 2, "accent")
            icon_px = px(44)
            inset = (side - icon_px) // 2
            paint.image(textures.icon("check", icon_px, 3.2), x + inset, y + inset, "onaccent")
        else:
            now = station.state == "now"
            paint.fill(x, y, side, side, side // 2, "sheet")
            paint.outline(x, y, side, side, side // 2, px(10 if now else 6), "accent" if now else "edge")
            if now:
                self._paint_dots(x + side // 2, y + side // 2)
            else:
                size_px = look.type_px("body")
                start = x + (side - setting.width(str(index + 1), size_px, True)) // 2
                baseline = top - setting.baseline_px(size_px, side)
                paint.words(str(index + 1), size_px, True, start, baseline, "ink")
        self._paint_words(station, top - px(6))

    def _paint_dots(self, x: int, y: int) -> None:
        px = theme.current().px
        for place in range(3):
            side = px(11)
            centre = x + (place - 1) * px(16)
            alive = not self.lively or place == self._beat
            role = "onsoft" if alive else "edge"
            paint.fill(centre - side // 2, y - side // 2, side, side, side // 2, role)

    def _paint_words(self, station: Station, top: int) -> None:
        look = theme.current()
        start, room = self._text_room()
        for text, token, bold, height, role in (
            (station.text, "h2", True, 1.35, "ink"),
            (station.sub, "body", False, 1.4, "ink2"),
        ):
            size_px = look.type_px(token)
            line_px = round(size_px * height)
            for line in setting.wrap(text, size_px, bold, room) if text else ():
                baseline = top - setting.baseline_px(size_px, line_px)
                paint.words(line, size_px, bold, self.x + start, baseline, role)
                top -= line_px
