"""26: what goes back, and where each part goes. The same bar as when it was paid."""

from __future__ import annotations

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import RefundOffer
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text import i18n
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.split import Part


class RefundPage(Page):
    """Whole settlements only; no cash is paid out."""

    MOCKUP = "26_refund"

    def total_fen(self, view: RefundOffer) -> int:
        """Everything that goes back."""
        return view.fund_fen + view.account_fen + view.cash_fen

    def total(self, view: RefundOffer) -> str:
        """The same in words."""
        return yuan_text(self.total_fen(view))

    def parts(self, view: RefundOffer) -> tuple[Part, ...]:
        """The bar."""
        fund, account, cash = (yuan_text(fen) for fen in (view.fund_fen, view.account_fen, view.cash_fen))
        return (
            Part("fund", view.fund_fen, tr("rf.bf", amount=fund), tr("bar.fund0")),
            Part("acct", view.account_fen, tr("rf.ba", amount=account), tr("bar.acct0")),
            Part("you", view.cash_fen, cash, tr("bar.you")),
        )

    def account_sub(self, view: RefundOffer) -> str:
        """When the account has it back, and the balance where it is known."""
        if view.balance_after_fen is None:
            return tr("rf.2s0")
        return tr("rf.2s", balance=yuan_text(view.balance_after_fen))

    def phone_head(self, view: RefundOffer) -> str:
        """The wallet that paid, by its name where there is one."""
        key = f"channel.{view.channel}"
        return tr(key) if view.channel and i18n.has(key) else tr("rf.3")


load_kv(__file__)
