"""Redraws only what changed.

Kivy draws the whole window for every change. Under software GL that is 10 to 20 ms for a
portrait panel, however small the button. Every box tells here which rectangle it painted,
and the next frame is cut to the union of these. Whatever changes without saying so gets a
full frame. Partial frames need a back buffer that is kept from frame to frame: Mesa's
software renderers have one buffer and copy it out; a graphics card takes turns with
several, and there a full frame is quick, so it gets full frames.
"""

from __future__ import annotations

import logging
from typing import Any, TypeAlias

from kivy.graphics.opengl import (
    GL_RENDERER,
    GL_SCISSOR_TEST,
    glDisable,
    glEnable,
    glGetString,
    glScissor,
)

log = logging.getLogger(__name__)

Rect: TypeAlias = tuple[int, int, int, int]
"""Left, bottom, right, top in window pixels."""

WHOLE_SHARE = 0.7
"""From this share of the window on, a full frame costs no more."""
KEEPING_RENDERERS = ("llvmpipe", "softpipe")
"""OpenGL renderers that keep their one buffer; compared with full frames pixel by pixel."""


class Damage:
    """What was painted since the last frame."""

    def __init__(self) -> None:
        self._rect: Rect | None = None
        self._everything = True
        self.partial_frames = 0
        self.full_frames = 0

    def add(self, left: float, bottom: float, right: float, top: float) -> None:
        """This rectangle was painted."""
        self._rect = _union(self._rect, (int(left), int(bottom), int(right) + 1, int(top) + 1))

    def everything(self) -> None:
        """The next frame is a full one: another screen, another size."""
        self._everything = True

    def take(self, width: int, height: int) -> Rect | None:
        """The part of the window to draw now; None for all of it."""
        painted, everything = self._rect, self._everything
        self._rect, self._everything = None, False
        if everything or painted is None:
            return None
        left, bottom, right, top = painted
        rect = (max(0, left), max(0, bottom), min(width, right), min(height, top))
        area = max(0, rect[2] - rect[0]) * max(0, rect[3] - rect[1])
        return None if area > WHOLE_SHARE * width * height else rect

    def draw(self, window: Any) -> bool:
        """Handler of the window's `on_draw`; True when the frame was drawn here."""
        rect = self.take(int(window.width), int(window.height))
        if rect is None:
            self.full_frames += 1
            return False
        left, bottom, right, top = rect
        self.partial_frames += 1
        glEnable(GL_SCISSOR_TEST)
        glScissor(left, bottom, max(0, right - left), max(0, top - bottom))
        window.clear()
        window.render_context.draw()
        glDisable(GL_SCISSOR_TEST)
        return True


def _union(one: Rect | None, other: Rect) -> Rect:
    if one is None:
        return other
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


damage = Damage()
"""Of the one window."""


def renderer_name() -> str:
    """The OpenGL renderer of the window that is open."""
    return bytes(glGetString(GL_RENDERER)).decode(errors="replace")


def install(window: Any, renderer: str) -> bool:
    """Draw partial frames from now on; False where the renderer is not known to allow it."""
    if not renderer.startswith(KEEPING_RENDERERS):
        log.info("full frames: %s is not known to keep its buffer", renderer)
        return False
    window.bind(on_draw=damage.draw)
    window.bind(size=lambda *_: damage.everything())
    return True
