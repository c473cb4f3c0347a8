"""Undo: a refund that the hospital declares due goes back by its original route, on its own slip."""

from __future__ import annotations

from dataclasses import replace

from hw.printer.port import Printed
from kiosk.domain.attempt import new_refund_id, reference
from kiosk.domain.messages import Message, Peer
from kiosk.domain.receipt import tail
from kiosk.domain.slips import RefundSlip
from kiosk.hospital.port import RefundDue, TenderKind
from kiosk.insurance.port import Case
from kiosk.journal import JournalFull
from kiosk.journeys.desk import Leave, Moved
from kiosk.journeys.identify import Identified
from kiosk.journeys.intents import Intent
from kiosk.journeys.settled import show_until_left
from kiosk.journeys.terminal import AFTER_MONEY, MONEY_MOVES, Terminal, why
from kiosk.journeys.views import BeingChecked, Finished, NothingToRefund, RefundOffer
from kiosk.settlement import record, runner
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import Refunding, RefundPlan, Result

_PHONE = frozenset({TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.UNIONPAY, TenderKind.AGGREGATE})


async def refund(t: Terminal, who: Identified) -> None:
    """From what is due to the slip. Raises Leave."""
    due = await _due(t, who)
    if due is None:
        t.desk.show(NothingToRefund())
        while getattr(await t.desk.next(), "name", "") != "finish":
            pass
        return
    offer = _offer(due)
    t.desk.show(offer)
    while True:
        match await t.desk.next():
            case Intent(name="go"):
                break
            case Intent(name="later"):
                return
            case _:
                pass
    if not t.bench.journal.can_start_settlement():
        await t.tell(Message("JR-01", "M0"))
        return
    t.desk.show(replace(offer, busy=True), dock=MONEY_MOVES)
    try:
        attempt, task = runner.start(
            t.bench, plan_of(due, who.case), due=due, on_change=lambda a: t.desk.post(Moved(a.name))
        )
    except JournalFull:
        await t.tell(Message("JR-01", "M0"))
        return
    t.keep(attempt, task)
    await _follow(t, attempt, due, who)


async def _due(t: Terminal, who: Identified) -> RefundDue | None:
    hospital = t.bench.ports.hospital
    patients = await t.got(
        await hospital.resolve(psn_no=who.person.psn_no, insured_place=who.scheme.insured_place),
        Peer.HOSPITAL,
        unknown="FB-02",
    )
    for patient in patients:
        dues = await t.got(await hospital.refunds_due(patient.patient_id), Peer.HOSPITAL, unknown="FB-02")
        whole = next((due for due in dues if due.whole), None)
        if whole is not None:
            return whole
    return None


def _sum(due: RefundDue, kinds: frozenset[TenderKind]) -> int:
    return sum(tender.amount_fen for tender in due.tenders if tender.kind in kinds)


def _offer(due: RefundDue) -> RefundOffer:
    phone = next((tender for tender in due.tenders if tender.kind in _PHONE), None)
    return RefundOffer(
        refund_due_id=due.refund_due_id,
        title=due.bill_title,
        reason=due.reason,
        fund_fen=_sum(due, frozenset({TenderKind.FUND})),
        account_fen=_sum(due, frozenset({TenderKind.ACCOUNT, TenderKind.FAMILY})),
        cash_fen=_sum(due, _PHONE),
        channel=phone.kind.value if phone else "",
        balance_after_fen=None,
    )


def plan_of(due: RefundDue, case: Case) -> RefundPlan:
    """The undo's plan: every part goes back where it came from."""
    return RefundPlan(
        refund=new_refund_id(),
        refund_due_id=due.refund_due_id,
        version=due.version,
        attempt=due.attempt_id,
        total_fen=sum(tender.amount_fen for tender in due.tenders),
        fund_fen=_sum(due, frozenset({TenderKind.FUND})),
        account_fen=_sum(due, frozenset({TenderKind.ACCOUNT, TenderKind.FAMILY})),
        cash_fen=_sum(due, _PHONE),
        tenders=due.tenders,
        setl_id=due.setl_id,
        case=replace(case, mdtrt_id=due.mdtrt_id) if due.setl_id else None,
    )


async def _follow(t: Terminal, attempt: Attempt, due: RefundDue, who: Identified) -> None:
    slip_printed = False
    while record.is_open(attempt.state):
        if attempt.told and not slip_printed:
            slip_printed = isinstance(await t.print(_slip(t, attempt, due, who), attempt.name), Printed)
        if attempt.told:
            _show_checked(t, attempt, slip_printed)
        happening = await t.desk.next(idle=bool(attempt.told))
        if getattr(happening, "name", "") == "finish":
            raise Leave("home")
    await _ended(t, attempt, due, who)


def _show_checked(t: Terminal, attempt: Attempt, printed: bool) -> None:
    state = attempt.state
    assert isinstance(state, Refunding), "an undo is no settlement"
    t.desk.show(
        BeingChecked(
            phrase="",
            cash_fen=state.plan.cash_fen,
            reference=reference(attempt.name),
            lookup_qr=t.issuer.lookup(attempt.name),
            code="RF-02",
            printed=printed,
            seen_at=t.local_now().strftime("%H:%M"),
            refund=True,
        ),
        dock=AFTER_MONEY,
    )


async def _ended(t: Terminal, attempt: Attempt, due: RefundDue, who: Identified) -> None:
    state = attempt.state
    assert isinstance(state, Refunding), "an undo is no settlement"
    match state.result:
        case Result.SETTLED:
            printed = await t.print(_slip(t, attempt, due, who), attempt.name)
            view = Finished(
                cash_fen=state.plan.cash_fen,
                balance_fen=0,
                insured=state.plan.case is not None,
                name=who.masked,
                steps=(),
                papers=1 if isinstance(printed, Printed) else 0,
                paper_off=not isinstance(printed, Printed),
                card_in=t.devices.card_in,
                invoice_qr="",
                lookup_qr=t.issuer.lookup(attempt.name),
                leave_s=round(t.finish_after_s),
                refund=True,
            )
            await show_until_left(t, view)
        case _:
            message = why(state.code)
            await t.tell(Message(message.code, ""), dock=AFTER_MONEY)


def _slip(t: Terminal, attempt: Attempt, due: RefundDue, who: Identified) -> RefundSlip:
    state = attempt.state
    assert isinstance(state, Refunding), "an undo is no settlement"
    phone = next((tender for tender in due.tenders if tender.kind in _PHONE), None)
    return RefundSlip(
        issuer=t.issuer,
        name=who.masked,
        refund_id=attempt.name,
        receipt_no=state.receipt_no,
        original_receipt_no=reference(due.attempt_id),
        reason=due.reason,
        channel=phone.kind.value if phone else "",
        tail=tail(phone.channel_no) if phone else "",
        cash_fen=state.plan.cash_fen,
        account_fen=state.plan.account_fen,
        family_fen=0,
        fund_fen=state.plan.fund_fen,
        state="success" if state.result is Result.SETTLED else "processing",
        at=t.local_now(),
    )
