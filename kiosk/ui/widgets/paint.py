"""Strokes of the brush that all widgets share. Call them inside `with canvas:`."""

from __future__ import annotations

from kivy.graphics import BorderImage, Color, Rectangle
from kivy.graphics.texture import Texture

from kiosk.ui import theme
from kiosk.ui.text import setting
from kiosk.ui.theme import textures

SHADOW_BLUR = 20
SHADOW_DROP = 4
SHADOW_ALPHA = 0.078
"""The sheet's shadow: 0 4px 20px of ink at 8 % (design tokens)."""


def colour(role: str, alpha: float = 1.0) -> Color:
    """A Color instruction of a role; keep it to change the colour later."""
    red, green, blue, own_alpha = theme.current().colour(role)
    return Color(red, green, blue, own_alpha * alpha)


def recolour(instruction: Color, role: str) -> None:
    """Give an existing Color instruction another role."""
    instruction.rgba = theme.current().colour(role)


def fill(x: float, y: float, width: float, height: float, radius: int, role: str) -> Color:
    """A filled rounded rectangle; `y` is its lower edge, all in pixels."""
    paint = colour(role)
    radius = min(radius, int(width) // 2, int(height) // 2)
    if radius <= 0:
        Rectangle(pos=(x, y), size=(width, height))
    elif _is_small(width, height, radius):
        Rectangle(texture=textures.solid(int(width), int(height), radius), pos=(x, y), size=(width, height))
    else:
        _nine(textures.plate(radius), radius + 1, x, y, width, height)
    return paint


def outline(x: float, y: float, width: float, height: float, radius: int, border: int, role: str) -> Color:
    """The border of a rounded rectangle, inside its box."""
    paint = colour(role)
    radius = min(radius, int(width) // 2, int(height) // 2)
    if _is_small(width, height, max(radius, border)):
        texture = textures.hollow(int(width), int(height), radius, border)
        Rectangle(texture=texture, pos=(x, y), size=(width, height))
    else:
        _nine(textures.frame(radius, border), max(radius, border) + 1, x, y, width, height)
    return paint


def paper(x: float, y: float, width: float, height: float, radius: int, role: str) -> None:
    """A sheet with its soft shadow. Only the light theme has one; elsewhere it is a plain fill."""
    look = theme.current()
    blur, drop = max(2, look.px(SHADOW_BLUR)), look.px(SHADOW_DROP)
    border = textures.paper_border(radius, blur)
    if look.mode != "light" or min(width, height) + 2 * blur < 2 * border + 2:
        fill(x, y, width, height, radius, role)
        return
    Color(1, 1, 1, 1)
    texture = textures.paper(radius, blur, drop, SHADOW_ALPHA, role)
    _nine(texture, border, x - blur, y - blur - drop, width + 2 * blur, height + 2 * blur)


def _is_small(width: float, height: float, border: int) -> bool:
    """Too small for a nine-patch: discs and pills get a mask of their own size."""
    return min(width, height) < 2 * (border + 1) + 2


def _nine(texture: Texture, border: int, x: float, y: float, width: float, height: float) -> None:
    BorderImage(texture=texture, border=[border] * 4, pos=(x, y), size=(width, height))


def image(texture: Texture, x: float, y: float, role: str | None = None) -> Color:
    """A texture at its own size, tinted with a role or as it is."""
    paint = colour(role) if role else Color(1, 1, 1, 1)
    Rectangle(texture=texture, pos=(x, y), size=texture.size)
    return paint


def words(text: str, size_px: int, bold: bool, x: float, baseline_y: float, role: str) -> Color:
    """One set line, its baseline at `baseline_y`, from `x` to the right."""
    paint = colour(role)
    for piece in setting.set_line(text, size_px, bold).pieces:
        texture = piece.texture
        y = baseline_y + piece.ascent_px - texture.height
        Rectangle(texture=texture, pos=(x + piece.x_px, y), size=texture.size)
    return paint
