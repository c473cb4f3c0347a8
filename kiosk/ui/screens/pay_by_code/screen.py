"""10b: the camera looks for the phone's payment code, then the phone has to do the rest.

The amount stands where it stands on 10: a payment that takes another way is the same payment.
"""

from __future__ import annotations

from kivy.properties import BooleanProperty

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import PayByCode
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.camera import Preview

_HEADS = {
    "show": "paycode.show.head",
    "asking": "paycode.asking.head",
    "password": "paycode.password.head",
    "checking": "paycode.checking.head",
    "ending": "paycode.ending.head",
}
_SUBS = {
    "asking": "paycode.asking.sub",
    "password": "paycode.password.sub",
    "checking": "paycode.checking.sub",
    "ending": "paycode.ending.sub",
}


class PayByCodePage(Page):
    """Says before it looks that a code that is read is paid with."""

    MOCKUP = "none: drawn after 03 (the camera) and 10 (the amount)"
    preview: Preview | None = None
    before_patient = BooleanProperty(False)

    def show(self, view: object) -> None:
        """The camera window lives only while a code is looked for."""
        super().show(view)  # type: ignore[arg-type]
        self._look()

    def on_shown(self) -> None:
        """Begin to look."""
        self.before_patient = True
        self._look()

    def on_hidden(self) -> None:
        """The last frame, and the code in it, are forgotten with the screen."""
        self.before_patient = False
        self._look()

    def _look(self) -> None:
        if self.before_patient and self.view.stage == "show":
            self.ids.camera.start(self.preview)
        else:
            self.ids.camera.stop()

    def head(self, view: PayByCode) -> str:
        """What is to be done, or being done."""
        return tr(_HEADS[view.stage])

    def sub(self, view: PayByCode) -> str:
        """The line below it."""
        if view.stage == "show":
            return tr("paycode.show.sub", amount=yuan_text(view.cash_fen))
        return tr(_SUBS[view.stage])

    def hint(self, view: PayByCode) -> str:
        """What would help, over the camera window."""
        return tr(f"hint.{view.hint}") if view.hint else ""


load_kv(__file__)
