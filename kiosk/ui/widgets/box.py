"""Boxes that know their natural size and are placed once, from the top.

Kivy's layouts settle over several passes and several frames. Here a screen is measured
and placed in one pass: a parent asks each child for its natural size in the room there
is, then gives it its place. Same words as CSS flex: `gap`, `pad`, `grow`, `align`,
`justify`; sizes are design units (`kiosk.ui.theme`).

A box that changes asks for a new layout with `renew`; what kept its place is not drawn
again.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from kivy.clock import Clock
from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    OptionProperty,
    VariableListProperty,
)
from kivy.uix.widget import Widget

from kiosk.ui import theme
from kiosk.ui.damage import damage

Size: TypeAlias = tuple[int, int]

OVERHANG = 32
"""Design units that a box may draw beyond its edges: the shadow, a pressed row's ground."""


class Box(Widget):
    """A leaf or a container. Subclasses say their `natural` size and `paint` themselves."""

    grow = NumericProperty(0)
    """Share of the parent's spare room; 0 keeps the natural size."""
    w = NumericProperty(0)
    h = NumericProperty(0)
    """Fixed width and height in design units; 0 for natural."""
    min_h = NumericProperty(0)
    shown = BooleanProperty(True)
    """A box that is not shown takes no room and no gap."""

    renews: tuple[str, ...] = ()
    """Names of a subclass's properties that change its size."""
    repaints: tuple[str, ...] = ()
    """Names of those that change its picture only."""

    # Class defaults, because a kv rule may add children while Widget.__init__ still runs.
    _stale = True
    _measured: tuple[int, Size] | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in (*self.renews, "shown", "w", "h", "min_h"):
            self.fbind(name, self.renew)
        for name in self.repaints:
            self.fbind(name, self.repaint)
        self.fbind("shown", self._show)

    def repaint(self, *_: Any) -> None:
        """Draw again in the same place, now; before the first layout there is nothing to draw."""
        if not self._stale:
            self.paint()
            self.damaged()

    def damaged(self) -> None:
        """Tell that the pixels of this box, and what it casts around it, have changed."""
        reach = theme.current().px(OVERHANG)
        damage.add(self.x - reach, self.y - reach, self.right + reach, self.top + reach)

    def sleep(self) -> None:
        """Give back what was drawn, here and below; the next `fit` draws it anew."""
        self.canvas.before.clear()
        self._stale, self._measured = True, None
        for child in self.children:
            if isinstance(child, Box):
                child.sleep()

    def _show(self, *_: Any) -> None:
        """A box that is hidden keeps its drawing, unseen, until it is shown again."""
        self.opacity = 1.0 if self.shown else 0.0
        self.damaged()

    def renew(self, *_: Any) -> None:
        """Ask for a new layout: this box and all it lies in are measured again."""
        box: Any = self
        while isinstance(box, Box):
            if box._stale and box._measured is None and box is not self:
                return
            box._stale = True
            box._measured = None
            if isinstance(box, Root):
                box.plan()
                return
            box = box.parent

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        super().add_widget(widget, *args, **kwargs)
        self.renew()

    def remove_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        super().remove_widget(widget, *args, **kwargs)
        if isinstance(widget, Box):
            widget.damaged()
        self.renew()

    def size_in(self, room_px: int) -> Size:
        """Size in pixels when `room_px` is the width there is."""
        if self._measured and self._measured[0] == room_px:
            return self._measured[1]
        look = theme.current()
        inner = look.px(self.w) if self.w else room_px
        width, height = self.natural(inner)
        if self.w:
            width = inner
        if self.h:
            height = look.px(self.h)
        size = (width, max(height, look.px(self.min_h)))
        self._measured = (room_px, size)
        return size

    def natural(self, room_px: int) -> Size:
        """Width and height that the content wants."""
        return (0, 0)

    def place(self, x: int, top: int, width: int, height: int) -> None:
        """Take this place (`top` is the y of the upper edge) and draw if anything changed."""
        y = top - height
        moved = (self.x, self.y, self.width, self.height) != (x, y, width, height)
        if not moved and not self._stale:
            return
        self._stale = False
        if moved:
            self.damaged()
        self.pos = (x, y)
        self.size = (width, height)
        self.arrange()
        self.paint()
        self.damaged()

    def arrange(self) -> None:
        """Place the children."""

    def paint(self) -> None:
        """Draw into `self.canvas.before`."""

    def on_touch_down(self, touch: Any) -> bool:
        return bool(self.shown and super().on_touch_down(touch))

    def boxes(self) -> list[Box]:
        """The children that are shown, first to last."""
        return [child for child in reversed(self.children) if child.shown]


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
    """Children beside each other. Growing children start from nothing and share what is left."""

    align = OptionProperty("center", options=["stretch", "top", "center", "bottom"])

    def _sizes(self, room: int) -> list[Size]:
        boxes = self.boxes()
        gaps = theme.current().px(self.gap) * max(0, len(boxes) - 1)
        fixed = {id(box): box.size_in(room) for box in boxes if not box.grow}
        spare = room - gaps - sum(size[0] for size in fixed.values())
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
