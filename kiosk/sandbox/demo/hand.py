"""A hand before the glass: finds what tells an intent in the live window, and touches its middle.

Where a touch leads is read off the layout's own rules (`on_tap: root.tell("pay")`), as a person reads it off
the words. The touch is an ordinary one in Kivy's event loop, down and up.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from kiosk.sandbox.demo.eyes import Eyes, current_page, shown_boxes

FIND_MAX_S = 15.0
"""Until what is to be touched is there and can be pressed."""
LOOK_AGAIN_S = 0.1

_TELL = re.compile(r"\.tell\((.*)\)", re.DOTALL)
_NAME = re.compile(r'"(\w+)"')
_ARGUMENTS = ("value", "arg", "bill_id")
"""What a key, a row, a bill of a list tells with its touch, by the name of its property."""

_numbers = itertools.count(1)


class NothingToTouch(RuntimeError):
    """What should be touched is not there, or off."""


class Hand:
    """For the driver's own thread."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes

    def tap(self, intent: str, arg: str = "") -> None:
        """Touch what tells `intent`. Raises NothingToTouch, WindowGone."""
        end_s = time.monotonic() + FIND_MAX_S
        while not self._tapped(intent, arg):
            if time.monotonic() > end_s:
                raise NothingToTouch(f"nothing to touch says {' '.join((intent, arg)).strip()}")
            self._eyes.wait_for_change(LOOK_AGAIN_S)

    def _tapped(self, intent: str, arg: str) -> bool:
        """One touch; False when there was nothing, or the screen changed beneath the finger."""
        acted: list[bool] = []
        pressed = self._eyes.on_ui(lambda: _press(intent, arg, lambda *_: acted.append(True)))
        if pressed is None:
            return False
        self._eyes.on_ui(lambda: _lift(*pressed))
        return bool(acted)


Noted = Callable[..., None]


def _press(intent: str, arg: str, acted: Noted) -> tuple[Any, Any, Noted] | None:
    from kivy.base import EventLoop

    box = find(EventLoop.window, intent, arg)
    if box is None:
        return None
    box.bind(on_tap=acted)
    touch = _finger(EventLoop.window, box.center_x, box.center_y)
    EventLoop.post_dispatch_input("begin", touch)
    return touch, box, acted


def _lift(touch: Any, box: Any, acted: Noted) -> None:
    from kivy.base import EventLoop

    EventLoop.post_dispatch_input("end", touch)
    box.unbind(on_tap=acted)


def find(window: Any, intent: str, arg: str) -> Any:
    """The place to touch that tells `intent` (with `arg`) and can be pressed; None when there is none.

    `arg` is what the place tells with it, or its number in the list, counted from 1.
    """
    from kiosk.ui.widgets.frame import DockPlace
    from kiosk.ui.widgets.touch import Tap

    page = current_page(window)
    if page is None:
        return None
    for root in window.children:  # a dialog lies before the screen
        for box in shown_boxes(root):
            if isinstance(box, DockPlace) and box.name == intent and box.enabled:
                return box
            for event, told in _rules(box):
                if intent not in told:
                    continue
                if event == "on_tap":
                    return box if isinstance(box, Tap) and box.enabled else None
                return _place_in(box, arg)
    return None


def _rules(box: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Events of a widget that its layout has bound to telling something, and what is told."""
    if not hasattr(box, "events"):
        return
    for event in box.events():
        for observer in box.get_property_observers(event, True):
            rule = observer[1][0] if observer[1] else None
            call = _TELL.search(str(getattr(rule, "value", "")))
            if call:
                yield event, tuple(_NAME.findall(call[1]))


def _place_in(box: Any, arg: str) -> Any:
    """The key, row or choice of a list."""
    from kiosk.ui.widgets.touch import Tap

    places = [place for place in shown_boxes(box) if isinstance(place, Tap) and place.enabled]
    for place in places:
        if any(getattr(place, name, None) == arg for name in _ARGUMENTS):
            return place
    if arg.isdigit() and 1 <= int(arg) <= len(places):
        return places[int(arg) - 1]
    return None


def _finger(window: Any, x: float, y: float) -> Any:
    from kivy.input.motionevent import MotionEvent

    class Finger(MotionEvent):  # type: ignore[misc]
        """A touch at a place of the window, as the driver of a panel reports it."""

        def __init__(self, *arguments: Any, **kwargs: Any) -> None:
            kwargs.setdefault("is_touch", True)
            kwargs.setdefault("type_id", "touch")
            super().__init__(*arguments, **kwargs)
            self.profile = ["pos"]

        def depack(self, args: Any) -> None:
            self.sx, self.sy = args["x"], args["y"]
            super().depack(args)

    finger = Finger("hand", next(_numbers), {"x": x / window.width, "y": y / window.height})
    finger.scale_for_screen(window.width, window.height)
    return finger
