"""13: nobody here knows yet what became of a payment. It says so, and what to do: nothing.

There is no button to try again. The reference stays until the patient leaves.
"""

from __future__ import annotations

from kiosk.domain.money import yuan_text
from kiosk.journeys.views import BeingChecked
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr


class UnknownPage(Page):
    """Three cases: the payment is proven (M1), it is itself not known (M1b), a refund is under way."""

    MOCKUP = "13_unknown"

    def case(self, view: BeingChecked) -> str:
        """paid, unproven or refund."""
        if view.refund:
            return "refund"
        return "paid" if view.phrase == "M1" else "unproven"

    def words(self, view: BeingChecked, key: str) -> str:
        """A text of this case; the drawn one is the case of a proven payment."""
        case = self.case(view)
        name = f"unk.{key}" if case == "paid" else f"unk.{case}.{key}"
        return tr(name, amount=yuan_text(view.cash_fen))

    def code(self, view: BeingChecked) -> str:
        """For staff: the code and when it was shown."""
        return " / ".join(part for part in (view.code, view.seen_at) if part)

    def leave_words(self, view: BeingChecked) -> str:
        """What the button does: the slip is printed by itself."""
        return tr("unk.leave" if view.printed else "unk.leave.noslip")


load_kv(__file__)
