"""02: one large way for what most people came for, and the few others that work.

A function that is not there has no tile.
"""

from __future__ import annotations

from kiosk.journeys.views import Home
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text import i18n


class HomePage(Page):
    """The choice of journeys."""

    MOCKUP = "02_home"
    DOCK_HERE = "home"

    def notice(self, view: Home, part: str) -> str:
        """Title or text of the hospital's notice, in the patient's language where it was written in it."""
        if view.notice is None:
            return ""
        in_english: str = getattr(view.notice, f"{part}_en")
        own: str = getattr(view.notice, part)
        return own if i18n.language() == "zh" or not in_english else in_english


load_kv(__file__)
