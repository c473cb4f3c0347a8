"""A good answer too: the hospital declares nothing to be returned."""

from __future__ import annotations

from kiosk.ui.screens.base import Page, load_kv


class NothingToRefundPage(Page):
    """Says how a refund comes about, because the terminal cannot start one by itself."""

    MOCKUP = "26_refund"


load_kv(__file__)
