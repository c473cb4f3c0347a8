"""Every shape that widgets draw with, by name, as bytes for the graphics card.

The only way from names to numpy: it is imported when a picture is made that nobody kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kiosk.ui.theme import drawings, patterns, raster, tokens
from kiosk.ui.theme.store import Raw


def make(kind: str, *arguments: Any) -> Raw:
    """The picture of a kind. An unknown kind is an error of the program (KeyError)."""
    return _KINDS[kind](*arguments)


def white(mask: raster.Mask) -> Raw:
    """A mask as white with alpha, to be tinted by a Color instruction."""
    height, width = mask.shape
    pixels = np.full((height, width, 2), 255, np.uint8)
    pixels[..., 1] = mask[::-1] * 255 + 0.5
    return Raw(width, height, "luminance_alpha", pixels.tobytes())


def coloured(pixels: patterns.Pixels) -> Raw:
    """RGBA rows, given from the top."""
    height, width = pixels.shape[:2]
    return Raw(width, height, "rgba", pixels[::-1].tobytes())


def _side(border: int) -> int:
    return 2 * (border + 1) + 2


def _plate(radius: int) -> Raw:
    return white(raster.rounded_rect(_side(radius), _side(radius), [radius] * 4))


def _frame(radius: int, border: int) -> Raw:
    side = _side(max(radius, border))
    return white(raster.outline(side, side, [radius] * 4, border))


def _paper(radius: int, blur: int, drop: int, alpha: float, role: str) -> Raw:
    """A filled rounded rectangle together with its shadow, as one nine-patch.

    Two layers would be drawn over each other for every pixel of a sheet, which under
    software GL is most of a frame.
    """
    look = tokens.current()
    shade = raster.shadow(radius, blur) * alpha
    side = shade.shape[0]
    sheet = np.zeros_like(shade)
    inner = side - 2 * blur
    sheet[blur - drop : blur - drop + inner, blur : blur + inner] = raster.rounded_rect(
        inner, inner, [radius] * 4
    )
    covered = sheet + shade * (1 - sheet)
    ink, paper = (np.array(look.colour(name)[:3], np.float32) for name in ("ink", role))
    colour = paper * sheet[..., None] + ink * (shade * (1 - sheet))[..., None]
    pixels = np.empty((side, side, 4), np.uint8)
    pixels[..., :3] = np.clip(colour / np.maximum(covered, 1e-6)[..., None], 0, 1) * 255 + 0.5
    pixels[..., 3] = covered * 255 + 0.5
    return coloured(pixels)


def _corners(radius: int) -> Raw:
    return white(1 - raster.rounded_rect(_side(radius), _side(radius), [radius] * 4))


def _solid(width: int, height: int, radius: int) -> Raw:
    return white(raster.rounded_rect(width, height, [radius] * 4))


def _hollow(width: int, height: int, radius: int, border: int) -> Raw:
    return white(raster.outline(width, height, [radius] * 4, border))


def _segment(payer: tokens.Payer, width: int, height: int, radii: Sequence[float]) -> Raw:
    return coloured(patterns.segment(tokens.current(), payer, width, height, radii))


def _swatch(payer: tokens.Payer, size: int, radius: int) -> Raw:
    return coloured(patterns.swatch(tokens.current(), payer, size, radius))


def _picture(name: str, width: int, height: int) -> Raw:
    return coloured(drawings.picture(name, width, height, tokens.current()))


def _brackets(width: int, height: int, margin: int, leg: int, stroke: int) -> Raw:
    left, right, top, bottom = margin, width - margin, margin, height - margin
    lines = [
        [(left, top + leg), (left, top), (left + leg, top)],
        [(right - leg, top), (right, top), (right, top + leg)],
        [(left, bottom - leg), (left, bottom), (left + leg, bottom)],
        [(right - leg, bottom), (right, bottom), (right, bottom - leg)],
    ]
    return white(raster.strokes(width, height, lines, stroke))


_KINDS: dict[str, Callable[..., Raw]] = {
    "plate": _plate,
    "frame": _frame,
    "corners": _corners,
    "solid": _solid,
    "hollow": _hollow,
    "dashed": lambda *arguments: white(raster.dashed(*arguments)),
    "paper": _paper,
    "icon": lambda *arguments: white(drawings.icon(*arguments)),
    "ring": lambda *arguments: white(raster.ring(*arguments)),
    "segment": _segment,
    "swatch": _swatch,
    "picture": _picture,
    "brackets": _brackets,
}
