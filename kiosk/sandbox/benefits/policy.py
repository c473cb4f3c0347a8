"""A region's rules as data: the schema of `assets/policies/*.toml` (benefit model, §3.3).

The loader refuses what could not be applied: unknown keys, missing validity, benefits that overlap, tier
bounds that do not rise, ratios outside 0..1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias

from kiosk import settings
from kiosk.sandbox.benefits.plan import (
    NO_BOUND,
    NOTHING,
    WHOLE,
    AccountShares,
    LateStage,
    Rows,
    check_amount,
    check_ratio,
    check_rows,
)

Remote: TypeAlias = Literal["filed", "temporary", "unfiled"]

STAGES = (
    "ownpay", "overlimit", "preself", "remote", "period", "deductible", "tiers", "cap", "large",
    "cata", "civil", "aid", "account",
)  # fmt: skip
"""The usual order. A policy may order cata, civil and aid otherwise; the rest stands as it is."""

LATE_STAGES: tuple[LateStage, ...] = ("cata", "civil", "aid")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Whose item directory counts for a remote patient."""

    same_province: Literal["province"] = "province"
    cross_province: Literal["treatment"] = "treatment"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Stated in the file so that a reader sees it; only the published rule is built."""

    mode: Literal["half_up"] = "half_up"
    step: Literal["0.01"] = "0.01"


@dataclass(frozen=True, slots=True)
class Account:
    """The personal and the family account."""

    first: bool = False
    pays_out_of_scope: bool = True
    mutual: Literal["one_per_settlement", "in_bound_order", "none"] = "one_per_settlement"
    pays: AccountShares = field(default_factory=AccountShares)

    def __post_init__(self) -> None:
        for name in ("shared", "pre_self", "over_limit", "own"):
            check_ratio(getattr(self.pays, name), f"pays.{name}")


@dataclass(frozen=True, slots=True)
class Region:
    """For whom and when the file speaks. `valid` is the first and the last day."""

    admdvs: str
    year: int
    insutype: str
    valid: tuple[str, str]
    catalogue: Catalogue = field(default_factory=Catalogue)
    rounding: Rounding = field(default_factory=Rounding)
    order: tuple[str, ...] = STAGES
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        first, last = self.days()
        if last < first or not first.year <= self.year <= last.year:
            raise ValueError("valid: the days do not hold the year")
        fixed = [stage for stage in STAGES if stage not in LATE_STAGES]
        given = [stage for stage in self.order if stage not in LATE_STAGES]
        if given != fixed or sorted(self.order) != sorted(STAGES):
            raise ValueError("order: each stage once, and only cata, civil and aid may change places")

    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day of validity."""
        return dt.date.fromisoformat(self.valid[0]), dt.date.fromisoformat(self.valid[1])


@dataclass(frozen=True, slots=True)
class Deductible:
    """起付线, by the number of the stay in the year; the last value holds for all later ones."""

    by_stay: tuple[Decimal, ...]
    scope: Literal["year", "stay"] = "year"
    counts: Literal["inscp"] = "inscp"

    def __post_init__(self) -> None:
        if not self.by_stay:
            raise ValueError("by_stay: at least one amount")
        for amount in self.by_stay:
            check_amount(amount, "by_stay")


@dataclass(frozen=True, slots=True)
class Tiers:
    """Bands of the pooled fund: fixed rows, or one ratio from the age, (a + b x age) / 100."""

    on: Literal["inscp_with_deductible", "inscp_after_deductible"] = "inscp_with_deductible"
    rows: Rows = ()
    by_age: tuple[Decimal, Decimal] | None = None

    def __post_init__(self) -> None:
        if bool(self.rows) == (self.by_age is not None):
            raise ValueError("either rows or by_age")
        check_rows(self.rows)


@dataclass(frozen=True, slots=True)
class Period:
    """A limit of the compliant fee of a month, quarter or year, before the ratio."""

    unit: Literal["month", "quarter", "year"]
    fee_limit: Decimal

    def __post_init__(self) -> None:
        check_amount(self.fee_limit, "fee_limit")


@dataclass(frozen=True, slots=True)
class Cap:
    """The yearly cap: on what the fund pays, or on the fee it sees."""

    kind: Literal["fund", "fee_after_deductible", "fee_with_deductible"]
    amount: Decimal

    def __post_init__(self) -> None:
        check_amount(self.amount, "amount")


@dataclass(frozen=True, slots=True)
class When:
    """The condition of an adjustment."""

    remote: Remote


@dataclass(frozen=True, slots=True)
class Adjust:
    """What changes for a remote patient."""

    when: When
    pre_self: Decimal = NOTHING
    deductible: Decimal | None = None
    ratio_points: Decimal = NOTHING
    ratio_factor: Decimal = WHOLE
    floor: Decimal = NOTHING

    def __post_init__(self) -> None:
        check_ratio(self.pre_self, "pre_self")
        check_ratio(self.floor, "floor")
        check_ratio(abs(self.ratio_points), "ratio_points")
        check_ratio(self.ratio_factor, "ratio_factor")


@dataclass(frozen=True, slots=True)
class Benefit:
    """One kind of visit for one kind of person. An absent selector means any."""

    med_type: tuple[str, ...]
    deductible: Deductible
    tiers: Tiers
    level: str = ""
    psn: tuple[str, ...] = ()  # compared by prefix
    disease: tuple[str, ...] = ()
    period: Period | None = None
    cap: Cap | None = None
    adjust: tuple[Adjust, ...] = ()

    def __post_init__(self) -> None:
        if not self.med_type:
            raise ValueError("med_type: at least one")
        if len({rule.when.remote for rule in self.adjust}) != len(self.adjust):
            raise ValueError("adjust: two rules for one condition")

    def overlaps(self, other: Benefit) -> bool:
        """Whether one visit could fall under both."""
        return (
            bool(set(self.med_type) & set(other.med_type))
            and ("" in (self.level, other.level) or self.level == other.level)
            and _any_prefix(self.psn, other.psn)
            and (not self.disease or not other.disease or bool(set(self.disease) & set(other.disease)))
        )


@dataclass(frozen=True, slots=True)
class LargeRule:
    """Stage 8."""

    base: Literal["excess_fee", "excess_benefit"]
    ratio: Decimal

    def __post_init__(self) -> None:
        check_ratio(self.ratio, "ratio")


@dataclass(frozen=True, slots=True)
class Special:
    """A discount of stage 9 for a group of persons."""

    deductible_factor: Decimal = WHOLE
    points: Decimal = NOTHING

    def __post_init__(self) -> None:
        check_ratio(self.deductible_factor, "deductible_factor")
        check_ratio(self.points, "points")


@dataclass(frozen=True, slots=True)
class CataRule:
    """Stage 9."""

    deductible: Decimal
    rows: Rows
    with_deductible: bool = True
    bounds: Literal["absolute", "after_deductible"] = "absolute"
    cap: Decimal = NO_BOUND
    special: dict[str, Special] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_amount(self.deductible, "deductible")
        check_amount(self.cap, "cap")
        check_rows(self.rows)


@dataclass(frozen=True, slots=True)
class CivilRule:
    """Stage 10. `before = "cata"` puts it before stage 9 whatever `order` says."""

    rows: Rows
    retired_rows: Rows = ()
    deductible: Decimal = NOTHING
    before: Literal["", "cata", "aid"] = ""

    def __post_init__(self) -> None:
        check_amount(self.deductible, "deductible")
        check_rows(self.rows)
        check_rows(self.retired_rows)


@dataclass(frozen=True, slots=True)
class AidRule:
    """One step of stage 11, for the groups named."""

    group: tuple[str, ...]
    ratio: Decimal
    deductible: Decimal = NOTHING
    cap: Decimal = NO_BOUND

    def __post_init__(self) -> None:
        check_ratio(self.ratio, "ratio")
        check_amount(self.deductible, "deductible")
        check_amount(self.cap, "cap")


@dataclass(frozen=True, slots=True)
class Policy:
    """One scheme of one region in one year."""

    region: Region
    benefit: tuple[Benefit, ...]
    large: LargeRule | None = None
    cata: CataRule | None = None
    civil: CivilRule | None = None
    aid: tuple[AidRule, ...] = ()

    def __post_init__(self) -> None:
        for (first, one), (second, other) in combinations(enumerate(self.benefit), 2):
            if one.overlaps(other):
                raise ValueError(f"benefit[{first}] and benefit[{second}] overlap")


def load_policy(path: Path) -> Policy:
    """Read one file. Raises SettingsError that names file and key."""
    return settings.load(path, Policy, env={})


def _any_prefix(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    if not ours or not theirs:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)
