"""The window and which screen is in it."""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import gc
import logging
from collections.abc import Callable, Iterator
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window

from kiosk.journeys import views
from kiosk.journeys.intents import Intent
from kiosk.ui.damage import damage
from kiosk.ui.screens import registry
from kiosk.ui.screens.base import Page, Tell
from kiosk.ui.text import i18n, setting
from kiosk.ui.theme import textures
from kiosk.ui.widgets.basics import Icon
from kiosk.ui.widgets.box import Box
from kiosk.ui.widgets.camera import Preview
from kiosk.ui.widgets.touch import Tap

log = logging.getLogger(__name__)

SLICE_PAUSE_S = 0.01
"""Rest between two pieces of background work."""
DRAWN_MAX = 2
"""Hidden screens that keep their pictures. A drawn one takes about 4 MB of buffers and textures under
software GL, to draw it anew about 10 ms."""
QUIET_S = 1.0
"""After a touch the background work waits this long."""
TRIM_AFTER_S = 1.0
"""Kivy frees GL objects in the frames after a collection; then memory can be given back."""
TOUCHED_EVERY_S = 1.0
"""Touches are reported to the journey at most this often."""

_Key = tuple[type, str]


def _icons(box: Box) -> Iterator[Icon]:
    if isinstance(box, Icon):
        yield box
    for child in box.children:
        yield from _icons(child)


def _trim() -> None:
    """Ask the C library to give back what the textures of resting screens took."""
    with contextlib.suppress(OSError, AttributeError):  # a C library without it keeps the pages
        ctypes.CDLL(None).malloc_trim(0)


class Host:
    """Shows views. Keeps built screens, so that a change of screen builds nothing.

    When a visit ends every screen goes to rest on the sample view of its kind and gives
    back its textures: nothing of the person stays in a widget, a picture or a cache.
    """

    def __init__(
        self,
        intents: Tell,
        clock: Callable[[], dt.datetime],
        landscape: bool = False,
        preview: Preview | None = None,
    ) -> None:
        self._intents = intents
        self._clock = clock
        self._landscape = landscape
        self._preview = preview
        self._pool: dict[_Key, Page] = {}
        self._drawn: list[Page] = []  # hidden, with their pictures still there, oldest first
        self._work: list[Callable[[], None]] = []
        self._working = Clock.create_trigger(self._slice, SLICE_PAUSE_S)
        self._last_touch_s = float("-inf")
        self._last_touched_told_s = float("-inf")
        self._number = 0
        self.page: Page | None = None
        self._dialog: Any = None
        Window.bind(on_touch_down=self._touched)
        self._ticking = Clock.schedule_interval(self._tick, 1.0)

    def close(self) -> None:
        """Leave the window as it was found."""
        self._ticking.cancel()
        self._working.cancel()
        self._work.clear()
        Window.unbind(on_touch_down=self._touched)
        if self._dialog is not None:
            self._dialog.stop()
            Window.remove_widget(self._dialog)
        if self.page is not None:
            self.page.on_hidden()
            Window.remove_widget(self.page)
        damage.everything()

    def work_off(self) -> None:
        """Do all background work now instead of in idle slices."""
        while self._work:
            self._work.pop(0)()

    def show(self, view: views.View) -> None:
        """Put this view before the patient, in this very frame."""
        self._number = view.number
        i18n.use(view.language)
        page = self._page_for(view)
        if page is not self.page:
            self._change(page, view)
        page.show(view)
        page.set_clock(self._clock())
        self._show_dialog(view)

    def _page_for(self, view: views.View) -> Page:
        key = (type(view.content), view.language)
        page = self._pool.get(key)
        if page is None:
            page = registry.build(view, self._intents, self._landscape, clock=self._clock)
            self._pool[key] = page
        return page

    def _change(self, page: Page, view: views.View) -> None:
        Tap.release()
        damage.everything()
        before, self.page = self.page, page
        if before is not None:
            before.on_hidden()
            Window.remove_widget(before)
            self._drawn.append(before)
        if page in self._drawn:
            self._drawn.remove(page)
        if len(self._drawn) > DRAWN_MAX:
            self._drawn.pop(0).sleep()
        page.show(view)
        if hasattr(page, "preview"):
            page.preview = self._preview
        Window.add_widget(page)
        page.fit(int(Window.width), int(Window.height))
        page.on_shown()
        if isinstance(view.content, views.Attract):
            self._wipe()

    def _show_dialog(self, view: views.View) -> None:
        """The question "are you still there" lies above any screen, the dock stays usable."""
        if not view.idle_left_s:
            if self._dialog is not None:
                self._dialog.stop()
                Window.remove_widget(self._dialog)
                damage.everything()
                self._dialog = None
            return
        if self._dialog is None:
            from kiosk.ui.screens.idle.screen import IdleDialog

            self._dialog = IdleDialog(view, self._intents)
            Window.add_widget(self._dialog)
            self._dialog.fit(int(Window.width), int(Window.height))
        self._dialog.show(view)

    def _wipe(self) -> None:
        """The visit is over: forget what was drawn, and let every screen rest on its sample."""
        from kiosk.ui.widgets.codes import matrix

        setting.forget()
        matrix.cache_clear()
        for key, page in self._pool.items():
            if page is not self.page:
                self._work.append(lambda key=key, page=page: self._rest(key, page))  # type: ignore[misc]
        self._work.append(self._collect)
        self._working()

    def _rest(self, key: _Key, page: Page) -> None:
        if page is self.page:
            return
        from kiosk.ui import samples

        kind, language = key
        spoken = i18n.language()
        i18n.use(language)
        for view in samples.samples(language).values():
            if type(view.content) is kind:
                page.show(view)
                break
        page.sleep()
        i18n.use(spoken)

    def warm_up(self, language: str, role: str) -> None:
        """Build every screen of the role in idle slices, then put all of it out of the collector's way."""
        from kiosk.ui import samples

        for view in samples.samples(language, role).values():
            self._work.append(lambda view=view: self._build_ahead(view))  # type: ignore[misc]
        self._work += [textures.save, setting.forget, gc.freeze, _trim]
        self._working()

    def _build_ahead(self, view: views.View) -> None:
        key = (type(view.content), view.language)
        if key in self._pool:
            return
        spoken = i18n.language()
        i18n.use(view.language)
        page = registry.build(view, self._intents, self._landscape, clock=self._clock)
        for icon in _icons(page):
            icon.warm()
        self._pool[key] = page
        i18n.use(spoken)

    def _collect(self) -> None:
        """Python's collector runs only here, where nobody waits, and starts each time from nothing."""
        gc.collect()
        gc.freeze()
        Clock.schedule_once(lambda _: _trim(), TRIM_AFTER_S)

    def _slice(self, *_: Any) -> None:
        """One piece of background work; none while somebody touches the screen."""
        if not self._work:
            return
        if Clock.time() - self._last_touch_s < QUIET_S:
            Clock.schedule_once(lambda _: self._working(), QUIET_S)
            return
        self._work.pop(0)()
        if self._work:
            self._working()

    def _touched(self, *_: Any) -> None:
        now_s = Clock.time()
        self._last_touch_s = now_s
        if self._dialog is not None:
            return  # its buttons answer; a bare touch would close it beneath the finger
        if now_s - self._last_touched_told_s >= TOUCHED_EVERY_S:
            self._last_touched_told_s = now_s
            self._intents(Intent("touched", "", self._number))

    def _tick(self, *_: Any) -> None:
        """The clock in the header; it is drawn again only when the minute changed."""
        now = self._clock()
        if self.page is not None and self.page.header.now is not None:
            shown = self.page.header.now
            if (shown.minute, shown.hour, shown.day) != (now.minute, now.hour, now.day):
                self.page.set_clock(now)
