"""Films of a phone that shows a code: the camera of the demo and of tests.

A scene is some seconds of an empty lobby, or of a hand holding a phone into it.
The same scenes and seed give the same film.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import qrcode

from hw.scanner._opencv import cv2

Pixels = npt.NDArray[np.uint8]

FILM_MAX_S = 120.0
FILM_WIDTH_PX = 1280
FILM_HEIGHT_PX = 720
FILM_FPS = 15

_SCREEN_SIZE_PX = (540, 1080)  # of the drawn phone, width and height, before it is put into the scene
_BEZEL_PX = 18
_CODE_SIDE_PX = 440
_HAND_SHAKE_PX = 3.0
_SENSOR_NOISE = 3.0
_JPEG_QUALITY = 70


@dataclass(frozen=True, slots=True)
class Scene:
    """`seconds` of film; `text` is what the phone shows, None an empty lobby.

    `side_px` is the side of the code in the film: 240 is a phone at 20 to 30 cm.
    """

    seconds: float
    text: str | None = None
    side_px: int = 240
    tilt_deg: float = 12.0


class FilmError(Exception):
    """The film could not be written; the message names the file."""


def render_film(path: str | Path, scenes: Sequence[Scene], *, seed: int = 0) -> None:
    """Writes a Motion-JPEG AVI of 1280x720 at 15 pictures a second.

    It is written beside `path` and moved there whole, so that a looping source
    never meets half a film. Raises FilmError, and ValueError above FILM_MAX_S.
    """
    if sum(scene.seconds for scene in scenes) > FILM_MAX_S:
        raise ValueError(f"a film lasts at most {FILM_MAX_S:.0f} s")
    target = Path(path)
    part = target.with_name(f".{target.name}.part.avi")
    writer = cv2.VideoWriter(
        str(part),
        cv2.CAP_OPENCV_MJPEG,
        cv2.VideoWriter.fourcc(*"MJPG"),
        float(FILM_FPS),
        (FILM_WIDTH_PX, FILM_HEIGHT_PX),
    )
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, _JPEG_QUALITY)
    if not writer.isOpened():
        raise FilmError(f"{target}: cannot be written")
    random = np.random.default_rng(seed)
    lobby = lobby_picture(random)
    try:
        for scene in scenes:
            for number in range(max(1, round(scene.seconds * FILM_FPS))):
                picture = held_phone(lobby, scene, number / FILM_FPS, random)
                writer.write(_seen_by_sensor(picture, random))
    finally:
        writer.release()
    part.replace(target)


def code_picture(text: str, side_px: int) -> Pixels:
    """A QR code with its quiet zone, black on white, (side, side) grey."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    modules = np.where(np.asarray(code.get_matrix()), 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.resize(modules, (side_px, side_px), interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )


@functools.lru_cache(maxsize=4)
def phone_picture(text: str) -> Pixels:
    """A phone seen from the front, BGR, its screen showing the code on a white card."""
    width, height = _SCREEN_SIZE_PX
    phone = np.full((height, width, 3), (38, 34, 32), dtype=np.uint8)
    phone[_BEZEL_PX : height - _BEZEL_PX, _BEZEL_PX : width - _BEZEL_PX] = (168, 116, 30)
    left, top = (width - _CODE_SIDE_PX) // 2, (height - _CODE_SIDE_PX) // 2
    cv2.rectangle(phone, (left - 20, top - 90), (width - left + 20, height - top + 40), (255, 255, 255), -1)
    for row, length in ((top - 64, 220), (top - 34, 320)):  # where a phone prints its heading
        cv2.rectangle(phone, (left, row), (left + length, row + 12), (190, 190, 190), -1)
    code = code_picture(text, _CODE_SIDE_PX)
    phone[top : top + _CODE_SIDE_PX, left : left + _CODE_SIDE_PX] = code[:, :, np.newaxis]
    return phone


def lobby_picture(random: np.random.Generator) -> Pixels:
    """A hall out of focus: a bright ceiling, a dark floor, a few lamps and people as soft shapes."""
    light = np.linspace(165, 70, FILM_HEIGHT_PX, dtype=np.float32)[:, np.newaxis]
    grey = np.repeat(light, FILM_WIDTH_PX, axis=1)
    for _ in range(14):
        x, y = random.integers(0, FILM_WIDTH_PX), random.integers(120, FILM_HEIGHT_PX)
        size = (int(random.integers(30, 90)), int(random.integers(90, 260)))
        cv2.ellipse(grey, (int(x), int(y)), size, 0, 0, 360, float(random.integers(45, 130)), -1)
    for x in random.integers(0, FILM_WIDTH_PX, 5):
        cv2.ellipse(grey, (int(x), int(random.integers(10, 110))), (60, 14), 0, 0, 360, 235.0, -1)
    soft = cv2.GaussianBlur(grey, (0, 0), 18)
    warm = np.array((0.90, 0.97, 1.0), dtype=np.float32)
    return np.asarray(soft[:, :, np.newaxis] * warm, dtype=np.uint8)


def held_phone(lobby: Pixels, scene: Scene, at_s: float, random: np.random.Generator) -> Pixels:
    """The scene `at_s` seconds after its start: tilted, swaying a little as a hand does."""
    if scene.text is None:
        return lobby
    phone = phone_picture(scene.text)
    height, width = phone.shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    size = scene.side_px / _CODE_SIDE_PX
    sway = 6.0 * math.sin(2 * math.pi * 0.7 * at_s)
    angle = math.radians(scene.tilt_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    placed = (outline - (width / 2, height / 2)) * size @ turn.T
    placed[:, 0] *= 1.0 + 0.10 * placed[:, 1] / height  # held slightly away at the top
    shake_x, shake_y = random.normal(0, _HAND_SHAKE_PX / 3, 2)
    placed += (FILM_WIDTH_PX / 2 + sway + shake_x, FILM_HEIGHT_PX / 2 + shake_y)
    warp = cv2.getPerspectiveTransform(outline, placed.astype(np.float32))
    target = (FILM_WIDTH_PX, FILM_HEIGHT_PX)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, target)
    shown = cv2.warpPerspective(phone, warp, target, flags=cv2.INTER_AREA)
    return np.asarray(np.where(mask[:, :, np.newaxis] > 127, shown, lobby), dtype=np.uint8)


def _seen_by_sensor(picture: Pixels, random: np.random.Generator) -> Pixels:
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)
    noise = random.standard_normal((FILM_HEIGHT_PX // 2, FILM_WIDTH_PX // 2), dtype=np.float32)
    grain = cv2.resize(noise * _SENSOR_NOISE, (FILM_WIDTH_PX, FILM_HEIGHT_PX))
    return np.asarray(np.clip(soft + grain[:, :, np.newaxis], 0, 255), dtype=np.uint8)
