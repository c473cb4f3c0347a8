"""The smallest parts: text, amounts, icons, sheets of paper, hairlines."""

from __future__ import annotations

from typing import Any

from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from kiosk.domain.money import yuan_text
from kiosk.ui import theme
from kiosk.ui.text import setting as lettering
from kiosk.ui.theme import textures
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.box import Box, Size
from kiosk.ui.widgets.flex import Beside, Column


class Words(Box):
    """Text of one size, weight and role, broken into lines where the room asks for it."""

    text = StringProperty("")
    type = ObjectProperty("body")
    """A type token ("h2") or a size in design units."""
    role = StringProperty("ink")
    bold = BooleanProperty(False)
    line_height = NumericProperty(1.4)
    align = OptionProperty("left", options=["left", "center", "right"])
    lines_max = NumericProperty(0)
    """For names of unknown length in rows of a fixed height: where one line does not hold
    them they are set smaller on so many lines, and only then cut. 0: no limit."""
    long_type = ObjectProperty("small")
    """The type of what had to be set smaller."""

    renews = ("text", "type", "bold", "line_height", "lines_max", "long_type")
    repaints = ("role", "align")

    TIGHT = 1.2
    """Line height of what had to be set smaller."""

    def lines(self, room_px: int) -> tuple[str, ...]:
        """The text as it is broken in this room."""
        return self.setting(room_px)[2]

    def setting(self, room_px: int) -> tuple[int, int, tuple[str, ...]]:
        """Size and line height in pixels, and the lines, as it is set in this room."""
        look = theme.current()
        size_px = look.type_px(self.type)
        if not self.lines_max or lettering.width(self.text, size_px, self.bold) <= room_px:
            lines = lettering.wrap(self.text, size_px, self.bold, room_px)
            return size_px, round(size_px * self.line_height), lines
        size_px = min(size_px, look.type_px(self.long_type))
        lines = lettering.wrap(self.text, size_px, self.bold, room_px)
        most = int(self.lines_max)
        if len(lines) > most:
            lines = (*lines[: most - 1], lettering.cut(lines[most - 1], size_px, self.bold, room_px))
        line_height = self.line_height if most == 1 else self.TIGHT
        return size_px, round(size_px * line_height), lines

    def natural(self, room_px: int) -> Size:
        if not self.text:
            return 0, 0
        size_px, line_px, lines = self.setting(room_px)
        width = max(lettering.width(line, size_px, self.bold) for line in lines)
        return width, line_px * len(lines)

    def paint(self) -> None:
        self.canvas.before.clear()
        if not self.text:
            return
        size_px, line_px, lines = self.setting(int(self.width))
        top = self.top - (int(self.height) - line_px * len(lines)) // 2
        with self.canvas.before:
            for index, line in enumerate(lines):
                spare = int(self.width) - lettering.width(line, size_px, self.bold)
                x = self.x + {"left": 0, "center": spare // 2, "right": spare}[self.align]
                baseline = top - line_px * index - lettering.baseline_px(size_px, line_px)
                paint.words(line, size_px, self.bold, x, baseline, self.role)


SHRINK_STEP_PX = 6
"""An amount is set in few sizes, so that few have to be kept."""


class Amount(Box):
    """Yuan with the sign at 0.74 of the digits (0.6 where `mega`), two decimals, thousands comma.

    An amount too long for its place is set smaller, down to the smallest text of the design.
    """

    fen = NumericProperty(0)
    type = ObjectProperty("h2")
    role = StringProperty("ink")
    bold = BooleanProperty(True)
    mega = BooleanProperty(False)
    line_height = NumericProperty(1.4)

    renews = ("fen", "type", "bold", "mega", "line_height")
    repaints = ("role",)

    def natural(self, room_px: int) -> Size:
        digits_px, wide_px = self._fitted(room_px)
        return wide_px, round(digits_px * self.line_height)

    def _fitted(self, room_px: int) -> tuple[int, int]:
        """The size of the digits in a place so wide, and the whole width."""
        full_px, least_px = map(theme.current().type_px, (self.type, "small"))
        for digits_px in range(full_px, least_px, -SHRINK_STEP_PX):
            if (wide_px := self._wide(digits_px)) <= room_px:
                return digits_px, wide_px
        return least_px, self._wide(least_px)

    def _wide(self, digits_px: int) -> int:
        sign_px, gap = self._sign(digits_px)
        digits = lettering.width(yuan_text(int(self.fen)), digits_px, self.bold)
        return lettering.width("¥", sign_px, self.bold) + gap + digits

    def _sign(self, digits_px: int) -> tuple[int, int]:
        """The sign's size and the gap after it, in pixels."""
        sign_px = round(digits_px * (0.6 if self.mega else 0.74))
        return sign_px, round(sign_px * 0.08)

    def paint(self) -> None:
        digits, (digits_px, _) = yuan_text(int(self.fen)), self._fitted(int(self.width))
        sign_px, gap = self._sign(digits_px)
        self.canvas.before.clear()
        line_px = round(digits_px * self.line_height)
        top = self.top - (int(self.height) - line_px) // 2
        baseline = top - lettering.baseline_px(digits_px, line_px)
        digits_x = self.x + lettering.width("¥", sign_px, self.bold) + gap
        with self.canvas.before:
            paint.words("¥", sign_px, self.bold, self.x, baseline, self.role)
            paint.words(digits, digits_px, self.bold, digits_x, baseline, self.role)


class Icon(Box):
    """An icon of `assets/icons` at an exact size, tinted with a role."""

    name = StringProperty("")
    size_u = NumericProperty(48)
    stroke = NumericProperty(2)
    role = StringProperty("ink")

    renews: tuple[str, ...] = ("size_u",)
    repaints: tuple[str, ...] = ("name", "stroke", "role")

    def natural(self, room_px: int) -> Size:
        side = theme.current().px(self.size_u)
        return side, side

    def warm(self) -> None:
        """Have the picture ready: it is drawn once for all icons like this one."""
        if self.name:
            textures.icon(self.name, theme.current().px(self.size_u), self.stroke)

    def paint(self) -> None:
        self.canvas.before.clear()
        if not self.name:
            return
        side = theme.current().px(self.size_u)
        texture = textures.icon(self.name, side, self.stroke)
        x = self.x + (int(self.width) - side) // 2
        y = self.y + (int(self.height) - side) // 2
        with self.canvas.before:
            paint.image(texture, x, y, self.role)


class IconPlate(Icon):
    """An icon on a soft rounded ground; `round` makes it a disc."""

    side = NumericProperty(92)
    radius = NumericProperty(28)
    ground = StringProperty("asoft")
    label = StringProperty("")
    """A number in place of the icon."""

    renews: tuple[str, ...] = (*Icon.renews, "side")
    repaints: tuple[str, ...] = (*Icon.repaints, "radius", "ground", "label")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("role", "onsoft")
        super().__init__(**kwargs)

    def natural(self, room_px: int) -> Size:
        side = theme.current().px(self.side)
        return side, side

    def paint(self) -> None:
        super().paint()
        look = theme.current()
        side = look.px(self.side)
        x = self.x + (int(self.width) - side) // 2
        y = self.y + (int(self.height) - side) // 2
        self.canvas.before.clear()
        with self.canvas.before:
            paint.fill(x, y, side, side, look.px(self.radius), self.ground)
            if self.name:
                icon_px = look.px(self.size_u)
                inset = (side - icon_px) // 2
                paint.image(textures.icon(self.name, icon_px, self.stroke), x + inset, y + inset, self.role)
            if self.label:
                size_px = look.type_px("body")
                start = x + (side - lettering.width(self.label, size_px, True)) // 2
                baseline = y + side - lettering.baseline_px(size_px, side)
                paint.words(self.label, size_px, True, start, baseline, self.role)


class Hair(Box):
    """A hairline across."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 2)
        super().__init__(**kwargs)

    def paint(self) -> None:
        self.canvas.before.clear()
        with self.canvas.before:
            paint.fill(self.x, self.y, self.width, self.height, 0, "line")


class Picture(Box):
    """An illustration of `assets/icons/art`, `w` x `h` design units."""

    name = StringProperty("")
    repaints = ("name",)

    def paint(self) -> None:
        self.canvas.before.clear()
        look = theme.current()
        width, height = look.px(self.w), look.px(self.h)
        x = self.x + (int(self.width) - width) // 2
        y = self.y + (int(self.height) - height) // 2
        with self.canvas.before:
            paint.image(textures.picture(self.name, width, height), x, y)


class Ground(Box):
    """Mixin: a rounded ground of a role below the children, with border and shadow if asked."""

    role = StringProperty("sheet")
    radius = NumericProperty(32)
    border = NumericProperty(0)
    border_role = StringProperty("line")
    lifted = BooleanProperty(False)
    """Casts the soft shadow of a sheet."""
    clear = False
    """Draws no ground of its own while at rest: what lies behind is seen."""
    repaints = ("role", "radius", "border", "border_role", "lifted")

    def paint(self) -> None:
        look = theme.current()
        radius, border = look.px(self.radius), look.px(self.border)
        place = (self.x, self.y, self.width, self.height)
        if look.mode == "contrast" and self.lifted:
            border = look.px(4)
        self.canvas.before.clear()
        with self.canvas.before:
            if self.lifted:
                paint.paper(*place, radius, self.role)
            else:
                paint.fill(*place, radius, self.role)
            if border:
                paint.outline(*place, radius, border, self.border_role)


class Sheet(Ground, Column):
    """A slip of paper: one thought."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("lifted", True)
        kwargs.setdefault("pad", [40, 36, 40, 36])
        super().__init__(**kwargs)


class SheetBeside(Ground, Beside):
    """A sheet whose parts lie beside each other."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("lifted", True)
        kwargs.setdefault("pad", [40, 36, 40, 36])
        super().__init__(**kwargs)
