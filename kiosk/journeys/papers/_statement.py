"""Outpatient settlement statement (wording, §2.1)."""

from __future__ import annotations

from hw.printer.document import Document
from kiosk.domain.bill import NextStep
from kiosk.domain.money import yuan_text
from kiosk.domain.receipt import Holder, Statement
from kiosk.domain.slips import CopyMark
from kiosk.domain.split import reasons
from kiosk.journeys.papers._sheet import Sheet, clock, percent
from kiosk.journeys.texts import Wording


def statement(facts: Statement, wording: Wording, copy: CopyMark | None) -> Document:
    """The statement. Outside insurance the parts that only insurance has are not there."""
    sheet = Sheet(wording, f"statement {facts.receipt_no}")
    sheet.head(facts.issuer, "title.statement", copy)
    _numbers(sheet, facts)
    sheet.rule()
    _person(sheet, facts, wording)
    sheet.rule()
    _categories(sheet, facts, wording)
    sheet.rule()
    if facts.insured:
        _policy(sheet, facts)
    _payers(sheet, facts)
    if facts.insured:
        sheet.rule()
        _share(sheet, facts)
    sheet.rule()
    _payment(sheet, facts, wording)
    for step in facts.next_steps:
        _next_step(sheet, step, wording)
    sheet.rule()
    sheet.lookup(facts.issuer.lookup(facts.attempt_id))
    sheet.both("lookup_note")
    if facts.invoice.qr_text:
        sheet.foreign_code(facts.invoice.qr_text)
        sheet.both("invoice_note")
    sheet.phones(facts.issuer)
    return sheet.document()


def _numbers(sheet: Sheet, facts: Statement) -> None:
    sheet.field("institution", facts.issuer.institution_code)
    if facts.insured:
        sheet.field("setl_id", facts.setl_id)
        sheet.field("mdtrt_id", facts.mdtrt_id)
    sheet.field("receipt_no", facts.receipt_no)
    sheet.field("settled_at", clock(facts.settled_at))
    sheet.field("terminal", facts.issuer.place)


def _person(sheet: Sheet, facts: Statement, wording: Wording) -> None:
    holder = facts.holder
    sheet.field("name", _who(holder, wording))
    sheet.field("cert", f"{wording.named('cert', holder.cert_type).label} {holder.cert_no}")
    if facts.insured:
        sheet.field("scheme", wording.named("scheme", holder.insutype).label)
        sheet.field("psn_type", wording.named("psn_type", holder.psn_type[:2]).label)
        sheet.field("insured_place", holder.insured_place)
    else:
        sheet.field("scheme", wording.paper("no_scheme").label)
    visit = facts.visit
    sheet.field("med_type", wording.named("med_type", visit.med_type).label)
    sheet.field("department", f"{visit.department} / {visit.doctor}")
    sheet.field("diagnosis", f"{visit.diagnosis} {visit.diagnosis_code}")


def _who(holder: Holder, wording: Wording) -> str:
    """`测*甲   男 M   36岁`; an age nobody said is left out."""
    parts = [holder.name, wording.named("sex", holder.sex).label]
    if holder.age is not None:
        parts.append(wording.paper("age").fill(age=holder.age).zh)
    return "   ".join(parts)


def _categories(sheet: Sheet, facts: Statement, wording: Wording) -> None:
    sheet.pair(wording.paper("categories").label, wording.paper("cny").label)
    for row in facts.categories:
        sheet.pair(f"  {wording.named('category', row.category).label}", yuan_text(row.amount_fen))
    sheet.amount("total", facts.split.total_fen)
    sheet.capital(facts.split.total_fen, indent=2)


def _policy(sheet: Sheet, facts: Statement) -> None:
    split = facts.split
    sheet.heading("policy")
    sheet.amount("own", split.own_fen, indent=2)
    sheet.amount("over_limit", split.over_limit_fen, indent=2)
    sheet.amount("pre_self", split.pre_self_fen, indent=2)
    sheet.amount("in_scope", split.in_scope_fen, indent=2)


def _payers(sheet: Sheet, facts: Statement) -> None:
    split = facts.split
    sheet.heading("payers" if facts.insured else "payers_only")
    if facts.insured:
        rows = {
            "pooled": split.pooled_fen,
            "serious": split.serious_fen,
            "large": split.large_fen,
            "civil": split.civil_fen,
            "enterprise": split.enterprise_fen,
            "aid": split.aid_fen,
            "other": split.other_fen,
            "hospital": split.hospital_fen,
            "account": split.account_fen,
            "family": split.family_fen,
        }
        for key, amount_fen in rows.items():
            sheet.amount(key, amount_fen, indent=2)
    sheet.amount("cash", split.cash_fen, indent=2, bold=True)
    sheet.capital(split.cash_fen, indent=2)


def _share(sheet: Sheet, facts: Statement) -> None:
    """The person's part, divided by what the agency said; the rows sum to it."""
    split = facts.split
    parts = {reason.key: reason.amount_fen for reason in reasons(split, ())}
    outside = split.own_fen + split.over_limit_fen + split.pre_self_fen
    sheet.heading("share")
    sheet.amount("deductible", parts.get("deductible", 0), indent=2)
    sheet.amount("shared", parts.get("shared", 0), indent=2)
    sheet.amount("outside", outside, indent=2)
    sheet.amount("sum", split.person_fen, indent=2)
    if facts.deductible_so_far_fen is not None:
        sheet.amount("deductible_so_far", facts.deductible_so_far_fen)
    if split.pooled_ratio:  # 0 while a fund pays means: the agency did not say
        sheet.field("fund_ratio", percent(split.pooled_ratio))
    sheet.amount("balance", split.balance_fen)


def _payment(sheet: Sheet, facts: Statement, wording: Wording) -> None:
    if facts.payment is None:
        sheet.field("payment", wording.paper("nothing_to_pay").label)
    else:
        sheet.field("payment", wording.named("channel", facts.payment.channel).label)
        if facts.payment.tail:
            sheet.field("channel_no", wording.paper("tail").fill(tail=facts.payment.tail).zh)
    invoice = facts.invoice
    if invoice.state != "none":
        sheet.field("invoice", wording.named("invoice", invoice.state).label)
    for key, value in (
        ("bill_code", invoice.bill_code),
        ("bill_no", invoice.bill_no),
        ("check_code", invoice.check_code),
    ):
        if value:
            sheet.field(key, value)


def _next_step(sheet: Sheet, step: NextStep, wording: Wording) -> None:
    """`取药:门诊一楼 3号窗口`: the hospital's own words, and in English what can be said of them."""
    window = wording.paper("next_window").fill(window=step.window) if step.window else None
    what = wording.named("next", step.what)
    places = [step.where, window.zh if window else "", step.time]
    sheet.text(f"{what.zh}:{' '.join(place for place in places if place)}", bold=True)
    if what.en and window:
        sheet.text(f"{what.en}: {window.en}")
