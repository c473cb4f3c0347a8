"""11: the line downwards. No way back while money moves; Help stays."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import Settling
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.amounts import time_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.journey import Station

TICK_S = 1.0


class SettlingPage(Page):
    """What is happening now, since when, and what comes next."""

    MOCKUP = "11_settling"
    waited_s = NumericProperty(0)

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        self._since_s = Clock.time()
        super().__init__(*arguments, **kwargs)
        self._ticking = Clock.create_trigger(self._tick, TICK_S, interval=True)

    def show(self, view: Any) -> None:
        """The wait is counted from the step's beginning."""
        moved = view.content.now != self.view.now
        super().show(view)
        if moved:
            self._begin()

    def _begin(self) -> None:
        self._since_s = Clock.time() - self.age_s()
        self._tick()

    def on_shown(self) -> None:
        """Count and move while before the patient."""
        self._begin()
        self.ids.line.lively = True
        self._ticking()

    def on_hidden(self) -> None:
        """Nothing moves on a hidden screen."""
        self.ids.line.lively = False
        self._ticking.cancel()

    def _tick(self, *_: Any) -> None:
        self.waited_s = int(Clock.time() - self._since_s + 0.05)

    def stations(self, view: Settling, waited_s: float) -> tuple[Station, ...]:
        """The four steps; without a payment the first is left out."""
        paid = view.cash_fen > 0
        heads = [tr("run.2"), tr("run.3"), tr("run.4")]
        if paid:
            heads.insert(0, tr("run.1", amount=yuan_text(view.cash_fen)))
        now = view.now if paid else max(0, view.now - 1)
        return tuple(self._station(index, head, now, view, int(waited_s)) for index, head in enumerate(heads))

    def _station(self, index: int, head: str, now: int, view: Settling, waited_s: int) -> Station:
        if index < now:
            first = index == 0 and view.cash_fen > 0 and view.paid_at
            return Station(
                head, tr("run.1s", time=time_words(view.paid_at)) if first else tr("run.done"), "done"
            )
        if index == now:
            sub = tr("run.2s", seconds=waited_s) if waited_s else tr("run.begun")
            return Station(head, sub, "now")
        return Station(head, tr("run.3s"), "later")


load_kv(__file__)
