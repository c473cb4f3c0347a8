"""Views in, intents out; and when a visit ends nothing of the person is left."""

from __future__ import annotations

import dataclasses
import gc
import threading

import pytest

from kiosk.ui.inbox import ViewInbox

NAME = "测*甲"
NUMBER = "9901**********001X"


@pytest.fixture
def host(stage, told):
    """A host on the stage's window."""
    from kiosk.ui import samples
    from kiosk.ui.host import Host

    stage.clear()
    stage.resize(1080, 1920)
    made = Host(told.append, lambda: samples.NOW)
    yield made
    made.close()


@pytest.fixture
def view_of(stage):
    """A numbered sample view."""
    from kiosk.ui import samples

    def make(sample, number, language="zh", **changes):
        view = samples.samples(language)[sample]
        content = dataclasses.replace(view.content, **changes)
        return dataclasses.replace(view, number=number, content=content)

    return make


def everything(box):
    """Every attribute text of a tree of boxes, hidden ones too."""
    said = [str(getattr(box, name, "")) for name in ("text", "sub", "value", "view")]
    for child in box.children:
        said += everything(child)
    return said


def test_a_view_is_shown_in_the_frame_that_follows(host, stage, view_of, words):
    host.show(view_of("05_is_this_you", 1, name=NAME))
    stage.frame()
    assert NAME in words(host.page)


def test_a_screen_is_kept_and_brought_up_to_date(host, stage, view_of):
    host.show(view_of("07_who_pays", 1))
    first = host.page
    host.show(view_of("02_home", 2))
    host.show(view_of("07_who_pays", 3, cash_fen=2000))
    stage.settle()
    assert host.page is first
    assert host.page.number == 3


def test_a_screen_that_gave_back_its_pictures_is_drawn_again(host, stage, view_of):
    import numpy as np

    host.show(view_of("07_who_pays", 1))
    stage.settle()
    first = stage.pixels()
    for number, name in enumerate(("02_home", "06_open_bills", "10_pay_qr", "12_done"), 2):
        host.show(view_of(name, number))
        stage.settle()
    assert len(host._drawn) == 2
    host.show(view_of("07_who_pays", 9))
    stage.settle()
    assert np.array_equal(first, stage.pixels())


def test_only_the_screen_that_is_shown_is_in_the_window(host, stage, view_of):
    host.show(view_of("02_home", 1))
    host.show(view_of("07_who_pays", 2))
    stage.settle()
    assert list(stage._window.children) == [host.page]


@pytest.mark.clause("S3-8.1.12", "S0-1.9")
def test_after_a_visit_no_name_and_no_number_is_left(host, stage, view_of):
    from kiosk.ui.text import setting

    host.show(view_of("05_is_this_you", 1, name=NAME, id_number=NUMBER))
    stage.settle()
    host.show(view_of("12_done", 2, name=NAME))
    stage.settle()
    assert any(NAME in text for page in host._pool.values() for text in everything(page))
    host.show(view_of("01_attract", 3))
    host.work_off()
    stage.settle()
    left = [text for page in host._pool.values() for text in everything(page)]
    assert not [text for text in left if NAME in text or NUMBER in text]
    assert not [key for key in setting._lines if NAME in key[0] or NUMBER in key[0]]
    assert not [
        thing
        for thing in gc.get_objects()
        if type(thing) is str and thing in (NAME, NUMBER) and thing is not NAME and thing is not NUMBER
    ]


def test_the_camera_window_forgets_its_last_frame(host, stage, view_of):
    import numpy as np

    class Camera:
        def newest(self):
            return np.full((48, 64, 3), 200, np.uint8)

    host._preview = Camera()
    host.show(view_of("03_identify", 1))
    glass = host.page.ids.camera._glass
    assert glass._texture is not None
    host.show(view_of("02_home", 2))
    assert glass._texture is None


def test_the_language_changes_with_the_view(host, stage, view_of, words):
    host.show(view_of("02_home", 1))
    host.show(view_of("02_home", 2, language="en"))
    stage.settle()
    assert "Hello. What would you like to do?" in words(host.page)
    host.show(view_of("02_home", 3))
    stage.settle()
    assert "您好，想办什么？" in words(host.page)


def test_the_question_lies_above_and_the_dock_stays_usable(host, stage, view_of, told):
    view = dataclasses.replace(view_of("06_open_bills", 1), idle_left_s=20)
    host.show(view)
    stage.settle()
    dialog = host._dialog
    assert dialog.top == 1920
    bill = (540, 1920 - 560)
    stage.lift(stage.press(*bill))
    assert told == []
    home = host.page.dock.places_by_name["home"]
    stage.tap(home)
    assert [intent.name for intent in told] == ["home"]


def test_leaving_by_the_question_is_told_as_leaving_and_nothing_before_it(host, stage, view_of, told, find):
    from kiosk.ui.widgets.buttons import PressButton

    host.show(dataclasses.replace(view_of("06_open_bills", 4), idle_left_s=20))
    stage.settle()
    leave, stay = find(host._dialog, PressButton)
    stage.tap(leave)
    stage.tap(stay)
    assert [(intent.name, intent.view) for intent in told] == [("leave", 4), ("stay", 4)]


def test_the_question_goes_when_the_view_says_so(host, stage, view_of):
    host.show(dataclasses.replace(view_of("06_open_bills", 1), idle_left_s=20))
    host.show(view_of("06_open_bills", 2))
    stage.settle()
    assert host._dialog is None
    assert list(stage._window.children) == [host.page]


def test_a_touch_anywhere_keeps_the_visit_awake_once_a_second(host, stage, view_of, told):
    host.show(view_of("07_who_pays", 3))
    stage.settle()
    for _ in range(5):
        stage.lift(stage.press(540, 1900))
    assert [(intent.name, intent.view) for intent in told] == [("touched", 3)]


def test_the_screens_are_built_ahead_and_put_out_of_the_collectors_way(host, stage):
    before = gc.get_freeze_count()
    host.warm_up("zh", "self_service")
    host.work_off()
    from kiosk.ui.screens import registry

    assert {kind for kind, _ in host._pool} == set(registry.kinds())
    assert gc.get_freeze_count() > before
    gc.unfreeze()


def test_no_collection_runs_while_a_visit_goes_through_its_screens(host, stage, view_of):
    host.warm_up("zh", "self_service")
    host.work_off()
    runs = []

    def collected(phase, _):
        runs.append(phase)

    gc.disable()
    gc.callbacks.append(collected)
    try:
        for number, name in enumerate(("02_home", "03_identify", "05_is_this_you", "06_open_bills",
                                       "07_who_pays", "10_pay_qr", "11_settling", "12_done")):  # fmt: skip
            host.show(view_of(name, number))
            stage.frame()
    finally:
        gc.callbacks.remove(collected)
        gc.enable()
        gc.unfreeze()
    assert runs == []


def test_the_newest_view_wins():
    from kiosk.ui import samples

    inbox = ViewInbox()
    view = samples.samples("zh")["02_home"]
    for number in (1, 3, 2):
        inbox.put(dataclasses.replace(view, number=number))
    assert inbox.take().number == 3
    assert inbox.take() is None


def test_putting_wakes_from_any_thread():
    from kiosk.ui import samples

    inbox = ViewInbox()
    woken = threading.Event()
    inbox.wake_with(woken.set)
    threading.Thread(target=inbox.put, args=(samples.samples("zh")["02_home"],)).start()
    assert woken.wait(5)


def test_closing_wakes_and_ends():
    inbox = ViewInbox()
    woken = threading.Event()
    inbox.wake_with(woken.set)
    inbox.close()
    assert woken.is_set()
    assert inbox.closed
