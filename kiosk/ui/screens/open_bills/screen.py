"""06: what there is to pay, bill by bill, line by line. A bill can be left for later.

Two bills with nine lines fit; beyond that the lines of a bill are summed up, and beyond
that the bills come in pages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import BillRow, Bills, LineRow
from kiosk.ui import theme
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text import setting
from kiosk.ui.text.amounts import when_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.basics import Amount, Ground, Hair, Sheet, Words
from kiosk.ui.widgets.buttons import TickBox
from kiosk.ui.widgets.flex import Beside, Column
from kiosk.ui.widgets.lists import Repeat
from kiosk.ui.widgets.notices import Mark
from kiosk.ui.widgets.touch import Tap

BILLS_MAX = 3
"""Bills on one page."""
ROOM = 979
PAGER_ROOM = 128
"""Height for bills on the portrait panel, and what the way to the next page takes of it."""
BILL_H, LINE_H, LONG_LINE_H, MORE_H, GAP_H = 170, 61, 72, 42, 24
"""A bill without lines, a fee line, one with a long name, the line that says how many more, the gap between
bills."""
NAME_W = 700
"""What the widest mark and quantity leave of a line for its name and its amount."""
AMOUNT_W = 130
"""Room for the amounts of a bill's lines; sums from 1,000.00 on take more, for all lines alike."""

MARKS = {"own": "cls.own", "pre_self": "cls.part", "over_limit": "cls.over"}


@dataclass(frozen=True, slots=True)
class BillWords:
    """One bill as it is shown."""

    bill_id: str
    head: str
    sub: str
    fen: int
    chosen: bool
    off: str
    lines: tuple[LineRow, ...]
    amount_w: int
    hidden_lines: int


def bill_words(view: Bills, now: Any, first: int) -> tuple[BillWords, ...]:
    """The bills of one page, their lines cut to what fits."""
    rows = view.rows[first : first + BILLS_MAX]
    if not rows:
        return ()
    line_h = LONG_LINE_H if any(_is_long(line) for row in rows for line in row.lines) else LINE_H
    each = _lines_each([len(row.lines) for row in rows], line_h, paged=len(view.rows) > BILLS_MAX)
    return tuple(_bill(row, now, each) for row in rows)


def _is_long(line: LineRow) -> bool:
    """Whether a name may take two lines, in the narrowest place that it can get."""
    look = theme.current()
    wide_px = setting.width(line.name, look.type_px("body"), False)
    return wide_px > look.px(NAME_W) - amount_w((line,))


def _lines_each(counts: list[int], line_h: int, paged: bool) -> int:
    """How many fee lines of each bill fit: all of them, or an even share with "so many more" below."""
    room = ROOM - (PAGER_ROOM if paged else 0) - GAP_H * (len(counts) - 1) - BILL_H * len(counts)
    if line_h * sum(counts) <= room:
        return max(counts)
    return max(0, (room - MORE_H * len(counts)) // line_h // len(counts))


def _bill(row: BillRow, now: Any, lines: int) -> BillWords:
    key = "bill.a" if row.kind == "medicine" else "bill.b"
    count = len(row.lines)
    if count == lines + 1:
        lines = count  # "1 more" takes nearly the room of the line itself
    return BillWords(
        bill_id=row.bill_id,
        head=tr("bill.titled", title=row.title, n=count) if row.title else tr(key, n=count),
        sub=tr("bill.from", dept=row.dept, doctor=row.doctor, when=when_words(row.at, now)),
        fen=row.amount_fen,
        chosen=row.chosen,
        off=tr(f"code.{row.off_code}") if row.off_code else "",
        lines=row.lines[:lines],
        amount_w=amount_w(row.lines[:lines]),
        hidden_lines=max(0, count - lines),
    )


def amount_w(lines: tuple[LineRow, ...]) -> int:
    """The room, in design units, in which the amounts of these lines stand under each other."""
    look = theme.current()
    size_px = look.type_px("body")
    widest_px = max((setting.width(yuan_text(line.amount_fen), size_px, False) for line in lines), default=0)
    return max(AMOUNT_W, math.ceil(widest_px / look.scale) + 1)


class FeeLine(Beside):
    """Name, quantity, mark, amount on one line; a long name is set smaller, on two."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(gap=16, min_h=61, **kwargs)
        self._name = Words(lines_max=2)
        self._quantity = Words(type="small", role="ink2")
        self._mark = Mark()
        self._amount = Words(align="right", w=AMOUNT_W)
        what = Beside(gap=8, grow=1)
        what.add_widget(self._name)
        what.add_widget(self._quantity)
        for box in (what, self._mark, self._amount):
            self.add_widget(box)

    def put(self, line: LineRow, width: int) -> None:
        """Show this line, its amount in so many design units."""
        self._name.text = line.name
        self._quantity.text = f"×{line.quantity}" if line.quantity else ""
        self._mark.text = tr(MARKS[line.mark]) if line.mark else ""
        self._amount.text, self._amount.w = yuan_text(line.amount_fen), width


class BillHead(Tap, Ground, Beside):
    """The row that takes a bill in or leaves it for later."""

    bill_id = StringProperty("")
    text = StringProperty("")
    sub = StringProperty("")
    fen = NumericProperty(0)
    chosen = BooleanProperty(False)
    clear = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(gap=24, min_h=120, pad=[0, 12, 0, 12], **kwargs)
        self._box = TickBox()
        self._head = Words(type=40, bold=True, line_height=1.35, lines_max=1)
        self._sub = Words(type="small", role="ink2", line_height=1.35, lines_max=1)
        texts = Column(grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        self._amount = Amount(line_height=1.35)
        for box in (self._box, texts, self._amount):
            self.add_widget(box)
        for name in ("text", "sub", "fen", "chosen", "enabled"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._head.text, self._sub.text, self._amount.fen = self.text, self.sub, self.fen
        self._box.on = self.chosen
        ink = "ink" if self.chosen else "ink2"
        self._head.role = self._amount.role = ink

    def paint(self) -> None:
        """A pressed head shows a ground that reaches to the sheet's edge."""
        self.canvas.before.clear()
        if self.pressed:
            from kiosk.ui.widgets import paint

            px = theme.current().px
            with self.canvas.before:
                paint.fill(self.x - px(24), self.y, self.width + px(48), self.height, px(24), "asoft")


class BillSheet(Sheet):
    """One bill: its head and its lines."""

    bill = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pad=[40, 12, 40, 24], **kwargs)
        self.head = BillHead()
        self._lines = _Lines()
        self._more = Words(type="small", role="ink2")
        self._off = Words(type="small", role="warn", bold=True)
        self.add_widget(self.head)
        self.add_widget(Hair())
        lines = Column(pad=[0, 12, 0, 0])
        for box in (self._lines, self._more, self._off):
            lines.add_widget(box)
        self.add_widget(lines)
        self.fbind("bill", self._dress)

    def _dress(self, *_: Any) -> None:
        bill = self.bill
        if bill is None:
            self._lines.items = ()
            self.head.text = self.head.sub = self._off.text = ""
            return
        self.head.bill_id, self.head.text, self.head.sub = bill.bill_id, bill.head, bill.sub
        self.head.fen, self.head.chosen, self.head.enabled = bill.fen, bill.chosen, not bill.off
        self._lines.amount_w = bill.amount_w
        self._lines.items = bill.lines
        more = "bill.more" if bill.lines else "bill.lines"
        self._more.text = tr(more, n=bill.hidden_lines) if bill.hidden_lines else ""
        self._off.text = bill.off


class _Lines(Repeat):
    amount_w = NumericProperty(AMOUNT_W)
    """Set before `items`."""

    def make(self) -> FeeLine:
        return FeeLine()

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.put(item, self.amount_w)

    def dress_empty(self, row: Any) -> None:
        row.put(LineRow("", "", 0), AMOUNT_W)


class BillList(Repeat):
    """The bills of this page. Dispatches `on_toggle` with a bill's id."""

    __events__ = ("on_toggle",)

    def make(self) -> BillSheet:
        sheet = BillSheet()
        sheet.head.bind(on_tap=lambda head: self.dispatch("on_toggle", head.bill_id))
        return sheet

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.bill = item

    def dress_empty(self, row: Any) -> None:
        row.bill = None

    def on_toggle(self, bill_id: str) -> None:
        """Default: nothing; the layout tells it."""


class OpenBillsPage(Page):
    """The bills, and the way on to who pays what."""

    MOCKUP = "06_open_bills"
    first = NumericProperty(0)

    def bills(self, view: Bills, first: int) -> tuple[BillWords, ...]:
        """For the layout: see `bill_words`."""
        return bill_words(view, self.now(), int(first))

    def show(self, view: Any) -> None:
        """A shorter list never leaves an empty page behind."""
        if self.first >= len(view.content.rows):
            self.first = 0
        super().show(view)

    def pages(self, view: Bills) -> bool:
        """Whether there are more bills than one page holds."""
        return len(view.rows) > BILLS_MAX

    def turn(self) -> None:
        """The next page; after the last the first."""
        self.first = self.first + BILLS_MAX if self.first + BILLS_MAX < len(self.view.rows) else 0

    def chosen(self, view: Bills) -> int:
        """How many bills are taken in."""
        return sum(row.chosen for row in view.rows)

    def next_enabled(self, view: Bills) -> bool:
        """There is something to pay for and nothing is being asked."""
        return view.chosen_lines > 0 and not view.busy

    def head(self, view: Bills) -> str:
        """How many bills there are."""
        if not view.rows:
            return tr("bill.none")
        return tr("bill.head", n=len(view.rows)) if len(view.rows) > 1 else tr("bill.head.1")


load_kv(__file__)
