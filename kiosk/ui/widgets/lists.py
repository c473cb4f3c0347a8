"""Rows: something on the left, words, something on the right, a hairline between."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.widgets.basics import Amount, Ground, Hair, Icon, IconPlate, Words
from kiosk.ui.widgets.flex import Beside, Column
from kiosk.ui.widgets.notices import Mark
from kiosk.ui.widgets.touch import Tap


class Row(Column):
    """A row of a list: plate or number, head, sub, mark, amount, each if it is given."""

    text = StringProperty("")
    sub = StringProperty("")
    icon = StringProperty("")
    number = StringProperty("")
    mark = StringProperty("")
    mark_own = BooleanProperty(False)
    fen = NumericProperty(-1)
    """Below 0: no amount."""
    unit = StringProperty("")
    """A small word below the amount."""
    last = BooleanProperty(False)
    text_type = ObjectProperty("body")
    sub_type = ObjectProperty("small")
    row_h = NumericProperty(94)
    row_pad = NumericProperty(12)
    plate_side = NumericProperty(64)
    plate_round = BooleanProperty(True)
    chevron = BooleanProperty(False)
    lines_max = NumericProperty(0)
    """For heads of unknown length, see `Words.lines_max`."""
    sub_lines_max = NumericProperty(0)
    """The same for subs."""
    price_w = NumericProperty(0)
    """Width of the amounts' column where the rows above and below should agree."""

    _DRESSED = (
        "text", "sub", "icon", "number", "mark", "mark_own", "fen", "unit", "last", "text_type",
        "sub_type", "row_h", "row_pad", "plate_side", "plate_round", "chevron", "lines_max",
        "sub_lines_max", "price_w",
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plate = IconPlate()
        self._head = Words(bold=True, line_height=1.35)
        self._sub = Words(role="ink2", line_height=1.35)
        texts = Column(grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        self._mark = Mark()
        self._amount = Amount(line_height=1.35)
        self._unit = Words(type="small", role="ink2", align="right", line_height=1.35)
        self._price = Column(align="right")
        self._price.add_widget(self._amount)
        self._price.add_widget(self._unit)
        self._next = Icon(name="next", size_u=40, stroke=2.4, role="ink2")
        self._row = Beside(gap=24)
        for box in (self._plate, texts, self._mark, self._price, self._next):
            self._row.add_widget(box)
        self._hair = Hair()
        self.add_widget(self._row)
        self.add_widget(self._hair)
        for name in self._DRESSED:
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        plate = self._plate
        plate.name, plate.label = self.icon, self.number
        plate.shown = bool(self.icon or self.number)
        plate.side = self.plate_side
        plate.radius = self.plate_side / 2 if self.plate_round else round(self.plate_side / 3)
        plate.size_u = round(self.plate_side * 0.62)
        self._head.text, self._head.type = self.text, self.text_type
        self._sub.text, self._sub.type, self._sub.shown = self.sub, self.sub_type, bool(self.sub)
        self._head.lines_max, self._sub.lines_max = self.lines_max, self.sub_lines_max
        self._price.w = self.price_w
        self._mark.text, self._mark.own = self.mark, self.mark_own
        self._amount.fen = max(0, self.fen)
        self._unit.text, self._unit.shown = self.unit, bool(self.unit)
        self._price.shown = self.fen >= 0
        self._next.shown = self.chevron
        self._row.min_h = self.row_h
        self._row.pad = [0, self.row_pad, 0, self.row_pad]
        self._hair.shown = not self.last


class TapRow(Tap, Ground, Row):
    """A row that leads further; the whole row is the target."""

    arg = StringProperty("")
    clear = True

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("chevron", True)
        kwargs.setdefault("radius", 16)
        super().__init__(**kwargs)

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed else "sheet"

    def paint(self) -> None:
        """Only a pressed row has a ground of its own; it reaches a little past the words."""
        self.canvas.before.clear()
        if self.pressed:
            from kiosk.ui.widgets import paint

            px = theme.current().px
            with self.canvas.before:
                paint.fill(
                    self.x - px(16), self.y, self.width + 2 * px(16), self.height, px(self.radius), "asoft"
                )


class FactRow(Column):
    """A fact: its name on the left, its value on the right."""

    text = StringProperty("")
    value = StringProperty("")
    last = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = Words(type=40, role="ink2")
        self._value = Words(type=40, bold=True, align="right", grow=1)
        row = Beside(gap=24, min_h=126, pad=[0, 12, 0, 12])
        row.add_widget(self._name)
        row.add_widget(self._value)
        self._hair = Hair()
        self.add_widget(row)
        self.add_widget(self._hair)
        for name in ("text", "value", "last"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._name.text, self._value.text, self._hair.shown = self.text, self.value, not self.last


class Repeat(Column):
    """One widget per item of `items`, made by `make` and brought up to date by `dress`.

    Widgets are kept and reused when the list changes, so an update of a view builds
    nothing that is already there.
    """

    items = ObjectProperty(())

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fbind("items", self._fill)

    def make(self) -> Any:
        """A new row widget."""
        raise AssertionError("a Repeat is subclassed with make and dress")

    def dress(self, row: Any, item: Any, index: int) -> None:
        """Give a row widget its item."""
        raise AssertionError("a Repeat is subclassed with make and dress")

    def _fill(self, *_: Any) -> None:
        rows = list(reversed(self.children))
        for index, item in enumerate(self.items):
            if index >= len(rows):
                rows.append(self.make())
                self.add_widget(rows[-1])
            rows[index].shown = True
            self.dress(rows[index], item, index)
        for row in rows[len(self.items) :]:
            row.shown = False
            self.dress_empty(row)

    def dress_empty(self, row: Any) -> None:
        """Called for a spare row: it must not keep what it showed."""
        if hasattr(row, "text"):
            row.text = ""
        if hasattr(row, "sub"):
            row.sub = ""
