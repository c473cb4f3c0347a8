"""10: the amount, one code, and how long it holds.

The time left is counted here from the moment the view came, on the elapsed-time clock; the
journey decides when it is over.
"""

from __future__ import annotations

import math
from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty

from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr

TICK_S = 1.0


class PayQrPage(Page):
    """Waits for the phone. Goes on by itself when the payment is known."""

    MOCKUP = "10_pay_qr"
    left_s = NumericProperty(0)

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        self._until_s = 0.0
        super().__init__(*arguments, **kwargs)
        self._ticking = Clock.create_trigger(self._tick, TICK_S, interval=True)

    def show(self, view: Any) -> None:
        """A newer view brings its own time left."""
        super().show(view)
        self._until_s = Clock.time() + view.content.left_s - self.age_s()
        self._tick()

    def on_shown(self) -> None:
        """Count down while before the patient."""
        self._ticking()

    def on_hidden(self) -> None:
        """Stop counting."""
        self._ticking.cancel()

    def _tick(self, *_: Any) -> None:
        self.left_s = max(0, math.ceil(self._until_s - Clock.time() - 0.05))

    def left_words(self, left_s: float) -> str:
        """The time left in words."""
        minutes, seconds = divmod(int(left_s), 60)
        return tr("pay.left", minutes=minutes, seconds=seconds) if minutes else tr("pay.left.last", n=seconds)


load_kv(__file__)
