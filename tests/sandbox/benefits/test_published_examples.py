"""The published worked examples, to the cent, and the command that computes them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.assets import path as asset
from kiosk.sandbox.benefits.cases import CaseError, compute, read_cases
from kiosk.sandbox.benefits.command import benefits_command

EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "benefit_examples.json"

published = pytest.mark.skipif(not EXAMPLES.exists(), reason="shared/data is not beside this checkout")


@published
@pytest.mark.parametrize("name", ["NB1", "XM1", "XM2", "HLJ", "YZ1", "DB2", "MB1", "AY1", "ZQ", "TT1"])
def test_a_published_example_comes_out_to_the_cent(name):
    case = next(one for one in read_cases(EXAMPLES) if one.id == name)
    found = compute(case)
    assert {key: Decimal(found[key]) for key in case.expect} == case.expect


@published
def test_the_command_prints_every_amount_of_every_case(capsys):
    assert benefits_command(EXAMPLES, None, as_json=True) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed) == 10
    assert printed["HLJ"]["hifp_pay"] == "6560.00"
    assert set(printed["HLJ"]) >= {"medfee_sumamt", "psn_part_amt", "psn_cash_pay", "cata_base", "acct_left"}


def one(**policy):
    given = policy.pop("input")
    return {"id": "X", "policy": policy, "input": given}


def computed(tmp_path, case, policy=None):
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([case]), encoding="utf-8")
    return compute(read_cases(file)[0], policy)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # Linyi type, derived in the benefit model, §4: 10 % first, then deductible 800 and 85 %.
        (
            one(dedc=800, tiers=[[None, "0.85"]], remote_preself="0.10", input={"total": 20000}),
            {"hifp_pay": "14620.00", "preselfpay_amt": "2000.00", "psn_part_amt": "5380.00"},
        ),
        # The large layer on the excess fee, unrounded inside: 100000 - 65000 / 0.91.
        (
            one(
                tiers=[[None, "0.91"]],
                fund_cap=65000,
                large={"base": "excess_fee", "ratio": "0.95"},
                cata={"dedc": 0, "tiers": [[None, "0.5"]], "excl_dedc": True},
                dedc=1000,
                input={"total": 101000},
            ),
            {"hifp_pay": "65000.00", "hifob_pay": "27142.86", "cata_base": "7857.14", "hifmi_pay": "3928.57"},
        ),
        (
            one(tiers=[[None, "0.9"]], fund_cap=900, large={"base": "excess_benefit", "ratio": "0.5"},
                input={"total": 2000}),
            {"hifp_pay": "900.00", "hifob_pay": "450.00"},
        ),
        # A cap on the fee: what is above flows into the catastrophic base.
        (
            one(dedc=500, tiers=[[None, "0.5"]], fee_cap=10000, cata={"dedc": 5000, "tiers": [[None, "0.6"]]},
                input={"total": 20500}),
            {"hifp_pay": "5000.00", "cata_base": "15500.00", "hifmi_pay": "6300.00"},
        ),
        (
            one(dedc=500, tiers=[[None, "0.5"]], fee_cap_incl_dedc=10000, input={"total": 20000}),
            {"hifp_pay": "4750.00"},
        ),
        # Two steps of aid, each on what is left: 70 %, then 60 % above 3000.
        (
            one(tiers=[[None, "0"]], aid=[{"ratio": "0.70"}, {"dedc": 3000, "ratio": "0.60"}],
                input={"total": 20000}),
            {"maf_pay": "15800.00", "psn_part_amt": "4200.00"},
        ),
        (
            one(tiers=[[None, "0"]], aid=[{"ratio": "0.5", "cap": 100}], input={"total": 1000}),
            {"maf_pay": "100.00"},
        ),
        # A ratio from the age, moved by percentage points: 75 + 0.2 x 60 - 10.
        (
            one(ratio_expr=[75, "0.2"], ratio_pp=-10, input={"total": 1000, "age": 60}),
            {"hifp_pay": "770.00"},
        ),
        (one(tiers=[[None, "0.8"]], civil={"dedc": 50, "ratio": "0.9"}, input={"total": 1000}),
         {"hifp_pay": "800.00", "cvlserv_pay": "135.00", "psn_part_amt": "65.00"}),
        # What the year has seen: the deductible paid, the tier reached, the cap nearly used up.
        (
            one(dedc=1000, tiers=[[10000, "0.5"], [None, "0.9"]], fund_cap=6000,
                input={"total": 2000, "dedc_paid": 1000, "scope_cum": 9000, "fund_cum": 5000}),
            {"act_pay_dedc": "0.00", "hifp_pay": "1000.00"},
        ),
        (
            one(dedc=1000, tiers=[[10000, "0.5"], [None, "0.9"]],
                input={"total": 2000, "dedc_paid": 400, "scope_cum": 9000}),
            {"act_pay_dedc": "600.00", "hifp_pay": "1100.00"},
        ),
        (
            one(tiers=[[None, "0.7"]], period_fee_limit=300, input={"total": 200, "period_used": 250}),
            {"hifp_pay": "35.00"},
        ),
        (
            one(tiers=[[None, "0"]], cata={"dedc": 1000, "tiers": [[None, "0.5"]]},
                input={"total": 600, "cata_cum": 800}),
            {"hifmi_pay": "200.00"},
        ),
        (
            one(tiers=[[None, "0.5"]], input={"total": 100, "acct": 30, "mutual": 5}),
            {"acct_pay": "30.00", "acct_mulaid_pay": "5.00", "psn_cash_pay": "15.00", "acct_left": "0.00"},
        ),
        (one(tiers=[[None, "0.5"]], input={"total": "0.03"}), {"hifp_pay": "0.02", "psn_part_amt": "0.01"}),
        (
            one(dedc=400, tiers=[[1000, "0.5"], [None, "1"]], tier_base="after", input={"total": 1600}),
            {"hifp_pay": "700.00"},
        ),
    ],
)  # fmt: skip
def test_every_key_of_a_case_has_its_meaning(tmp_path, case, expected):
    found = computed(tmp_path, case)
    assert {key: found[key] for key in expected} == expected


def test_a_case_without_a_policy_is_computed_by_the_regions_file(tmp_path, capsys):
    file = tmp_path / "cases.json"
    selectors = {"psn_type": "1201", "level": "3", "day": "2026-11-21"}
    given = {"total": "86.40", "own": "10.00", "over": "2.00", "pre": "4.40", "acct": "542.30", **selectors}
    expect = {"hifp_pay": "42.00", "acct_pay": "30.00", "psn_cash_pay": "14.40", "acct_left": "512.30"}
    case = {"id": "M", "input": given, "expect": expect}
    file.write_text(json.dumps([case]), encoding="utf-8")
    assert benefits_command(file, asset("policies", "990100-employee.toml"), as_json=False) == 0
    assert "psn_cash_pay 14.40" in capsys.readouterr().out
    assert benefits_command(file, None, as_json=False) == 2


def test_an_expectation_that_is_not_met_is_said_and_fails(tmp_path, capsys):
    file = tmp_path / "cases.json"
    case = {**one(tiers=[[None, "0.5"]], input={"total": 100}), "expect": {"hifp_pay": "50.01"}}
    file.write_text(json.dumps([case]), encoding="utf-8")
    assert benefits_command(file, None, as_json=False) == 1
    assert "X: differs: hifp_pay: 50.00, expected 50.01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"policy": {"dedcc": 1, "tiers": []}}, "dedcc"),
        ({"input": {"totl": 1}}, "totl"),
        ({"input": {}}, "total"),
        ({"input": {"total": "12.345"}}, "total"),
        ({"input": {"total": True}}, "total"),
        ({"input": {"total": "NaN"}}, "total"),
        ({"input": {"total": -1}}, "total"),
        ({"input": {"total": 10, "own": 11}}, "parts"),
        ({"policy": {"tiers": [[100, "0.5"], [50, "0.6"]]}}, "does not rise"),
        ({"policy": {"tiers": [[None, "1.5"]]}}, "outside 0..1"),
        ({"policy": {"tiers": "0.5"}}, "tiers"),
        ({"policy": {"tiers": [[None, "0.5"]], "tier_base": "both"}}, "tier_base"),
        ({"policy": {"tiers": [[None, "0.5"]], "fee_cap": 1, "fee_cap_incl_dedc": 1}}, "exclude"),
        ({"policy": {"tiers": [[None, "0.5"]], "aid": {}}}, "aid"),
        ({"policy": {"tiers": [[None, "0.5"]], "large": {"base": "fee", "ratio": 1}}}, "base"),
        ({"policy": []}, "policy"),
    ],
)
def test_a_case_that_cannot_be_computed_names_the_case_and_the_key(tmp_path, change, named):
    with pytest.raises(CaseError) as refused:
        computed(tmp_path, {**one(tiers=[[None, "0.5"]], input={"total": 10}), **change})
    assert named in str(refused.value)
    assert "X" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"id":"A","input":{}},{"id":"A","input":{}}]', "[[[["])
def test_a_file_of_no_cases_is_bad_input(tmp_path, text, capsys):
    file = tmp_path / "cases.json"
    file.write_text(text, encoding="utf-8")
    assert benefits_command(file, None, as_json=True) == 2
    assert "cases.json" in capsys.readouterr().err
    assert benefits_command(tmp_path / "absent.json", None, as_json=True) == 2
