"""The agency's directory of items, and what it says of one fee line (I6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from kiosk import settings
from kiosk.domain.money import line_amount_fen, round_fen, yuan
from kiosk.domain.split import LineShare
from kiosk.sandbox.benefits.plan import WHOLE, check_amount, check_ratio


@dataclass(frozen=True, slots=True)
class Item:
    """One row: 1312 (class), 1318 (ceiling) and 1319 (ratio) in one."""

    code: str
    name: str
    item_class: Literal["01", "02", "03"]  # 甲 乙 丙
    fee_category: str  # med_chrgitm_type
    selfpay_ratio: Decimal = Decimal(0)
    price_ceiling: Decimal | None = None
    restricted: bool = False  # covered only with the hospital's approval
    account_pays: bool = True  # whether an account may pay what is outside the scope

    def __post_init__(self) -> None:
        check_ratio(self.selfpay_ratio, f"selfpay_ratio of {self.code}")
        if self.price_ceiling is not None:
            check_amount(self.price_ceiling, f"price_ceiling of {self.code}")


@dataclass(frozen=True, slots=True)
class ItemDirectory:
    """All items of a region. An item that is not here is class 丙."""

    region: str
    item: tuple[Item, ...]
    by_code: dict[str, Item] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_code = {item.code: item for item in self.item}
        if len(by_code) != len(self.item):
            raise ValueError("item: two rows with one code")
        object.__setattr__(self, "by_code", by_code)


@dataclass(frozen=True, slots=True)
class _File:
    region: str
    item: tuple[Item, ...]


def load_items(path: Path) -> ItemDirectory:
    """Read a directory. Raises SettingsError that names file and key."""
    read = settings.load(path, _File, env={})
    try:
        return ItemDirectory(read.region, read.item)
    except ValueError as exc:
        raise settings.SettingsError(f"{path}: {exc}") from exc


def share_line(
    line_id: str, quantity: Decimal, unit_price: Decimal, item: Item | None, approved: bool = True
) -> LineShare:
    """Divide one fee line (model, §3.1 stage 2): own, else over the ceiling, else first share, else in scope.

    `item` None means that the code is not in the directory.
    """
    amount_fen = line_amount_fen(quantity, unit_price)
    if item is None or item.item_class == "03" or (item.restricted and not approved):
        return LineShare(line_id, amount_fen, "03", WHOLE, amount_fen, 0, 0, 0, None)
    over_fen = 0
    if item.price_ceiling is not None and unit_price > item.price_ceiling:
        over_fen = round_fen((unit_price - item.price_ceiling) * quantity)
    pre_fen = round_fen(yuan(amount_fen - over_fen) * item.selfpay_ratio)
    return LineShare(
        line_id=line_id,
        amount_fen=amount_fen,
        item_class=item.item_class,
        selfpay_ratio=item.selfpay_ratio,
        own_fen=0,
        over_limit_fen=over_fen,
        pre_self_fen=pre_fen,
        in_scope_fen=amount_fen - over_fen - pre_fen,
        price_limit=item.price_ceiling,
    )
