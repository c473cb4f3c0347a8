"""A deviation planned for one transaction spells that answer otherwise, and no other."""

from __future__ import annotations


async def test_amounts_are_written_as_strings_in_the_one_answer_that_was_planned_for(window):
    window.faults.plan("2206", "deviate", code="amounts_as_strings")
    await window.up_to("upload")
    spelled, plain = await window.pre_settle(), await window.pre_settle()
    assert spelled["output"]["setlinfo"]["fund_pay_sumamt"] == "42.00"
    assert plain["output"]["setlinfo"]["fund_pay_sumamt"] == 42.0


async def test_a_refusal_deviates_too(window):
    window.faults.plan("1101", "deviate", code="infcode_as_string")
    answer = await window.send("1101", {"data": {}})
    assert answer["infcode"] == "-1"
