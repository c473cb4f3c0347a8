"""From a region's policy to the plan of one settlement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kiosk.sandbox.benefits.plan import (
    NO_BOUND,
    NOTHING,
    WHOLE,
    AccountShares,
    AccountUse,
    AidStep,
    Catastrophic,
    Civil,
    Large,
    LateStage,
    Plan,
    Rows,
)
from kiosk.sandbox.benefits.policy import LATE_STAGES, Adjust, Benefit, CataRule, Policy, Remote

_RETIRED = "12"


@dataclass(frozen=True, slots=True)
class Insured:
    """Who is treated, where and for what: everything that selects rules."""

    day: dt.date
    med_type: str
    psn_type: str
    level: str = ""
    disease: str = ""
    stay_number: int = 1
    age: int = 0
    remote: Remote | None = None
    civil_servant: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoBenefit:
    """The policy has nothing for this visit; `why` is for staff."""

    why: str


def plan_for(policy: Policy, who: Insured) -> Plan | NoBenefit:
    """The rules of one settlement."""
    first, last = policy.region.days()
    if not first <= who.day <= last:
        return NoBenefit(f"the policy is valid from {first} to {last}")
    found = [benefit for benefit in policy.benefit if _fits(benefit, who)]
    if not found:
        return NoBenefit(f"no benefit for med_type {who.med_type}")
    benefit = found[0]
    adjust = next((rule for rule in benefit.adjust if rule.when.remote == who.remote), None)
    cap, period = benefit.cap, benefit.period
    return Plan(
        tiers=_tiers(benefit, who, adjust),
        deductible=_deductible(benefit, who, adjust),
        deductible_each_time=benefit.deductible.scope == "stay",
        tiers_after_deductible=benefit.tiers.on == "inscp_after_deductible",
        first_share=adjust.pre_self if adjust else NOTHING,
        period_limit=period.fee_limit if period else NO_BOUND,
        period_unit=period.unit if period else "",
        fund_cap=cap.amount if cap and cap.kind == "fund" else NO_BOUND,
        fee_cap=cap.amount if cap and cap.kind != "fund" else NO_BOUND,
        fee_cap_with_deductible=cap is not None and cap.kind == "fee_with_deductible",
        large=Large(policy.large.base, policy.large.ratio) if policy.large else None,
        catastrophic=_catastrophic(policy.cata, who.groups) if policy.cata else None,
        civil=_civil(policy, who),
        aid=tuple(
            AidStep(rule.deductible, rule.ratio, rule.cap)
            for rule in policy.aid
            if set(rule.group) & set(who.groups)
        ),
        late=_late(policy),
        account=_account(policy),
    )


def _fits(benefit: Benefit, who: Insured) -> bool:
    return (
        who.med_type in benefit.med_type
        and benefit.level in ("", who.level)
        and (not benefit.psn or any(who.psn_type.startswith(prefix) for prefix in benefit.psn))
        and (not benefit.disease or who.disease in benefit.disease)
    )


def _deductible(benefit: Benefit, who: Insured, adjust: Adjust | None) -> Decimal:
    if adjust is not None and adjust.deductible is not None:
        return adjust.deductible
    by_stay = benefit.deductible.by_stay
    return by_stay[min(who.stay_number, len(by_stay)) - 1]


def _tiers(benefit: Benefit, who: Insured, adjust: Adjust | None) -> Rows:
    rows = benefit.tiers.rows
    if benefit.tiers.by_age is not None:
        base, per_year = benefit.tiers.by_age
        rows = ((NO_BOUND, _within_one((base + per_year * who.age) / 100)),)
    if adjust is None:
        return rows
    return tuple(
        (bound, _within_one(max(ratio * adjust.ratio_factor + adjust.ratio_points, adjust.floor)))
        for bound, ratio in rows
    )


def _catastrophic(rule: CataRule, groups: tuple[str, ...]) -> Catastrophic:
    special = next((rule.special[group] for group in groups if group in rule.special), None)
    factor = special.deductible_factor if special else WHOLE
    points = special.points if special else NOTHING
    return Catastrophic(
        deductible=rule.deductible * factor,
        rows=tuple((bound, _within_one(ratio + points)) for bound, ratio in rule.rows),
        bounds_after_deductible=rule.bounds == "after_deductible",
        with_deductible=rule.with_deductible,
        cap=rule.cap,
    )


def _civil(policy: Policy, who: Insured) -> Civil | None:
    rule = policy.civil
    if rule is None or not who.civil_servant:
        return None
    retired = who.psn_type.startswith(_RETIRED) and rule.retired_rows
    return Civil(rule.deductible, rule.retired_rows if retired else rule.rows)


def _late(policy: Policy) -> tuple[LateStage, ...]:
    order = sorted(LATE_STAGES, key=policy.region.order.index)
    if policy.civil is not None and policy.civil.before:
        order.remove("civil")
        order.insert(order.index(policy.civil.before), "civil")
    return tuple(order)


def _account(policy: Policy) -> AccountUse:
    rule = policy.region.account
    shares = rule.pays
    if not rule.pays_out_of_scope:
        shares = AccountShares(shares.shared, shares.pre_self, over_limit=NOTHING, own=NOTHING)
    return AccountUse(rule.first, shares, rule.mutual)


def _within_one(ratio: Decimal) -> Decimal:
    return min(max(ratio, NOTHING), WHOLE)
