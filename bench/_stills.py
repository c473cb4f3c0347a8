"""Hard still pictures with codes, made from a seed, that say what they hold and where.

Printed codes and screens on a cluttered wall, spoiled in one of `CATEGORIES`. They compare
readers on the same pictures; they do not tell how well real photographs are read.
"""

from __future__ import annotations

import math
import string
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import qrcode

from hw.scanner._opencv import cv2

Pixels = npt.NDArray[np.uint8]
Light = npt.NDArray[np.float32]

HEIGHT_PX, WIDTH_PX = 960, 1280
_ALPHABET = list(string.ascii_letters + string.digits)
_MODULE_PX = 12  # of the drawn code, before it is put into the picture
_QUIET = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """What a category does; the lengths are modules, or shares of the code's side."""

    codes: int = 1
    side_px: tuple[float, float] = (180, 420)
    text_chars: tuple[int, int] = (12, 60)
    correction: int = qrcode.constants.ERROR_CORRECT_M
    tilt_deg: float = 20.0
    defocus: float = 0.15
    motion: float = 0.0
    spots: int = 0
    gain: tuple[float, float] = (0.8, 1.1)
    curl: float = 0.0
    damage: int = 0
    glare: float = 0.0
    moire: float = 0.0
    shadow: float = 0.0
    noise: float = 4.0
    inverted: bool = False


CATEGORIES: dict[str, Kind] = {
    "nominal": Kind(),
    "blurred": Kind(defocus=0.62, noise=3.0),
    "motion": Kind(motion=2.3),
    "bright_spots": Kind(spots=5, defocus=0.3),
    "dark": Kind(gain=(0.04, 0.09), noise=3.0),
    "close": Kind(side_px=(470, 640), defocus=0.3),
    "curved": Kind(curl=0.07, text_chars=(30, 90)),
    "damaged": Kind(damage=5),
    "glare": Kind(glare=0.22, defocus=0.3),
    "high_version": Kind(side_px=(420, 700), text_chars=(250, 700), defocus=0.4),
    "lots": Kind(codes=12, side_px=(110, 170), text_chars=(8, 24), defocus=0.35),
    "monitor": Kind(moire=0.7, defocus=0.3),
    "perspective": Kind(tilt_deg=58.0),
    "shadows": Kind(shadow=0.75, defocus=0.4),
    "noisy": Kind(noise=55.0, gain=(0.6, 0.9)),
    "inverted": Kind(inverted=True, defocus=0.5),
    "tiny": Kind(side_px=(52, 74), text_chars=(8, 18), defocus=0.25, noise=2.0),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """One code of a picture: its text, and its corners in pixels, (4, 2)."""

    text: str
    corners: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Still:
    grey: Pixels
    codes: tuple[Placed, ...]


def still(category: str, seed: int) -> Still:
    """A grey picture (960, 1280) of a category; the same for the same seed."""
    random = np.random.default_rng([zlib.crc32(category.encode()), seed])
    kind = CATEGORIES[category]
    light = _wall(random)
    codes = []
    module_px = 1.0
    for middle in _middles(kind.codes, random):
        text = "".join(random.choice(_ALPHABET, int(random.integers(*kind.text_chars))))
        side_px = float(random.uniform(*kind.side_px))
        light, corners, modules = _put(light, text, kind, middle, side_px, random)
        module_px = side_px / modules
        codes.append(Placed(text, corners))
    light = _lit(light, kind, np.array([code.corners for code in codes]), random)
    return Still(_sensed(light, kind, module_px, random), tuple(codes))


def _wall(random: np.random.Generator) -> Light:
    grey = np.full((HEIGHT_PX, WIDTH_PX), 125, np.float32)
    for cells, strength in ((8, 35), (40, 18), (200, 10)):
        coarse = random.standard_normal((cells * 3 // 4, cells)).astype(np.float32)
        grey += strength * cv2.resize(coarse, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    for _ in range(30):
        x, y, w, h = (int(random.integers(0, limit)) for limit in (WIDTH_PX, HEIGHT_PX, 200, 200))
        level = float(random.integers(20, 235))
        cv2.rectangle(grey, (x, y), (x + w, y + h), level, -1 if random.random() < 0.4 else 2)
    return np.clip(grey, 0, 255)


def _middles(count: int, random: np.random.Generator) -> list[tuple[float, float]]:
    if count == 1:
        return [
            (WIDTH_PX / 2 + float(random.uniform(-120, 120)), HEIGHT_PX / 2 + float(random.uniform(-50, 50)))
        ]
    across = math.ceil(math.sqrt(count * WIDTH_PX / HEIGHT_PX))
    down = math.ceil(count / across)
    places = [
        ((i % across + 0.5) * WIDTH_PX / across, (i // across + 0.5) * HEIGHT_PX / down) for i in range(count)
    ]
    return [(x + float(random.uniform(-8, 8)), y + float(random.uniform(-8, 8))) for x, y in places]


def _put(
    light: Light,
    text: str,
    kind: Kind,
    middle: tuple[float, float],
    side_px: float,
    random: np.random.Generator,
) -> tuple[Light, npt.NDArray[np.float64], int]:
    code = qrcode.QRCode(error_correction=kind.correction, border=_QUIET)
    code.add_data(text)
    code.make(fit=True)
    dark = np.asarray(code.get_matrix(), dtype=bool) != kind.inverted
    modules = len(dark) - 2 * _QUIET
    paper, ink = float(random.integers(205, 250)), float(random.integers(10, 50))
    card = np.where(dark, ink, paper).astype(np.float32).repeat(_MODULE_PX, 0).repeat(_MODULE_PX, 1)
    _damage(card, kind.damage, random)
    side = float(len(card))
    margin = _QUIET * _MODULE_PX
    outline = np.array([[0, 0], [side, 0], [side, side], [0, side]])
    inner = np.array(
        [[margin, margin], [side - margin, margin], [side - margin] * 2, [margin, side - margin]]
    )
    angle = float(random.uniform(0, 2 * math.pi))
    warp = _warp(outline, side_px / (modules * _MODULE_PX), middle, kind.tilt_deg, angle, random)
    card, mask, inner = _curled(card, inner, kind.curl)
    size = (WIDTH_PX, HEIGHT_PX)
    # Averaged over four by four places a pixel, as a sensor does.
    large = np.diag([2.0, 2.0, 1.0]) @ warp
    seen = cv2.resize(
        cv2.warpPerspective(card * mask, large, (2 * size[0], 2 * size[1])),
        size,
        interpolation=cv2.INTER_AREA,
    )
    cover = cv2.resize(
        cv2.warpPerspective(mask, large, (2 * size[0], 2 * size[1])), size, interpolation=cv2.INTER_AREA
    )
    placed = cv2.perspectiveTransform(inner[np.newaxis].astype(np.float64), warp)[0]
    return np.asarray(light * (1 - cover) + seen, dtype=np.float32), placed, modules


def _damage(card: Light, count: int, random: np.random.Generator) -> None:
    side = len(card)
    for _ in range(count):
        a, b = random.uniform(0, side, 2), random.uniform(0, side, 2)
        start, end = (int(a[0]), int(a[1])), (int(b[0]), int(b[1]))
        cv2.line(card, start, end, float(random.integers(120, 250)), int(random.integers(4, 11)))
    if count:
        spot = random.uniform(0.3, 0.7, 2) * side
        radius = int(side * random.uniform(0.05, 0.1))
        cv2.circle(card, (int(spot[0]), int(spot[1])), radius, float(random.integers(30, 230)), -1)


def _warp(
    outline: npt.NDArray[np.float64],
    scale: float,
    middle: tuple[float, float],
    tilt_deg: float,
    angle: float,
    random: np.random.Generator,
) -> npt.NDArray[np.float64]:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    axis = float(random.uniform(0, 2 * math.pi))
    about = np.array([[math.cos(axis), -math.sin(axis)], [math.sin(axis), math.cos(axis)]])
    flat = (outline - outline.mean(axis=0)) * scale @ turn.T @ about
    tilt = math.radians(tilt_deg)
    depth = flat[:, 1] * math.sin(tilt)
    flat[:, 1] *= math.cos(tilt)
    placed = flat @ about.T / (1 + depth / 1300)[:, np.newaxis] + middle
    return np.asarray(
        cv2.getPerspectiveTransform(outline.astype(np.float32), placed.astype(np.float32)), dtype=np.float64
    )


def _curled(
    card: Light, inner: npt.NDArray[np.float64], curl: float
) -> tuple[Light, Light, npt.NDArray[np.float64]]:
    """The card as on a bottle: columns are squeezed towards both sides and shifted in an arc."""
    side = len(card)
    if not curl:
        return card, np.ones_like(card), inner
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    x = (columns - side / 2) / (side / 2)
    bend = 1.2
    source = np.arcsin(np.clip(x * math.sin(bend), -1, 1)) / bend
    lift = curl * side * (1 - np.cos(source * bend))
    map_x, map_y = (source * side / 2 + side / 2).astype(np.float32), (rows - lift).astype(np.float32)
    shown = cv2.remap(card, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    mask = cv2.remap(np.ones_like(card), map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    own = (inner[:, 0] - side / 2) / (side / 2)
    at_x = np.sin(own * bend) / math.sin(bend) * side / 2 + side / 2
    at_y = inner[:, 1] + curl * side * (1 - np.cos(own * bend))
    return np.asarray(shown), np.asarray(mask), np.stack((at_x, at_y), axis=1)


def _lit(light: Light, kind: Kind, corners: npt.NDArray[np.float64], random: np.random.Generator) -> Light:
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    middle = corners[0].mean(axis=0)
    side = float(np.linalg.norm(corners[0][1] - corners[0][0]))
    if kind.shadow:
        edge = random.uniform(0, 2 * math.pi)
        across = (columns - middle[0]) * math.cos(edge) + (rows - middle[1]) * math.sin(edge)
        light = light * (1 - kind.shadow * (across > random.uniform(-0.2, 0.2) * side))
    if kind.moire:
        angle, period = random.uniform(0, math.pi), random.uniform(5, 16)
        wave = np.sin(2 * math.pi * (columns * math.cos(angle) + rows * math.sin(angle)) / period)
        light = light * (1 + 0.5 * kind.moire * (wave - 1))
    for size in [kind.glare] * bool(kind.glare) + [0.07] * kind.spots:
        at = middle + random.uniform(-0.4, 0.4, 2) * side
        away = ((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / (size * side) ** 2
        light = light + 700 * np.exp(-2.5 * away)
    return np.asarray(light, dtype=np.float32)


def _sensed(light: Light, kind: Kind, module_px: float, random: np.random.Generator) -> Pixels:
    if kind.motion:
        length = max(2, round(kind.motion * module_px)) | 1
        angle, kernel = random.uniform(0, math.pi), np.zeros((length, length), np.float32)
        end = np.round(np.array([math.cos(angle), math.sin(angle)]) * (length // 2)).astype(int)
        half = length // 2
        cv2.line(kernel, (half - end[0], half - end[1]), (half + end[0], half + end[1]), 1.0, 1)
        light = cv2.filter2D(light, -1, kernel / kernel.sum())
    soft = cv2.GaussianBlur(light, (0, 0), max(0.4, kind.defocus * module_px))
    noise = random.normal(0, kind.noise, soft.shape)
    return np.clip(soft * random.uniform(*kind.gain) + noise, 0, 255).astype(np.uint8)
