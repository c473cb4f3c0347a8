"""The event loop: quick, idle, equal to Kivy's own, and nothing lost."""

from __future__ import annotations

import ctypes
import threading
import time

import pytest

WAKE_MAX_S = 30.0
SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP, SDL_MOUSEMOTION = 0x401, 0x402, 0x400
TAPS = 1000


class MouseButton(ctypes.Structure):
    """`SDL_MouseButtonEvent`, as a panel's touch arrives."""

    _fields_ = [
        ("type", ctypes.c_uint32), ("timestamp", ctypes.c_uint32), ("window", ctypes.c_uint32),
        ("which", ctypes.c_uint32), ("button", ctypes.c_uint8), ("state", ctypes.c_uint8),
        ("clicks", ctypes.c_uint8), ("padding", ctypes.c_uint8), ("x", ctypes.c_int32),
        ("y", ctypes.c_int32), ("rest", ctypes.c_uint8 * 32),
    ]  # fmt: skip


@pytest.fixture
def loop(stage):
    """Our loop, not installed: turned by hand."""
    from kivy.clock import Clock

    from kiosk.ui.loop import EventDrivenLoop

    made = EventDrivenLoop()
    Clock.on_schedule = made._on_schedule
    yield made
    Clock.on_schedule = lambda _: None


@pytest.fixture
def sdl_press(loop):
    """Puts a press or a release into SDL's own queue."""
    from kiosk.ui.loop import _mapped_sdl

    push = ctypes.CDLL(str(_mapped_sdl())).SDL_PushEvent

    def send(x, y, down):
        kind = SDL_MOUSEBUTTONDOWN if down else SDL_MOUSEBUTTONUP
        event = MouseButton(type=kind, button=1, state=int(down), clicks=1, x=int(x), y=int(y))
        assert push(ctypes.byref(event)) == 1

    return send


@pytest.fixture
def key(stage):
    """A key that counts, in the middle of the stage."""
    from kiosk.ui.widgets.flex import Root
    from kiosk.ui.widgets.keys import Key

    taps = []
    root = Root(pad=[400, 800, 400, 800])
    one = Key("A", value="A")
    one.bind(on_tap=lambda _: taps.append(1))
    root.add_widget(one)
    stage.mount(root)
    return one, taps


def test_a_thousand_taps_through_sdl_and_none_is_lost(loop, sdl_press, key):
    one, taps = key
    x, y = one.center_x, 1920 - one.center_y
    for number in range(TAPS):
        sdl_press(x, y, True)
        if number % 3:  # some releases come in the same turn, some later
            loop.turn(0.0)
        sdl_press(x, y, False)
        loop.turn(0.0)
    loop.turn(0.0)
    assert len(taps) == TAPS


def test_press_and_pixel_fall_into_one_turn(loop, sdl_press, key, colour_at, token):
    one, _ = key
    place = (one.x + 20, one.center_y)
    assert colour_at(*place) == token("sheet")
    sdl_press(one.center_x, 1920 - one.center_y, True)
    loop.turn(0.0)
    assert one.pressed
    assert colour_at(*place) == token("asoft")
    sdl_press(one.center_x, 1920 - one.center_y, False)
    loop.turn(0.0)


def test_another_thread_wakes_it_at_once(loop):
    from kivy.clock import Clock

    arrived = []
    began = []

    def call():
        began.append(time.perf_counter())
        Clock.schedule_once(lambda _: arrived.append(time.perf_counter()), 0)

    threading.Timer(0.05, call).start()
    end_s = time.perf_counter() + WAKE_MAX_S
    while not arrived and time.perf_counter() < end_s:
        loop.turn(WAKE_MAX_S)
    assert arrived
    assert arrived[0] - began[0] < 0.05


def test_waking_many_times_makes_one_event(loop):
    from kivy.base import EventLoop

    pushed = []
    loop._sdl.push = lambda: pushed.append(1)
    for _ in range(50):
        loop.wake()
    assert len(pushed) == 1
    assert EventLoop.status == "started"


def test_it_sleeps_when_nothing_is_due(loop, stage):
    stage.settle()
    turns, end_s = 0, time.perf_counter() + 1.0
    while time.perf_counter() < end_s:
        loop.turn(0.2)
        turns += 1
    assert turns < 12, "five sleeps, and what earlier tests may have left on the clock"


def test_a_timer_ends_the_sleep_on_time(loop, stage):
    from kivy.clock import Clock

    stage.settle()
    fired = []
    began = time.perf_counter()
    Clock.schedule_once(lambda _: fired.append(time.perf_counter() - began), 0.05)
    while not fired and time.perf_counter() - began < WAKE_MAX_S:
        loop.turn(WAKE_MAX_S)
    assert fired[0] == pytest.approx(0.05, abs=0.03)


def test_it_draws_the_same_as_kivys_own_loop(loop, stage, show, sdl_press):
    from kivy.base import EventLoop

    pictures = []
    for turn in (lambda: loop.turn(0.0), lambda: (EventLoop.idle(), EventLoop.window.mainloop())):
        page = show("07_who_pays")
        button = page._actions.boxes()[-1]
        sdl_press(button.center_x, 1920 - button.center_y, True)
        for _ in range(3):
            turn()
        pictures.append(stage.pixels())
        sdl_press(button.center_x, 1920 - button.center_y, False)
        for _ in range(3):
            turn()
    assert (pictures[0] == pictures[1]).all()


def test_without_what_it_needs_the_stock_loop_stays(stage, monkeypatch, caplog):
    from kivy.base import EventLoop
    from kivy.clock import Clock

    from kiosk.ui import loop as module

    def none(self):
        raise module.NoEventWait("no SDL2 library in this process")

    monkeypatch.setattr(module._Sdl, "__init__", none)
    before_fps, before_loop = Clock._max_fps, EventLoop.mainloop
    try:
        assert module.install() is None
        assert Clock._max_fps == module.STOCK_FPS
        assert EventLoop.mainloop == before_loop
        assert "no SDL2 library" in caplog.text
    finally:
        Clock._max_fps = before_fps
