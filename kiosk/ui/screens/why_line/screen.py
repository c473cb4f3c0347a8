"""08: the reason worked out in three steps, with the source and since when it holds."""

from __future__ import annotations

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import WhyLine
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.amounts import date_words, percent_words, rest_percent, share_words
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.journey import Station
from kiosk.ui.widgets.split import Part

_HEADS = {
    "pre_self": "why8.pre",
    "shared": "why8.co",
    "own": "why8.own",
    "over_limit": "why8.over",
    "deductible": "why8.ded",
}


class WhyLinePage(Page):
    """One reason, worked out with the numbers of the agency."""

    MOCKUP = "08_why_line"

    def head(self, view: WhyLine) -> str:
        """The question that the patient has."""
        amount = yuan_text(view.reason.amount_fen)
        if view.reason.key == "pre_self" and view.reason.items <= 1:
            return tr("pre.head", amount=amount, unit=view.unit or tr("pre.unit"))
        return tr(_HEADS[view.reason.key], amount=amount)

    def whole_fen(self, view: WhyLine) -> int:
        """What the bar divides: the item's price, or what is in scope."""
        return view.reason.item_fen or view.reason.base_fen or view.reason.amount_fen

    def divides(self, view: WhyLine) -> bool:
        """Whether there is anything to divide: a part of the whole is someone else's."""
        return self.whole_fen(view) > view.reason.amount_fen

    def detail(self, view: WhyLine) -> str:
        """Size, unit price and how many."""
        price = tr("why8.price", price=view.unit_price) if view.unit_price else ""
        bought = f"{price} × {view.reason.quantity}" if price and view.reason.quantity else price
        return tr("why8.comma").join(part for part in (view.spec, bought) if part)

    def item(self, view: WhyLine) -> str:
        """What it is about; where several lines stand behind it, how many."""
        if view.reason.key in ("shared", "deductible"):
            return tr("why8.all")
        return view.reason.item or tr("why.n", n=view.reason.items)

    def parts(self, view: WhyLine) -> tuple[Part, ...]:
        """The patient's part, and what goes into the sum that is shared."""
        rest_fen = self.whole_fen(view) - view.reason.amount_fen
        amount = yuan_text(view.reason.amount_fen)
        into = tr("why8.fund" if view.reason.key == "shared" else "pre.in", amount=yuan_text(rest_fen))
        return (
            Part("you", view.reason.amount_fen, amount),
            Part("into", rest_fen, into, yuan_text(rest_fen)),
        )

    def left_words(self, view: WhyLine) -> str:
        """Below the patient's part."""
        if view.reason.key == "pre_self" and view.reason.ratio_percent:
            return tr("pre.first", share=share_words(view.reason.ratio_percent))
        return tr("split.you")

    def right_words(self, view: WhyLine) -> str:
        """Below the rest."""
        if view.reason.key == "pre_self" and view.reason.ratio_percent:
            return tr("pre.rest", share=share_words(rest_percent(view.reason.ratio_percent)))
        return ""

    def steps(self, view: WhyLine) -> tuple[Station, ...]:
        """Three plain steps."""
        return tuple(Station(head, sub, "plain") for head, sub in _steps(view, self.whole_fen(view)))

    def source(self, view: WhyLine) -> str:
        """Where it is written, and since when."""
        return tr("pre.src", source=view.source, date=date_words(view.source_date)) if view.source else ""


def _steps(view: WhyLine, whole_fen: int) -> list[tuple[str, str]]:
    row = view.reason
    amount, whole = yuan_text(row.amount_fen), yuan_text(whole_fen)
    rest = yuan_text(whole_fen - row.amount_fen)
    fund = share_words(view.fund_percent) if view.fund_percent else ""
    you = share_words(rest_percent(view.fund_percent)) if view.fund_percent else ""
    shared = (tr("pre.3", amount=rest), tr("pre.3s", fund=fund, you=you) if fund else "")
    match row.key:
        case "pre_self" if not row.ratio_percent:
            return [(tr("pre.1"), tr("pre.1s")), (tr("why8.pre.2", n=row.items, amount=amount), "")]
        case "pre_self":
            exact = percent_words(row.ratio_percent)
            return [
                (tr("pre.1"), tr("pre.1s")),
                (tr("pre.2", percent=exact), tr("pre.2s", amount=whole, percent=exact, first=amount)),
                shared,
            ]
        case "own":
            return [
                (tr("why8.own.1"), tr("why8.own.1s")),
                (tr("why8.own.2", amount=amount), tr("why8.own.2s")),
            ]
        case "over_limit" if not row.base_fen:
            return [(tr("why8.over.n"), ""), (tr("why8.over.2", amount=amount), "")]
        case "over_limit":
            limit = yuan_text(row.base_fen)
            return [
                (tr("why8.over.1", limit=limit), tr("why8.over.1s", whole=whole)),
                (
                    tr("why8.over.2", amount=amount),
                    tr("why8.over.2s", whole=whole, limit=limit, amount=amount),
                ),
                (tr("pre.3", amount=limit), shared[1]),
            ]
        case "deductible":
            return [(tr("why8.ded.1"), tr("why8.ded.1s")), (tr("why8.ded.2", amount=amount), "")]
        case "shared":
            ratio = share_words(row.ratio_percent)
            return [
                (tr("why8.co.1", base=whole), tr("why8.co.1s")),
                (tr("why8.co.2", share=ratio), tr("why8.co.2s", amount=rest)),
                (tr("why8.co.3", amount=amount), tr("why8.co.3s")),
            ]
    raise ValueError(f"no explanation for the reason {row.key!r}")


load_kv(__file__)
