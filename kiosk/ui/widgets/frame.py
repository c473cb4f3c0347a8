"""What every screen has: header with the clock, the dock with five places, the row of actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.basics import Ground, Hair, Icon, IconPlate, Words
from kiosk.ui.widgets.box import Box
from kiosk.ui.widgets.flex import Beside, Column, Spacer
from kiosk.ui.widgets.notices import Badge, Chip
from kiosk.ui.widgets.touch import Tap

PLACES = (
    # name, icon, text: the same five, in the same order, on every screen
    ("back", "back", "nav.back"),
    ("home", "home", "nav.home"),
    ("help", "call", "nav.help"),
    ("display", "assist", "nav.assist"),
    ("language", "lang", "nav.lang"),
)


def date_words(day: dt.datetime) -> str:
    """`11月21日 周六`, `Sat 21 Nov`."""
    return tr(
        "hdr.date", month=tr(f"month.{day.month}"), day=day.day, weekday=tr(f"weekday.{day.isoweekday()}")
    )


class Header(Beside):
    """Hospital, place and the clock. Nothing here can be touched."""

    hospital = StringProperty("")
    place_name = StringProperty("")
    now = ObjectProperty(None, allownone=True)
    note = StringProperty("")
    """A short fact beside the clock, e.g. that nothing is recorded (lobby)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 144)
        kwargs.setdefault("pad", [48, 8, 48, 0])
        super().__init__(gap=20, **kwargs)
        mark = IconPlate(
            name="plus", size_u=48, stroke=3, side=72, radius=20, ground="accent", role="onaccent"
        )
        self._hospital = Words(bold=True, line_height=1.3, lines_max=2)
        # The line boxes are those of a small word in a line of body text.
        self._place = Words(type="small", role="ink2", line_height=1.56, lines_max=1)
        who = Column(grow=1)
        who.add_widget(self._hospital)
        who.add_widget(self._place)
        self._time = Words(type="h2", bold=True, line_height=1.2, align="right")
        self._date = Words(type="small", role="ink2", line_height=1.44, align="right")
        clock = Column(align="right")
        clock.add_widget(self._time)
        clock.add_widget(self._date)
        self._note = Chip(tone="info", icon="lock")
        for box in (mark, who, self._note, clock):
            self.add_widget(box)
        for name in ("hospital", "place_name", "now", "note"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._hospital.text, self._place.text = self.hospital, self.place_name
        self._note.text, self._note.shown = self.note, bool(self.note)
        if self.now is not None:
            self._time.text = f"{self.now.hour}:{self.now.minute:02d}"
            self._date.text = date_words(self.now)


class DockPlace(Tap, Ground, Column):
    """One of the five helpers. A place whose function does not apply stays empty."""

    name = StringProperty("")
    on = BooleanProperty(False)
    available = BooleanProperty(True)

    def __init__(self, icon: str, text: str, **kwargs: Any) -> None:
        super().__init__(role="sheet", radius=24, gap=6, justify="center", align="center", grow=1, **kwargs)
        self._icon = Icon(name=icon, size_u=48)
        self._words = Words(text=text, type="small", line_height=1.2)
        self.add_widget(self._icon)
        self.add_widget(self._words)
        self.fbind("on", self._dress)
        self.fbind("available", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        ink = "onsoft" if self.on else "ink"
        self._icon.role, self._words.role, self._words.bold = ink, ink, self.on
        self._icon.shown = self._words.shown = self.enabled = self.available
        self._show_press()

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed or self.on else "sheet"


class Dock(Ground, Column):
    """The five helpers on every screen. Dispatches `on_place` with back, home, help ...

    Below the screen; on a landscape panel a rail on the left, same order from the top.
    """

    __events__ = ("on_place",)

    places = ObjectProperty(None, allownone=True)
    """A `views.Dock`: which of the five apply."""
    here = StringProperty("")
    """The place that is being shown already."""

    def __init__(self, rail: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("w" if rail else "h", 160 if rail else 144)
        super().__init__(role="sheet", radius=0, **kwargs)
        self._rail = rail
        pad = [0, 16, 0, 16] if rail else [24, 0, 24, 0]
        row = (Column if rail else Beside)(pad=pad, grow=1, align="stretch")
        self.places_by_name: dict[str, DockPlace] = {}
        for name, icon, key in PLACES:
            place = DockPlace(icon, tr(key), name=name)
            place.bind(on_tap=lambda touched: self.dispatch("on_place", touched.name))
            frame = Column(pad=[8, 6, 8, 6] if rail else [4, 6, 4, 8], grow=1)
            frame.add_widget(place)
            row.add_widget(frame)
            self.places_by_name[name] = place
        if rail:
            self.add_widget(row)
        else:
            self.add_widget(Hair())
            self.add_widget(row)
        self.fbind("places", self._dress)
        self.fbind("here", self._dress)

    def _dress(self, *_: Any) -> None:
        for name, place in self.places_by_name.items():
            place.available = bool(self.places and getattr(self.places, name))
            place.on = name == self.here

    def paint(self) -> None:
        """A rail has its hairline on the right."""
        super().paint()
        if self._rail:
            line = theme.current().px(2)
            with self.canvas.before:
                paint.fill(self.right - line, self.y, line, self.height, 0, "line")

    def on_place(self, name: str) -> None:
        """Default: nothing; the screen tells it."""


class Actions(Beside):
    """The row above the dock: one filled button, at most one outlined on its left."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [48, 28, 48, 32])
        kwargs.setdefault("gap", 24)
        kwargs.setdefault("align", "stretch")
        super().__init__(**kwargs)


class Title(Column):
    """The one question of the screen, and a line below it."""

    text = StringProperty("")
    sub = StringProperty("")
    centred = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [0, 12, 0, 8])
        super().__init__(gap=8, **kwargs)
        self._head = Words(type="h1", bold=True, line_height=1.25)
        self._sub = Words(role="ink2")
        self.add_widget(self._head)
        self.add_widget(self._sub)
        for name in ("text", "sub", "centred"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._head.text, self._sub.text = self.text, self.sub
        self._sub.shown = bool(self.sub)
        self._head.align = self._sub.align = "center" if self.centred else "left"


class Trouble(Beside):
    """Badge and title of a screen that is not as hoped, or done."""

    text = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("warn")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [0, 20, 0, 4])
        super().__init__(gap=36, **kwargs)
        self._badge = Badge()
        self._head = Words(type="h1", bold=True, line_height=1.3, grow=1)
        self.add_widget(self._badge)
        self.add_widget(self._head)
        for name in ("text", "icon", "tone"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._badge.name, self._badge.tone, self._head.text = self.icon, self.tone, self.text


__all__ = ["Actions", "Box", "Dock", "DockPlace", "Header", "Spacer", "Title", "Trouble", "date_words"]
