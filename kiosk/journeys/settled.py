"""What is shown and printed when an attempt has an outcome, or cannot have one yet."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

from hw.printer.port import Printed
from kiosk.domain.attempt import AttemptId, reference
from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Done
from kiosk.domain.receipt import (
    EInvoice,
    ItemisedList,
    PhonePayment,
    Statement,
    category_sums,
    holder,
    itemised_lines,
    tail,
    visit_facts,
)
from kiosk.domain.slips import BeingChecked as CheckedSlip
from kiosk.hospital.port import Invoice
from kiosk.journeys.desk import CardOut, Leave, Moved, TimeUp
from kiosk.journeys.identify import Identified
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import AFTER_MONEY, MONEY_MOVES, Terminal
from kiosk.journeys.views import BeingChecked, Finished, NextStepRow, Settling
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import Facts, Refunding

PAPERS = 2
"""Statement and itemised list."""


def last_phrase(attempt: Attempt) -> tuple[str, str]:
    """(phrase, code) of the last thing that the patient was told about the money; ("", "") before that."""
    return (attempt.told[-1].phrase, attempt.told[-1].code) if attempt.told else ("", "")


def is_unknown(attempt: Attempt) -> bool:
    """Whether the patient has to be told, or was, that it is being checked."""
    return last_phrase(attempt)[0] in ("M1", "M1b")


async def finished(
    t: Terminal, attempt: Attempt, facts: Facts, who: Identified, bills: tuple[Bill, ...]
) -> None:
    """12: where to go, the papers, the card. Leaves by itself once the card is out."""
    assert facts.split is not None, "settled without a split"
    assert facts.committed is not None, "settled without the hospital"
    t.desk.show(_progress(facts, 3), stop=4, dock=MONEY_MOVES)
    invoice = await _invoice(t, attempt)
    papers = await _print_papers(t, attempt, facts, who, bills, invoice)
    steps = tuple(NextStepRow(s.what, s.where, s.window, s.time) for s in facts.committed.next_steps)
    split = facts.settlement.split if facts.settlement else facts.split
    view = Finished(
        cash_fen=split.cash_fen,
        balance_fen=split.balance_fen,
        insured=facts.plan.insured,
        name=who.masked,
        steps=steps,
        papers=papers,
        paper_off=papers == 0,
        card_in=t.devices.card_in,
        invoice_qr=invoice.qr_text,
        lookup_qr=t.issuer.lookup(attempt.name),
        leave_s=round(t.finish_after_s),
    )
    await show_until_left(t, view)


async def show_until_left(t: Terminal, view: Finished) -> None:
    """The last screen: it leaves by itself, but not while the card is still in (N0)."""
    end_s = asyncio.get_running_loop().time() + t.finish_after_s
    while True:
        card_in = t.devices.card_in
        t.desk.show(replace(view, card_in=card_in), stop=5, dock=AFTER_MONEY)
        left_s = max(end_s - asyncio.get_running_loop().time(), 0.05)
        match await t.desk.next(idle=False, within_s=t.finish_after_s if card_in else left_s):
            case Intent(name="finish"):
                return
            case TimeUp() if not t.devices.card_in:
                return
            case CardOut() | Moved() | TimeUp():
                continue
            case _:
                pass


def _progress(facts: Facts, now: int) -> Settling:
    split = facts.split
    assert split is not None, "nothing settles before it was shown"
    return Settling(
        now=now,
        total_fen=split.total_fen,
        fund_fen=split.fund_fen,
        account_fen=split.account_fen + split.family_fen,
        cash_fen=split.cash_fen,
        paid_at=facts.payment.paid_at if facts.payment else "",
    )


async def _invoice(t: Terminal, attempt: Attempt) -> Invoice:
    """The e-invoice as far as it exists now; papers never wait for it (RC-02)."""
    outcome = await t.bench.ports.hospital.invoice(AttemptId(attempt.name))
    return outcome.value if isinstance(outcome, Done) else Invoice("pending")


async def _print_papers(
    t: Terminal,
    attempt: Attempt,
    facts: Facts,
    who: Identified,
    bills: tuple[Bill, ...],
    invoice: Invoice,
) -> int:
    """Statement and list; how many came out for certain."""
    outcomes = []
    for paper in (
        statement(t, attempt, facts, who, bills, invoice),
        itemised(t, facts, who, bills),
    ):
        outcomes.append(await t.print(paper, attempt.name))
    return sum(isinstance(outcome, Printed) for outcome in outcomes)


def statement(
    t: Terminal,
    attempt: Attempt,
    facts: Facts,
    who: Identified,
    bills: tuple[Bill, ...],
    invoice: Invoice,
) -> Statement:
    """The facts of the settlement statement."""
    assert facts.split is not None, "settled without a split"
    assert facts.committed is not None, "settled without the hospital"
    settled = facts.settlement
    payment = facts.payment
    return Statement(
        issuer=t.issuer,
        holder=holder(who.person, who.scheme if facts.plan.insured else None),
        attempt_id=attempt.name,
        receipt_no=facts.committed.receipt_no,
        setl_id=settled.setl_id if settled else "",
        mdtrt_id=settled.mdtrt_id if settled else "",
        settled_at=(settled.settled_at if settled else t.now()).astimezone(t.zone),
        visit=visit_facts(bills[0].visit),
        categories=category_sums(bills),
        split=settled.split if settled else facts.split,
        payment=PhonePayment(payment.channel, payment.amount_fen, tail(payment.channel_no))
        if payment
        else None,
        invoice=EInvoice(
            invoice.state, invoice.bill_code, invoice.bill_no, invoice.check_code, invoice.qr_text
        ),
        next_steps=facts.committed.next_steps,
    )


def itemised(t: Terminal, facts: Facts, who: Identified, bills: tuple[Bill, ...]) -> ItemisedList:
    """The facts of the itemised list."""
    assert facts.committed is not None, "settled without the hospital"
    return ItemisedList(
        issuer=t.issuer,
        name=who.masked,
        receipt_no=facts.committed.receipt_no,
        lines=itemised_lines(bills, facts.shares),
        total_fen=facts.plan.total_fen,
    )


async def being_checked(t: Terminal, attempt: Attempt, name: str) -> None:
    """13: told at once, then printed; kept on the screen until the patient leaves or an answer comes.

    Returns when the attempt is not unknown any more; raises Leave when the patient goes.
    """
    seen_at = t.local_now().strftime("%H:%M")
    slip = checked_slip(t, attempt, name)
    _show_checked(t, attempt, seen_at, printed=False)
    printed = isinstance(await t.print(slip, attempt.name), Printed)
    while is_unknown(attempt):
        _show_checked(t, attempt, seen_at, printed=printed)
        happening = await t.desk.next()
        if getattr(happening, "name", "") in ("finish", "print"):
            raise Leave("home")


def _show_checked(t: Terminal, attempt: Attempt, seen_at: str, *, printed: bool) -> None:
    phrase, code = last_phrase(attempt)
    cash_fen, refund = _cash(attempt)
    view = BeingChecked(
        phrase=phrase,
        cash_fen=cash_fen,
        reference=reference(attempt.name),
        lookup_qr=t.issuer.lookup(attempt.name),
        code=code,
        printed=printed,
        seen_at=seen_at,
        refund=refund,
    )
    t.desk.show(view, stop=4, dock=AFTER_MONEY)


def _cash(attempt: Attempt) -> tuple[int, bool]:
    state = attempt.state
    if isinstance(state, Refunding):
        return state.plan.cash_fen, True
    return state.facts.cash_fen, False


def checked_slip(t: Terminal, attempt: Attempt, name: str) -> CheckedSlip:
    """The facts of the slip: "being checked, do not pay again"."""
    state = attempt.state
    phrase, _ = last_phrase(attempt)
    cash_fen, refund = _cash(attempt)
    payment = None if isinstance(state, Refunding) else state.facts.payment
    at = t.local_now()
    return CheckedSlip(
        issuer=t.issuer,
        name=name,
        attempt_id=attempt.name,
        phrase=phrase,
        total_fen=state.plan.total_fen if isinstance(state, Refunding) else state.facts.plan.total_fen,
        cash_fen=cash_fen,
        channel=payment.channel if payment else "",
        tail=tail(payment.channel_no) if payment else "",
        at=at,
        check_after=at + dt.timedelta(seconds=t.bench.policy.answer_delay_max_s * 2),
        desk=t.desk_window,
        refund=refund,
    )
