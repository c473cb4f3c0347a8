"""The UI of a terminal, on the main thread: views in, intents out."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.journeys.intents import Intent
from kiosk.ui import config
from kiosk.ui.inbox import ViewInbox

if TYPE_CHECKING:
    from kiosk.ui.widgets.camera import Preview

STORE_FILE = "shapes"
"""Below the cache directory: the pictures of last time."""


def run_ui(
    views: ViewInbox,
    intents: Callable[[Intent], None],
    *,
    role: str = "self_service",
    language: str = "zh",
    plan: config.WindowPlan | None = None,
    preview: Preview | None = None,
    clock: Callable[[], dt.datetime] | None = None,
    px_per_mm: float | None = None,
    stock_fps: float | None = None,
) -> None:
    """Open the window and show what comes, until `views.close()`. Call on the main thread.

    `intents` is called on the main thread for every touch and must not block. `preview`
    gives the camera's frames. `clock` is the time in the header. `px_per_mm` is the panel's
    real density. `stock_fps` asks for Kivy's own loop at that rate, as on a machine where
    ours cannot run. Nothing is shown before the first view; Kivy is imported here and
    nowhere earlier.

    Raises FontMissing or NoCatalog when `make setup` has not been run.
    """
    gc.disable()  # a full collection would stop the finger for a third of a second; see host
    config.prepare(plan or config.WindowPlan(fullscreen="DISPLAY" in os.environ))

    from kivy.base import EventLoop, runTouchApp, stopTouchApp
    from kivy.clock import Clock
    from kivy.core.window import Window

    from kiosk.ui import damage, loop, theme
    from kiosk.ui.host import Host
    from kiosk.ui.screens.base import local_now
    from kiosk.ui.text import fonts, i18n
    from kiosk.ui.theme import textures, tokens
    from kiosk.ui.theme.store import Store

    fonts.register()
    i18n.use(language)
    landscape = Window.width > Window.height
    form: theme.Form = "lobby" if landscape else "kiosk"
    textures.use_store(Store(config.cache_dir() / STORE_FILE))
    theme.use(tokens.make("light", form, int(Window.width), px_per_mm))
    Window.clearcolor = theme.current().colour("paper")
    host = Host(intents, clock or local_now, landscape, preview)
    warmed = False

    def take(*_: object) -> None:
        nonlocal warmed
        if views.closed:
            stopTouchApp()
            return
        view = views.take()
        if view is not None:
            host.show(view)
            if not warmed:
                warmed = True
                Clock.schedule_once(lambda _: host.warm_up(language, role), 0.2)

    damage.install(Window, damage.renderer_name())
    if stock_fps is None:
        runner = loop.install()
    else:
        runner = None
        loop.stock(stock_fps)
    if runner is None:
        Clock.schedule_interval(take, 1 / 60)
    else:
        runner.before_turn = take
        views.wake_with(runner.wake)
        runner.wake()
    try:
        runTouchApp()
    finally:
        views.wake_with(None)
        EventLoop.close()
        gc.enable()
