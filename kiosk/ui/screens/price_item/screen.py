"""19: one price, the same for everybody, and a marked estimate of one's own part.

The estimate is never to the cent and always says that it is one: dashed frame, "about",
and a chip.
"""

from __future__ import annotations

from typing import Any, ClassVar

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import PriceItem
from kiosk.ui.screens.base import LandscapePage, Page, load_kv
from kiosk.ui.screens.price_search.screen import class_words
from kiosk.ui.text.amounts import as_of_words, share_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.lists import Repeat, TapRow
from kiosk.ui.widgets.split import Part

SCHEMES = (("employee", "ins.emp"), ("resident", "ins.res"), ("none", "ins.none"))


class SameList(Repeat):
    """Others with the same substance. Dispatches `on_open` with an item's code."""

    __events__ = ("on_open",)

    def make(self) -> TapRow:
        row = TapRow(row_h=94, lines_max=2, sub_lines_max=1)
        row.bind(on_tap=lambda touched: self.dispatch("on_open", touched.arg))
        return row

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.text, row.sub, row.mark = item.name, item.spec, class_words(item)
        row.fen, row.arg, row.last = item.price_fen, item.code, index == len(self.items) - 1

    def on_open(self, code: str) -> None:
        """Default: nothing; the layout tells it."""


class _Item:
    """What both layouts say."""

    MOCKUP: ClassVar[str] = "19_price_item"
    now: Any

    def sub(self, view: PriceItem) -> str:
        """Size and maker."""
        return tr("why8.comma").join(part for part in (view.row.spec, view.maker) if part)

    def same_words(self, view: PriceItem) -> str:
        """One price for all, and what insurance counts at most."""
        if view.limit_fen is None:
            return tr("item.same0")
        return tr("item.same", limit=yuan_text(view.limit_fen))

    def class_words(self, view: PriceItem) -> str:
        """The class of the item."""
        return class_words(view.row)

    def schemes(self) -> tuple[tuple[str, str], ...]:
        """Whose part is asked about."""
        return tuple((value, tr(key)) for value, key in SCHEMES)

    def estimated(self, view: PriceItem) -> bool:
        """Whether there is anything to estimate."""
        return view.estimate_you_yuan is not None

    def parts(self, view: PriceItem) -> tuple[Part, ...]:
        """The estimated bar, in whole yuan."""
        fund, you = view.estimate_fund_yuan or 0, view.estimate_you_yuan or 0
        return (
            Part("fund", fund, tr("item.f", n=fund), tr("item.f.short", n=fund)),
            Part("you", you, tr("item.y", n=you), tr("item.f.short", n=you)),
        )

    def how(self, view: PriceItem) -> str:
        """How the estimate comes about, or why there is none."""
        if not self.estimated(view):
            return tr("item.how.none" if view.scheme == "none" else "item.how.own")
        fund = share_words(view.fund_percent)
        if view.first_percent not in ("", "0"):
            return tr("item.how.first", first=share_words(view.first_percent), fund=fund)
        return tr("item.how.plain", fund=fund)

    def foot(self, view: PriceItem) -> str:
        """As of when, and where to complain."""
        when = as_of_words(view.as_of, self.now())
        return tr("price.foot", when=when, phone=view.complaint)


class PriceItemPage(_Item, Page):
    """Portrait."""


class PriceItemPageLandscape(_Item, LandscapePage):
    """Lobby: the price on the left, one's own part on the right."""


load_kv(__file__)
