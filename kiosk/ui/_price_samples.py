"""The sample views of the price inquiry; `z` chooses between the two languages."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.journeys import views

_AS_OF = "2026-11-21T06:00:00+08:00"


def search(z: Callable[[str, str], str]) -> views.PriceSearch:
    """18: five hits for four initials."""
    box, each = z("盒", "box"), z("次", "test")
    rows = (
        ("盐酸二甲双胍缓释片", "Metformin SR tablets", "0.5 克 × 60 片", "0.5 g × 60", 2200, "乙"),
        ("二甲双胍片", "Metformin tablets", "0.25 克 × 48 片", "0.25 g × 48", 680, "甲"),
        ("二甲双胍格列本脲片", "Metformin/glibenclamide", "复方 × 30 片", "compound × 30", 3150, "乙"),
        ("二甲双胍恩格列净片", "Metformin/empagliflozin", "复方 × 14 片", "compound × 14", 5820, "乙"),
        ("二甲双胍血药浓度测定", "Metformin blood level", "检验", "test", 12000, "丙"),
    )
    hits = []
    for index, (zh, en, spec_zh, spec_en, price_fen, item_class) in enumerate(rows):
        service = index == 4
        hits.append(
            views.PriceRow(
                code=f"X{index}",
                name=z(zh, en),
                spec=z(spec_zh, spec_en),
                unit=each if service else box,
                price_fen=price_fen,
                item_class=item_class,
                kind="service" if service else "medicine",
            )
        )
    return views.PriceSearch("EJSG", "all", tuple(hits), 5, 0, 5, _AS_OF, "000-8800")


def item(z: Callable[[str, str], str]) -> views.PriceItem:
    """19: the first of them, with an estimate."""
    rows = search(z).rows
    return views.PriceItem(
        row=rows[0],
        maker=z("示例药业", "Sample Pharma"),
        prescription=True,
        limit_fen=2500,
        scheme="employee",
        fund_percent="60",
        first_percent="10",
        estimate_fund_yuan=12,
        estimate_you_yuan=10,
        same=(rows[1], rows[2]),
        as_of=_AS_OF,
        complaint="000-8800",
    )
