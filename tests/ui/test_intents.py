"""What each screen can say: its own intents and the dock's, nothing else; empty places stay empty."""

from __future__ import annotations

import typing

import pytest

from kiosk.journeys import views

INTENTS = {
    "01_attract": {"start"},
    "02_home": {"settle", "price", "refunds"},
    "03_identify": {"desk"},
    "03b_wrong_code": set(),
    "04a_card_needs_code": {"show_code", "desk"},
    "04b_bank_card": {"show_code", "desk"},
    "05_is_this_you": {"yes", "no"},
    "06_open_bills": {"toggle", "next"},
    "07_who_pays": {"pay", "later", "reason"},
    "08_why_line": {"done"},
    "09_consent": {"agree", "refuse"},
    "10_pay_qr": {"show_code", "leave"},
    "10b_pay_by_code": {"scan_ours", "leave"},
    "11_settling": set(),
    "12_done": {"finish"},
    "13_unknown": {"finish"},
    "14_refused": {"finish"},
    "16_network_down": {"price", "desk"},
    "17_out_of_paper": {"go_on", "other"},
    "17_staff_window": {"finish"},
    "18b_price_search_portrait": {"key", "kind", "item"},
    "19_price_item": {"scheme", "again", "item"},
    "26_refund": {"go", "later"},
    "26_nothing_to_refund": {"finish"},
}
"""What each screen can say beside the dock (`kiosk.journeys.intents`)."""


def test_every_kind_of_view_has_a_screen(stage):
    from kiosk.ui.screens import registry

    assert set(registry.kinds()) == set(typing.get_args(views.Content))


def test_every_kind_of_view_has_a_sample(stage):
    from kiosk.ui import samples

    kinds = {type(view.content) for view in samples.samples("zh").values()}
    assert kinds == set(typing.get_args(views.Content))


@pytest.mark.parametrize("name", INTENTS)
def test_a_screen_says_its_own_intents_and_nothing_else(show, stage, find, told, name):
    from kiosk.ui.widgets.frame import DockPlace
    from kiosk.ui.widgets.touch import Tap

    page = show(name, number=5)
    for target in find(page, Tap):
        if not isinstance(target, DockPlace):
            stage.tap(target)
    assert {intent.name for intent in told} == INTENTS[name]
    assert {intent.view for intent in told} <= {5}


def test_the_five_helpers_keep_their_places(show, stage):
    where = {}
    for name in ("02_home", "07_who_pays", "12_done"):
        page = show(name)
        for place_name, place in page.dock.places_by_name.items():
            where.setdefault(place_name, set()).add(tuple(place.pos))
    assert all(len(places) == 1 for places in where.values())


def test_a_helper_that_does_not_apply_leaves_its_place_empty(show, stage, told, token):
    page = show("11_settling")
    pixels = stage.pixels()
    for name in ("back", "home", "display", "language"):
        place = page.dock.places_by_name[name]
        stage.tap(place)
        top = pixels.shape[0] - int(place.top)
        part = pixels[top : top + int(place.height), int(place.x) : int(place.right)]
        assert {"#{:02X}{:02X}{:02X}".format(*colour) for colour in part.reshape(-1, 3)} == {token("sheet")}
    assert told == []


def test_a_helper_that_applies_says_its_name(show, stage, told):
    page = show("07_who_pays", number=9)
    for name in ("back", "home", "language"):
        stage.tap(page.dock.places_by_name[name])
    assert [(intent.name, intent.view) for intent in told] == [("back", 9), ("home", 9), ("language", 9)]
