"""Partial frames are the same picture as full ones."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def as_it_is(stage):
    """The pixels as the partial frames left them, without a new drawing."""

    def read():
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        width, height = int(stage._window.width), int(stage._window.height)
        raw = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 3)[::-1].copy()

    return read


@pytest.fixture
def counts():
    """How many partial and full frames there were."""
    from kiosk.ui.damage import damage

    return lambda: (damage.partial_frames, damage.full_frames)


@pytest.mark.parametrize("name", ["02_home", "06_open_bills", "07_who_pays", "18b_price_search_portrait"])
def test_a_press_draws_a_part_and_the_picture_is_whole(show, stage, find, as_it_is, counts, name):
    from kiosk.ui.widgets.touch import Tap

    page = show(name)
    began = counts()
    for target in find(page, Tap)[:6]:
        if not target.answers():
            continue
        whole = counts()[1]
        finger = stage.press(target.center_x, target.center_y)
        assert counts()[1] == whole
        assert np.array_equal(as_it_is(), stage.pixels())
        stage.lift(finger)
        assert np.array_equal(as_it_is(), stage.pixels())
    assert counts()[0] >= began[0] + 4


def test_a_new_view_leaves_nothing_of_the_old_one(show, stage, as_it_is):
    from dataclasses import replace

    from kiosk.ui import samples

    page = show("06_open_bills")
    view = samples.samples("zh")["06_open_bills"]
    fewer = replace(view.content, rows=view.content.rows[:1], chosen_fen=6040, chosen_lines=4)
    page.show(replace(view, content=fewer))
    stage.settle()
    assert np.array_equal(as_it_is(), stage.pixels())
    fresh = stage.pixels()
    again = show(fewer)
    again.stepper.now = page.stepper.now
    stage.settle()
    assert np.array_equal(fresh, stage.pixels())


def test_a_box_that_is_hidden_is_gone_from_the_picture(show, stage, find, colour_at, token):
    from kiosk.ui.widgets.notices import Banner

    page = show("12_done", card_in=True)
    banner = find(page, Banner)[0]
    place = (banner.right - 30, banner.center_y)
    assert colour_at(*place) == token("warnsoft")
    from dataclasses import replace

    from kiosk.ui import samples

    view = samples.samples("zh")["12_done"]
    page.show(replace(view, content=replace(view.content, card_in=False)))
    stage.settle()
    assert colour_at(*place) == token("paper")


def test_what_covers_most_of_the_window_is_drawn_whole(stage):
    from kiosk.ui.damage import Damage

    damage = Damage()
    damage.take(100, 100)
    damage.add(0, 0, 99, 99)
    assert damage.take(100, 100) is None


def test_a_frame_covers_all_that_was_painted_since_the_last():
    from kiosk.ui.damage import Damage

    damage = Damage()
    damage.take(1000, 1000)
    damage.add(10, 10, 19, 19)
    damage.add(50, 50, 59, 59)
    assert damage.take(1000, 1000) == (10, 10, 60, 60)
    damage.add(-5, 10, 19, 19)
    assert damage.take(1000, 1000) == (0, 10, 20, 20)


def test_a_change_that_nobody_told_of_gets_a_full_frame():
    from kiosk.ui.damage import Damage

    damage = Damage()
    damage.take(1000, 1000)
    assert damage.take(1000, 1000) is None


def test_a_graphics_card_gets_full_frames(stage):
    from kiosk.ui import damage

    assert not damage.install(stage._window, "V3D 4.2")
    assert damage.renderer_name().startswith(damage.KEEPING_RENDERERS)
