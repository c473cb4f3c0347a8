"""Boxes: measured once, placed once, from the top."""

from __future__ import annotations

import pytest


@pytest.fixture
def lay(stage):
    """Lay boxes out in a root of 1080 x 1920 and return their (x, top, width, height)."""

    def out(root, *boxes):
        for box in boxes:
            root.add_widget(box)
        stage.mount(root)
        return [(int(box.x), int(1920 - box.top), int(box.width), int(box.height)) for box in boxes]

    return out


@pytest.fixture
def box(stage):
    """A box of a fixed size in design units."""
    from kiosk.ui.widgets.box import Box

    return lambda **kwargs: Box(**kwargs)


def test_a_column_stacks_with_pad_and_gap(lay, box):
    from kiosk.ui.widgets.flex import Root

    places = lay(Root(pad=[48, 10, 48, 0], gap=24), box(h=100), box(h=50))
    assert places == [(48, 10, 984, 100), (48, 134, 984, 50)]


def test_growing_boxes_share_what_is_left_by_weight(lay, box):
    from kiosk.ui.widgets.flex import Root

    places = lay(Root(), box(h=120), box(grow=1), box(grow=2))
    assert [place[3] for place in places] == [120, 600, 1200]


def test_no_pixel_is_lost_when_the_room_does_not_divide(lay, box):
    from kiosk.ui.widgets.flex import Beside, Root

    row = Beside(h=100)
    boxes = [box(grow=1, h=100) for _ in range(7)]
    for one in boxes:
        row.add_widget(one)
    lay(Root(), row)
    assert sum(int(one.width) for one in boxes) == 1080
    assert max(one.width for one in boxes) - min(one.width for one in boxes) <= 1


def test_where_there_is_too_little_room_the_widest_gives_way(lay, box, stage):
    from kiosk.ui.widgets.basics import Amount, Words
    from kiosk.ui.widgets.flex import Beside, Root

    row = Beside(gap=20)
    amount, unit = Amount(fen=128_604_000, type=184), Words(text="每盒", type=40)
    row.add_widget(amount)
    row.add_widget(unit)
    lay(Root(pad=[200, 0, 200, 0]), row)
    wide, tall = amount.natural(10_000)
    assert unit.width == unit.natural(10_000)[0]
    assert 0 < amount.width < wide
    assert amount.height < tall, "its digits are smaller"
    assert unit.right <= row.right
    assert amount.right <= unit.x


def test_a_box_that_is_not_shown_takes_neither_room_nor_gap(lay, box):
    from kiosk.ui.widgets.flex import Root

    hidden = box(h=100, shown=False)
    places = lay(Root(gap=24), box(h=100), hidden, box(h=100))
    assert places[2][1] == 124


def test_it_takes_its_room_when_it_is_shown_again(lay, box, stage):
    from kiosk.ui.widgets.flex import Root

    hidden, last = box(h=100, shown=False), box(h=100)
    lay(Root(gap=24), hidden, last)
    hidden.shown = True
    stage.settle()
    assert (int(1920 - hidden.top), int(1920 - last.top)) == (0, 124)


@pytest.mark.parametrize(
    ("justify", "starts"),
    [("start", [0, 100]), ("center", [440, 540]), ("end", [880, 980]), ("between", [0, 980])],
)
def test_what_is_left_over_goes_where_the_layout_says(lay, box, justify, starts):
    from kiosk.ui.widgets.flex import Beside, Root

    row = Beside(h=100, justify=justify)
    boxes = [box(w=100, h=100), box(w=100, h=100)]
    for one in boxes:
        row.add_widget(one)
    lay(Root(), row)
    assert [int(one.x) for one in boxes] == starts


def test_a_change_of_words_moves_what_lies_below(lay, stage):
    from kiosk.ui.widgets.basics import Words
    from kiosk.ui.widgets.flex import Root

    head, below = Words(text="一行"), Words(text="下面")
    lay(Root(), head, below)
    before = below.top
    head.text = "一行\n两行"
    stage.settle()
    assert before - below.top == round(36 * 1.4)


def test_a_change_of_colour_moves_nothing_and_measures_nothing(lay, stage, monkeypatch):
    from kiosk.ui.widgets.basics import Words
    from kiosk.ui.widgets.flex import Root

    words = Words(text="一行")
    lay(Root(), words)
    monkeypatch.setattr(words, "natural", lambda room: pytest.fail("measured"))
    words.role = "you"
    stage.settle()
    assert words.role == "you"


@pytest.mark.parametrize(("width", "height"), [(768, 1366), (540, 960)])
def test_other_panels_of_the_same_shape_keep_the_rules(stage, width, height):
    from kiosk.ui import shots
    from kiosk.ui.audit import audit

    for name, page in shots.mounted("self_service", "zh", "light", panel=(width, height)):
        findings = [f for f in audit(page, width, height) if f.rule != "widow"]
        assert findings == [], name


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768)])
def test_lobby_panels_keep_the_rules(stage, width, height):
    from kiosk.ui import shots
    from kiosk.ui.audit import audit

    for name, page in shots.mounted("price_inquiry", "zh", "light", panel=(width, height)):
        findings = [f for f in audit(page, width, height) if f.rule != "widow"]
        assert findings == [], name
