"""Itemised list (wording, §2.2): every line with code, unit, price, class and share."""

from __future__ import annotations

from decimal import Decimal

from hw.printer.document import Document
from kiosk.domain.money import yuan_text
from kiosk.domain.receipt import ItemisedLine, ItemisedList
from kiosk.domain.slips import CopyMark
from kiosk.journeys.papers._sheet import Sheet, percent, plain
from kiosk.journeys.texts import Wording

_INDENT = 3


def itemised_list(facts: ItemisedList, wording: Wording, copy: CopyMark | None) -> Document:
    """The list. A line that belongs to another day than the rest carries its own date."""
    days = sorted({line.day for line in facts.lines})
    sheet = Sheet(wording, f"list {facts.receipt_no}")
    sheet.head(facts.issuer, "title.itemised", copy)
    sheet.field("receipt_no", facts.receipt_no)
    sheet.field("name", facts.name)
    span = wording.paper("days").fill(first=days[0], last=days[-1]).zh if days[1:] else f"{days[0]}"
    sheet.field("visit_date", span)
    sheet.rule()
    sheet.heading("item")
    sheet.heading("item_code")
    sheet.pair(
        f"{wording.paper('item_line').label}  {wording.paper('item_share').zh}", wording.paper("amount").zh
    )
    sheet.rule()
    for number, line in enumerate(facts.lines, 1):
        _line(sheet, number, line, wording, dated=len(days) > 1)
    sheet.rule()
    _totals(sheet, facts, wording)
    sheet.both("class_note")
    phones = f"{facts.issuer.price_phone} / {facts.issuer.complaint_phone}"
    sheet.text(f"{wording.paper('price_question').label}: {phones}")
    return sheet.document()


def _line(sheet: Sheet, number: int, line: ItemisedLine, wording: Wording, *, dated: bool) -> None:
    sheet.text(f"{number}. {line.name}")
    code = f"{line.code} ({wording.paper('own_code').label})" if line.own_code else line.code
    sheet.text(f"{code}  {line.day}" if dated else code, indent=_INDENT)
    item_class = wording.named("class", line.item_class).zh
    detail = f"{line.unit} {plain(line.quantity)} × {price(line.unit_price)}"
    share = f"{item_class}  {percent(line.selfpay_ratio)}"
    sheet.pair(f"{' ' * _INDENT}{detail}   {share}", yuan_text(line.amount_fen))
    if line.over_limit_fen:
        over = wording.paper("line_over_limit").label
        sheet.text(f"{over} {yuan_text(line.over_limit_fen)}", indent=_INDENT)


def _totals(sheet: Sheet, facts: ItemisedList, wording: Wording) -> None:
    total = wording.paper("line_total").fill(n=len(facts.lines))
    sheet.pair(total.label, yuan_text(facts.total_fen), bold=True)
    sheet.capital(facts.total_fen, indent=2)
    sheet.amount("of_which_pre_self", sum(line.pre_self_fen for line in facts.lines))
    sheet.amount("of_which_over_limit", sum(line.over_limit_fen for line in facts.lines), indent=5)
    sheet.amount("of_which_own", sum(line.own_fen for line in facts.lines), indent=5)


def price(unit_price: Decimal) -> str:
    """At least two decimals, more where the price has them: `12.5` -> `12.50`, `0.083500` -> `0.0835`."""
    whole, _, decimals = plain(unit_price).partition(".")
    return f"{whole}.{decimals:0<2}"
