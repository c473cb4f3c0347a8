"""Price inquiry: anybody, no identity, no network (S3-6.3.1)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from kiosk.catalogue import Catalogue, CatalogueError, Hit, Kind
from kiosk.journeys.desk import Desk, Leave
from kiosk.journeys.explain import plain_number
from kiosk.journeys.intents import Intent
from kiosk.journeys.views import Dock, NotPossible, PriceItem, PriceRow, PriceSearch

log = logging.getLogger(__name__)

NO_PRICES_AGAIN_S = 10.0
"""Without a price list: look again after so long."""

PAGE_ROWS = 5
"""As many hits as the screen shows at once (design, 18a and 18b)."""

TYPED_MAX = 20
SAME_MAX = 2

NO_DOCK_HOME = Dock(back=False, home=False)
"""In a price-inquiry role there is nothing to go back to."""


@dataclass(slots=True)
class Prices:
    """What price inquiry needs, and nothing else: it works with no network and no device."""

    desk: Desk
    catalogue: Catalogue | None
    path: Path | None = None
    fund_share: dict[str, Decimal] = field(default_factory=dict)  # by scheme, for estimates

    def follow_new_version(self) -> None:
        """A version that has gone live since is used from the next query on."""
        if self.path is not None and (self.catalogue is None or self.catalogue.stale()):
            if self.catalogue is not None:
                self.catalogue.close()
            self.catalogue = open_catalogue(self.path)


def open_catalogue(path: Path | None) -> Catalogue | None:
    """The price list, if there is one that can be read; a terminal settles without it too."""
    if path is None:
        return None
    try:
        return Catalogue(path)
    except CatalogueError as exc:
        log.error("price list: %s", exc)
        return None


@dataclass(slots=True)
class _Search:
    typed: str = ""
    kind: str = "all"
    first: int = 0

    def touched(self, intent: Intent) -> None:
        """A key, a kind or a page. A new query starts at its first hit."""
        match intent:
            case Intent(name="key", arg="clear"):
                self.typed, self.first = "", 0
            case Intent(name="key", arg="del"):
                self.typed, self.first = self.typed[:-1], 0
            case Intent(name="key", arg=key) if len(self.typed) < TYPED_MAX:
                self.typed, self.first = self.typed + key, 0
            case Intent(name="kind", arg=kind):
                self.kind, self.first = kind, 0
            case Intent(name="page", arg="next"):
                self.first += PAGE_ROWS
            case Intent(name="page", arg="previous"):
                self.first = max(self.first - PAGE_ROWS, 0)
            case _:
                pass


async def ask_price(t: Prices, *, alone: bool = False) -> None:
    """Until the person leaves. `alone`: a price-inquiry terminal, which has no other journey."""
    dock = NO_DOCK_HOME if alone else None
    search = _Search()
    while True:
        t.follow_new_version()
        view = _view(t.catalogue, search) if t.catalogue else None
        if view is None:
            await _no_prices(t, dock)
            return
        t.desk.show(view, dock=dock)
        match await t.desk.next():
            case Intent(name="item", arg=code):
                await _item(t, code)
            case Intent() as intent:
                search.touched(intent)
            case _:
                pass


async def _no_prices(t: Prices, dock: Dock | None) -> None:
    """The list is being changed or cannot be read; the counter's answer prevails."""
    t.desk.show(NotPossible("CT-01", ""), dock=dock)
    await t.desk.next(within_s=NO_PRICES_AGAIN_S)


def _view(catalogue: Catalogue, search: _Search) -> PriceSearch | None:
    try:
        return _search_view(catalogue, search)
    except CatalogueError as exc:
        log.error("price list: %s", exc)
        return None


def _search_view(catalogue: Catalogue, search: _Search) -> PriceSearch:
    kind = None if search.kind == "all" else Kind(search.kind)
    if search.typed:
        page = catalogue.search(search.typed, kind, limit=PAGE_ROWS, offset=search.first)
        if search.first and not page.hits:
            search.first = max(search.first - PAGE_ROWS, 0)
            page = catalogue.search(search.typed, kind, limit=PAGE_ROWS, offset=search.first)
        hits, found = page.hits, page.total
    else:
        hits = catalogue.common(kind, limit=PAGE_ROWS)
        found = len(hits)
    return PriceSearch(
        typed=search.typed,
        kind=search.kind,
        rows=tuple(_row(hit) for hit in hits),
        found=found,
        first=search.first,
        page_rows=PAGE_ROWS,
        as_of=catalogue.meta.as_of.isoformat(),
        complaint=catalogue.meta.complaint,
    )


def _row(hit: Hit) -> PriceRow:
    return PriceRow(
        code=hit.code,
        name=hit.name,
        spec=hit.spec,
        unit=hit.unit,
        price_fen=hit.price_fen or 0,
        item_class=hit.class_,
        kind=str(hit.kind),
    )


async def _item(t: Prices, code: str) -> None:
    """19. Back and "another one" both return to the search."""
    assert t.catalogue is not None, "items are looked up in a catalogue"
    hit = t.catalogue.item(code)
    if hit is None:
        return
    scheme = "employee"
    while True:
        t.desk.show(_item_view(t, hit, scheme))
        try:
            match await t.desk.next():
                case Intent(name="scheme", arg=chosen):
                    scheme = chosen
                case Intent(name="again"):
                    return
                case Intent(name="item", arg=other):
                    hit = t.catalogue.item(other) or hit
                case _:
                    pass
        except Leave as leave:
            if leave.why == "back":
                return
            raise


def _item_view(t: Prices, hit: Hit, scheme: str) -> PriceItem:
    assert t.catalogue is not None, "items are looked up in a catalogue"
    fund, you = _estimate(hit, t.fund_share.get(scheme))
    return PriceItem(
        row=_row(hit),
        maker=hit.maker,
        prescription=hit.prescription,
        limit_fen=hit.price_ceiling_fen,
        scheme=scheme,
        fund_percent=plain_number(t.fund_share.get(scheme, Decimal(0)) * 100),
        first_percent=plain_number(hit.preself_ratio * 100),
        estimate_fund_yuan=fund,
        estimate_you_yuan=you,
        same=tuple(_row(other) for other in t.catalogue.same_ingredient(hit.code, limit=SAME_MAX)),
        as_of=t.catalogue.meta.as_of.isoformat(),
        complaint=t.catalogue.meta.complaint,
    )


def _estimate(hit: Hit, fund_share: Decimal | None) -> tuple[int | None, int | None]:
    """Whole yuan, marked as an estimate: the usual share of the fund, without deductible or history."""
    if hit.price_fen is None or fund_share is None or hit.class_ == "丙":
        return None, None
    counted = Decimal(min(hit.price_fen, hit.price_ceiling_fen or hit.price_fen))
    fund_fen = counted * (1 - hit.preself_ratio) * fund_share
    fund = int((fund_fen / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    whole = int((Decimal(hit.price_fen) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return fund, whole - fund


async def lobby(prices: Prices) -> None:
    """A price-inquiry terminal: nothing but this, for ever."""
    while True:
        prices.desk.fresh_start()
        try:
            await ask_price(prices, alone=True)
        except Leave:
            continue
