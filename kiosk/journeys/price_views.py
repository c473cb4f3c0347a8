"""What is to be seen of prices: no person in it, so these screens work for anybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One hit."""

    code: str
    name: str
    spec: str
    unit: str
    price_fen: int
    item_class: str
    kind: str  # medicine, service, supply


@dataclass(frozen=True, slots=True)
class PriceSearch:
    """18a, 18b. `landscape` in the lobby."""

    typed: str
    kind: str
    rows: tuple[PriceRow, ...]
    found: int
    first: int  # index of the first row shown
    page_rows: int
    as_of: str
    complaint: str


@dataclass(frozen=True, slots=True)
class PriceItem:
    """19. The estimate is marked as one and never to the cent; None when there is nothing to say."""

    row: PriceRow
    maker: str
    prescription: bool
    limit_fen: int | None  # what insurance counts at most
    scheme: str  # employee, resident, none
    fund_percent: str
    first_percent: str
    estimate_fund_yuan: int | None
    estimate_you_yuan: int | None
    same: tuple[PriceRow, ...]
    as_of: str
    complaint: str
