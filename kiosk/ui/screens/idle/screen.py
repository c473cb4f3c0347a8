"""15: the question before a visit ends by itself, with the time left in a ring."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from kivy.clock import Clock
from kivy.properties import NumericProperty

from kiosk.journeys.intents import Intent
from kiosk.journeys.views import Bills, Consent, View, WhoPays, WhyLine
from kiosk.ui import theme
from kiosk.ui.screens.base import Tell, load_kv
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.flex import Root

TICK_S = 1.0
DOCK_H = 144
BEFORE_PAYMENT = (Bills, WhoPays, WhyLine, Consent)
"""Screens on which "nothing was paid" is true, and worth saying."""


class IdleDialog(Root):
    """Scrim over the screen and a sheet at its foot. Touches beside the buttons go nowhere."""

    MOCKUP: ClassVar[str] = "15_idle"
    left_s = NumericProperty(0)
    whole_s = NumericProperty(1)

    def __init__(self, view: View, tell: Tell) -> None:
        self._tell = tell
        self._number = view.number
        self._until_s = 0.0
        self._unpaid = False
        super().__init__(pad=[48, 0, 48, 20], justify="end")
        self._ticking = Clock.create_trigger(self._tick, TICK_S, interval=True)
        self.show(view)
        self._ticking()

    def show(self, view: View) -> None:
        """A newer view brings its own time left."""
        self._number = view.number
        self._unpaid = isinstance(view.content, BEFORE_PAYMENT)
        self._until_s = Clock.time() + view.idle_left_s
        self.left_s = view.idle_left_s
        self.whole_s = max(self.whole_s, view.idle_left_s)
        self.ids.words.text = self.sub(self.left_s)

    def stop(self) -> None:
        """Stop counting: the dialog goes away."""
        self._ticking.cancel()

    def fit(self, width: int, height: int) -> None:
        """Take the window above the dock."""
        self._above_px = theme.current().px(DOCK_H)
        super().fit(width, height)

    def _lay_out(self, *_: Any) -> None:
        width, height = self.window_px
        if width:
            self.place(0, height, width, height - self._above_px)

    def paint(self) -> None:
        """The scrim."""
        self.canvas.before.clear()
        with self.canvas.before:
            paint.fill(self.x, self.y, self.width, self.height, 0, "scrim")

    def on_touch_down(self, touch: Any) -> bool:
        """Swallow what is above the dock."""
        return bool(super().on_touch_down(touch)) or bool(self.collide_point(*touch.pos))

    def _tick(self, *_: Any) -> None:
        self.left_s = max(0, math.ceil(self._until_s - Clock.time() - 0.05))

    def sub(self, left_s: float) -> str:
        """How long, and what becomes of things."""
        key = "idle.sub" if self._unpaid else "idle.sub.plain"
        return tr(key, seconds=int(left_s))

    def tell(self, name: str) -> None:
        """Say what was touched."""
        self._tell(Intent(name, "", self._number))


load_kv(__file__)
