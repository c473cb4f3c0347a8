"""Boxes that hold boxes: below each other, beside each other, on top of each other; and the top of a tree.

Same words as CSS flex: `gap`, `pad`, `grow`, `align`, `justify`.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty, OptionProperty, VariableListProperty

from kiosk.ui import theme
from kiosk.ui.widgets.box import Box, Size


class _Flex(Box):
    pad = VariableListProperty([0, 0, 0, 0])
    """Left, top, right, bottom, in design units."""
    gap = NumericProperty(0)
    justify = OptionProperty("start", options=["start", "center", "end", "between", "around"])
    renews = ("pad", "gap", "justify", "align")

    def _padding(self) -> tuple[int, int, int, int]:
        px = theme.current().px
        left, top, right, bottom = self.pad
        return px(left), px(top), px(right), px(bottom)

    def _spread(self, spare: int, count: int, gap: int) -> tuple[int, int]:
        """Room before the first child and between children, for what is left over."""
        if self.justify == "center":
            return spare // 2, gap
        if self.justify == "end":
            return spare, gap
        if self.justify == "between" and count > 1:
            return 0, gap + spare // (count - 1)
        if self.justify == "around" and count:
            return spare // (2 * count), gap + spare // count
        return 0, gap


def _share(spare: int, weights: list[float]) -> list[int]:
    """Split `spare` pixels by weight without losing one."""
    total = sum(weights)
    shares, given, seen = [], 0, 0.0
    for weight in weights:
        seen += weight
        upto = round(spare * seen / total) if total else 0
        shares.append(upto - given)
        given = upto
    return shares


class Column(_Flex):
    """Children below each other."""

    align = OptionProperty("stretch", options=["stretch", "left", "center", "right"])

    def natural(self, room_px: int) -> Size:
        left, top, right, bottom = self._padding()
        boxes = self.boxes()
        sizes = [box.size_in(room_px - left - right) for box in boxes]
        gaps = theme.current().px(self.gap) * max(0, len(boxes) - 1)
        width = max((size[0] for size in sizes), default=0)
        return width + left + right, sum(size[1] for size in sizes) + gaps + top + bottom

    def arrange(self) -> None:
        left, top, right, bottom = self._padding()
        boxes = self.boxes()
        room = int(self.width) - left - right
        sizes = [box.size_in(room) for box in boxes]
        gap = theme.current().px(self.gap)
        spare = (
            int(self.height) - top - bottom - sum(size[1] for size in sizes) - gap * max(0, len(boxes) - 1)
        )
        weights = [box.grow for box in boxes]
        extra = _share(max(0, spare), weights)
        start, gap = (0, gap) if sum(weights) else self._spread(max(0, spare), len(boxes), gap)
        y = int(self.top) - top - start
        for box, (width, height), more in zip(boxes, sizes, extra, strict=True):
            if self.align == "stretch" and not box.w:
                width = room
            x = int(self.x) + left
            if self.align == "center":
                x += (room - width) // 2
            elif self.align == "right":
                x += room - width
            box.place(x, y, width, height + more)
            y -= height + more + gap


class Beside(_Flex):
    """Children beside each other. Growing children start from nothing and share what is left.

    Where there is too little room, the widest of the others gets less.
    """

    align = OptionProperty("center", options=["stretch", "top", "center", "bottom"])

    def _sizes(self, room: int) -> list[Size]:
        boxes = self.boxes()
        gaps = theme.current().px(self.gap) * max(0, len(boxes) - 1)
        fixed = {id(box): box.size_in(room) for box in boxes if not box.grow}
        spare = room - gaps - sum(size[0] for size in fixed.values())
        if spare < 0 and fixed:
            widest = max((box for box in boxes if not box.grow), key=lambda box: fixed[id(box)][0])
            narrower = max(0, fixed[id(widest)][0] + spare)
            fixed[id(widest)] = (narrower, widest.size_in(narrower)[1])
        growing = [box for box in boxes if box.grow]
        widths = _share(max(0, spare), [box.grow for box in growing])
        grown = {id(box): (width, box.size_in(width)[1]) for box, width in zip(growing, widths, strict=True)}
        return [fixed.get(id(box)) or grown[id(box)] for box in boxes]

    def natural(self, room_px: int) -> Size:
        left, top, right, bottom = self._padding()
        sizes = self._sizes(room_px - left - right)
        gaps = theme.current().px(self.gap) * max(0, len(sizes) - 1)
        height = max((size[1] for size in sizes), default=0)
        return sum(size[0] for size in sizes) + gaps + left + right, height + top + bottom

    def arrange(self) -> None:
        left, top, right, bottom = self._padding()
        boxes = self.boxes()
        room = int(self.width) - left - right
        tall = int(self.height) - top - bottom
        sizes = self._sizes(room)
        gap = theme.current().px(self.gap)
        spare = room - sum(size[0] for size in sizes) - gap * max(0, len(boxes) - 1)
        start, gap = self._spread(max(0, spare), len(boxes), gap)
        x = int(self.x) + left + start
        for box, (width, height) in zip(boxes, sizes, strict=True):
            y = int(self.top) - top
            if self.align == "stretch":
                height = tall
            elif self.align == "center":
                y -= (tall - height) // 2
            elif self.align == "bottom":
                y -= tall - height
            box.place(x, y, width, height)
            x += width + gap


class Layers(Box):
    """Children on top of each other, each as large as the box, or at its own size in the middle."""

    def natural(self, room_px: int) -> Size:
        sizes = [box.size_in(room_px) for box in self.boxes()]
        return max((size[0] for size in sizes), default=0), max((size[1] for size in sizes), default=0)

    def arrange(self) -> None:
        for box in self.boxes():
            box.place(int(self.x), int(self.top), int(self.width), int(self.height))


class Spacer(Box):
    """Room that grows."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("grow", 1)
        super().__init__(**kwargs)


class Root(Column):
    """The top of a tree: fills the window and lays itself out before the next frame is drawn."""

    is_root = True

    def __init__(self, **kwargs: Any) -> None:
        self._trigger = Clock.create_trigger(self._lay_out, -1)
        self.window_px: Size = (0, 0)
        kwargs.setdefault("size_hint", (None, None))  # else Kivy's window would size it itself
        super().__init__(**kwargs)

    def plan(self) -> None:
        """Lay out before the next frame."""
        self._trigger()

    def fit(self, width: int, height: int) -> None:
        """Take this size, in pixels, and lay out now."""
        self.window_px = (width, height)
        self._stale = True
        self._lay_out()

    def _lay_out(self, *_: Any) -> None:
        width, height = self.window_px
        if width:
            self.place(0, height, width, height)
