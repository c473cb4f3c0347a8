"""07: the screen that the product is for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.journeys.views import ReasonRow


def bar_of(page, find):
    from kiosk.ui.widgets.split import SplitBar

    return find(page, SplitBar)[0]


def test_the_bar_shows_the_three_hands_in_their_colours_and_shares(show, find, colour_at, token):
    page = show("07_who_pays")
    bar = bar_of(page, find)
    (fund, fund_x, fund_w), (_, acct_x, acct_w), (_, you_x, you_w) = bar.segments()
    assert fund.payer == "fund"
    assert fund_w + acct_w + you_w + 2 * 6 == bar.width
    assert fund_w / acct_w == pytest.approx(42 / 30, rel=0.01)
    assert you_w / fund_w == pytest.approx(14.40 / 42, rel=0.02)
    assert colour_at(bar.x + fund_x + 40, bar.center_y + 30) == token("fund")
    assert colour_at(bar.x + you_x + you_w / 2, bar.center_y + 24) == token("you")
    stripes = {colour_at(bar.x + acct_x + 20 + step, bar.y + 20) for step in (0, 8, 12, 16)}
    assert token("acct") in stripes
    assert token("acctp") in stripes


def test_the_amount_of_the_patient_is_the_largest_and_in_its_colour(show, find, stage, token):
    from kiosk.ui.widgets.basics import Amount

    page = show("07_who_pays")
    amounts = find(page, Amount)
    largest = max(amounts, key=lambda box: box.height)
    assert largest.fen == 1440
    assert largest.role == "you"
    pixels = stage.pixels()
    top = pixels.shape[0] - int(largest.top)
    part = pixels[top : top + int(largest.height), int(largest.x) : int(largest.right)]
    drawn = {"#{:02X}{:02X}{:02X}".format(*colour) for colour in part.reshape(-1, 3)}
    assert token("you") in drawn


def test_a_touch_on_the_filled_button_says_pay_on_this_view(show, find, stage, told):
    from kiosk.ui.widgets.buttons import PressButton

    page = show("07_who_pays", number=41)
    later, go = find(page, PressButton)
    stage.tap(go)
    stage.tap(later)
    assert [(intent.name, intent.view) for intent in told] == [("pay", 41), ("later", 41)]


def test_the_button_says_what_will_happen(show, words):
    assert "明白了，去付 14.40 元" in words(show("07_who_pays"))
    assert "明白了，去结算" in words(show("07_who_pays", cash_fen=0))


def test_a_reason_leads_one_touch_deeper(show, find, stage, told):
    from kiosk.ui.widgets.lists import TapRow

    page = show("07_who_pays")
    stage.tap(find(page, TapRow)[2])
    assert (told[0].name, told[0].arg) == ("reason", "pre_self")


def test_the_reasons_add_up_to_what_the_fund_does_not_pay(show, words):
    texts = words(show("07_who_pays"))
    assert "有 44.40 元基金不付，为什么？" in texts
    assert {"合计 44.40", "账户付 30.00", "您付 14.40"} <= set(texts)


def test_six_reasons_show_the_largest_and_sum_up_the_rest(show, find, words):
    from kiosk.ui.widgets.lists import TapRow

    more = tuple(ReasonRow("own", fen, f"项目{fen}", 1, "1 个", fen) for fen in (500, 400, 300, 200, 100, 50))
    page = show("07_who_pays", reasons=more)
    rows = find(page, TapRow)
    assert [row.fen for row in rows] == [500, 400, 300, 350]
    assert not rows[-1].enabled
    assert "还有 3 项，合计 3.50" in words(page)


def test_a_part_of_nothing_has_neither_segment_nor_row(show, find, words):
    page = show("07_who_pays", account_fen=0, fund_fen=7200)
    assert [part.payer for part, _, _ in bar_of(page, find).segments()] == ["fund", "you"]
    assert "个人账户付" not in words(page)


def test_without_insurance_nothing_is_said_of_a_fund(show, words):
    page = show("07_who_pays", insured=False, reasons=(), fund_fen=0, account_fen=0, cash_fen=8640)
    texts = words(page)
    assert "医保基金付" not in texts
    assert "这次不用医保，全部由您付。" in texts


def test_a_newer_view_of_the_same_kind_changes_the_words_in_place(show, stage, find, words):
    from kiosk.ui import samples
    from kiosk.ui.widgets.basics import Amount

    page = show("07_who_pays")
    view = samples.samples("zh")["07_who_pays"]
    page.show(replace(view, content=replace(view.content, cash_fen=2000), number=8))
    stage.settle()
    assert max(find(page, Amount), key=lambda box: box.height).fen == 2000
    assert "明白了，去付 20.00 元" in words(page)
    assert page.number == 8
