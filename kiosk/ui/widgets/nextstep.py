"""Where to go: a number as large as a door sign, the place, the time."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.basics import Ground, SheetBeside, Words
from kiosk.ui.widgets.flex import Column


class _Number(Ground, Column):
    """The plate in accent at the sheet's left edge, rounded only on that side."""

    def paint(self) -> None:
        radius = theme.current().px(32)
        self.canvas.before.clear()
        with self.canvas.before:
            paint.fill(self.x, self.y, self.width, self.height, radius, "accent")
            paint.fill(self.x + radius, self.y, self.width - radius, self.height, 0, "accent")


class NextStep(SheetBeside):
    """One step with its window; `step` is a `views.NextStepRow` or None (then not shown)."""

    step = ObjectProperty(None, allownone=True)
    ready = StringProperty("")
    later = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pad=[0, 0, 0, 0], align="stretch", min_h=376, **kwargs)
        self._plate = _Number(role="accent", w=316, justify="center", align="center")
        self._number = Words(type=220, bold=True, role="onaccent", line_height=1.25)
        self._word = Words(type=40, bold=True, role="onaccent")
        self._plate.add_widget(self._number)
        self._plate.add_widget(self._word)
        self._what = Words(type=56, bold=True, line_height=1.3)
        self._where = Words(type=40)
        self._ready = Words(role="ink2")
        self._later = Words(role="ink2", type="small")
        texts = Column(grow=1, pad=[44, 24, 44, 24], gap=8, justify="center")
        for box in (
            Words(text=tr("done.next"), role="ink2"),
            self._what,
            self._where,
            self._ready,
            self._later,
        ):
            texts.add_widget(box)
        self.add_widget(self._plate)
        self.add_widget(texts)
        for name in ("step", "ready", "later"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        step = self.step
        self.shown = step is not None
        if step is None:
            return
        self._plate.shown = bool(step.window)
        self._number.text, self._word.text = step.window, tr("done.win")
        self._number.type = 220 if len(step.window) <= 1 else 150 if len(step.window) == 2 else 96
        self._what.text, self._where.text = step.what, step.where
        self._ready.text, self._ready.shown = self.ready, bool(self.ready)
        self._later.text, self._later.shown = self.later, bool(self.later)
