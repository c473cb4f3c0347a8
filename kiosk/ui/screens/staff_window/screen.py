"""Where people serve, for whoever cannot or will not go on here."""

from __future__ import annotations

from kiosk.journeys.views import StaffWindow
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr


class StaffWindowPage(Page):
    """The window, what to bring, and whom to ring."""

    MOCKUP = "none: in the grammar of 17, for the link to the staff on 03, 04a, 04b and 16"

    def where(self, view: StaffWindow) -> str:
        """The window's number."""
        return tr("window.1", window=view.window)

    def ring(self, view: StaffWindow) -> str:
        """The telephone, where the hospital has given one."""
        return tr("window.2s", phone=view.phone) if view.phone else tr("window.2s.none")


load_kv(__file__)
