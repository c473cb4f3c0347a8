"""Squares to be scanned by a phone, and the ring that counts down beside them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import NumericProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.text import setting
from kiosk.ui.theme import textures
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.box import Box, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUIET_MODULES = 4
"""Quiet zone on each side in modules (ISO/IEC 18004); below it phones lose the code."""
INK = (20, 37, 43)


@lru_cache(maxsize=8)
def matrix(text: str) -> NDArray[np.bool_]:
    """The modules of a plain QR code of level M with its quiet zone; True is dark.

    Never Micro QR: phones do not read it.
    """
    import numpy as np  # only when a code is first shown: the first frame does not wait for them
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text)
    code.make(fit=True)
    return np.array(code.get_matrix(), dtype=bool)


class QrCard(Box):
    """A QR code on white, also in dark themes.

    Modules are a whole number of pixels, so the code is never blurred; the square is the
    largest that fits `side` (design units, quiet zone included).
    """

    text = StringProperty("")
    side = NumericProperty(540)
    radius = NumericProperty(32)

    renews = ("side",)
    repaints = ("text", "radius")

    def natural(self, room_px: int) -> Size:
        side = theme.current().px(self.side)
        return side, side

    def paint(self) -> None:
        self.canvas.before.clear()
        side = int(min(self.width, self.height))
        with self.canvas.before:
            x, y = self.x + (int(self.width) - side) // 2, self.y + (int(self.height) - side) // 2
            radius = theme.current().px(self.radius)
            paint.fill(x, y, side, side, radius, "sheet").rgba = (1, 1, 1, 1)  # white in every theme
            if self.text:
                Color(1, 1, 1, 1)
                modules = matrix(self.text)
                drawn = (side // len(modules)) * len(modules)
                inset = (side - drawn) // 2
                Rectangle(texture=_texture(modules), pos=(x + inset, y + inset), size=(drawn, drawn))


def _texture(modules: NDArray[np.bool_]) -> Texture:
    import numpy as np

    from kiosk.ui.theme import shapes

    pixels = np.full((*modules.shape, 4), 255, np.uint8)
    pixels[modules] = (*INK, 255)
    return textures.upload(shapes.coloured(pixels))


class CountdownRing(Box):
    """Time left as an arc and a number. Turns `warn` in the last 20 seconds, `bad` at the end.

    Set `left_s`; the words beside it repeat the time.
    """

    left_s = NumericProperty(0)
    whole_s = NumericProperty(1)
    side = NumericProperty(148)
    stroke = NumericProperty(14)
    role = StringProperty("")
    """A fixed role instead of the one by time."""

    renews = ("side",)
    repaints = ("left_s", "whole_s", "stroke", "role")

    LAST_S = 20

    def natural(self, room_px: int) -> Size:
        side = theme.current().px(self.side)
        return side, side

    def paint(self) -> None:
        look = theme.current()
        side, stroke = look.px(self.side), look.px(self.stroke)
        left_s = max(0, math.ceil(self.left_s))
        role = self.role or ("accent" if left_s > self.LAST_S else "warn" if left_s else "bad")
        fraction = min(1.0, left_s / max(1, self.whole_s))
        label = f"{left_s // 60}:{left_s % 60:02d}" if self.whole_s >= 60 else str(left_s)
        size_px = int(side * 0.3)
        self.canvas.before.clear()
        with self.canvas.before:
            paint.image(textures.ring(side, stroke, 1.0), self.x, self.y, "line")
            if fraction > 0:
                steps = 360  # one texture per degree at most, so that a long wait fills no cache
                paint.image(
                    textures.ring(side, stroke, round(fraction * steps) / steps), self.x, self.y, role
                )
            start = self.x + (side - setting.width(label, size_px, True)) // 2
            baseline = self.y + side - setting.baseline_px(size_px, side)
            paint.words(label, size_px, True, start, baseline, "ink")


def clock_words(left_s: int) -> tuple[int, int]:
    """Minutes and seconds of a time left."""
    return left_s // 60, left_s % 60


__all__: list[Any] = ["CountdownRing", "QrCard", "clock_words", "matrix"]
