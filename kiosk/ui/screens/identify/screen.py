"""03: two ways in at once. The terminal notices by itself which one is used."""

from __future__ import annotations

from kiosk.journeys.views import Identify
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text import i18n
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.camera import Preview


class IdentifyPage(Page):
    """Camera window and card slot. A device that is not there is not offered."""

    MOCKUP = "03_identify"
    preview: Preview | None = None

    def head(self, view: Identify) -> str:
        """The question, for what this terminal has."""
        if view.busy:
            return tr("id.quiet" if view.quiet else "id.busy")
        if view.camera and view.card:
            return tr("id.head")
        return tr("id.head.code" if view.camera else "id.head.card")

    def sub(self, view: Identify) -> str:
        """The line below it."""
        if view.for_refund:
            return tr("id.sub.refund")
        return tr("id.sub" if view.camera and view.card else "id.sub.one")

    def hint(self, view: Identify) -> str:
        """What would help; the wrong kind of code has a screen of its own (03b)."""
        key = f"hint.{view.hint}"
        return tr(key) if i18n.has(key) else ""

    def state(self, view: Identify) -> str:
        """State of the camera window."""
        if view.busy:
            return "read"
        return "seen" if view.hint else "searching"

    def on_shown(self) -> None:
        """The camera window lives only while it is seen."""
        if self.view.camera:
            self.ids.camera.start(self.preview)

    def on_hidden(self) -> None:
        """The last frame is forgotten with the screen."""
        self.ids.camera.stop()


load_kv(__file__)
