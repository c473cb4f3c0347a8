"""Pixels to textures on the graphics card, made once per size and theme and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from kivy.graphics.texture import Texture

from kiosk.ui.theme import drawings, patterns, raster, tokens

KEPT_MAX = 400
"""Textures kept. A whole walk through all screens uses about half of them."""

_kept: dict[Hashable, Texture] = {}
_F = TypeVar("_F", bound=Callable[..., Any])


def keep(function: _F) -> _F:
    """Remember by arguments, theme mode and scale; when full, the oldest goes."""

    @wraps(function)
    def kept(*arguments: Hashable) -> Texture:
        theme = tokens.current()
        key = (function.__name__, theme.mode, theme.scale, *arguments)
        texture = _kept.get(key)
        if texture is None:
            texture = function(*arguments)
            if len(_kept) >= KEPT_MAX:
                _kept.pop(next(iter(_kept)))
            _kept[key] = texture
        return texture

    return kept  # type: ignore[return-value]


def upload(pixels: patterns.Pixels) -> Texture:
    """A texture from RGBA rows, top to bottom."""
    height, width = pixels.shape[:2]
    texture = Texture.create(size=(width, height), colorfmt="rgba")
    texture.blit_buffer(pixels[::-1].tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def white(mask: raster.Mask) -> Texture:
    """A mask as white with alpha, to be tinted by a Color instruction."""
    pixels = np.full((*mask.shape, 4), 255, np.uint8)
    pixels[..., 3] = mask * 255 + 0.5
    return upload(pixels)


@keep
def plate(radius: int) -> Texture:
    """Nine-patch of a filled rounded rectangle; its fixed border is `radius` + 1 wide."""
    side = 2 * (radius + 1) + 2
    return white(raster.rounded_rect(side, side, [radius] * 4))


@keep
def frame(radius: int, border: int) -> Texture:
    """Nine-patch of a rounded outline; its fixed border is max(radius, border) + 1 wide."""
    side = 2 * (max(radius, border) + 1) + 2
    return white(raster.outline(side, side, [radius] * 4, border))


@keep
def solid(width: int, height: int, radius: int) -> Texture:
    """A filled rounded rectangle of exactly this size."""
    return white(raster.rounded_rect(width, height, [radius] * 4))


@keep
def hollow(width: int, height: int, radius: int, border: int) -> Texture:
    """A rounded outline of exactly this size."""
    return white(raster.outline(width, height, [radius] * 4, border))


@keep
def dashed(width: int, height: int, radius: int, border: int, dash: int) -> Texture:
    """A dashed outline of exactly this size."""
    return white(raster.dashed(width, height, radius, border, dash))


@keep
def corners(radius: int) -> Texture:
    """Nine-patch of what lies outside a rounded rectangle: laid over a picture, it rounds it."""
    side = 2 * (radius + 1) + 2
    return white(1 - raster.rounded_rect(side, side, [radius] * 4))


@keep
def shadow(radius: int, blur: int) -> Texture:
    """Nine-patch of a soft shadow, see `raster.shadow`."""
    return white(raster.shadow(radius, blur))


@keep
def icon(name: str, size: int, stroke: float) -> Texture:
    """An icon as white with alpha."""
    return white(drawings.icon(name, size, stroke))


@keep
def ring(size: int, stroke: int, fraction: float) -> Texture:
    """An arc as white with alpha."""
    return white(raster.ring(size, stroke, fraction))


@keep
def segment(payer: patterns.Payer, width: int, height: int, radii: Sequence[float]) -> Texture:
    """A part of the split bar."""
    return upload(patterns.segment(tokens.current(), payer, width, height, radii))


@keep
def swatch(payer: patterns.Payer, size: int, radius: int) -> Texture:
    """A payer's sign."""
    return upload(patterns.swatch(tokens.current(), payer, size, radius))


@keep
def picture(name: str, width: int, height: int) -> Texture:
    """An illustration."""
    return upload(drawings.picture(name, width, height, tokens.current()))
