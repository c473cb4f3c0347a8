"""Drawing one picture: a phone's screen, put into a hall, seen through a lens by a sensor."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import qrcode

from bench.streams.kinds import Shot
from hw.scanner._opencv import cv2

Pixels = npt.NDArray[np.uint8]
Light = npt.NDArray[np.float32]

WIDTH_PX, HEIGHT_PX = 1280, 720
FOCAL_PX = 1100.0
QUIET_MODULES = 4
PHONE_MODULES = (1.5, 2.6)
"""Width and height of the phone, in sides of the symbol with its quiet zone."""
MODULE_MAX_PX = 16


@dataclass(frozen=True, slots=True)
class Looks:
    """What a phone looks like: grey levels, the sign and direction of its tilt, where its cracks run."""

    paper: int
    ink: int
    wall: int  # the screen around the code's card
    turn_deg: float
    tilt_axis_deg: float
    crack_seed: int


@dataclass(frozen=True, slots=True)
class Lamps:
    """Reflections: where the lamp stands on the symbol, and how screen and sensor grids interfere."""

    glare_x: float  # in sides of the symbol from its middle
    glare_y: float
    moire_period_px: float
    moire_deg: float
    moire_phase: float


@functools.lru_cache(maxsize=8)
def modules_of(text: str) -> npt.NDArray[np.bool_]:
    """The dark modules of the symbol, (n, n), error correction M, without a quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    return np.asarray(code.get_matrix(), dtype=np.bool_)


def hall(random: np.random.Generator) -> Light:
    """What is behind the phone: shapes of many sizes with edges, as decoders find them in a real hall."""
    grey = np.full((HEIGHT_PX, WIDTH_PX), 110, dtype=np.float32)
    for cells, strength in ((6, 45), (24, 22), (90, 12), (240, 8)):
        coarse = random.standard_normal((cells * 9 // 16 + 1, cells)).astype(np.float32)
        grey += strength * cv2.resize(coarse, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        x, y = int(random.integers(0, WIDTH_PX)), int(random.integers(0, HEIGHT_PX))
        size = (int(random.integers(6, 160)), int(random.integers(6, 200)))
        level = float(random.integers(20, 235))
        cv2.rectangle(grey, (x, y), (x + size[0], y + size[1]), level, -1 if random.random() < 0.5 else 2)
    return np.clip(cv2.GaussianBlur(grey, (0, 0), 1.2), 0, 255)


@functools.lru_cache(maxsize=8)
def _phone(text: str, looks: Looks, module_px: int, inverted: bool, cracks: int) -> Light:
    """The phone from the front, `module_px` pixels a module."""
    dark = modules_of(text) != inverted
    paper, ink = looks.paper, looks.ink
    symbol = np.where(dark, ink, paper).astype(np.float32)
    card = np.pad(symbol, QUIET_MODULES, constant_values=ink if inverted else paper)
    card = np.asarray(np.kron(card, np.ones((module_px, module_px), np.float32)))
    side = card.shape[0]
    width, height = (round(side * share) for share in PHONE_MODULES)
    phone = np.full((height, width), looks.wall, dtype=np.float32)
    edge = max(2, module_px)
    cv2.rectangle(phone, (0, 0), (width - 1, height - 1), 30.0, edge)
    top, left = (height - side) // 2, (width - side) // 2
    for row, length in ((top - 5 * module_px, 0.5), (top - 3 * module_px, 0.8)):
        cv2.rectangle(phone, (left, row), (left + round(side * length), row + module_px), 200.0, -1)
    phone[top : top + side, left : left + side] = card
    _crack(phone, np.random.default_rng(looks.crack_seed), cracks, module_px)
    return phone


def _crack(phone: Light, random: np.random.Generator, count: int, module_px: int) -> None:
    """Broken glass: bent lines from a point near the middle out to the rim, each dark beside bright."""
    height, width = phone.shape
    start = np.array([width, height]) * (0.5 + random.uniform(-0.16, 0.16, 2) * (1.0, 0.5))
    heading = random.uniform(0, 2 * math.pi)
    for number in range(count):
        angle = heading + number * 2 * math.pi / count + random.uniform(-0.4, 0.4)
        points = [start]
        for _ in range(7):
            angle += random.uniform(-0.35, 0.35)
            points.append(points[-1] + width * 0.14 * np.array([math.cos(angle), math.sin(angle)]))
        line = np.round(np.array(points)).astype(np.int32)
        thick = max(1, round(module_px * random.uniform(0.3, 0.65)))
        cv2.polylines(phone, [line + thick], False, 235.0, max(1, thick // 2))
        cv2.polylines(phone, [line], False, 25.0, thick)


def picture(
    text: str, shot: Shot, looks: Looks, lamps: Lamps, behind: Light, random: np.random.Generator, at_s: float
) -> Pixels:
    """The grey picture, (720, 1280), 8 bit. `random` gives place, direction of motion and noise."""
    count = modules_of(text).shape[0]
    module_px = int(np.clip(math.ceil(shot.side_px / count), 2, MODULE_MAX_PX))
    phone = _phone(text, looks, module_px, shot.inverted, shot.cracks)
    phone = looks.wall + (phone - looks.wall) * shot.contrast if shot.contrast < 1 else phone
    sway = shot.sway_px * math.sin(2 * math.pi * 0.7 * at_s + looks.turn_deg)
    at_x, at_y = np.array([WIDTH_PX / 2 + sway, HEIGHT_PX / 2]) + random.normal(0, shot.shake_px, 2)
    way = _warp(phone.shape, shot, looks, count * module_px, (at_x, at_y))
    size = (WIDTH_PX, HEIGHT_PX)
    seen: Light = np.asarray(cv2.warpPerspective(phone, way, size), dtype=np.float32)
    mask: Light = np.asarray(cv2.warpPerspective(np.ones_like(phone), way, size), dtype=np.float32)
    seen = _moire(seen, shot, lamps) + _lamp(shot, lamps, (at_x, at_y)) * mask
    motion_rad = float(random.uniform(0, math.pi))
    covered = _moved(mask, shot.motion_px, motion_rad)
    light = _moved(seen, shot.motion_px, motion_rad) + behind * (1 - covered)
    return _sensed(light, shot, random)


def _warp(
    shape: tuple[int, ...], shot: Shot, looks: Looks, symbol_px: int, at: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """From the drawn phone to the picture: turned in its plane, tilted about an axis, far away."""
    height, width = shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    flat = (outline - (width / 2, height / 2)) / symbol_px
    turned = flat @ _turn(looks.turn_deg).T
    axis = _turn(looks.tilt_axis_deg)
    across = turned @ axis  # first coordinate along the axis, second across it
    tilt = math.radians(shot.tilt_deg)
    depth = across[:, 1] * math.sin(tilt)
    across[:, 1] *= math.cos(tilt)
    distance = FOCAL_PX / shot.side_px
    placed = (across @ axis.T) * FOCAL_PX / (distance + depth)[:, np.newaxis] + at
    matrix = cv2.getPerspectiveTransform(outline.astype(np.float32), placed.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def _turn(degrees: float) -> npt.NDArray[np.float64]:
    angle = math.radians(degrees)
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@functools.cache
def _raster() -> tuple[Light, Light]:
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    return columns, rows


def _moire(seen: Light, shot: Shot, lamps: Lamps) -> Light:
    if shot.moire <= 0:
        return seen
    columns, rows = _raster()
    angle = math.radians(lamps.moire_deg)
    along = columns * math.cos(angle) + rows * math.sin(angle)
    wave = np.sin(2 * math.pi * along / lamps.moire_period_px + lamps.moire_phase)
    return np.asarray(seen * (1 + 0.5 * shot.moire * (wave - 1)), dtype=np.float32)


def _lamp(shot: Shot, lamps: Lamps, at: tuple[float, float]) -> Light | float:
    """A lamp's mirror image on the glass: saturated in its middle, soft at its rim."""
    if shot.glare <= 0:
        return 0.0
    columns, rows = _raster()
    x, y = at[0] + lamps.glare_x * shot.side_px, at[1] + lamps.glare_y * shot.side_px
    away = ((columns - x) ** 2 + (rows - y) ** 2) / (shot.glare * shot.side_px) ** 2
    return np.asarray(900.0 * np.exp(-2.5 * away), dtype=np.float32)


def _moved(seen: Light, length_px: float, angle_rad: float) -> Light:
    length = math.ceil(length_px)
    if length < 2:
        return seen
    size = length | 1
    kernel = np.zeros((size, size), dtype=np.float32)
    middle = size // 2
    dx, dy = math.cos(angle_rad) * length_px / 2, math.sin(angle_rad) * length_px / 2
    start, end = (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
    cv2.line(kernel, start, end, 1.0, 1)
    return np.asarray(cv2.filter2D(seen, -1, kernel / kernel.sum()), dtype=np.float32)


def _sensed(light: Light, shot: Shot, random: np.random.Generator) -> Pixels:
    soft = cv2.GaussianBlur(light, (0, 0), shot.defocus_px)
    if shot.bloom > 0:
        soft = soft + shot.bloom * cv2.GaussianBlur(soft, (0, 0), 12)
    noise = random.standard_normal((HEIGHT_PX, WIDTH_PX), dtype=np.float32) * np.float32(shot.noise)
    return np.clip(soft * shot.gain + noise, 0, 255).astype(np.uint8)
