"""The part of SVG that the product's own drawings use.

Elements: rect, circle, ellipse, path (all commands but quadratic curves), g with
translate and rotate. Paint: fill and stroke as a role of the theme (`fill="accent"`), as
`#RRGGBB`, or `none`. Everything else in a file is an error of the drawing, not skipped.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

Point: TypeAlias = tuple[float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
CURVE_STEPS = 10
"""Straight pieces per Bezier curve: under 0.1 px of error at icon sizes."""
_NUMBER = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?")
_PAINT_NAMES = ("fill", "stroke", "stroke-width")


@dataclass(frozen=True, slots=True)
class Shape:
    """One element as polylines in drawing units."""

    lines: tuple[tuple[Point, ...], ...]
    fill: str | None
    stroke: str | None
    stroke_width: float
    upright: tuple[float, float, float, float, float] | None = None
    """Left, top, width, height and corner radius, of a rectangle that is not turned."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file: its view box and its shapes, in painting order."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


@lru_cache(maxsize=128)
def load(path: Path) -> Drawing:
    """Read one drawing. Raises ValueError on anything outside the supported part."""
    root = ElementTree.parse(path).getroot()
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    shapes: list[Shape] = []
    _walk(root, IDENTITY, {}, shapes)
    return Drawing(width, height, tuple(shapes))


def _walk(node: ElementTree.Element, matrix: Matrix, paint: dict[str, str], out: list[Shape]) -> None:
    paint = paint | {name: node.attrib[name] for name in _PAINT_NAMES if name in node.attrib}
    if "transform" in node.attrib:
        matrix = _times(matrix, _transform(node.attrib["transform"]))
    tag = node.tag.rpartition("}")[2]
    if tag in ("svg", "g"):
        for child in node:
            _walk(child, matrix, paint, out)
        return
    lines = _outline(tag, node.attrib)
    moved = tuple(tuple(_apply(matrix, point) for point in line) for line in lines)
    fill = paint.get("fill", "none")
    stroke = paint.get("stroke", "none")
    out.append(
        Shape(
            lines=moved,
            fill=None if fill == "none" else fill,
            stroke=None if stroke == "none" else stroke,
            stroke_width=float(paint.get("stroke-width", "1")) * math.hypot(matrix[0], matrix[1]),
            upright=_upright(node.attrib, matrix) if tag == "rect" else None,
        )
    )


def _upright(attributes: dict[str, str], m: Matrix) -> tuple[float, float, float, float, float] | None:
    if m[1] or m[2]:
        return None
    x, y, width, height, radius = (float(attributes.get(k, 0)) for k in ("x", "y", "width", "height", "rx"))
    left, top = _apply(m, (x, y))
    return left, top, width * m[0], height * m[3], min(radius * m[0], width * m[0] / 2, height * m[3] / 2)


def _outline(tag: str, attributes: dict[str, str]) -> list[list[Point]]:
    def number(name: str, default: float = 0.0) -> float:
        return float(attributes.get(name, default))

    match tag:
        case "path":
            return _path(attributes["d"])
        case "circle":
            return [_ellipse(number("cx"), number("cy"), number("r"), number("r"))]
        case "ellipse":
            return [_ellipse(number("cx"), number("cy"), number("rx"), number("ry"))]
        case "rect":
            return [_rect(number("x"), number("y"), number("width"), number("height"), number("rx"))]
    raise ValueError(f"drawing element <{tag}> is not supported")


def _ellipse(cx: float, cy: float, rx: float, ry: float) -> list[Point]:
    steps = 48
    turn = 2 * math.pi / steps
    return [(cx + rx * math.cos(i * turn), cy + ry * math.sin(i * turn)) for i in range(steps + 1)]


def _rect(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    radius = min(radius, width / 2, height / 2)
    corners = (
        (x + width - radius, y + radius, -90),
        (x + width - radius, y + height - radius, 0),
        (x + radius, y + height - radius, 90),
        (x + radius, y + radius, 180),
    )
    points: list[Point] = []
    for cx, cy, start in corners:
        for step in range(9 if radius else 1):
            angle = math.radians(start + step * 90 / 8)
            points.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle)))
    return [*points, points[0]]


def _transform(text: str) -> Matrix:
    matrix = IDENTITY
    for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", text):
        values = [float(part) for part in re.split(r"[ ,]+", arguments.strip())]
        if name == "translate":
            matrix = _times(matrix, (1, 0, 0, 1, values[0], values[1] if len(values) > 1 else 0))
        elif name == "scale":
            matrix = _times(matrix, (values[0], 0, 0, values[-1], 0, 0))
        elif name == "rotate":
            cosine, sine = math.cos(math.radians(values[0])), math.sin(math.radians(values[0]))
            cx, cy = values[1:] if len(values) == 3 else (0.0, 0.0)
            turned = (cosine, sine, -sine, cosine, cx - cosine * cx + sine * cy, cy - sine * cx - cosine * cy)
            matrix = _times(matrix, turned)
        else:
            raise ValueError(f"drawing transform {name} is not supported")
    return matrix


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[2] * b[1],
        a[1] * b[0] + a[3] * b[1],
        a[0] * b[2] + a[2] * b[3],
        a[1] * b[2] + a[3] * b[3],
        a[0] * b[4] + a[2] * b[5] + a[4],
        a[1] * b[4] + a[3] * b[5] + a[5],
    )


def _apply(m: Matrix, point: Point) -> Point:
    x, y = point
    return (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])


class _Pen:
    """The current point and the lines drawn so far."""

    def __init__(self) -> None:
        self.lines: list[list[Point]] = []
        self.at: Point = (0.0, 0.0)
        self.last_control: Point | None = None

    def move(self, to: Point) -> None:
        self.lines.append([to])
        self.at = to

    def line(self, to: Point) -> None:
        self.lines[-1].append(to)
        self.at = to

    def close(self) -> None:
        start = self.lines[-1][0]
        self.line(start)

    def curve(self, c1: Point, c2: Point, to: Point) -> None:
        p0 = self.at
        for step in range(1, CURVE_STEPS + 1):
            t = step / CURVE_STEPS
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            points = (p0, c1, c2, to)
            self.line(
                (
                    sum(w * p[0] for w, p in zip(weights, points, strict=True)),
                    sum(w * p[1] for w, p in zip(weights, points, strict=True)),
                )
            )
        self.last_control = c2

    def arc(self, rx: float, ry: float, large: bool, sweep: bool, to: Point) -> None:
        """An elliptical arc without axis rotation, by centre and angles."""
        x0, y0 = self.at
        dx, dy = (x0 - to[0]) / 2, (y0 - to[1]) / 2
        if dx == 0 and dy == 0:
            return
        grow = math.hypot(dx / rx, dy / ry)
        if grow > 1:
            rx, ry = rx * grow, ry * grow
        gap = (rx * dy) ** 2 + (ry * dx) ** 2
        root = math.sqrt(max(0.0, ((rx * ry) ** 2 - gap) / gap))
        if large == sweep:
            root = -root
        cx, cy = root * rx * dy / ry, -root * ry * dx / rx
        start = math.atan2((dy - cy) / ry, (dx - cx) / rx)
        end = math.atan2((-dy - cy) / ry, (-dx - cx) / rx)
        turn = (end - start) % (2 * math.pi) if sweep else -((start - end) % (2 * math.pi))
        mid_x, mid_y = cx + (x0 + to[0]) / 2, cy + (y0 + to[1]) / 2
        steps = max(4, math.ceil(abs(turn) / math.radians(9)))
        for step in range(1, steps + 1):
            angle = start + turn * step / steps
            self.line((mid_x + rx * math.cos(angle), mid_y + ry * math.sin(angle)))


_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "A": 7, "Z": 0}


def _path(text: str) -> list[list[Point]]:
    tokens = _NUMBER.findall(text)
    pen = _Pen()
    index = 0
    command = "M"
    while index < len(tokens):
        if tokens[index].isalpha():
            command = tokens[index]
            index += 1
        kind = command.upper()
        if kind not in _ARGUMENTS:
            raise ValueError(f"path command {command} is not supported")
        count = _ARGUMENTS[kind]
        values = [float(token) for token in tokens[index : index + count]]
        index += count
        _draw(pen, kind, values, pen.at if command.islower() else (0.0, 0.0))
        if kind == "M":
            command = "l" if command == "m" else "L"
    return pen.lines


def _draw(pen: _Pen, kind: str, values: list[float], origin: Point) -> None:
    ox, oy = origin
    points = [(ox + values[i], oy + values[i + 1]) for i in range(0, len(values) - 1, 2)]
    control, pen.last_control = pen.last_control, None
    match kind:
        case "M":
            pen.move(points[0])
        case "L":
            pen.line(points[0])
        case "H":
            pen.line((ox + values[0], pen.at[1]))
        case "V":
            pen.line((pen.at[0], oy + values[0]))
        case "C":
            pen.curve(points[0], points[1], points[2])
        case "S":
            x, y = pen.at
            mirrored = (2 * x - control[0], 2 * y - control[1]) if control else pen.at
            pen.curve(mirrored, points[0], points[1])
        case "A":
            end = (ox + values[5], oy + values[6])
            pen.arc(values[0], values[1], bool(values[3]), bool(values[4]), end)
        case "Z":
            pen.close()
