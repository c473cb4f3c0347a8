"""09: what insurance does not pay, with its price, before it is used. Agree or refuse."""

from __future__ import annotations

from typing import Any

from kiosk.journeys.views import Consent
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.lists import Repeat, Row

ITEMS_MAX = 5
"""Items that are listed; more are summed up in the last row."""


class ConsentItems(Repeat):
    """The items outside the fund."""

    def make(self) -> Row:
        return Row(text_type="h2", sub_type="body", row_h=120)

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.text, row.sub, row.fen = item
        row.last = index == len(self.items) - 1


class ConsentPage(Page):
    """The answer is recorded with the version of the text that was shown."""

    MOCKUP = "09_consent"

    def items(self, view: Consent) -> tuple[tuple[str, str, int], ...]:
        """Name, detail and amount of each row."""
        rows = [(item.name, item.detail, item.amount_fen) for item in view.items]
        if len(rows) <= ITEMS_MAX:
            return tuple(rows)
        rest = view.items[ITEMS_MAX - 1 :]
        more = (tr("bill.more", n=len(rest)), "", sum(item.amount_fen for item in rest))
        return (*rows[: ITEMS_MAX - 1], more)

    def several(self, view: Consent) -> bool:
        """Whether a sum below the items says more than the item itself."""
        return len(view.items) > 1

    def head(self, view: Consent) -> str:
        """The title, for one item or several."""
        return tr("con.head.n", n=len(view.items)) if self.several(view) else tr("con.head")

    def keep(self, view: Consent) -> str:
        """What becomes of the answer."""
        time = f"{self.seen_at.hour}:{self.seen_at.minute:02d}" if self.seen_at else ""
        return tr("con.keep", time=time, version=view.version)


load_kv(__file__)
