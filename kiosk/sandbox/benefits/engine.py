"""One settlement: facts and a plan in, the split out. No I/O, no clock.

The order of stages is the benefit model's (§3.1); stages 9 to 11 run in the order of `Plan.late`.
The person's part is always obtained by subtraction.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal

from kiosk.domain.money import fen, round_fen, yuan
from kiosk.domain.split import Split
from kiosk.sandbox.benefits._fund_rows import fund_rows
from kiosk.sandbox.benefits.plan import NOTHING, Catastrophic, Plan, Rows


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the year (or the period) has already seen of this person, in yuan."""

    deductible: Decimal = NOTHING
    in_scope: Decimal = NOTHING
    pooled: Decimal = NOTHING
    fee: Decimal = NOTHING  # counted against a cap on the fee
    catastrophic_base: Decimal = NOTHING
    aid: Decimal = NOTHING
    period: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Counted(SoFar):
    """What this settlement adds to `SoFar`; a reversal takes exactly this back."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One bill's sums and the accounts behind it, in yuan."""

    total: Decimal
    own: Decimal = NOTHING
    over_limit: Decimal = NOTHING
    pre_self: Decimal = NOTHING
    own_without_account: Decimal = NOTHING  # the part of `own` that no account may pay anywhere
    account: Decimal = NOTHING
    family: tuple[Decimal, ...] = ()  # balances of the authorisers, in bound order
    so_far: SoFar = field(default_factory=SoFar)
    insutype: str = "310"


@dataclass(frozen=True, slots=True)
class Settled:
    """The split, and what must be remembered of it."""

    split: Split
    counted: Counted
    catastrophic_base: Decimal  # the year's, this settlement included
    family_paid_fen: tuple[int, ...] = ()


@dataclass(slots=True)
class _Funds:
    """Fund rows in yuan, rounded to the cent as each is found."""

    pooled: Decimal = NOTHING
    large: Decimal = NOTHING
    serious: Decimal = NOTHING
    civil: Decimal = NOTHING
    aid: Decimal = NOTHING

    def total(self) -> Decimal:
        return self.pooled + self.large + self.serious + self.civil + self.aid


def band_sum(rows: Rows, low: Decimal, high: Decimal) -> Decimal:
    """What the bands pay on the stretch from `low` to `high`, unrounded."""
    paid, start = NOTHING, NOTHING
    for bound, ratio in rows:
        paid += max(NOTHING, min(high, bound) - max(low, start)) * ratio
        start = bound
    return paid


def fee_paid_by(rows: Rows, low: Decimal, high: Decimal, paid: Decimal) -> Decimal:
    """How much fee from `low` on the bands turn into `paid`, at most up to `high`."""
    used, start = NOTHING, NOTHING
    for bound, ratio in rows:
        stretch = max(NOTHING, min(high, bound) - max(low, start))
        if stretch * ratio > paid:
            return used + paid / ratio
        used += stretch
        paid -= stretch * ratio
        start = bound
    return max(NOTHING, high - low)


def settle(plan: Plan, facts: Facts) -> Settled:
    """Split one bill. `facts` must add up: own, over-limit and pre-self-pay within the total."""
    in_scope = facts.total - facts.own - facts.over_limit - facts.pre_self
    if in_scope < NOTHING:
        raise ValueError("the parts are more than the total")
    first_share = _cent(in_scope * plan.first_share)
    facts = dataclasses.replace(facts, pre_self=facts.pre_self + first_share)
    in_scope -= first_share
    account_first = min(facts.account, in_scope) if plan.account.first else NOTHING
    stages = _run_stages(plan, facts.so_far, in_scope - account_first)
    funds = stages.funds
    person = facts.total - funds.total()
    allowed = _allowed(plan, facts, person - account_first)
    account = account_first + min(facts.account - account_first, allowed)
    family = _family_pays(plan, facts.family, allowed + account_first - account)
    split = Split(
        total_fen=fen(facts.total),
        own_fen=fen(facts.own),
        over_limit_fen=fen(facts.over_limit),
        pre_self_fen=fen(facts.pre_self),
        in_scope_fen=fen(in_scope),
        deductible_fen=round_fen(stages.counted.deductible),
        pooled_fen=fen(funds.pooled),
        civil_fen=fen(funds.civil),
        enterprise_fen=0,
        serious_fen=fen(funds.serious),
        large_fen=fen(funds.large),
        aid_fen=fen(funds.aid),
        other_fen=0,
        fund_fen=fen(funds.total()),
        person_fen=fen(person),
        account_fen=fen(account),
        family_fen=fen(sum(family, NOTHING)),
        cash_fen=fen(person - account - sum(family, NOTHING)),
        hospital_fen=0,
        balance_fen=fen(facts.account - account),
        pooled_ratio=_ratio(funds.pooled, stages.fee),
    )
    return Settled(
        split=dataclasses.replace(split, rows=fund_rows(split, facts.insutype)),
        counted=stages.counted,
        catastrophic_base=facts.so_far.catastrophic_base + stages.counted.catastrophic_base,
        family_paid_fen=tuple(fen(part) for part in family),
    )


@dataclass(slots=True)
class _Stages:
    funds: _Funds
    counted: Counted
    fee: Decimal  # what the bands saw


def _run_stages(plan: Plan, so_far: SoFar, in_scope: Decimal) -> _Stages:
    """Stages 4 to 11: from the in-scope amount to the fund rows."""
    funds = _Funds()
    eligible = min(in_scope, max(NOTHING, plan.period_limit - so_far.period))
    already = NOTHING if plan.deductible_each_time else so_far.deductible
    deductible = min(max(NOTHING, plan.deductible - already), eligible)
    fee = _within_fee_cap(plan, so_far, eligible, deductible)
    low = so_far.in_scope + deductible
    if plan.tiers_after_deductible:
        low = max(NOTHING, so_far.in_scope - so_far.deductible)
    benefit = band_sum(plan.tiers, low, low + fee)
    cap_left = max(NOTHING, plan.fund_cap - so_far.pooled)
    funds.pooled = _cent(min(benefit, cap_left))
    if plan.large is not None:
        excess = max(NOTHING, benefit - cap_left)
        if plan.large.base == "excess_fee":
            over_fund_cap = fee - fee_paid_by(plan.tiers, low, low + fee, cap_left) if excess else NOTHING
            excess = eligible - deductible - fee + over_fund_cap
        funds.large = _cent(excess * plan.large.ratio)
    base_added = _run_late(plan, so_far, eligible, deductible, funds)
    counted = Counted(
        deductible=deductible,
        in_scope=eligible,
        pooled=funds.pooled,
        fee=fee + deductible if plan.fee_cap_with_deductible else fee,
        catastrophic_base=base_added,
        aid=funds.aid,
        period=eligible,
    )
    return _Stages(funds, counted, fee)


def _run_late(plan: Plan, so_far: SoFar, eligible: Decimal, deductible: Decimal, funds: _Funds) -> Decimal:
    """Stages 9 to 11 in the place's order, each on what is left. Returns what joins the catastrophic base."""
    base_added = NOTHING
    for stage in plan.late:
        left = max(NOTHING, eligible - funds.total())
        if stage == "cata" and plan.catastrophic is not None:
            base_added = left if plan.catastrophic.with_deductible else max(NOTHING, left - deductible)
            before = _catastrophic(plan.catastrophic, so_far.catastrophic_base)
            after = _catastrophic(plan.catastrophic, so_far.catastrophic_base + base_added)
            funds.serious = _cent(after - before)
        elif stage == "civil" and plan.civil is not None:
            funds.civil = _cent(band_sum(plan.civil.rows, plan.civil.deductible, left))
        elif stage == "aid":
            funds.aid = _aid(plan, so_far, left)
    return base_added


def _within_fee_cap(plan: Plan, so_far: SoFar, eligible: Decimal, deductible: Decimal) -> Decimal:
    """The fee after the deductible that the bands may see; the rest overflows into the later stages."""
    cap_left = max(NOTHING, plan.fee_cap - so_far.fee)
    if plan.fee_cap_with_deductible:
        return max(NOTHING, min(eligible, cap_left) - deductible)
    return min(eligible - deductible, cap_left)


def _catastrophic(rule: Catastrophic, base: Decimal) -> Decimal:
    """What the layer pays in a year with this base. A later settlement gets the difference."""
    if base <= rule.deductible:
        return NOTHING
    if rule.bounds_after_deductible:
        paid = band_sum(rule.rows, NOTHING, base - rule.deductible)
    else:
        paid = band_sum(rule.rows, rule.deductible, base)
    return min(paid, rule.cap)


def _aid(plan: Plan, so_far: SoFar, left: Decimal) -> Decimal:
    """Steps in a row, each on what the ones before left; one row, so rounded once."""
    paid = NOTHING
    for step in plan.aid:
        cap_left = max(NOTHING, step.cap - so_far.aid)
        paid += min(max(NOTHING, left - paid - step.deductible) * step.ratio, cap_left)
    return _cent(paid)


def _allowed(plan: Plan, facts: Facts, person: Decimal) -> Decimal:
    """How much of the person's part accounts may pay here."""
    shares = plan.account.shares
    shared = max(NOTHING, person - facts.own - facts.over_limit - facts.pre_self)
    parts = (
        shared * shares.shared
        + facts.pre_self * shares.pre_self
        + facts.over_limit * shares.over_limit
        + (facts.own - facts.own_without_account) * shares.own
    )
    return min(person, _cent(parts))


def _family_pays(plan: Plan, balances: tuple[Decimal, ...], allowed: Decimal) -> tuple[Decimal, ...]:
    if plan.account.mutual == "none":
        return tuple(NOTHING for _ in balances)
    paid: list[Decimal] = []
    for balance in balances:
        closed = plan.account.mutual == "one_per_settlement" and any(paid)
        part = NOTHING if closed else min(balance, allowed - sum(paid, NOTHING))
        paid.append(part)
    return tuple(paid)


def _cent(amount: Decimal) -> Decimal:
    return yuan(round_fen(amount))


def _ratio(paid: Decimal, fee: Decimal) -> Decimal:
    """`pool_prop_selfpay`: what the pooled fund paid of the fee it saw, four decimals."""
    return (paid / fee).quantize(Decimal("0.0001")) if fee else NOTHING
