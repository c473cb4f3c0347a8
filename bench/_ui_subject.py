"""The process that is measured: the terminal's own `run_ui` with sample views, on the loop that is asked for.

Commands come in on stdin, one a line; answers go out on stdout as JSON, one a line:
  show NAME      a sample view by name; answered when it has been drawn
  changes N      N screen changes among the samples; answers milliseconds from put to the end of the swap
  wakes N        N wake-ups from the other thread; answers milliseconds from put to the UI thread
  page FILE      the present screen as HTML
  button         where the primary button is
  taps           intents so far
  quit
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import itertools
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from kiosk.journeys.intents import Intent
from kiosk.ui import app, config, samples
from kiosk.ui.inbox import ViewInbox

ANSWER_MAX_S = 1.0
STOCK_FPS = 60.0


class Subject:
    """The core's side: puts views, waits until they are drawn, counts what was touched."""

    def __init__(self, width: int, height: int) -> None:
        self.inbox = ViewInbox()
        self.size = (width, height)
        self.role = "price_inquiry" if width > height else "self_service"
        self.taps = 0
        self.pauses_ms: list[float] = []
        self._numbers = itertools.count(1)
        self._flipped = threading.Event()
        self._views = samples.samples("zh", self.role)
        gc.callbacks.append(self._collected)

    def intent(self, intent: Intent) -> None:
        """Everything but the bare touches counts."""
        self.taps += intent.name != "touched"

    def _collected(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._gc_began = time.perf_counter()
        else:
            self.pauses_ms.append((time.perf_counter() - self._gc_began) * 1e3)

    def put(self, name: str) -> float:
        """Show a sample; milliseconds until its frame has been swapped."""
        self._flipped.clear()
        began = time.perf_counter()
        self.inbox.put(dataclasses.replace(self._views[name], number=next(self._numbers)))
        self._flipped.wait(ANSWER_MAX_S)  # a view that changes nothing draws nothing
        return (time.perf_counter() - began) * 1e3

    def watch(self, window: Any) -> None:
        """UI thread: note each swap that has returned (a handler of on_flip would come before it)."""
        swap = window.flip

        def flip() -> None:
            swap()
            self._flipped.set()

        window.flip = flip

    def names(self) -> list[str]:
        """The samples that this panel shows."""
        return [name for name in self._views if not name.startswith(("13_unknown_", "14_refused_", "17_no"))]


class _NotYet:
    """Stands for the event loop before Kivy is there: this thread must not import it first."""

    status = "absent"


def talk(subject: Subject) -> None:
    """The command loop, on its own thread."""
    while getattr(sys.modules.get("kivy.base"), "EventLoop", _NotYet).status != "started":
        time.sleep(0.01)
    from kivy.clock import Clock
    from kivy.core.window import Window

    Clock.schedule_once(lambda _: subject.watch(Window), 0)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        answer: Any = None
        if word == "show":
            answer = subject.put(rest)
        elif word == "changes":
            names = itertools.cycle(subject.names())
            answer = []
            for _ in range(int(rest)):
                answer.append(subject.put(next(names)))
                time.sleep(0.03)
        elif word == "wakes":
            answer = [_wake(subject) for _ in range(int(rest))]
        elif word == "page":
            from _ui_page import page

            Path(rest).write_text(page(_page(), *subject.size), encoding="utf-8")
            answer = rest
        elif word == "button":
            answer = _button(subject.size[1])
        elif word == "taps":
            answer = subject.taps
        elif word == "pauses":
            answer = subject.pauses_ms
        elif word == "quit":
            break
        print(json.dumps(answer), flush=True)
    subject.inbox.close()


def _wake(subject: Subject) -> float:
    """Milliseconds from another thread's call to the UI thread."""
    from kivy.clock import Clock

    arrived = threading.Event()
    at: list[float] = []

    def here(_: float) -> None:
        at.append(time.perf_counter())
        arrived.set()

    time.sleep(0.01)
    began = time.perf_counter()
    Clock.schedule_once(here, 0)
    arrived.wait(ANSWER_MAX_S)
    return (at[0] - began) * 1e3


def _page() -> Any:
    from kivy.core.window import Window

    return Window.children[-1]


def _button(height: int) -> list[int]:
    """A place inside the primary target, off its words, from the top left."""
    found = [box for box in _boxes(_page()) if getattr(box, "is_primary", False) and box.enabled]
    if not found:
        found = [box for box in _boxes(_page()) if getattr(box, "is_key", False)]
    box = found[0]
    return [int(box.x + box.width * 0.5), height - int(box.y + box.height * 0.12)]


def _boxes(box: Any) -> Any:
    yield box
    for child in box.boxes():
        yield from _boxes(child)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=1080)
    parser.add_argument("--height", type=int, default=1920)
    parser.add_argument("--loop", choices=("ours", "stock"), default="ours")
    parser.add_argument("--first", default="07_who_pays")
    options = parser.parse_args()
    subject = Subject(options.width, options.height)
    first = threading.Timer(0.0, lambda: subject.inbox.put(subject._views[options.first]))
    first.start()
    threading.Thread(target=talk, args=(subject,), daemon=True).start()
    app.run_ui(
        subject.inbox,
        subject.intent,
        role=subject.role,
        plan=config.WindowPlan(options.width, options.height),
        clock=lambda: samples.NOW,
        stock_fps=STOCK_FPS if options.loop == "stock" else None,
    )


if __name__ == "__main__":
    main()
