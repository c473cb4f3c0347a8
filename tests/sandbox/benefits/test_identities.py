"""Whatever the policy and the bill: the identities hold, nothing is negative, nothing is paid twice."""

from __future__ import annotations

import dataclasses
from dataclasses import fields
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import yuan
from kiosk.sandbox.benefits import Facts, Plan, SoFar, settle
from kiosk.sandbox.benefits.engine import band_sum, fee_paid_by
from kiosk.sandbox.benefits.plan import (
    NO_BOUND,
    AccountShares,
    AccountUse,
    AidStep,
    Catastrophic,
    Civil,
    Large,
)

MUTUAL = ["one_per_settlement", "in_bound_order", "none"]

fens = st.integers(0, 5_000_000)
amounts = fens.map(yuan)
ratios = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)
bounds = st.lists(st.integers(1, 100_000), max_size=3, unique=True).map(sorted)


@st.composite
def rows(draw):
    upper = [*map(Decimal, draw(bounds)), NO_BOUND]
    return tuple((bound, draw(ratios)) for bound in upper)


@st.composite
def plans(draw):
    shares = AccountShares(draw(ratios), draw(ratios), draw(ratios), draw(ratios))
    return Plan(
        tiers=draw(rows()),
        deductible=draw(amounts),
        deductible_each_time=draw(st.booleans()),
        tiers_after_deductible=draw(st.booleans()),
        first_share=draw(ratios),
        period_limit=draw(amounts | st.just(NO_BOUND)),
        fund_cap=draw(amounts | st.just(NO_BOUND)),
        fee_cap=draw(amounts | st.just(NO_BOUND)),
        fee_cap_with_deductible=draw(st.booleans()),
        large=draw(st.none() | st.builds(Large, st.sampled_from(["excess_fee", "excess_benefit"]), ratios)),
        catastrophic=draw(st.none() | st.builds(Catastrophic, amounts, rows(), st.booleans(), st.booleans())),
        civil=draw(st.none() | st.builds(Civil, amounts, rows())),
        aid=tuple(draw(st.lists(st.builds(AidStep, amounts, ratios, amounts), max_size=2))),
        late=tuple(draw(st.permutations(["cata", "civil", "aid"]))),
        account=AccountUse(
            draw(st.booleans()),
            shares,
            draw(st.sampled_from(["one_per_settlement", "in_bound_order", "none"])),
        ),
    )


@st.composite
def bills(draw, so_far=None):
    parts = [draw(fens) for _ in range(4)]
    return Facts(
        total=yuan(sum(parts)),
        own=yuan(parts[0]),
        over_limit=yuan(parts[1]),
        pre_self=yuan(parts[2]),
        own_without_account=yuan(draw(st.integers(0, parts[0]))),
        account=draw(amounts),
        family=tuple(draw(st.lists(amounts, max_size=3))),
        so_far=so_far if so_far is not None else SoFar(*(draw(amounts) for _ in fields(SoFar))),
    )


@given(plan=plans(), facts=bills())
def test_the_identities_hold_for_every_bill_under_every_policy(plan, facts):
    made = settle(plan, facts)
    assert made.split.faults() == ()


@given(plan=plans(), facts=bills())
def test_no_part_is_negative_and_none_pays_more_than_there_is(plan, facts):
    made = settle(plan, facts)
    split = made.split
    parts = [split.own_fen, split.over_limit_fen, split.pre_self_fen, split.in_scope_fen,
             split.deductible_fen, split.pooled_fen, split.serious_fen, split.large_fen, split.civil_fen,
             split.aid_fen, split.cash_fen, split.balance_fen]  # fmt: skip
    assert min(parts) >= 0
    assert split.fund_fen <= split.in_scope_fen
    assert split.account_fen <= facts.account * 100
    assert sum(made.family_paid_fen) == split.family_fen
    assert all(paid <= has * 100 for paid, has in zip(made.family_paid_fen, facts.family, strict=True))


@given(plan=plans(), facts=bills())
def test_a_cap_of_the_year_is_never_passed(plan, facts):
    made = settle(plan, facts)
    if facts.so_far.pooled < plan.fund_cap:
        assert facts.so_far.pooled + made.counted.pooled <= plan.fund_cap + Decimal("0.005")
    else:
        assert made.counted.pooled == 0


@given(plan=plans(), first=bills(SoFar()), second=bills(SoFar()))
def test_the_catastrophic_layer_pays_two_bills_of_a_year_as_it_would_pay_one(plan, first, second):
    one = settle(plan, first)
    so_far = SoFar(**{field.name: getattr(one.counted, field.name) for field in fields(SoFar)})
    other = settle(plan, dataclasses.replace(second, so_far=so_far))
    layer = Plan(tiers=((NO_BOUND, Decimal(0)),), catastrophic=plan.catastrophic)
    together = settle(layer, Facts(total=other.catastrophic_base)).split.serious_fen
    if plan.catastrophic is not None and plan.catastrophic.with_deductible:
        assert abs(one.split.serious_fen + other.split.serious_fen - together) <= 1  # rounded twice, once


@given(rows=rows(), low=amounts, stretch=amounts, at=amounts)
def test_bands_pay_a_stretch_in_two_parts_as_in_one(rows, low, stretch, at):
    high = low + stretch
    middle = min(max(at, low), high)
    assert band_sum(rows, low, middle) + band_sum(rows, middle, high) == band_sum(rows, low, high)


@given(rows=rows(), low=amounts, stretch=amounts)
def test_the_fee_behind_a_benefit_is_found_back(rows, low, stretch):
    high = low + stretch
    whole = band_sum(rows, low, high)
    fee = fee_paid_by(rows, low, high, whole / 2)
    assert 0 <= fee <= stretch
    assert abs(band_sum(rows, low, low + fee) - min(whole / 2, whole)) < Decimal("1e-15")
