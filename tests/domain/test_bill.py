"""A bill adds up, or says which line does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from kiosk.domain.bill import Bill, BillLine, Visit

AT = dt.datetime(2026, 3, 2, 9, 0)
VISIT = Visit("MZ1", None, "11", AT, "01", "内科", "A01", "D1", "示医生", "", "", "", ())
LINE = BillLine(
    line_id="L1",
    at=AT,
    med_list_codg="XA",
    medins_list_codg="H1",
    name="示例药",
    spec="",
    unit="盒",
    list_type="101",
    item_class="",
    fee_category="09",
    quantity=Decimal("3"),
    unit_price=Decimal("0.335"),
    amount_fen=101,
    dept_code="01",
    dept_name="内科",
    doctor_no="D1",
    doctor_name="示医生",
)
BILL = Bill("B-1", 1, "outpatient", "open", "P1", "药品", AT, 202, True, "", VISIT)


def _bill(*lines: BillLine, total_fen: int) -> Bill:
    return dataclasses.replace(BILL, lines=lines, total_fen=total_fen)


@pytest.mark.clause("S1-H.1")
def test_a_bill_whose_lines_are_its_total_has_no_faults():
    assert _bill(LINE, dataclasses.replace(LINE, line_id="L2"), total_fen=202).faults() == ()


@pytest.mark.clause("S1-H.1")
def test_a_line_that_is_not_quantity_times_price_is_named():
    wrong = dataclasses.replace(LINE, line_id="L2", amount_fen=100)
    assert _bill(LINE, wrong, total_fen=201).faults() == ("line L2",)


@pytest.mark.clause("S1-H.1")
def test_a_total_that_is_not_the_sum_is_named():
    assert _bill(LINE, total_fen=102).faults() == ("total",)


def test_a_return_counts_negative():
    back = dataclasses.replace(
        LINE, line_id="L2", quantity=Decimal("-1"), unit_price=Decimal(1), amount_fen=-100
    )
    assert _bill(LINE, back, total_fen=1).faults() == ()


@pytest.mark.clause("S1-H.1")
def test_every_fault_of_a_bill_is_told_at_once():
    wrong = dataclasses.replace(LINE, amount_fen=7)
    assert _bill(wrong, total_fen=1).faults() == ("line L1", "total")
