"""07: the amount that leaves the patient's pocket, the bar with three hands, and the reasons.

The reasons are rows of the agency's own result. Which of them the account paid is not
said, because the agency does not say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kivy.properties import NumericProperty

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import ReasonRow, WhoPays
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.amounts import share_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.basics import Words
from kiosk.ui.widgets.flex import Beside
from kiosk.ui.widgets.lists import Repeat, TapRow
from kiosk.ui.widgets.notices import Chip
from kiosk.ui.widgets.split import Part

REASONS_MAX = 4
"""Rows that fit; the largest are shown and the rest is summed up in one line."""


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """A reason in words. `key` is what a touch on it says; empty for the row of the rest."""

    key: str
    head: str
    sub: str
    fen: int


def parts(view: WhoPays) -> tuple[Part, ...]:
    """The bar: fund, account (with the family's), the patient, the hospital if it bears a part."""
    account_fen = view.account_fen + view.family_fen
    return (
        Part("fund", view.fund_fen, tr("bar.fund", amount=yuan_text(view.fund_fen)), tr("bar.fund0")),
        Part("acct", account_fen, tr("bar.acct", amount=yuan_text(account_fen)), tr("bar.acct0")),
        Part("you", view.cash_fen, tr("bar.you")),
        Part("hosp", view.hospital_fen),
    )


def reasons(view: WhoPays) -> tuple[ReasonWords, ...]:
    """The reasons, largest first, at most `REASONS_MAX` rows."""
    rows = sorted(view.reasons, key=lambda row: -row.amount_fen)
    if len(rows) <= REASONS_MAX:
        return tuple(_words(row) for row in rows)
    shown, rest = rows[: REASONS_MAX - 1], rows[REASONS_MAX - 1 :]
    rest_fen = sum(row.amount_fen for row in rest)
    more = tr("why.more", n=len(rest), amount=yuan_text(rest_fen))
    return (*(_words(row) for row in shown), ReasonWords("", more, "", rest_fen))


def not_by_fund_fen(view: WhoPays) -> int:
    """What the fund does not pay: the sum that the reasons explain."""
    return sum(row.amount_fen for row in view.reasons)


def _words(row: ReasonRow) -> ReasonWords:
    several = row.items > 1 or not row.item
    item = tr("why.n", n=row.items) if several else row.item
    match row.key:
        case "shared":
            base = yuan_text(row.base_fen)
            share = share_words(row.ratio_percent) if row.ratio_percent else ""
            sub = tr("why.co.s", base=base, share=share) if share else tr("why.co.s0", base=base)
            return ReasonWords(row.key, tr("why.co"), sub, row.amount_fen)
        case "own":
            sub = item if several else tr("why.own.s", item=item, quantity=row.quantity)
            return ReasonWords(row.key, tr("why.own"), sub, row.amount_fen)
        case "pre_self":
            share = share_words(row.ratio_percent) if row.ratio_percent else tr("why.pre.part")
            head = tr("why.pre", share=share)
            sub = tr("why.pre.s", item=item, quantity=row.quantity, amount=yuan_text(row.item_fen))
            return ReasonWords(row.key, head, item if several else sub, row.amount_fen)
        case "over_limit":
            sub = tr("why.over.s", item=item, amount=yuan_text(row.item_fen), base=yuan_text(row.base_fen))
            return ReasonWords(row.key, tr("why.over"), item if several else sub, row.amount_fen)
        case "deductible":
            return ReasonWords(row.key, tr("why.ded"), tr("why.ded.s"), row.amount_fen)
    raise ValueError(f"no words for the reason {row.key!r}")


class ReasonList(Repeat):
    """The reasons as rows that lead one touch deeper. Dispatches `on_open` with the key."""

    __events__ = ("on_open",)

    def make(self) -> TapRow:
        row = TapRow(row_h=98, row_pad=6, sub_lines_max=1)
        row.bind(on_tap=lambda touched: self.dispatch("on_open", touched.arg))
        return row

    def dress(self, row: Any, item: Any, index: int) -> None:
        row.text, row.sub, row.fen, row.arg = item.head, item.sub, item.fen, item.key
        row.chevron = row.enabled = bool(item.key)

    def on_open(self, key: str) -> None:
        """Default: nothing; the layout tells it."""


TIGHT_FROM_FEN = 1_000_000
"""From 10,000.00 on the three sums stand closer."""


class Equation(Beside):
    """own part - account = you, in the patient's own amounts."""

    sum_fen = NumericProperty(0)
    account_fen = NumericProperty(0)
    cash_fen = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(gap=20, pad=[0, 16, 0, 0], **kwargs)
        self._chips = (Chip(tone="neutral"), Chip(tone="acct"), Chip(tone="you"))
        for sign, chip in zip(("", "−", "="), self._chips, strict=True):
            if sign:
                self.add_widget(Words(text=sign, bold=True))
            self.add_widget(chip)
        for name in ("sum_fen", "account_fen", "cash_fen"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        amounts = (self.sum_fen, self.account_fen, self.cash_fen)
        tight = max(amounts) >= TIGHT_FROM_FEN
        self.gap = 12 if tight else 20
        for chip, key, fen in zip(self._chips, ("why.eq1", "why.eq2", "why.eq3"), amounts, strict=True):
            chip.text = tr(key, amount=yuan_text(int(fen)))
            chip.pad = [10, 6, 10, 6] if tight else [18, 6, 18, 6]


class WhoPaysPage(Page):
    """The screen that the product is for."""

    MOCKUP = "07_who_pays"

    def parts(self, view: WhoPays) -> tuple[Part, ...]:
        """For the layout: see `parts`."""
        return parts(view)

    def reasons(self, view: WhoPays) -> tuple[ReasonWords, ...]:
        """For the layout: see `reasons`."""
        return reasons(view)

    def reason_fen(self, view: WhoPays) -> int:
        """For the layout: see `not_by_fund_fen`."""
        return not_by_fund_fen(view)

    def account_words(self, view: WhoPays) -> str:
        """What the account is, and what is left in it where the agency says so."""
        if view.balance_fen > 0:
            return tr("split.acct.s", balance=yuan_text(view.balance_fen))
        return tr("split.acct.s0")

    def go_words(self, view: WhoPays) -> str:
        """What the filled button will do."""
        if view.cash_fen == 0:
            return tr("split.pay0")
        return tr("split.pay", amount=yuan_text(view.cash_fen))


load_kv(__file__)
