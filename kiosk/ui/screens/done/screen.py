"""12: done, what was paid, where to go next, take your card."""

from __future__ import annotations

import math
from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import Finished, NextStepRow
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr

TICK_S = 1.0


class DonePage(Page):
    """Leaves by itself when the time is over: the journey says when, the button shows it."""

    MOCKUP = "12_done"
    left_s = NumericProperty(0)

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        self._until_s = 0.0
        super().__init__(*arguments, **kwargs)
        self._ticking = Clock.create_trigger(self._tick, TICK_S, interval=True)

    def show(self, view: Any) -> None:
        """All stops lie behind."""
        super().show(view)
        self.stepper.now = len(self.stepper.names) + 1
        self.left_s = view.content.leave_s

    def on_shown(self) -> None:
        """Count down from here. A newer view (the card is out) does not begin anew."""
        self._until_s = Clock.time() + self.view.leave_s - self.age_s()
        self._tick()
        self._ticking()

    def on_hidden(self) -> None:
        """Stop counting."""
        self._ticking.cancel()

    def _tick(self, *_: Any) -> None:
        self.left_s = max(0, math.ceil(self._until_s - Clock.time() - 0.05))

    def sub(self, view: Finished) -> str:
        """What was paid, and what is left."""
        cash, balance = yuan_text(view.cash_fen), yuan_text(view.balance_fen)
        if view.refund:
            return tr("done.sub.refund", amount=cash)
        if view.insured and view.balance_fen > 0:
            return tr("done.sub", amount=cash, balance=balance)
        return tr("done.sub.cash", amount=cash)

    def step(self, view: Finished) -> NextStepRow | None:
        """The first thing to do now, if there is one."""
        return view.steps[0] if view.steps else None

    def ready(self, view: Finished) -> str:
        """When, and under which name it is called."""
        step = self.step(view)
        if step is None or not step.time:
            return ""
        return tr("done.ready", time=step.time, n=view.name)

    def later_steps(self, view: Finished) -> str:
        """What comes after the first step, in one line."""
        names = [tr("done.then", what=step.what, where=step.where) for step in view.steps[1:3]]
        return "\n".join(names)

    def slip_head(self, view: Finished) -> str:
        """Where the papers are."""
        if view.paper_off:
            return tr("done.slip.off")
        return tr("done.slip.refund") if view.refund else tr("done.slip")

    def slip_sub(self, view: Finished) -> str:
        """How many come out, or where else they are to be had."""
        if not view.paper_off:
            return tr("done.slip.s", n=view.papers)
        return tr("done.slip.off.s") if view.invoice_qr else tr("done.slip.off.window")

    def code_text(self, view: Finished) -> str:
        """What the code holds: the invoice where there is one, else the look-up."""
        return view.invoice_qr or view.lookup_qr

    def code_head(self, view: Finished) -> str:
        """The words beside the code."""
        return tr("done.inv") if view.invoice_qr else tr("done.look")

    def code_sub(self, view: Finished) -> str:
        """What the code is good for."""
        return tr("done.inv.s") if view.invoice_qr else tr("done.look.s")


load_kv(__file__)
