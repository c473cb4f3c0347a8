"""A stage in this process: mount a screen, touch it, read its pixels.

Real OpenGL without a display server (`SDL_VIDEODRIVER=offscreen`), so that tests and
`kiosk ui shots` see the very pixels of the terminal. There is one stage per process,
because Kivy has one window; it is opened at the largest size and shrunk per screen
(growing leaves a strip undrawn).
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.ui import config

LARGEST = (1920, 1920)
FRAMES_MAX = 20
"""Frames within which a screen must have settled."""

_touch_ids = itertools.count(1)


class Stage:
    """The one window of this process, driven frame by frame."""

    def __init__(self) -> None:
        config.prepare(config.WindowPlan(*LARGEST, video="offscreen"))
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window

        from kiosk.ui import damage, theme
        from kiosk.ui.text import fonts

        fonts.register()
        damage.install(Window, damage.renderer_name())
        Window.clearcolor = theme.current().colour("paper")
        self._window: Any = Window
        self._loop: Any = EventLoop
        self.root: Any = None
        runTouchApp(embedded=True)
        self.frame()

    def resize(self, width: int, height: int) -> None:
        """Make the window this large; at most `LARGEST`."""
        if (self._window.width, self._window.height) != (width, height):
            self._window.size = (width, height)
            self._window.update_viewport()
            self.frame()
            late = self._window._do_resize_ev  # Kivy says it again 0.1 s later; have it now
            if late is not None and late.is_triggered:
                late.cancel()
                self._window._do_resize(0)
        self.frame()

    def mount(self, root: Any, width: int = 1080, height: int = 1920) -> None:
        """Put a `Root` box on the stage, in place of what was there, and let it settle."""
        from kiosk.ui import theme

        self.clear()
        self.resize(width, height)
        self._window.clearcolor = theme.current().colour("paper")
        self.root = root
        self._window.add_widget(root)
        root.fit(width, height)
        self.settle()

    def clear(self) -> None:
        """An empty stage."""
        from kiosk.ui.damage import damage

        damage.everything()
        for child in list(self._window.children):
            self._window.remove_widget(child)
        self.root = None

    def add(self, overlay: Any) -> None:
        """Lay another root above the one that is mounted."""
        self._window.add_widget(overlay)
        self.settle()

    def frame(self) -> None:
        """One turn of the event loop."""
        self._loop.idle()

    def settle(self) -> None:
        """Frames until nothing wants to be drawn again."""
        for _ in range(FRAMES_MAX):
            self.frame()
            if not self._window.canvas.needs_redraw:
                return

    def pixels(self) -> NDArray[np.uint8]:
        """What is on the screen: (height, width, 3), rows from top to bottom."""
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        self._window.canvas.ask_update()
        self.frame()
        width, height = int(self._window.width), int(self._window.height)
        raw = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 3)[::-1].copy()

    def save(self, path: Path) -> None:
        """The screen as PNG."""
        from kiosk.ui.png import write_png

        write_png(path, self.pixels())

    def press(self, x: float, y: float) -> Any:
        """Put a finger down at a window position (origin bottom left) and keep it there."""
        touch = _touch(self._window, x, y)
        self._loop.post_dispatch_input("begin", touch)
        self.frame()
        return touch

    def lift(self, touch: Any, x: float | None = None, y: float | None = None) -> None:
        """Lift the finger, where it is or after moving it."""
        if x is not None and y is not None:
            touch.move({"x": x / self._window.width, "y": y / self._window.height})
            self._loop.post_dispatch_input("update", touch)
        self._loop.post_dispatch_input("end", touch)
        self.frame()

    def tap(self, widget: Any) -> None:
        """Touch the middle of a widget."""
        self.lift(self.press(widget.center_x, widget.center_y))


def _touch(window: Any, x: float, y: float) -> Any:
    from kivy.input.motionevent import MotionEvent

    class Finger(MotionEvent):
        """A touch that comes from nowhere but the test."""

        def __init__(self, *arguments: Any, **kwargs: Any) -> None:
            kwargs.setdefault("is_touch", True)
            kwargs.setdefault("type_id", "touch")
            super().__init__(*arguments, **kwargs)
            self.profile = ["pos"]

        def depack(self, args: Any) -> None:
            self.sx, self.sy = args["x"], args["y"]
            super().depack(args)

    finger = Finger("stage", next(_touch_ids), {"x": x / window.width, "y": y / window.height})
    finger.scale_for_screen(window.width, window.height)
    return finger
