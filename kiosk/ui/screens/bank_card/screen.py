"""04b: the two cards side by side, the one that was inserted and the one that is needed."""

from __future__ import annotations

from kiosk.ui.screens.base import Page, load_kv


class BankCardPage(Page):
    """Goes on by itself when the card is out."""

    MOCKUP = "04b_bank_card"


load_kv(__file__)
