"""Papers for what could not be done here: directions to a window, and the note for a manual claim (§2.11)."""

from __future__ import annotations

from hw.printer.document import Document
from kiosk.domain.slips import CopyMark, Guidance, NotUsed
from kiosk.journeys.papers._sheet import Sheet
from kiosk.journeys.texts import Wording

_PRINTED = ("claim.statement", "claim.list", "claim.note")
_TO_ADD = ("claim.id", "claim.record", "claim.prescription", "claim.bank")


def guidance(facts: Guidance, wording: Wording, copy: CopyMark | None) -> Document:
    """Directions: what happened, what became of the money, which window, what to bring."""
    sheet = Sheet(wording, f"directions {facts.code}")
    sheet.head(facts.issuer, "title.guidance", copy)
    text = wording.codes[facts.code].text
    sheet.said(text.fill(code=facts.code, desk=facts.desk, **dict(facts.values)))
    if facts.phrase:
        sheet.said(wording.phrases[facts.phrase], bold=True)
    sheet.rule()
    window = wording.paper("at_window").fill(desk=facts.desk)
    sheet.field("go_to", " ".join(filter(None, (facts.desk_place, window.zh))), bold=True)
    sheet.text(window.en, indent=2)
    if facts.bill_title:
        sheet.field("bill", facts.bill_title)
        sheet.amount("bill_cny", facts.amount_fen)
    if facts.bring:
        sheet.heading("bring")
        for thing in facts.bring:
            sheet.text(f"[ ] {wording.paper(f'bring.{thing}').label}", indent=2)
    if facts.self_pay:
        sheet.said(wording.phrases["N2"])
    sheet.rule()
    sheet.field("for_staff", facts.code, bold=True)
    sheet.made(facts.at, facts.issuer.place)
    sheet.phones(facts.issuer)
    return sheet.document()


def not_used(facts: NotUsed, wording: Wording, copy: CopyMark | None) -> Document:
    """The note that insurance was not used, and below it what a manual claim needs besides."""
    sheet = Sheet(wording, f"insurance-not-used {facts.receipt_no}")
    sheet.head(facts.issuer, "title.not_used", copy)
    sheet.field("institution", facts.issuer.institution_code)
    sheet.field("receipt_no", facts.receipt_no)
    sheet.field("name", facts.name)
    sheet.field("visit", f"{facts.visit_day} {wording.named('med_type', facts.med_type).label}")
    sheet.field("why", _why(facts.code, wording))
    sheet.amount("paid_in_full", facts.paid_fen)
    sheet.capital(facts.paid_fen, indent=2)
    sheet.both("not_used.text")
    sheet.said(wording.phrases["M4"])
    sheet.made(facts.at, facts.issuer.place)
    sheet.rule()
    _checklist(sheet, facts, wording)
    sheet.rule()
    sheet.both("claim.rules", phone=facts.issuer.complaint_phone)
    sheet.lookup(facts.issuer.lookup(facts.attempt_id))
    return sheet.document()


def _why(code: str, wording: Wording) -> str:
    """Why insurance was not used, in words of its own: the code's text still speaks of before the payment."""
    known = wording.papers.get(f"why.{code}", wording.paper("why."))
    return f"{known.label} ({code})"


def _checklist(sheet: Sheet, facts: NotUsed, wording: Wording) -> None:
    sheet.title(wording.paper("title.claim").label)
    sheet.heading("claim.printed")
    for key in _PRINTED:
        sheet.heading(key)
    sheet.heading("claim.add")
    for key in _TO_ADD:
        sheet.heading(key)
    sheet.heading("claim.injury")
    sheet.heading("claim.cause")
    sheet.heading("claim.agent")
    sheet.heading("claim.agent_id")
