"""The bar with three hands, and the signs beside their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.text import setting
from kiosk.ui.theme import textures
from kiosk.ui.theme.tokens import Payer
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.basics import Amount, Hair, Words
from kiosk.ui.widgets.box import Box, Size
from kiosk.ui.widgets.flex import Beside, Column

PAYERS: tuple[Payer, ...] = ("fund", "acct", "you", "hosp")
BAR_GAP = 6
END_RADIUS = 24
INNER_RADIUS = 8
WORD_ROOM = 8
"""Free design units that a word needs on each side; else the legend carries it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One hand's share. `share` is any non-negative measure, fen as a rule; `words` may be empty."""

    payer: Payer
    share: int
    words: str = ""
    short: str = ""
    """Said instead where `words` do not fit."""


class SplitBar(Box):
    """Who pays which part, at a glance. A part of nothing is left out."""

    parts = ObjectProperty(())
    estimate = BooleanProperty(False)
    """A dashed frame around it: these are not facts yet."""
    least = NumericProperty(40)
    """No part is drawn narrower than this: what is paid is seen."""

    renews = ("estimate",)
    repaints = ("parts", "least")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 96)
        super().__init__(**kwargs)

    def natural(self, room_px: int) -> Size:
        return room_px, 0

    def segments(self) -> list[tuple[Part, int, int]]:
        """Each drawn part with its x offset and width in pixels."""
        parts = [part for part in self.parts if part.share > 0]
        look = theme.current()
        gap = look.px(BAR_GAP)
        widths = _to_scale(
            [part.share for part in parts],
            int(self.width) - gap * max(0, len(parts) - 1),
            look.px(self.least),
        )
        placed = []
        x = 0
        for part, width in zip(parts, widths, strict=True):
            placed.append((part, x, width))
            x += width + gap
        return placed

    def paint(self) -> None:
        self.canvas.before.clear()
        segments = self.segments()
        with self.canvas.before:
            for index, (part, x, width) in enumerate(segments):
                if width > 0:
                    radii = self._radii(index == 0, index == len(segments) - 1, width)
                    self._paint_part(part, int(self.x) + x, width, radii)
            if self.estimate:
                self._paint_dashes()

    def _radii(self, first: bool, last: bool, width: int) -> tuple[int, int, int, int]:
        px = theme.current().px
        left = min(px(END_RADIUS if first else INNER_RADIUS), width // 2)
        right = min(px(END_RADIUS if last else INNER_RADIUS), width // 2)
        return (left, right, right, left)

    def _paint_part(self, part: Part, x: int, width: int, radii: Sequence[int]) -> None:
        look = theme.current()
        height = int(self.height)
        paint.image(textures.segment(part.payer, width, height, tuple(radii)), x, self.y)
        size_px = look.type_px("body")
        side = look.px(WORD_ROOM if part.payer == "you" else WORD_ROOM + 14)
        for words in (part.words, part.short):
            text_px = setting.width(words, size_px, True)
            if words and text_px + 2 * side <= width:
                break
        else:
            return
        start = x + (width - text_px) // 2
        line_px = round(size_px * 1.3)
        if part.payer == "acct":  # stripes: the word lies on a plain plate
            pad = look.px(14)
            plate_px = line_px + 2 * look.px(4)
            plate_y = self.y + (height - plate_px) // 2
            paint.fill(start - pad, plate_y, text_px + 2 * pad, plate_px, look.px(12), "acct")
        top = self.y + (height + line_px) // 2
        ink = {"fund": "onfund", "acct": "onacct", "you": "onyou", "hosp": "ink", "into": "ink"}[part.payer]
        paint.words(words, size_px, True, start, top - setting.baseline_px(size_px, line_px), ink)

    def _paint_dashes(self) -> None:
        """A dashed frame, 4 thick and 8 away."""
        px = theme.current().px
        away = px(12)
        width, height = int(self.width) + 2 * away, int(self.height) + 2 * away
        texture = textures.dashed(width, height, px(END_RADIUS + 12), px(4), px(12))
        paint.image(texture, self.x - away, self.y - away, "edge")


def _to_scale(shares: Sequence[int], room: int, least: int) -> list[int]:
    """Widths in proportion that fill `room` exactly; small ones are widened to `least`."""
    whole = sum(shares) or 1
    small = {index for index, share in enumerate(shares) if room * share / whole < least}
    rest = room - least * len(small)
    rest_share = sum(share for index, share in enumerate(shares) if index not in small) or 1
    widths, given, seen = [], 0, 0
    for index, share in enumerate(shares):
        if index in small:
            widths.append(least)
            continue
        seen += share
        upto = round(rest * seen / rest_share)
        widths.append(upto - given)
        given = upto
    return widths


class Swatch(Box):
    """A payer's sign beside its word."""

    payer = OptionProperty("fund", options=[*PAYERS])
    side = NumericProperty(56)
    repaints = ("payer",)
    renews = ("side",)

    def natural(self, room_px: int) -> Size:
        side = theme.current().px(self.side)
        return side, side

    def paint(self) -> None:
        look = theme.current()
        side = look.px(self.side)
        self.canvas.before.clear()
        with self.canvas.before:
            texture = textures.swatch(self.payer, side, look.px(self.side * 16 / 56))
            paint.image(texture, self.x, self.y + (int(self.height) - side) // 2)


class LegendRow(Column):
    """Sign, who pays, amount. Rows stand under each other with a hairline between."""

    payer = OptionProperty("fund", options=[*PAYERS])
    text = StringProperty("")
    sub = StringProperty("")
    fen = NumericProperty(0)
    last = BooleanProperty(False)
    side = NumericProperty(56)
    text_type = ObjectProperty("body")
    sub_type = ObjectProperty("small")
    amount_type = ObjectProperty("h2")
    row_h = NumericProperty(94)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._swatch = Swatch()
        self._head = Words(bold=True, line_height=1.35)
        self._sub = Words(role="ink2", line_height=1.35)
        self._amount = Amount(line_height=1.35)
        texts = Column(grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        self._row = Beside(gap=24, pad=[0, 12, 0, 12])
        for box in (self._swatch, texts, self._amount):
            self._row.add_widget(box)
        self._hair = Hair()
        self.add_widget(self._row)
        self.add_widget(self._hair)
        for name in ("payer", "text", "sub", "fen", "last", "side", "text_type", "sub_type", "row_h"):
            self.fbind(name, self._dress)
        self.fbind("amount_type", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._swatch.payer, self._swatch.side = self.payer, self.side
        self._head.text, self._head.type = self.text, self.text_type
        self._sub.text, self._sub.type, self._sub.shown = self.sub, self.sub_type, bool(self.sub)
        self._amount.fen, self._amount.type = self.fen, self.amount_type
        self._amount.role = "you" if self.payer == "you" else "ink"
        self._row.min_h = self.row_h
        self._hair.shown = not self.last
        self.shown = self.fen > 0
