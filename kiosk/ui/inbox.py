"""How the core's thread hands views to the UI thread. No Kivy here.

One place, newest wins: a view that was never drawn is of no use once there is a newer
one. So the queue's limit is one view, and a slow screen never shows the past.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk.journeys.views import View


class ViewInbox:
    """Filled from any thread, emptied by the UI thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: View | None = None
        self._closed = False
        self._wake: Callable[[], None] | None = None
        self._came_by = False

    def is_drawing(self) -> bool:
        """Whether the UI thread has come by since this was last asked; asks it to come by again."""
        with self._lock:
            came_by, self._came_by = self._came_by, False
            wake = self._wake
        if wake is not None:
            wake()
        return came_by

    def put(self, view: View) -> None:
        """Show this next. An older number than what is waiting is dropped."""
        with self._lock:
            if self._newest is None or view.number >= self._newest.number:
                self._newest = view
            wake = self._wake
        if wake is not None:
            wake()

    def close(self) -> None:
        """End the UI: `run_ui` returns."""
        with self._lock:
            self._closed = True
            wake = self._wake
        if wake is not None:
            wake()

    def take(self) -> View | None:
        """The newest view that was not yet taken."""
        with self._lock:
            view, self._newest = self._newest, None
            self._came_by = True
        return view

    @property
    def closed(self) -> bool:
        """Whether the end was asked for."""
        return self._closed

    def wake_with(self, wake: Callable[[], None] | None) -> None:
        """Called after each put, in the putting thread."""
        with self._lock:
            self._wake = wake
