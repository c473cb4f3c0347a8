"""What can be pressed: acts on release inside, shows the press at once, never acts twice."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty

from kiosk.ui.widgets.box import Box

REPEAT_GUARD_S = 0.4
"""A second release on the same target within this time is a trembling finger, not a wish."""


class Tap(Box):
    """Mixin of every touch target. Dispatches `on_tap` once per press and release inside.

    One finger at a time: while a target is held, others do not react. `pressed` changes
    within the event itself, so the answer is in the same frame as the touch.
    """

    pressed = BooleanProperty(False)
    enabled = BooleanProperty(True)
    guard_s = NumericProperty(REPEAT_GUARD_S)
    """0 for keys, where a double letter is meant."""
    is_key = False

    @property
    def is_primary(self) -> bool:
        """Whether this is the filled target that the screen leads to."""
        return False

    __events__ = ("on_tap",)

    _held: Tap | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._last_tap_s = float("-inf")
        self.fbind("pressed", self._show_press)
        self.fbind("enabled", self.renew)

    def _show_press(self, *_: Any) -> None:
        self.repaint()

    def answers(self) -> bool:
        """Whether a touch does anything now."""
        return bool(self.enabled)

    def on_touch_down(self, touch: Any) -> bool:
        if not (self.shown and self.collide_point(*touch.pos)):
            return False
        if not self.answers() or Tap._held is not None:
            return True  # a place that is off swallows the touch; nothing lies beneath it
        touch.grab(self)
        Tap._held = self
        self.pressed = True
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        self.pressed = self.collide_point(*touch.pos)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        Tap._held = None
        inside = self.collide_point(*touch.pos)
        self.pressed = False
        if inside and self.answers():
            self._act()
        return True

    def _act(self) -> None:
        now_s = Clock.time()
        if now_s - self._last_tap_s >= self.guard_s:
            self._last_tap_s = now_s
            self.dispatch("on_tap")

    def on_tap(self) -> None:
        """Default: nothing; the layout binds what the touch says."""

    @classmethod
    def release(cls) -> None:
        """Let go of whatever is held: its screen is going away."""
        if cls._held is not None:
            cls._held.pressed = False
            cls._held = None
