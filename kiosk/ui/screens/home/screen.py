"""02: one large way for what most people came for, and the few others that work.

A function that is not there has no tile; one that is off for now says why.
"""

from __future__ import annotations

from kiosk.journeys.views import Home
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr


class HomePage(Page):
    """The choice of journeys."""

    MOCKUP = "02_home"
    DOCK_HERE = "home"

    def settle_off(self, view: Home) -> str:
        """Why settling is off, in words; empty when it works."""
        if view.settle:
            return ""
        return tr(view.settle_off_key or "net.na")


load_kv(__file__)
