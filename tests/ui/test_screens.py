"""Every screen, built from its view: what stands there, and what a touch on it says."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from kiosk.journeys import views


@pytest.mark.clause("S0-1.9")
def test_who_shows_what_arrived_masked_and_no_more(show, words):
    texts = words(show("05_is_this_you"))
    assert "张*国" in texts
    assert "9901 **** **** **31" in texts
    assert "男，67 岁" in texts
    assert "职工医保，退休" in texts


def test_bills_can_be_left_for_later(show, stage, find, told):
    from kiosk.ui.screens.open_bills.screen import BillHead

    page = show("06_open_bills")
    stage.tap(find(page, BillHead)[1])
    assert (told[0].name, told[0].arg) == ("toggle", "B-18")


def test_without_a_chosen_bill_the_way_on_is_off(show, stage, find, told):
    from kiosk.ui.widgets.buttons import PressButton

    page = show("06_open_bills", chosen_fen=0, chosen_lines=0)
    button = find(page, PressButton)[0]
    stage.tap(button)
    assert button.text == "请先选一张账单"
    assert told == []


def test_nothing_to_pay_is_a_good_answer_too(show, stage, find, words, told):
    from kiosk.ui.widgets.buttons import PressButton

    page = show("06_open_bills", rows=(), chosen_fen=0, chosen_lines=0)
    assert "今天没有要付的账单" in words(page)
    stage.tap(find(page, PressButton)[0])
    assert [intent.name for intent in told] == ["home"]


def test_many_bills_come_in_pages_and_fit(show, stage, find):
    from kiosk.ui import samples
    from kiosk.ui.audit import audit
    from kiosk.ui.screens.open_bills.screen import BillHead

    one = samples.samples("zh")["06_open_bills"].content.rows[1]
    rows = tuple(dataclasses.replace(one, bill_id=f"B-{number}") for number in range(7))
    page = show("06_open_bills", rows=rows, chosen_lines=35)
    assert [head.bill_id for head in find(page, BillHead)] == ["B-0", "B-1", "B-2"]
    assert audit(page, 1080, 1920) == []
    page.turn()
    stage.settle()
    assert [head.bill_id for head in find(page, BillHead)] == ["B-3", "B-4", "B-5"]
    page.turn()
    page.turn()
    stage.settle()
    assert find(page, BillHead)[0].bill_id == "B-0"


def test_a_bill_of_thirty_lines_says_how_many_are_not_shown(show, words):
    from kiosk.ui import samples
    from kiosk.ui.audit import audit

    rows = samples.samples("zh")["06_open_bills"].content.rows
    long = dataclasses.replace(rows[0], lines=rows[0].lines * 8)
    page = show("06_open_bills", rows=(long, rows[1]), chosen_lines=37)
    assert any(text.startswith("还有") for text in words(page))
    assert audit(page, 1080, 1920) == []


@pytest.mark.parametrize(
    "row",
    [
        views.ReasonRow("own", 1000, "医用冷敷贴", 1, "1 贴", 1000),
        views.ReasonRow("over_limit", 200, "血糖试纸", 1, "1 盒", 1200, 1000),
        views.ReasonRow("over_limit", 200, "", 3),
        views.ReasonRow("pre_self", 440, "", 2),
        views.ReasonRow("deductible", 30000),
        views.ReasonRow("shared", 2800, base_fen=7000, ratio_percent="60"),
    ],
)
def test_each_reason_can_be_explained(show, words, row):
    from kiosk.ui.audit import audit

    page = show("08_why_line", reason=row, unit="", spec="", unit_price="")
    assert audit(page, 1080, 1920) == []
    assert any(f"{row.amount_fen / 100:,.2f}" in text for text in words(page))


@pytest.mark.clause("S3-6.2.4")
def test_consent_shows_each_item_and_the_sum(show, words):
    items = (views.ConsentItem("甲项", "1 次", 26800), views.ConsentItem("乙项", "2 个", 16000))
    texts = words(show("09_consent", items=items, amount_fen=42800))
    assert {"甲项", "乙项", "合计，全部由您付", "我同意，用这几项"} <= set(texts)


def test_the_payment_code_can_be_read_from_the_screen(show, stage):
    import zxingcpp

    show("10_pay_qr", code_text="https://pay.example.invalid/o/K03-20261121-000417")
    found = zxingcpp.read_barcodes(np.ascontiguousarray(stage.pixels()))
    assert [code.text for code in found] == ["https://pay.example.invalid/o/K03-20261121-000417"]


def test_a_code_keeps_its_quiet_zone_and_is_no_micro_code(stage):
    from kiosk.ui.widgets.codes import QUIET_MODULES, matrix

    modules = matrix("K")
    assert len(modules) >= 21 + 2 * QUIET_MODULES
    for edge in (modules[:4], modules[-4:], modules[:, :4], modules[:, -4:]):
        assert not edge.any()


def test_the_time_left_is_counted_on_the_screen_and_goes_on_in_another_language(show, stage):
    page = show("10_pay_qr", left_s=228, whole_s=300)
    assert page.left_s == 228
    page._clock = lambda: page.seen_at + dt.timedelta(seconds=100)
    from kiosk.ui import samples

    view = samples.samples("zh")["10_pay_qr"]
    page.show(dataclasses.replace(view, number=8))
    assert page.left_s == 128


@pytest.mark.parametrize(
    ("phrase", "says", "never"),
    [
        ("M1", "您的钱已付出，但医保那边还没有答复。\n我们会一直查到有结果，您不用守在这里。", "没有扣钱"),
        ("M1b", "付款结果还没查到，\n正在核对，请不要再付", "您的钱已付出"),
    ],
)
def test_an_unknown_outcome_says_what_is_known_and_offers_no_second_try(
    show, words, find, phrase, says, never
):
    from kiosk.ui.widgets.buttons import PressButton

    page = show("13_unknown", phrase=phrase)
    texts = words(page)
    assert says in texts
    assert not any(text.startswith(never) for text in texts)
    assert [button.text for button in find(page, PressButton)] == ["拿好凭条，离开"]


@pytest.mark.parametrize(
    ("code", "phrase", "strip"),
    [
        ("SE-01", "M0", "没有扣钱"),
        ("SE-02", "M3", "已付的钱会原路退回"),
        ("SE-03", "M1", "已付款，正在核实，请勿重复付款"),
        ("LK-04", "", None),
    ],
)
def test_what_became_of_the_money_is_said_once_and_in_the_same_place(show, find, words, code, phrase, strip):
    from kiosk.ui.widgets.notices import MoneyStrip

    page = show("14_refused", code=code, phrase=phrase, self_pay=False)
    assert [box.text for box in find(page, MoneyStrip)] == ([strip] if strip else [])
    assert sum("没有扣款" in text for text in words(page)) == 0


def test_every_code_of_the_table_has_a_screen_that_fits(show, stage):
    from kiosk.journeys.texts import shipped
    from kiosk.ui.audit import audit

    for code, row in shipped().codes.items():
        if row.text.zh.startswith("【员工】"):
            continue
        phrase = row.phrases[0] if row.phrases else ""
        page = show(views.NotPossible(code, phrase))
        assert audit(page, 1080, 1920) == [], code


def test_a_code_that_nobody_wrote_a_text_for_still_says_where_to_go(show, words):
    assert "这件事在机器上办不了，请到人工窗口。" in words(show("14_refused", code="XX-99", phrase=""))


@pytest.mark.clause("S3-6.3.1")
def test_prices_carry_unit_class_date_and_whom_to_call(show, words):
    texts = words(show("18b_price_search_portrait"))
    assert {"盐酸二甲双胍缓释片", "0.5 克 × 60 片", "乙类", "每盒"} <= set(texts)
    assert any("今天 06:00" in text and "000-8800" in text for text in texts)


def test_what_is_typed_and_found_follows_the_next_view(show, stage, words):
    from kiosk.ui import samples

    page = show("18b_price_search_portrait")
    view = samples.samples("zh")["18b_price_search_portrait"]
    fewer = dataclasses.replace(view.content, typed="EJ", rows=view.content.rows[1:3], found=2)
    page.show(dataclasses.replace(view, content=fewer, number=8))
    stage.settle()
    texts = words(page)
    assert {"EJ", "找到 2 个", "二甲双胍片"} <= set(texts)
    assert "盐酸二甲双胍缓释片" not in texts


def test_the_item_that_is_shown_follows_the_next_view(show, stage, words):
    from kiosk.ui import samples

    page = show("19_price_item")
    view = samples.samples("zh")["19_price_item"]
    other = dataclasses.replace(view.content, row=view.content.same[0], scheme="resident")
    page.show(dataclasses.replace(view, content=other, number=8))
    stage.settle()
    assert "二甲双胍片" in words(page)


def test_more_hits_than_a_page_can_be_turned(show, stage, find, told):
    from kiosk.ui.widgets.keys import Pager

    page = show("18b_price_search_portrait", found=12, first=5)
    previous, following = find(page, Pager)[0].boxes()
    stage.tap(previous)
    stage.tap(following)
    assert [(intent.name, intent.arg) for intent in told] == [("page", "previous"), ("page", "next")]


def test_an_estimate_is_marked_as_one_and_never_to_the_cent(show, words, find):
    from kiosk.ui.widgets.split import SplitBar

    page = show("19_price_item")
    assert "估算，以结算为准" in words(page)
    bar = find(page, SplitBar)[0]
    assert bar.estimate
    assert [part.words for part in bar.parts] == ["基金 约 12 元", "您 约 10 元"]


def test_without_an_estimate_the_reason_is_said(show, words, find):
    from kiosk.ui.widgets.split import SplitBar

    page = show("19_price_item", scheme="none", estimate_fund_yuan=None, estimate_you_yuan=None)
    assert not find(page, SplitBar)
    assert "没有医保时，全部由您付。" in words(page)


def test_a_device_that_is_out_is_named_with_what_still_works(show, words):
    for device, head in (
        ("printer", "打印纸用完了"),
        ("card_reader", "读卡器坏了"),
        ("camera", "扫码镜头坏了"),
    ):
        page = show("17_out_of_paper", device=device)
        assert any(text.startswith(head) for text in words(page))


def test_identify_offers_only_what_the_terminal_has(show, words):
    texts = words(show("03_identify", camera=False))
    assert "请插社保卡" in texts
    assert "离镜头一拳远" not in texts
