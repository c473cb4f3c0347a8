"""What stands on the papers, as a printer would print them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from hw.printer.document import Columns, Qr, Text, text_width
from kiosk.domain import receipt, slips
from kiosk.domain.bill import NextStep
from kiosk.domain.split import Split
from kiosk.journeys.papers import compose

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.clause("S3-6.3.2", "S0-6.15b")
@pytest.mark.parametrize("name", ["statement", "itemised", "checking", "refund", "guidance", "not_used"])
def test_each_paper_prints_line_for_line_as_it_was_looked_at(name, facts, wording, rows):
    printed = "\n".join(line.rstrip() for line in rows(compose(facts.papers[name], wording)))
    assert printed == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n") + "\n"


def test_zero_rows_are_printed_and_every_fund_has_its_row(facts, wording, rows):
    printed = rows(compose(facts.papers["statement"], wording))
    for fund in (
        "居民大病",
        "大额补助",
        "公务员补助",
        "企业补充",
        "医疗救助",
        "其他基金",
        "医院负担",
        "家庭共济",
    ):
        (row,) = [line for line in printed if line.strip().startswith(fund)]
        assert row.endswith(" 0.00")


@pytest.mark.clause("S1-P.1", "S0-6.50")
def test_the_payers_on_the_statement_sum_to_the_total(facts, wording):
    document = compose(facts.papers["statement"], wording)
    amounts = [item for item in document.lines if isinstance(item, Columns)]
    first = next(i for i, item in enumerate(amounts) if "统筹基金" in item.left)
    last = next(i for i, item in enumerate(amounts) if "个人现金" in item.left)
    paid = sum(Decimal(item.right.replace(",", "")) for item in amounts[first : last + 1])
    assert paid == Decimal("110.00")


@pytest.mark.clause("S0-4.3", "S2-F.2")
def test_the_statement_tells_the_balance_after_the_payment(facts, wording, rows):
    printed = rows(compose(facts.papers["statement"], wording))
    assert any(line.startswith("个人账户余额") and line.endswith("212.30") for line in printed)


@pytest.mark.clause("S3-6.3.2")
def test_a_copy_says_that_it_is_one_and_is_otherwise_the_same(facts, wording, rows):
    mark = slips.CopyMark(2, facts.at + dt.timedelta(days=1), "门诊二楼 09号自助机")
    for paper in facts.papers.values():
        original = rows(compose(paper, wording))
        copy = rows(compose(paper, wording, mark))
        assert copy[0].strip() == "补打 第2次 Copy No. 2"
        assert "2026-03-03 10:15:42" in copy[1]
        assert copy[2:] == original


def test_the_look_up_code_holds_site_terminal_and_eight_characters_of_the_attempt(facts, wording):
    document = compose(facts.papers["statement"], wording)
    codes = [item.text for item in document.lines if isinstance(item, Qr)]
    assert codes[0] == "KC1:990100:K07:7F3A9C21"


def test_an_invoice_code_is_printed_as_the_platform_gave_it(facts, wording):
    text = "EINV:任意文本 as given"
    statement = dataclasses.replace(
        facts.papers["statement"], invoice=receipt.EInvoice("issued", "99060126", "1", "a", text)
    )
    codes = [item.text for item in compose(statement, wording).lines if isinstance(item, Qr)]
    assert codes[1] == text


def test_an_invoice_code_too_long_for_paper_leaves_its_numbers(facts, wording, rows):
    statement = dataclasses.replace(
        facts.papers["statement"], invoice=receipt.EInvoice("issued", "99060126", "77", "a", "x" * 5000)
    )
    document = compose(statement, wording)
    assert len([item for item in document.lines if isinstance(item, Qr)]) == 1
    assert any("99060126" in line for line in rows(document))


@pytest.mark.clause("S1-A.5d")
def test_outside_insurance_the_statement_shows_no_split_and_says_why(facts, wording, rows):
    statement = dataclasses.replace(
        facts.papers["statement"],
        setl_id="",
        split=Split.self_paid(11000),
        payment=receipt.PhonePayment("alipay", 11000, "1234"),
    )
    printed = "\n".join(rows(compose(statement, wording)))
    assert "未使用医保" in printed
    for insured_only in ("统筹基金", "按政策划分", "您负担的构成"):
        assert insured_only not in printed
    assert "个人现金 Paid by you today              110.00" in printed


def test_with_nothing_to_pay_the_statement_says_so(facts, wording, rows):
    split = dataclasses.replace(facts.split, account_fen=6944, cash_fen=0)
    statement = dataclasses.replace(facts.papers["statement"], split=split, payment=None)
    printed = "\n".join(rows(compose(statement, wording)))
    assert "这次不用付现金" in printed
    assert "零元整" in printed


def test_a_line_of_another_day_carries_its_date(facts, wording, rows):
    lines = list(facts.papers["itemised"].lines)
    lines[1] = dataclasses.replace(lines[1], day=dt.date(2026, 3, 3))
    printed = rows(compose(dataclasses.replace(facts.papers["itemised"], lines=tuple(lines)), wording))
    assert any(line.endswith("2026-03-02 至 2026-03-03") for line in printed)
    assert "   002501010150000  2026-03-03" in printed


@pytest.mark.clause("S2-J.12")
def test_the_list_shows_what_a_price_is_above_the_limit(facts, wording, rows):
    assert "   含超限价 above limit 2.00" in rows(compose(facts.papers["itemised"], wording))


@pytest.mark.clause("S3-6.3.1")
def test_statement_and_list_name_where_to_complain(facts, wording, rows):
    for name in ("statement", "itemised"):
        assert any("12393" in line for line in rows(compose(facts.papers[name], wording)))


def test_the_checking_slip_says_you_paid_only_when_the_payment_is_proven(facts, wording, rows):
    proven = "\n".join(rows(compose(facts.papers["checking"], wording)))
    doubtful = dataclasses.replace(facts.papers["checking"], phrase="M1b", channel="", tail="")
    unproven = "\n".join(rows(compose(doubtful, wording)))
    assert "您支付 You paid CNY" in proven
    assert "已付款，正在核实，请勿重复付款。" in proven
    assert "您支付" not in unproven
    assert "You have paid" not in unproven
    assert "付款结果还没查到，正在核对，请不要再付。" in unproven


def test_the_checking_slip_of_a_refund_speaks_of_the_refund(facts, wording, rows):
    slip = dataclasses.replace(facts.papers["checking"], refund=True)
    printed = "\n".join(rows(compose(slip, wording)))
    assert "请勿重复申请" in printed
    assert "请勿重复付款" not in printed


def test_a_checking_slip_for_nobody_in_particular_has_no_name_row(facts, wording, rows):
    printed = rows(compose(dataclasses.replace(facts.papers["checking"], name=""), wording))
    assert not any(line.startswith("姓名") for line in printed)


@pytest.mark.clause("S3-6.2.3", "S0-4.5")
def test_the_refund_slip_shows_each_part_going_back_where_it_came_from(facts, wording, rows):
    printed = rows(compose(facts.papers["refund"], wording))
    assert any("微信支付" in line and line.endswith(" 19.44") for line in printed)
    assert any("医保个人账户" in line and line.endswith(" 50.00") for line in printed)
    assert any("医保基金" in line and line.endswith(" 40.56") for line in printed)
    assert any("退款金额" in line and line.endswith(" 110.00") for line in printed)


def test_the_state_of_a_refund_changes_what_the_slip_promises(facts, wording, rows):
    printed = {
        state: "".join(rows(compose(dataclasses.replace(facts.papers["refund"], state=state), wording)))
        for state in ("processing", "success", "failed")
    }
    assert "已受理,未到账" in printed["processing"]
    assert "已退回" in printed["success"]
    assert "请勿重复申请" not in printed["success"]
    assert "请带证件到财务窗口" in printed["failed"]


@pytest.mark.clause("S1-M.1", "S1-A.5d")
def test_the_note_for_a_claim_says_that_insurance_took_nothing_and_what_to_bring(facts, wording, rows):
    printed = "\n".join(rows(compose(facts.papers["not_used"], wording)))
    assert "医保网络中断" in printed
    assert "医保没有扣" in printed
    assert "没有扣款" not in printed
    assert "本人银行卡号" in printed


def test_directions_tell_window_code_and_money(facts, wording, rows):
    printed = "\n".join(rows(compose(facts.papers["guidance"], wording)))
    assert "2号窗口" in printed
    assert "没有扣款。" in printed
    assert "给工作人员看 For staff" in printed
    assert "SE-01" in printed


def test_directions_fill_what_the_text_of_a_code_leaves_open(facts, wording, rows):
    slip = dataclasses.replace(facts.papers["guidance"], code="MW-02", values=(("to", "22:00"),))
    assert any("22:00恢复" in line for line in rows(compose(slip, wording)))


def test_a_next_step_in_words_nobody_translated_is_printed_as_given(facts, wording, rows):
    statement = dataclasses.replace(facts.papers["statement"], next_steps=(NextStep("采血", "二楼检验科"),))
    assert "采血:二楼检验科" in rows(compose(statement, wording))


@pytest.mark.clause("S3-8.1.12", "S0-1.9")
def test_no_paper_holds_a_full_name_or_number_of_the_person(facts, wording):
    secrets = (
        facts.person.name,
        facts.person.cert_no,
        facts.person.cert_no[4:-4],
        facts.person.psn_no,
        "4200002608842",
    )
    for paper in facts.papers.values():
        for item in compose(paper, wording).lines:
            text = getattr(item, "text", "") + getattr(item, "left", "") + getattr(item, "right", "")
            assert not any(secret in text for secret in secrets)


def test_labels_and_values_of_the_visit_fit_their_line(facts, wording):
    """The layout breaks what is too long; the papers of an ordinary visit need no breaking."""
    for item in compose(facts.papers["statement"], wording).lines:
        if isinstance(item, Columns):
            assert text_width(item.left) + 1 + text_width(item.right) <= 48
        if isinstance(item, Text):
            assert text_width(item.text) <= 48
