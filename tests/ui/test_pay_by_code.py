"""10 and 10b: our code or theirs. What is said before a code is paid with, and what is never said."""

from __future__ import annotations

import numpy as np
import pytest


class OneFrame:
    """A camera that counts how often it is looked at."""

    def __init__(self):
        self.asked = 0

    def newest(self):
        self.asked += 1
        return np.zeros((8, 8, 3), np.uint8)


def test_before_it_looks_the_screen_says_what_will_be_paid(show, words):
    texts = words(show("10b_pay_by_code"))
    assert {"请出示付款码", "对着镜头，看清了就付 14.40 元", "看到了，再靠近一点"} <= set(texts)


def test_the_camera_is_looked_at_only_while_a_code_is_looked_for(show, stage):
    page = show("10b_pay_by_code")
    camera = OneFrame()
    page.preview = camera
    page.on_shown()
    looked = camera.asked
    assert looked > 0
    assert page.ids.camera.preview is camera
    page.show(show_view(page, "password"))
    assert page.ids.camera.preview is None
    page.show(show_view(page, "show"))
    assert page.ids.camera.preview is camera
    page.on_hidden()
    assert page.ids.camera.preview is None


def show_view(page, stage_name):
    """A newer view of the same screen."""
    import dataclasses

    from kiosk.ui import samples

    view = samples.samples("zh")["10b_pay_by_code"]
    content = dataclasses.replace(view.content, stage=stage_name, hint="")
    return dataclasses.replace(view, number=page.number + 1, content=content)


def test_another_kind_of_code_is_named_and_the_camera_goes_on(show, words):
    page = show("10b_pay_by_code_wrong")
    assert "这是医保码，付款要用付款码。它没有被用掉。" in words(page)
    assert "给工作人员看：PY-11" in words(page)
    assert page.ids.camera.parent.shown


@pytest.mark.parametrize("stage_name", ["asking", "password", "checking", "ending"])
def test_once_the_code_is_out_nobody_is_told_that_nothing_was_taken(show, words, stage_name):
    texts = words(show("10b_pay_by_code", stage=stage_name, hint=""))
    assert "请不要再付" in texts
    assert not any("没有扣" in text or "没扣" in text for text in texts)


@pytest.mark.parametrize(
    ("stage_name", "ways"), [("asking", set()), ("ending", set()), ("password", {"leave"})]
)
def test_the_way_out_is_offered_only_where_there_is_one(show, stage, find, told, stage_name, ways):
    from kiosk.ui.widgets.buttons import Link

    page = show("10b_pay_by_code", stage=stage_name, hint="")
    for link in find(page, Link):
        stage.tap(link)
    assert {intent.name for intent in told} == ways


def test_after_a_refused_code_ours_is_shown_again_with_the_reason_and_can_be_read(show, stage, words, find):
    import zxingcpp

    from kiosk.ui.widgets.buttons import Link

    page = show("10_pay_qr_refused")
    assert "钱包里的钱不够，这次没付成。请换张卡，扫屏幕上的码。" in words(page)
    assert "给工作人员看：PY-09" in words(page)
    assert [link.text for link in find(page, Link) if link.parent.shown and link.shown] == ["先不付了"]
    found = zxingcpp.read_barcodes(np.ascontiguousarray(stage.pixels()))
    assert [code.text for code in found] == ["https://pay.example.invalid/o/K03-20261121-000417"]


def test_where_no_camera_helps_only_our_code_is_offered(show, stage, find, told):
    from kiosk.ui.widgets.buttons import Link

    page = show("10_pay_qr", can_show=False)
    for link in find(page, Link):
        stage.tap(link)
    assert [intent.name for intent in told] == ["leave"]
