"""Which peer answers which operation."""

from __future__ import annotations

from typing import Any

from kiosk.domain.outcome import Outcome
from kiosk.settlement.operations import Op
from kiosk.settlement.requests import tenders, unanswered
from kiosk.settlement.state import AnyState, Facts, Refunding, RefundPlan
from kiosk.simulate.peers import Agency, Hospital
from kiosk.simulate.samples import SHARES, split
from kiosk.simulate.wallet import Wallet


def serve(
    op: Op, state: AnyState, msgid: str, agency: Agency, hospital: Hospital, wallet: Wallet
) -> Outcome[Any]:
    """What the peer does and says."""
    agency.count(op.value)
    if isinstance(state, Refunding):
        return _serve_undo(op, state.plan, agency, hospital, wallet)
    facts = state.facts
    if op in _AT_THE_HOSPITAL:
        return _serve_hospital(op, facts, hospital)
    if op in (Op.ORDER, Op.CLOSE, Op.REFUND):
        return _serve_wallet(op, facts, wallet)
    return _serve_agency(op, facts, msgid, agency)


_AT_THE_HOSPITAL = frozenset({Op.LEASE, Op.RENEW, Op.RELEASE, Op.BEGIN, Op.COMMIT, Op.CANCEL})


def _serve_hospital(op: Op, facts: Facts, hospital: Hospital) -> Outcome[Any]:
    attempt = facts.plan.attempt
    match op:
        case Op.LEASE | Op.RENEW:
            return hospital.lease()
        case Op.RELEASE:
            return hospital.release()
        case Op.BEGIN:
            return hospital.begin(attempt)
        case Op.COMMIT:
            paid_fen = sum(tender.amount_fen for tender in tenders(facts))
            return hospital.commit(attempt, paid_fen, facts.plan.total_fen)
        case _:
            return hospital.cancel(attempt)


def _serve_wallet(op: Op, facts: Facts, wallet: Wallet) -> Outcome[Any]:
    attempt = facts.plan.attempt
    match op:
        case Op.ORDER:
            return wallet.create(attempt, facts.cash_fen)
        case Op.CLOSE:
            return wallet.close(attempt)
        case _:
            paid_fen = facts.payment.amount_fen if facts.payment else 0
            return wallet.refund(facts.plan.refund, attempt, paid_fen)


def _serve_agency(op: Op, facts: Facts, msgid: str, agency: Agency) -> Outcome[Any]:
    setl_id = facts.settlement.setl_id if facts.settlement else ""
    insured = facts.split or split(facts.plan.total_fen, all_account=agency.all_account)
    match op:
        case Op.REGISTER:
            return agency.register(msgid)
        case Op.DESCRIBE:
            return agency.describe()
        case Op.UPLOAD:
            return agency.upload(msgid, SHARES)
        case Op.PRE_SETTLE:
            return agency.price(insured)
        case Op.SETTLE:
            return agency.settle(msgid, insured)
        case Op.FIND:
            return agency.find(facts.msgid(Op.SETTLE))
        case Op.REVERSE:
            return agency.reverse(unanswered(facts)[0])
        case Op.UNDO:
            return agency.undo(setl_id)
        case Op.ASK:
            return agency.ask(setl_id)
        case Op.REVOKE_LINES:
            return agency.revoke_lines()
        case _:
            return agency.revoke_visit()


def _serve_undo(op: Op, plan: RefundPlan, agency: Agency, hospital: Hospital, wallet: Wallet) -> Outcome[Any]:
    match op:
        case Op.UNDO:
            return agency.undo(plan.setl_id)
        case Op.ASK:
            return agency.ask(plan.setl_id)
        case Op.REFUND:
            return wallet.refund(plan.refund, plan.attempt, plan.cash_fen)
        case Op.REFUND_BEGIN:
            return hospital.refund_begin(plan.refund)
        case Op.REFUND_COMMIT:
            return hospital.refund_commit(plan.refund)
        case _:
            return hospital.refund_cancel(plan.refund)
