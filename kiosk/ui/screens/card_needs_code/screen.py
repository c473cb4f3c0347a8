"""04a: a new card keeps its holder to itself; the phone's code is the way on."""

from __future__ import annotations

from kiosk.ui.screens.base import Page, load_kv


class CardNeedsCodePage(Page):
    """Nothing is wrong with the card, and nothing was taken."""

    MOCKUP = "04a_card_needs_code"


load_kv(__file__)
