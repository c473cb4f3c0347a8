"""The three hands that pay, as pixels: fund solid, account hatched, you dotted like a stub.

Each picture is made in the exact size of its segment. A repeating texture on a rounded
shape is no way out: Kivy's rounded rectangles draw a spiral with repeated coordinates.
Arrays are uint8 RGBA, shape (height, width, 4), rows from top to bottom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.ui.theme import raster
from kiosk.ui.theme.tokens import Payer, Rgba, Theme

Pixels = NDArray[np.uint8]


def segment(theme: Theme, payer: Payer, width: int, height: int, radii: Sequence[float]) -> Pixels:
    """One part of the split bar. `radii` in pixels, from top left, clockwise."""
    shape = raster.rounded_rect(width, height, radii)
    match payer:
        case "acct":
            pattern = _stripes(width, height, theme.px(12), theme.px(22))
            return _two_tone(theme.colour("acct"), theme.colour("acctp"), pattern, shape)
        case "you":
            dots = _edge_dots(width, height, theme.px(24), theme.scale * 4.75)
            return _two_tone(theme.colour("you"), theme.colour("sheet"), dots, shape)
        case "hosp":
            edge = raster.outline(width, height, radii, theme.px(4))
            return _two_tone(theme.colour("sheet"), theme.colour("edge"), edge, shape)
        case "into":
            edge = raster.outline(width, height, radii, theme.px(3))
            return _two_tone(theme.colour("fundsoft"), theme.colour("fund"), edge, shape)
        case "fund":
            return _one_tone(theme.colour("fund"), shape)


def swatch(theme: Theme, payer: Payer, size: int, radius: float) -> Pixels:
    """The payer's sign beside a word. `size` and `radius` in pixels."""
    if payer not in ("acct", "you"):
        return segment(theme, payer, size, size, [radius] * 4)
    shape = raster.rounded_rect(size, size, [radius] * 4)
    if payer == "acct":
        pattern = _stripes(size, size, theme.px(8), theme.px(15))
        return _two_tone(theme.colour("acct"), theme.colour("acctp"), pattern, shape)
    third = size / 3
    centres = [(third * (column + 0.5), third * (row + 0.5)) for row in range(3) for column in range(3)]
    dots = raster.strokes(size, size, [[centre] for centre in centres], size * 8.4 / 56)
    return _two_tone(theme.colour("you"), theme.colour("sheet"), dots, shape)


def _stripes(width: int, height: int, clear: int, period: int) -> raster.Mask:
    """45 degree stripes; along the diagonal `clear` pixels free, then paint up to `period`."""
    xs = np.arange(width, dtype=np.float32)[None, :] + 0.5
    ys = np.arange(height, dtype=np.float32)[:, None] + 0.5
    along = ((xs + ys) / math.sqrt(2)) % period
    inside = np.minimum(along - clear, period - along)
    behind = -along  # the stripe that has just ended
    return np.clip(np.maximum(inside, behind) + 0.5, 0, 1).astype(np.float32)


def _edge_dots(width: int, height: int, tile: int, radius: float) -> raster.Mask:
    """A row of dots along the upper and the lower edge; a whole number fits."""
    count = max(1, width // tile)
    gap = (width - count * tile) / (count - 1) if count > 1 else 0.0
    start = tile / 2 if count > 1 else width / 2
    columns = [start + index * (tile + gap) for index in range(count)]
    rows = (tile / 2, height - tile / 2)
    return raster.strokes(width, height, [[(x, y)] for x in columns for y in rows], 2 * radius)


def _one_tone(colour: Rgba, shape: raster.Mask) -> Pixels:
    pixels = np.empty((*shape.shape, 4), np.uint8)
    pixels[..., :3] = np.array(colour[:3]) * 255 + 0.5
    pixels[..., 3] = shape * 255 + 0.5
    return pixels


def _two_tone(ground: Rgba, paint: Rgba, pattern: raster.Mask, shape: raster.Mask) -> Pixels:
    pixels = np.empty((*shape.shape, 4), np.uint8)
    below, above = np.array(ground[:3]), np.array(paint[:3])
    pixels[..., :3] = (below + (above - below) * pattern[..., None]) * 255 + 0.5
    pixels[..., 3] = shape * 255 + 0.5
    return pixels
