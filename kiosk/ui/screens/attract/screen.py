"""01: the whole idea in two lines, three ways in, one button."""

from __future__ import annotations

from kiosk.ui.screens.base import Page, load_kv


class AttractPage(Page):
    """Shows nothing of anybody. Nothing moves here: an idle terminal wakes once a second."""

    MOCKUP = "01_attract"


load_kv(__file__)
