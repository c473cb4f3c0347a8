"""Icons and illustrations from `assets/icons`, at the exact size and stroke they are used in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kiosk import assets
from kiosk.ui.theme import raster, svg
from kiosk.ui.theme.patterns import Pixels
from kiosk.ui.theme.tokens import Theme

ICON_GRID = 24
ICON_STROKE = 2.0
"""Stroke of an icon in grid units unless the layout asks for another."""


def icon(name: str, size: int, stroke: float = ICON_STROKE) -> raster.Mask:
    """The coverage of an icon at `size` pixels; the colour is up to the widget.

    Raises FileNotFoundError for an icon that does not exist.
    """
    drawing = svg.load(_file(f"{name}.svg"))
    scale = size / ICON_GRID
    lines = [[(x * scale, y * scale) for x, y in line] for shape in drawing.shapes for line in shape.lines]
    return raster.strokes(size, size, lines, stroke * scale)


def picture(name: str, width: int, height: int, theme: Theme) -> Pixels:
    """An illustration in the theme's colours, scaled to `width` x `height` pixels."""
    drawing = svg.load(_file("art", f"{name}.svg"))
    scale_x, scale_y = width / drawing.width, height / drawing.height
    colour = np.zeros((height, width, 3), np.float32)  # premultiplied
    alpha = np.zeros((height, width), np.float32)
    for shape in drawing.shapes:
        if shape.upright and shape.fill and not shape.stroke:
            _upright(colour, alpha, shape, (scale_x, scale_y), theme)
            continue
        lines = [[(x * scale_x, y * scale_y) for x, y in line] for line in shape.lines]
        window = _window(lines, width, height, shape.stroke_width * scale_x / 2 + 2)
        if window is None:
            continue
        top, bottom, left, right = window
        local = [[(x - left, y - top) for x, y in line] for line in lines]
        size = (right - left, bottom - top)
        here = (slice(top, bottom), slice(left, right))
        if shape.fill:
            _over(colour[here], alpha[here], raster.fill(*size, local), shape.fill, theme)
        if shape.stroke:
            covered = raster.strokes(*size, local, shape.stroke_width * scale_x)
            _over(colour[here], alpha[here], covered, shape.stroke, theme)
    pixels = np.empty((height, width, 4), np.uint8)
    straight = colour / np.maximum(alpha, 1e-6)[..., None]
    pixels[..., :3] = np.clip(straight, 0, 1) * 255 + 0.5
    pixels[..., 3] = alpha * 255 + 0.5
    return pixels


def _file(*parts: str) -> Path:
    return assets.path("icons", *parts)


def _upright(
    colour: np.ndarray, alpha: np.ndarray, shape: svg.Shape, scale: tuple[float, float], theme: Theme
) -> None:
    """A rectangle on whole pixels: most of what a picture consists of, and quick."""
    assert shape.upright is not None
    assert shape.fill is not None
    x, y, w, h, radius = shape.upright
    left, right = round(x * scale[0]), round((x + w) * scale[0])
    top, bottom = round(y * scale[1]), round((y + h) * scale[1])
    here = (slice(max(0, top), bottom), slice(max(0, left), right))
    if right <= left or bottom <= top:
        return
    mask = raster.rounded_rect(right - left, bottom - top, [radius * scale[0]] * 4)
    mask = mask[max(0, -top) :, max(0, -left) :]
    mask = mask[: colour[here].shape[0], : colour[here].shape[1]]
    _over(colour[here], alpha[here], mask, shape.fill, theme)


def _window(
    lines: list[list[svg.Point]], width: int, height: int, margin: float
) -> tuple[int, int, int, int] | None:
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    left, right = max(0, int(min(xs) - margin)), min(width, int(max(xs) + margin) + 1)
    top, bottom = max(0, int(min(ys) - margin)), min(height, int(max(ys) + margin) + 1)
    return (top, bottom, left, right) if left < right and top < bottom else None


def _over(colour: np.ndarray, alpha: np.ndarray, covered: raster.Mask, paint: str, theme: Theme) -> None:
    """Lay one colour over what is there, in place."""
    if paint.startswith("#"):
        rgb = np.array([int(paint[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
    else:
        rgb = np.array(theme.colour(paint)[:3], np.float32)
    colour *= 1 - covered[..., None]
    colour += rgb * covered[..., None]
    alpha *= 1 - covered
    alpha += covered
