"""Shapes as coverage masks, computed by distance.

Every icon and every edge of the product is a stroke or a plain shape, so its coverage at
a pixel is a function of the distance to a line. That gives any size and any stroke width
on any panel from one drawing, with clean edges and without multisampling; scaling one
large bitmap down makes strokes thin instead.

Arrays are float32, shape (height, width), rows from top to bottom, 0 empty to 1 covered.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.float32]
Point: TypeAlias = tuple[float, float]
Polyline: TypeAlias = Sequence[Point]

ROUNDING = 1e-6
"""Pixels by which sums of relative moves may miss each other."""


def rounded_rect(width: int, height: int, radii: Sequence[float]) -> Mask:
    """A filled rectangle the size of the mask; `radii` from top left, clockwise."""
    mask = np.ones((height, width), np.float32)
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    for (corner_x, corner_y), radius in zip(corners, radii, strict=True):
        r = math.ceil(radius)
        if r <= 0:
            continue
        xs = slice(0, r) if corner_x == 0 else slice(width - r, width)
        ys = slice(0, r) if corner_y == 0 else slice(height - r, height)
        centre_x = radius if corner_x == 0 else width - radius
        centre_y = radius if corner_y == 0 else height - radius
        columns = np.arange(width, dtype=np.float32)[xs] + 0.5
        rows = np.arange(height, dtype=np.float32)[ys] + 0.5
        distance = np.hypot(columns[None, :] - centre_x, rows[:, None] - centre_y)
        outside_x = columns[None, :] < centre_x if corner_x == 0 else columns[None, :] > centre_x
        outside_y = rows[:, None] < centre_y if corner_y == 0 else rows[:, None] > centre_y
        covered = np.clip(radius - distance + 0.5, 0, 1)
        mask[ys, xs] = np.where(outside_x & outside_y, covered, 1)
    return mask


def outline(width: int, height: int, radii: Sequence[float], border: float) -> Mask:
    """The border of a rounded rectangle, drawn inside it; `radii` from top left, clockwise."""
    mask = rounded_rect(width, height, radii)
    b = round(border)
    inner = rounded_rect(width - 2 * b, height - 2 * b, [max(0.0, radius - border) for radius in radii])
    mask[b : height - b, b : width - b] -= inner
    return mask


def dashed(width: int, height: int, radius: float, border: float, dash: float) -> Mask:
    """A dashed rounded outline inside the box; a whole number of dashes, as long as the gaps."""
    half = border / 2
    path = _rounded_path(half, half, width - half, height - half, max(0.0, radius - half))
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(path)]
    whole = sum(lengths)
    count = max(1, round(whole / (2 * dash)))
    pitch = whole / count
    pieces = [_part_of(path, lengths, i * pitch, i * pitch + pitch / 2) for i in range(count)]
    return strokes(width, height, pieces, border)


def _rounded_path(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    corners = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    path: list[Point] = []
    for x, y, start in corners:
        for step in range(9):
            angle = math.radians(start + step * 90 / 8)
            path.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return [*path, path[0]]


def _part_of(path: Sequence[Point], lengths: Sequence[float], start: float, end: float) -> list[Point]:
    """The piece of a path between two distances from its beginning."""
    part: list[Point] = []
    walked = 0.0
    for (a, b), length in zip(itertools.pairwise(path), lengths, strict=True):
        if length > 0 and walked + length >= start and walked <= end:
            enter, leave = max(0.0, (start - walked) / length), min(1.0, (end - walked) / length)
            for share in (enter, leave):
                part.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
        walked += length
    return part


def shadow(radius: float, blur: float) -> Mask:
    """A nine-patch of a blurred rounded rectangle.

    The shape's own edge lies `ceil(blur)` inside the mask; the middle is 2 pixels wide.
    CSS semantics: `blur` is twice the standard deviation.
    """
    margin = math.ceil(blur)
    side = 2 * (margin + math.ceil(radius) + margin) + 2
    solid = np.zeros((side, side), np.float32)
    inner = side - 2 * margin
    solid[margin:-margin, margin:-margin] = rounded_rect(inner, inner, [radius] * 4)
    sigma = blur / 2
    steps = np.arange(-margin, margin + 1, dtype=np.float32)
    kernel = np.exp(-(steps**2) / (2 * sigma * sigma))
    kernel /= kernel.sum()
    for axis in (0, 1):
        solid = np.apply_along_axis(np.convolve, axis, solid, kernel, mode="same")
    return solid.astype(np.float32)


def strokes(width: int, height: int, lines: Sequence[Polyline], stroke: float) -> Mask:
    """Polylines with round caps and joins. A line of one point is a dot."""
    mask = np.zeros((height, width), np.float32)
    reach = stroke / 2 + 1
    for line in lines:
        pairs = itertools.pairwise(line) if len(line) > 1 else ((line[0], line[0]),)
        for start, end in pairs:
            _stroke_segment(mask, start, end, stroke, reach)
    return mask


def _stroke_segment(mask: Mask, start: Point, end: Point, stroke: float, reach: float) -> None:
    height, width = mask.shape
    left = max(0, math.floor(min(start[0], end[0]) - reach))
    right = min(width, math.ceil(max(start[0], end[0]) + reach))
    top = max(0, math.floor(min(start[1], end[1]) - reach))
    bottom = min(height, math.ceil(max(start[1], end[1]) + reach))
    if left >= right or top >= bottom:
        return
    xs = np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - start[0]
    ys = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - start[1]
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length_2 = along_x * along_x + along_y * along_y
    if length_2 > 0:
        part = np.clip((xs * along_x + ys * along_y) / length_2, 0, 1)
        xs, ys = xs - part * along_x, ys - part * along_y
    covered = np.clip(stroke / 2 - np.hypot(xs, ys) + 0.5, 0, 1)
    view = mask[top:bottom, left:right]
    np.maximum(view, covered, out=view)


def fill(width: int, height: int, lines: Sequence[Polyline]) -> Mask:
    """The inside of closed polylines, even-odd rule, edges smoothed over one pixel."""
    inside = np.zeros((height, width), bool)
    boxes = [line for line in lines if _is_upright_box(line)]
    if len(boxes) == len(lines):
        return _boxes(width, height, boxes)
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line, [*line[1:], line[0]], strict=True):
            if y0 == y1:
                continue
            top = max(0, math.ceil(min(y0, y1) - 0.5))
            bottom = min(height, math.ceil(max(y0, y1) - 0.5))
            for row in range(top, bottom):
                cross = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
                inside[row, : max(0, math.ceil(cross - 0.5))] ^= True
    edge = strokes(width, height, [[*line, line[0]] for line in lines], 0.0)
    # A stroke of width 0 covers 0.5 on the line and 0 half a pixel away.
    return np.where(inside, 1 - edge, edge).astype(np.float32)


def _is_upright_box(line: Polyline) -> bool:
    if len(line) != 5 or math.dist(line[0], line[4]) > ROUNDING:
        return False
    steps = ((abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in itertools.pairwise(line))
    return all(min(step) < ROUNDING for step in steps)


def _boxes(width: int, height: int, boxes: Sequence[Polyline]) -> Mask:
    """Upright boxes that do not overlap, as the modules of a code: their covered share per pixel."""
    mask = np.zeros((height, width), np.float32)
    for box in boxes:
        xs, ys = sorted((box[0][0], box[2][0])), sorted((box[0][1], box[2][1]))
        columns, across = _covered(xs[0], xs[1], width)
        rows, down = _covered(ys[0], ys[1], height)
        mask[rows, columns] += down[:, None] * across[None, :]
    return np.minimum(mask, 1)


def _covered(start: float, end: float, limit: int) -> tuple[slice, Mask]:
    first, last = max(0, math.floor(start)), min(limit, math.ceil(end))
    edges = np.arange(first, last, dtype=np.float32)
    return slice(first, last), np.clip(np.minimum(edges + 1, end) - np.maximum(edges, start), 0, 1)


def ring(size: int, stroke: float, fraction: float) -> Mask:
    """An arc from twelve o'clock, clockwise, with round ends; `fraction` of the whole circle."""
    radius = (size - stroke) / 2
    centre = size / 2
    axis = np.arange(size, dtype=np.float32) + 0.5 - centre
    xs, ys = axis[None, :], axis[:, None]
    band = np.clip(stroke / 2 - np.abs(np.hypot(xs, ys) - radius) + 0.5, 0, 1)
    if fraction >= 1:
        return band.astype(np.float32)
    angle = np.mod(np.arctan2(xs, -ys), 2 * math.pi)
    sweep = 2 * math.pi * max(0.0, fraction)
    mask = np.where(angle <= sweep, band, 0).astype(np.float32)
    for end in (0.0, sweep):
        tip = (centre + radius * math.sin(end), centre - radius * math.cos(end))
        _stroke_segment(mask, tip, tip, stroke, stroke / 2 + 1)
    return mask
