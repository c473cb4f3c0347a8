"""Kivy's environment, set before anything imports Kivy.

Kivy reads its variables at import and opens a window when `kivy.core.window` is first
imported; a value set later is silently too late. So this module is imported first and
imports Kivy only inside `prepare`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
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


def cache_dir() -> Path:
    """Where this program's caches go: systemd's directory for the service, else the user's."""
    given = os.environ.get("CACHE_DIRECTORY")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kiosk"


def _lean_data_dir(target: Path) -> Path | None:
    """Kivy's data directory without its style rules; None where it cannot be made.

    Kivy reads 1,200 lines of rules for its own buttons, sliders and dialogs at each start,
    a tenth of a second. No screen here uses any of them. Everything else is linked.
    """
    spec = find_spec("kivy")
    if spec is None or spec.origin is None:
        return None
    source = Path(spec.origin).parent / "data"
    style = target / "style.kv"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for entry in source.iterdir():
            link = target / entry.name
            if entry.name == style.name or (link.is_symlink() and link.readlink() == entry):
                continue
            link.unlink(missing_ok=True)
            link.symlink_to(entry)
        if not style.exists():
            style.write_text("# No widget of Kivy's own is used.\n", encoding="utf-8")
    except OSError:
        return None
    return target


def _own_dir() -> str:
    from tempfile import mkdtemp  # its imports cost the first frame 5 ms

    return mkdtemp(prefix="kiosk-")


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
    lean = _lean_data_dir(cache_dir() / "kivy-data")
    if lean is not None:
        os.environ["KIVY_DATA_DIR"] = str(lean)
    os.environ.setdefault("KIVY_HOME", str(lean.parent / "kivy") if lean else _own_dir())
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
