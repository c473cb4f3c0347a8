"""What a finger does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture
def button(stage):
    """A button in the middle of the stage, and what was said by it."""
    from kiosk.ui.widgets.buttons import PressButton
    from kiosk.ui.widgets.flex import Root

    taps = []
    root = Root(pad=[100, 600, 100, 600])
    one = PressButton(text="去付")
    one.bind(on_tap=lambda _: taps.append(1))
    root.add_widget(one)
    stage.mount(root)
    return one, taps


def test_it_acts_on_release_inside(stage, button):
    one, taps = button
    finger = stage.press(one.center_x, one.center_y)
    assert taps == []
    stage.lift(finger)
    assert taps == [1]


def test_a_finger_that_slides_off_does_nothing(stage, button):
    one, taps = button
    stage.lift(stage.press(one.center_x, one.center_y), one.center_x, one.top + 200)
    assert taps == []
    assert not one.pressed


def test_the_press_is_seen_in_the_frame_of_the_touch(stage, button, colour_at, token):
    one, _ = button
    place = (one.x + 60, one.y + 20)
    assert colour_at(*place) == token("accent")
    finger = stage.press(*place)
    assert colour_at(*place) == token("press")
    stage.lift(finger)
    assert colour_at(*place) == token("accent")


def test_a_trembling_finger_acts_once(stage, button):
    one, taps = button
    for _ in range(3):
        stage.tap(one)
    assert taps == [1]


def test_the_guard_ends(stage, button, monkeypatch):
    from kivy.clock import Clock

    from kiosk.ui.widgets import touch

    one, taps = button
    stage.tap(one)
    later = SimpleNamespace(time=lambda: touch.REPEAT_GUARD_S + Clock.time())
    monkeypatch.setattr(touch, "Clock", later)
    stage.tap(one)
    assert taps == [1, 1]


def test_a_key_takes_a_double_letter(stage):
    from kiosk.ui.widgets.flex import Root
    from kiosk.ui.widgets.keys import LetterKeys

    keys, typed = LetterKeys(), []
    keys.bind(on_key=lambda _, value: typed.append(value))
    root = Root(pad=[48, 400, 48, 0])
    root.add_widget(keys)
    stage.mount(root)
    row = keys.boxes()[0]
    for _ in range(2):
        stage.tap(row.boxes()[0])
    stage.tap(keys.boxes()[3].boxes()[-1])
    assert typed == ["A", "A", "del"]


def test_a_second_finger_is_ignored(stage, button):
    one, taps = button
    first = stage.press(one.center_x - 20, one.center_y)
    second = stage.press(one.center_x + 20, one.center_y)
    stage.lift(second)
    assert taps == []
    stage.lift(first)
    assert taps == [1]


def test_an_off_button_says_its_reason_and_swallows_the_touch(stage, button):
    one, taps = button
    one.enabled, one.text = False, "还差 8 位"
    stage.settle()
    stage.tap(one)
    assert taps == []


def test_a_busy_button_cannot_be_pressed_again_and_says_what_it_does(stage, button, words):
    one, taps = button
    one.busy_text = "正在问医保，请稍等…"
    stage.settle()
    stage.tap(one)
    assert taps == []
    assert "正在问医保，请稍等…" in words(one.parent)


def test_a_button_that_was_busy_works_again(stage, button):
    one, taps = button
    one.busy_text = "正在…"
    one.busy_text = ""
    stage.settle()
    stage.tap(one)
    assert taps == [1]
