"""A plan: the rules of one settlement, resolved for one person, visit and day.

Amounts are `Decimal` yuan, ratios 0..1. Inside a layer nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

NOTHING = Decimal(0)
WHOLE = Decimal(1)
NO_BOUND = Decimal("Infinity")

Rows: TypeAlias = tuple[tuple[Decimal, Decimal], ...]
"""Bands: (upper bound, fund's ratio), bounds rising. Above the last bound the fund pays nothing."""

LateStage: TypeAlias = Literal["cata", "civil", "aid"]


@dataclass(frozen=True, slots=True)
class Large:
    """Employees' large-amount fund, above the yearly cap (stage 8)."""

    base: Literal["excess_fee", "excess_benefit"]
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class Catastrophic:
    """Serious-illness insurance on the year's own in-scope amount (stage 9)."""

    deductible: Decimal
    rows: Rows
    bounds_after_deductible: bool = False
    with_deductible: bool = True  # whether the basic deductible counts into the base
    cap: Decimal = NO_BOUND


@dataclass(frozen=True, slots=True)
class Civil:
    """Civil servants' subsidy on the own in-scope part (stage 10)."""

    deductible: Decimal
    rows: Rows


@dataclass(frozen=True, slots=True)
class AidStep:
    """One step of medical aid, on what the steps before have left (stage 11)."""

    deductible: Decimal
    ratio: Decimal
    cap: Decimal = NO_BOUND


@dataclass(frozen=True, slots=True)
class AccountShares:
    """Which part of each own amount the personal account may pay."""

    shared: Decimal = WHOLE
    pre_self: Decimal = WHOLE
    over_limit: Decimal = WHOLE
    own: Decimal = WHOLE


@dataclass(frozen=True, slots=True)
class AccountUse:
    """How the personal and the family account take part (stages 13 and 14)."""

    first: bool = False  # this year's account pays before the deductible
    shares: AccountShares = field(default_factory=AccountShares)
    mutual: Literal["one_per_settlement", "in_bound_order", "none"] = "one_per_settlement"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one settlement needs to know about the place's rules."""

    tiers: Rows
    deductible: Decimal = NOTHING
    deductible_each_time: bool = False  # counted per visit, not per year
    tiers_after_deductible: bool = False  # bands counted on the amount after the deductible
    first_share: Decimal = NOTHING  # ratio of the in-scope amount a remote patient pays first
    period_limit: Decimal = NO_BOUND
    period_unit: str = ""  # month, quarter or year; empty when there is no limit
    fund_cap: Decimal = NO_BOUND
    fee_cap: Decimal = NO_BOUND
    fee_cap_with_deductible: bool = False
    large: Large | None = None
    catastrophic: Catastrophic | None = None
    civil: Civil | None = None
    aid: tuple[AidStep, ...] = ()
    late: tuple[LateStage, ...] = ("cata", "civil", "aid")
    account: AccountUse = field(default_factory=AccountUse)


def check_rows(rows: Rows) -> None:
    """Bounds rise and ratios lie in 0..1. Raises ValueError."""
    below = NOTHING
    for bound, ratio in rows:
        if bound.is_nan() or bound <= below:
            raise ValueError(f"tier bound {bound} does not rise")
        check_ratio(ratio, "tier ratio")
        below = bound


def check_ratio(ratio: Decimal, name: str) -> None:
    """A ratio lies in 0..1. Raises ValueError that names it."""
    if ratio.is_nan() or not NOTHING <= ratio <= WHOLE:
        raise ValueError(f"{name} {ratio} is outside 0..1")


def check_amount(amount: Decimal, name: str) -> None:
    """An amount is a number and not negative. Raises ValueError that names it."""
    if amount.is_nan() or amount < NOTHING:
        raise ValueError(f"{name} {amount} is no amount")
