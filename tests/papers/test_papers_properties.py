"""Whatever the hospital's texts and the agency's amounts are, a paper keeps to its 48 columns."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hw.printer.document import text_width
from hw.printer.layout import Line, layout
from kiosk.domain import receipt, slips
from kiosk.domain.bill import NextStep
from kiosk.domain.money import yuan_text
from kiosk.domain.split import Split
from kiosk.journeys.papers import compose
from kiosk.journeys.texts import shipped

ISSUER = receipt.Issuer("医院", "Hospital", "H99010000001", "990100", "K07", "一楼", "1", "2", "3")
AT = dt.datetime(2026, 3, 2, 10, 15, 42)

words = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.sampled_from("×…·★（）。，；：、￥%㐂𠮷é\n\t\u200b"),
    ),
    max_size=90,
)
fen = st.integers(0, 10**12)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """A split that obeys the identities, with every part able to be zero or large."""
    own, over, pre, scope = draw(fen), draw(fen), draw(fen), draw(fen)
    total = own + over + pre + scope
    left = total
    funds = []
    for _ in range(8):  # seven funds and the hospital
        part = draw(st.integers(0, left))
        funds.append(part)
        left -= part
    account = draw(st.integers(0, left))
    family = draw(st.integers(0, left - account))
    return Split(
        total,
        own,
        over,
        pre,
        scope,
        draw(fen),
        *funds[:7],
        fund_fen=sum(funds[:7]),
        person_fen=left,
        account_fen=account,
        family_fen=family,
        cash_fen=left - account - family,
        hospital_fen=funds[7],
        balance_fen=draw(fen),
        pooled_ratio=Decimal(draw(st.integers(0, 10000))).scaleb(-4),
    )


@st.composite
def statements(draw: st.DrawFn) -> receipt.Statement:
    split = draw(splits())
    cash = split.cash_fen
    return receipt.Statement(
        issuer=dataclasses.replace(ISSUER, hospital=draw(words), place=draw(words)),
        holder=receipt.Holder(
            "测*" + draw(words), draw(words), 36, "01", "9901****001X", "310", draw(words), "11"
        ),
        attempt_id="ab" * 13,
        receipt_no=draw(words),
        setl_id=draw(st.sampled_from(["", "S1"])),
        mdtrt_id=draw(words),
        settled_at=AT,
        visit=receipt.VisitFacts("11", draw(words), draw(words), draw(words), draw(words)),
        categories=(receipt.CategorySum(draw(words), split.total_fen),),
        split=split,
        payment=receipt.PhonePayment(draw(words), cash, "8842") if cash else None,
        invoice=receipt.EInvoice(draw(st.sampled_from(["none", "pending", "issued"])), draw(words)),
        next_steps=(NextStep(draw(words), draw(words), draw(words), draw(words)),),
    )


def _lines(paper: slips.Paper) -> list[str]:
    return [row.text for row in layout(compose(paper, shipped())) if isinstance(row, Line)]


@given(statements())
@settings(max_examples=60, deadline=None)
def test_no_line_of_a_statement_is_wider_than_the_paper(statement):
    assert max(text_width(line) for line in _lines(statement)) <= 48


@given(statements())
@settings(max_examples=60, deadline=None)
def test_every_amount_that_moved_is_on_the_statement_to_the_cent(statement):
    printed = _lines(statement)
    assert any(line.endswith(yuan_text(statement.split.total_fen)) for line in printed)
    assert any("个人现金" in line and line.endswith(yuan_text(statement.split.cash_fen)) for line in printed)


@given(words, words, words, fen, st.sampled_from(["M1", "M1b"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_line_of_a_slip_is_wider_than_the_paper(one, two, three, amount, phrase, refund):
    slip = slips.BeingChecked(
        ISSUER, "测*" + one, "ab" * 13, phrase, amount, amount, two, "8842", AT, AT, three, refund
    )
    assert max(text_width(line) for line in _lines(slip)) <= 48


@given(words, words, st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=6))
@settings(max_examples=60, deadline=None)
def test_no_line_of_a_list_is_wider_than_the_paper(name, unit, quantity, unit_price):
    line = receipt.ItemisedLine(
        name, "X" * 50, True, unit, quantity, unit_price, 10**12, AT.date(), "02", Decimal("0.1234"), 0, 1, 2
    )
    paper = receipt.ItemisedList(ISSUER, "测*", "K07-1", (line,), 10**12)
    assert max(text_width(row) for row in _lines(paper)) <= 48
