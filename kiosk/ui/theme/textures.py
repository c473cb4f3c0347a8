"""Shapes as textures on the graphics card, made once per size and theme and kept.

No numpy here: what the store of last time has is uploaded as it is.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

from kivy.graphics.texture import Texture

from kiosk.ui.theme import tokens
from kiosk.ui.theme.store import Raw, Store
from kiosk.ui.theme.tokens import Payer

KEPT_MAX = 400
"""Textures kept. A whole walk through all screens uses about half of them."""

_kept: dict[Hashable, Texture] = {}
_store: Store | None = None


def use_store(store: Store | None) -> None:
    """Take pictures from here first, and give new ones to it."""
    global _store
    _store = store


def save() -> None:
    """Write the pictures for the next start."""
    if _store is not None:
        _store.save()


def upload(raw: Raw) -> Texture:
    """A texture of these bytes."""
    texture = Texture.create(size=(raw.width, raw.height), colorfmt=raw.colorfmt)
    texture.blit_buffer(raw.data, colorfmt=raw.colorfmt, bufferfmt="ubyte")
    exact(texture)
    return texture


def exact(texture: Texture) -> None:
    """Take pixels as they are. Everything is drawn at its own size on whole pixels, so nothing has to
    be interpolated, and under software GL that is a third of a frame."""
    texture.mag_filter = texture.min_filter = "nearest"


def _texture(kind: str, *arguments: Any, lasting: bool = True) -> Texture:
    """The texture of a shape; `lasting` ones are worth keeping for the next start."""
    look = tokens.current()
    key = (look.mode, look.scale, kind, *arguments)
    texture = _kept.get(key)
    if texture is None:
        texture = upload(_raw(repr(key), kind, arguments, lasting))
        if len(_kept) >= KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        _kept[key] = texture
    return texture


def _raw(name: str, kind: str, arguments: tuple[Any, ...], lasting: bool) -> Raw:
    raw = _store.get(name) if _store is not None else None
    if raw is None:
        from kiosk.ui.theme import shapes  # numpy: only when something has to be made

        raw = shapes.make(kind, *arguments)
        if _store is not None and lasting:
            _store.put(name, raw)
    return raw


def plate(radius: int) -> Texture:
    """Nine-patch of a filled rounded rectangle; its fixed border is `radius` + 1 wide."""
    return _texture("plate", radius)


def frame(radius: int, border: int) -> Texture:
    """Nine-patch of a rounded outline; its fixed border is max(radius, border) + 1 wide."""
    return _texture("frame", radius, border)


def corners(radius: int) -> Texture:
    """Nine-patch of what lies outside a rounded rectangle: laid over a picture, it rounds it."""
    return _texture("corners", radius)


def solid(width: int, height: int, radius: int) -> Texture:
    """A filled rounded rectangle of exactly this size."""
    return _texture("solid", width, height, radius)


def hollow(width: int, height: int, radius: int, border: int) -> Texture:
    """A rounded outline of exactly this size."""
    return _texture("hollow", width, height, radius, border)


def dashed(width: int, height: int, radius: int, border: int, dash: int) -> Texture:
    """A dashed outline of exactly this size."""
    return _texture("dashed", width, height, radius, border, dash)


def paper(radius: int, blur: int, drop: int, alpha: float, role: str) -> Texture:
    """Nine-patch of a filled rounded rectangle and the soft shadow that it casts."""
    return _texture("paper", radius, blur, drop, alpha, role)


def paper_border(radius: float, blur: float) -> int:
    """Width of the fixed border of that nine-patch; the shape's edge lies about `blur` inside."""
    return 2 * math.ceil(blur) + math.ceil(radius)


def icon(name: str, size: int, stroke: float) -> Texture:
    """An icon as white with alpha."""
    return _texture("icon", name, size, stroke)


def ring(size: int, stroke: int, fraction: float) -> Texture:
    """An arc as white with alpha. There are too many of them to keep."""
    return _texture("ring", size, stroke, fraction, lasting=False)


def segment(payer: Payer, width: int, height: int, radii: Sequence[float]) -> Texture:
    """A part of the split bar."""
    return _texture("segment", payer, width, height, radii, lasting=False)


def swatch(payer: Payer, size: int, radius: int) -> Texture:
    """A payer's sign."""
    return _texture("swatch", payer, size, radius)


def picture(name: str, width: int, height: int) -> Texture:
    """An illustration."""
    return _texture("picture", name, width, height)


def brackets(width: int, height: int, margin: int, leg: int, stroke: int) -> Texture:
    """The four corners of the camera window."""
    return _texture("brackets", width, height, margin, leg, stroke)
