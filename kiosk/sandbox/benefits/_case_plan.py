"""A worked example's short `policy` to a plan (benefit model, §5, first table)."""

from __future__ import annotations

from typing import Any

from kiosk.sandbox.benefits._case_fields import (
    CaseError,
    amount,
    bands,
    cap,
    choice,
    known_keys,
    nested,
    number,
    optional,
)
from kiosk.sandbox.benefits.plan import (
    NO_BOUND,
    AidStep,
    Catastrophic,
    Civil,
    Large,
    Plan,
    Rows,
    check_ratio,
    check_rows,
)

_KEYS = frozenset(
    {
        "dedc", "tiers", "tier_base", "ratio_expr", "fund_cap", "fee_cap", "fee_cap_incl_dedc",
        "period_fee_limit", "large", "cata", "civil", "aid", "remote_preself", "ratio_pp",
    }
)  # fmt: skip


def plan_of(policy: dict[str, Any], given: dict[str, Any], where: str) -> Plan:
    """The plan of a case's own policy; `given` is its input, for the age. Raises CaseError."""
    known_keys(policy, _KEYS, where)
    try:
        return _plan(policy, given, where)
    except ValueError as exc:
        raise CaseError(f"{where}: {exc}") from exc


def _plan(policy: dict[str, Any], given: dict[str, Any], where: str) -> Plan:
    after = optional(policy, "fee_cap", where)
    including = optional(policy, "fee_cap_incl_dedc", where)
    if after is not None and including is not None:
        raise CaseError(f"{where}: fee_cap and fee_cap_incl_dedc exclude each other")
    fee_cap = including if including is not None else after
    first_share = amount(policy, "remote_preself", where)
    check_ratio(first_share, "remote_preself")
    return Plan(
        tiers=_ratios(policy, given, where),
        deductible=amount(policy, "dedc", where),
        tiers_after_deductible=choice(policy, "tier_base", ("incl", "after"), where) == "after",
        first_share=first_share,
        period_limit=cap(policy, "period_fee_limit", where),
        fund_cap=cap(policy, "fund_cap", where),
        fee_cap=NO_BOUND if fee_cap is None else fee_cap,
        fee_cap_with_deductible=including is not None,
        large=nested(policy, "large", where, _large),
        catastrophic=nested(policy, "cata", where, _catastrophic),
        civil=nested(policy, "civil", where, _civil),
        aid=_aid(policy.get("aid", []), f"{where}: aid"),
    )


def _ratios(policy: dict[str, Any], given: dict[str, Any], where: str) -> Rows:
    """Tiers, or one ratio from the age; both moved by percentage points."""
    if "ratio_expr" in policy:
        pair = policy["ratio_expr"]
        if "tiers" in policy or not isinstance(pair, list) or len(pair) != 2:
            raise CaseError(f"{where}: ratio_expr: [a, b] in place of tiers is needed")
        base, per_year = (number(value, f"{where}: ratio_expr") for value in pair)
        rows: Rows = ((NO_BOUND, (base + per_year * amount(given, "age", where)) / 100),)
    else:
        rows = bands(policy.get("tiers"), f"{where}: tiers")
    points = number(policy.get("ratio_pp", 0), f"{where}: ratio_pp") / 100
    rows = tuple((bound, ratio + points) for bound, ratio in rows)
    check_rows(rows)
    return rows


def _large(raw: dict[str, Any], where: str) -> Large:
    known_keys(raw, frozenset({"base", "ratio"}), where)
    ratio = number(raw.get("ratio"), f"{where}: ratio")
    check_ratio(ratio, "ratio")
    if choice(raw, "base", ("excess_fee", "excess_benefit"), where) == "excess_fee":
        return Large("excess_fee", ratio)
    return Large("excess_benefit", ratio)


def _catastrophic(raw: dict[str, Any], where: str) -> Catastrophic:
    known_keys(raw, frozenset({"dedc", "tiers", "tier_base", "excl_dedc"}), where)
    excluded = raw.get("excl_dedc", False)
    if not isinstance(excluded, bool):
        raise CaseError(f"{where}: excl_dedc: true or false is needed")
    return Catastrophic(
        deductible=amount(raw, "dedc", where),
        rows=bands(raw.get("tiers"), f"{where}: tiers"),
        bounds_after_deductible=choice(raw, "tier_base", ("abs", "after"), where) == "after",
        with_deductible=not excluded,
    )


def _civil(raw: dict[str, Any], where: str) -> Civil:
    known_keys(raw, frozenset({"dedc", "ratio"}), where)
    ratio = number(raw.get("ratio"), f"{where}: ratio")
    check_ratio(ratio, "ratio")
    return Civil(amount(raw, "dedc", where), ((NO_BOUND, ratio),))


def _aid(raw: Any, where: str) -> tuple[AidStep, ...]:
    if not isinstance(raw, list) or not all(isinstance(step, dict) for step in raw):
        raise CaseError(f"{where}: a list of steps is needed")
    steps = []
    for step in raw:
        known_keys(step, frozenset({"dedc", "ratio", "cap"}), where)
        ratio = number(step.get("ratio"), f"{where}: ratio")
        check_ratio(ratio, "ratio")
        steps.append(AidStep(amount(step, "dedc", where), ratio, cap(step, "cap", where)))
    return tuple(steps)
