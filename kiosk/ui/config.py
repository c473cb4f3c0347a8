"""Kivy's environment, set before anything imports Kivy.

Kivy reads its variables at import and opens a window when `kivy.core.window` is first
imported; a value set later is silently too late. So this module is imported first and
imports Kivy only inside `prepare`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from typing import Literal

Video = Literal["screen", "offscreen"]


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """The window to open: size in pixels and where it is drawn.

    `offscreen` draws with real OpenGL but without a display server; tests and
    `kiosk ui shots` use it. `fullscreen` takes the panel's own size.
    """

    width_px: int = 1080
    height_px: int = 1920
    video: Video = "screen"
    fullscreen: bool = False


def prepare(plan: WindowPlan) -> None:
    """Set Kivy's environment and configuration for this process.

    Multisampling stays off: it costs 70 MB and doubles the delay between touch and pixel
    under software GL, and every edge here is drawn with its own smooth mask. `maxfps` 0
    hands pacing to `kiosk.ui.loop`. One touch source only: SDL's own pointer, because a
    second provider on the same panel doubles every tap.

    Raises RuntimeError when Kivy's window module is already imported.
    """
    if "kivy.core.window" in sys.modules:
        raise RuntimeError("kivy.core.window was imported before kiosk.ui.config.prepare()")
    os.environ.update(
        KIVY_NO_ARGS="1",
        KIVY_NO_CONFIG="1",
        KIVY_NO_FILELOG="1",
        KIVY_LOG_MODE="PYTHON",  # leave the root logger to us
        KIVY_IMAGE="sdl2",  # the Pillow provider would pull in Pillow at start
        KIVY_METRICS_DENSITY="1",
        KIVY_METRICS_FONTSCALE="1",
    )
    os.environ.setdefault("KIVY_HOME", os.path.join(tempfile.gettempdir(), f"kivy-{os.getuid()}"))  # noqa: PTH118
    if plan.video == "offscreen":
        os.environ["SDL_VIDEODRIVER"] = "offscreen"

    from kivy.config import Config

    graphics = {
        "width": plan.width_px,
        "height": plan.height_px,
        "multisamples": 0,
        "maxfps": 0,
        "borderless": 1,
        "resizable": 0,
        "fullscreen": "auto" if plan.fullscreen else 0,
        "show_cursor": 0 if plan.fullscreen else 1,
    }
    for key, value in graphics.items():
        Config.set("graphics", key, value)
    Config.set("kivy", "exit_on_escape", 0)
    Config.set("kivy", "log_level", "warning")
    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch,disable_hover")
