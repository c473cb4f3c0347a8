"""Boxes that know their natural size and are placed once, from the top.

Kivy's layouts settle over several passes and several frames. Here a screen is measured
and placed in one pass: a parent asks each child for its natural size in the room there
is, then gives it its place. Sizes are design units (`kiosk.ui.theme`).

A box that changes asks for a new layout with `renew`; what kept its place is not drawn
again.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from kivy.properties import BooleanProperty, NumericProperty
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

    is_root = False
    """The top of a tree, which lays itself out: it has a `plan`."""

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
            if box.is_root:
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
