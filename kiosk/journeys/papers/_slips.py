"""Slips about money on its way: being checked (wording, §2.7) and refund (§2.6)."""

from __future__ import annotations

from hw.printer.document import Document
from kiosk.domain.attempt import reference
from kiosk.domain.money import yuan_text
from kiosk.domain.slips import BeingChecked, CopyMark, RefundSlip
from kiosk.journeys.papers._sheet import Sheet, clock
from kiosk.journeys.texts import Text, Wording


def being_checked(facts: BeingChecked, wording: Wording, copy: CopyMark | None) -> Document:
    """The slip for an unknown outcome. Says "you paid" only when the payment is proven."""
    title = wording.paper("title.checking_refund" if facts.refund else "title.checking")
    sheet = Sheet(wording, f"being-checked {reference(facts.attempt_id)}")
    sheet.copy_mark(copy)
    sheet.title(title.zh, bold=True)
    sheet.title(title.en, bold=True)
    sheet.title(facts.issuer.hospital)
    sheet.rule(heavy=True)
    sheet.field("reference", reference(facts.attempt_id), bold=True)
    if facts.name:
        sheet.field("name", facts.name)
    sheet.field("business", wording.paper("business.refund" if facts.refund else "business.bill").label)
    sheet.amount("total_cny", facts.total_fen)
    sheet.amount(_cash_label(facts), facts.cash_fen)
    if facts.channel:
        sheet.field("channel", _channel(facts.channel, facts.tail, wording))
    sheet.made(facts.at, facts.issuer.place)
    sheet.rule()
    _explain(sheet, facts, wording)
    sheet.rule()
    sheet.lookup(facts.issuer.lookup(facts.attempt_id))
    sheet.phones(facts.issuer)
    return sheet.document()


def _cash_label(facts: BeingChecked) -> str:
    if facts.refund:
        return "back_cny"
    return "paid_cny" if facts.phrase == "M1" else "due_cny"


def _explain(sheet: Sheet, facts: BeingChecked, wording: Wording) -> None:
    """What happened, what became of the money, what to do: first all in Chinese, then in English."""
    kind = "refund" if facts.refund else facts.phrase
    do = wording.paper("checking.do.refund" if facts.refund else "checking.do")
    answers: list[Text] = [
        wording.paper(f"checking.what.{kind}"),
        wording.paper(f"checking.money.{kind}"),
        do.fill(time=f"{facts.check_after:%H:%M}", desk=facts.desk),
    ]
    if not facts.refund:
        answers.insert(0, wording.phrases[facts.phrase])
    for answer in answers:
        sheet.text(answer.zh)
    sheet.rule()
    for answer in answers:
        sheet.text(answer.en)


def refund_slip(facts: RefundSlip, wording: Wording, copy: CopyMark | None) -> Document:
    """The refund slip: how much, where each part goes, and whether it has arrived."""
    sheet = Sheet(wording, f"refund {reference(facts.refund_id)}")
    sheet.head(facts.issuer, "title.refund", copy)
    sheet.field("refund_no", facts.receipt_no or reference(facts.refund_id))
    sheet.field("original_no", facts.original_receipt_no)
    sheet.field("name", facts.name)
    sheet.field("reason", facts.reason)
    sheet.amount("refund_cny", facts.total_fen)
    sheet.capital(facts.total_fen)
    sheet.rule()
    sheet.heading("routes")
    phone = _channel(facts.channel, facts.tail, wording) if facts.channel else wording.paper("to_phone").label
    sheet.pair(f"  {phone}", yuan_text(facts.cash_fen))
    sheet.amount("to_account", facts.account_fen, indent=2)
    sheet.amount("to_family", facts.family_fen, indent=2)
    sheet.amount("to_fund", facts.fund_fen, indent=2)
    sheet.field("state", wording.named("state", facts.state).label, bold=True)
    sheet.field("accepted_at", clock(facts.at))
    sheet.field("terminal", facts.issuer.place)
    sheet.rule()
    if facts.cash_fen:
        sheet.both(f"refund_note.{facts.state}")
    if facts.state == "processing":
        sheet.both("refund_again")
    sheet.lookup(facts.issuer.lookup(facts.refund_id))
    sheet.phones(facts.issuer)
    return sheet.document()


def _channel(channel: str, tail: str, wording: Wording) -> str:
    """`微信支付 WeChat Pay …8842`."""
    name = wording.named("channel", channel).label
    return f"{name} …{tail}" if tail else name
