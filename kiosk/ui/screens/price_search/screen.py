"""18a, 18b: prices by the first letters of the pinyin. No identity, no network."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty

from kiosk.journeys.views import PriceRow, PriceSearch
from kiosk.ui.screens.base import LandscapePage, Page, load_kv
from kiosk.ui.text.amounts import as_of_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.lists import Repeat, TapRow

KINDS = (("all", "kind.all"), ("medicine", "kind.med"), ("service", "kind.svc"), ("supply", "kind.sup"))
ICONS = {"medicine": "pill", "service": "tube", "supply": "pack"}
CLASSES = {"甲": "cls.a", "乙": "cls.b", "丙": "cls.own"}


def class_words(row: PriceRow) -> str:
    """甲类, 乙类 or 自费; nothing where the class is not known."""
    return tr(CLASSES[row.item_class]) if row.item_class in CLASSES else ""


class HitList(Repeat):
    """The hits of one page. Dispatches `on_open` with an item's code."""

    __events__ = ("on_open",)

    row_h = NumericProperty(118)

    def make(self) -> TapRow:
        row = TapRow(
            text_type=38,
            row_h=self.row_h,
            row_pad=0,
            plate_side=76,
            plate_round=False,
            chevron=False,
            lines_max=2,
            sub_lines_max=1,
            price_w=190,
        )
        row.bind(on_tap=lambda touched: self.dispatch("on_open", touched.arg))
        return row

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.text, row.sub, row.icon = item.name, item.spec, ICONS.get(item.kind, "tag")
        row.mark, row.mark_own = class_words(item), item.item_class == "丙"
        row.fen, row.unit = item.price_fen, tr("item.unit", unit=item.unit) if item.unit else ""
        row.arg, row.last = item.code, index == len(self.items) - 1

    def on_open(self, code: str) -> None:
        """Default: nothing; the layout tells it."""


class _Search:
    """What both layouts say."""

    MOCKUP: ClassVar[str] = "18b_price_search_portrait"
    now: Any
    ids: Any

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The filter's choices."""
        return tuple((value, tr(key)) for value, key in KINDS)

    def found(self, view: PriceSearch) -> str:
        """How many, and which of them are shown."""
        if not view.typed:
            return tr("price.common") if view.rows else ""
        if view.found <= view.page_rows:
            return tr("price.found", n=view.found)
        last = min(view.first + view.page_rows, view.found)
        return tr("price.range", first=view.first + 1, last=last, n=view.found)

    def nothing(self, view: PriceSearch) -> bool:
        """Something was typed and there is no such price."""
        return not view.rows

    def foot(self, view: PriceSearch) -> str:
        """As of when, and where to complain."""
        when = as_of_words(view.as_of, self.now())
        return tr("price.foot", when=when, phone=view.complaint)

    def on_shown(self) -> None:
        """The caret blinks only while it is seen."""
        self.ids.field.blinking = True

    def on_hidden(self) -> None:
        """Nothing moves on a hidden screen."""
        self.ids.field.blinking = False


class PriceSearchPage(_Search, Page):
    """Portrait: field, filter, hits, keys below."""


class PriceSearchPageLandscape(_Search, LandscapePage):
    """Lobby: what I do on the left, what I see on the right."""

    MOCKUP = "18a_price_search_lobby"


load_kv(__file__)
