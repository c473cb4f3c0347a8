"""A split holds together to the fen, or the fault has a name."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.split import FundRow, LineShare, Split, reasons

GOOD = Split(
    total_fen=11000,
    own_fen=800,
    over_limit_fen=200,
    pre_self_fen=240,
    in_scope_fen=9760,
    deductible_fen=3000,
    pooled_fen=4000,
    civil_fen=11,
    enterprise_fen=12,
    serious_fen=13,
    large_fen=14,
    aid_fen=5,
    other_fen=1,
    fund_fen=4056,
    person_fen=6844,
    account_fen=4900,
    family_fen=0,
    cash_fen=1944,
    hospital_fen=100,
    balance_fen=21230,
    pooled_ratio=Decimal("0.6"),
    rows=(
        FundRow("310100", "统筹基金", 4056, 9760),
        FundRow("310200", "个人账户", 4900, 0),
        FundRow("999996", "医院负担", 100, 0),
    ),
)


def test_a_split_that_adds_up_has_no_faults():
    assert GOOD.faults() == ()


@pytest.mark.clause("S1-A.4a")
@pytest.mark.parametrize(
    ("field", "faults"),
    [
        ("own_fen", {"I1"}),
        ("over_limit_fen", {"I1"}),
        ("pre_self_fen", {"I1"}),
        ("in_scope_fen", {"I1"}),
        ("total_fen", {"I1", "I2"}),
        ("hospital_fen", {"I2", "I5"}),
        ("person_fen", {"I2", "I3"}),
        ("account_fen", {"I3", "I5"}),
        ("family_fen", {"I3", "I5"}),
        ("cash_fen", {"I3"}),
        ("fund_fen", {"I2", "I4", "I5"}),
        ("pooled_fen", {"I4"}),
        ("civil_fen", {"I4"}),
        ("enterprise_fen", {"I4"}),
        ("serious_fen", {"I4"}),
        ("large_fen", {"I4"}),
        ("aid_fen", {"I4"}),
        ("other_fen", {"I4"}),
    ],
)
def test_one_fen_too_many_anywhere_names_the_broken_identities(field, faults):
    broken = dataclasses.replace(GOOD, **{field: getattr(GOOD, field) + 1})
    assert set(broken.faults()) == faults


def test_a_fund_row_one_fen_off_is_found():
    rows = (dataclasses.replace(GOOD.rows[0], paid_fen=4057), *GOOD.rows[1:])
    assert dataclasses.replace(GOOD, rows=rows).faults() == ("I5",)


def test_a_split_without_fund_rows_is_judged_by_its_sums_alone():
    assert dataclasses.replace(GOOD, rows=()).faults() == ()


@pytest.mark.parametrize(
    "field", ["cash_fen", "account_fen", "family_fen"], ids=["cash", "account", "family account"]
)
def test_a_negative_payer_is_a_fault_even_when_the_sums_hold(field):
    shift = getattr(GOOD, field) + 1
    other = "cash_fen" if field != "cash_fen" else "account_fen"
    broken = dataclasses.replace(
        GOOD, rows=(), **{field: getattr(GOOD, field) - shift, other: getattr(GOOD, other) + shift}
    )
    assert broken.faults() == ("sign",)


@pytest.mark.clause("S1-A.5d")
@given(st.integers(0, 10**13))
def test_a_bill_outside_insurance_is_all_cash_and_adds_up(total):
    split = Split.self_paid(total)
    assert split.faults() == ()
    assert split.cash_fen == total


@pytest.mark.clause("S3-8.1.10")
@given(
    st.tuples(*[st.integers(0, 10**9)] * 4),
    st.integers(0, 10**9),
    st.integers(0, 100),
)
def test_the_reasons_sum_to_the_persons_part(parts, deductible, fund_percent):
    own, over, pre, scope = parts
    fund = scope * fund_percent // 100
    split = dataclasses.replace(
        Split.self_paid(sum(parts)),
        own_fen=own,
        over_limit_fen=over,
        pre_self_fen=pre,
        in_scope_fen=scope,
        deductible_fen=deductible,
        pooled_fen=fund,
        fund_fen=fund,
        person_fen=sum(parts) - fund,
        cash_fen=sum(parts) - fund,
    )
    assert split.faults() == ()
    rows = reasons(split, ())
    assert sum(row.amount_fen for row in rows) == split.person_fen
    assert all(row.amount_fen > 0 for row in rows)


def test_reasons_name_the_lines_behind_them():
    lines = (
        LineShare("L1", 2400, "02", Decimal("0.1"), 0, 0, 240, 2160, None),
        LineShare("L2", 800, "03", Decimal(1), 800, 0, 0, 0, None),
        LineShare("L3", 1500, "01", Decimal(0), 0, 200, 0, 1300, Decimal(13)),
    )
    behind = {row.key: row.line_ids for row in reasons(GOOD, lines)}
    assert behind["own"] == ("L2",)
    assert behind["pre_self"] == ("L1",)
    assert behind["over_limit"] == ("L3",)


def test_the_deductible_is_taken_out_of_the_shared_part_and_never_beyond_it():
    rows = {row.key: row.amount_fen for row in reasons(GOOD, ())}
    assert rows["deductible"] == 3000
    assert rows["shared"] == 6844 - 800 - 200 - 240 - 3000
    larger = dataclasses.replace(GOOD, deductible_fen=10**6)
    assert {row.key: row.amount_fen for row in reasons(larger, ())}["deductible"] == 6844 - 1240


def test_a_line_whose_parts_are_not_the_line_is_found():
    line = LineShare("L1", 2400, "02", Decimal("0.1"), 0, 0, 240, 2160, None)
    assert line.holds()
    assert not dataclasses.replace(line, in_scope_fen=2161).holds()
