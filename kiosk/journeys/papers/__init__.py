"""The papers in the patient's hand, composed line by line for the receipt printer.

Frozen facts come in (`kiosk.domain.receipt`, `kiosk.domain.slips`), a printer document comes out: no clock,
no device, and of the person only what the facts hold, masked. Labels are bilingual, amounts to the cent, zero
rows are printed. The same facts with a copy mark give the copy. Layout: wording, §2.
"""

from __future__ import annotations

from typing import assert_never

from hw.printer.document import Document
from kiosk.domain.receipt import ItemisedList, Statement
from kiosk.domain.slips import BeingChecked, CopyMark, Guidance, NotUsed, Paper, RefundSlip
from kiosk.journeys.papers._claims import guidance, not_used
from kiosk.journeys.papers._itemised import itemised_list
from kiosk.journeys.papers._slips import being_checked, refund_slip
from kiosk.journeys.papers._statement import statement
from kiosk.journeys.texts import Wording

__all__ = ["compose"]


def compose(paper: Paper, wording: Wording, copy: CopyMark | None = None) -> Document:
    """The document of a paper, ready for any printer driver. Total: facts that exist can be printed."""
    match paper:
        case Statement():
            return statement(paper, wording, copy)
        case ItemisedList():
            return itemised_list(paper, wording, copy)
        case BeingChecked():
            return being_checked(paper, wording, copy)
        case RefundSlip():
            return refund_slip(paper, wording, copy)
        case Guidance():
            return guidance(paper, wording, copy)
        case NotUsed():
            return not_used(paper, wording, copy)
        case _:
            assert_never(paper)
