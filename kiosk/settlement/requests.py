"""What each message of an attempt says, from its state alone: the content whose digest is journalled.

A `keyed` message that is repeated must have the digest it had the first time.
Credentials are not part of it, the payment code that a patient shows among them:
they are in memory only, a digest would give so short a number away, and only
messages that are sent once need them.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain.split import Split
from kiosk.hospital.port import Tender, TenderKind
from kiosk.settlement.operations import Op
from kiosk.settlement.state import Facts, Refunding, State

_LIMIT_S = {Op.WATCH: 300, Op.SETTLE: 60, Op.PRE_SETTLE: 60, Op.UPLOAD: 60, Op.REGISTER: 60, Op.UNDO: 60}
_LIMIT_CHANGE_S = 15


def limit_s(op: Op) -> int:
    """How long the answer may take before it counts as unknown, seconds."""
    return _LIMIT_S.get(op, _LIMIT_CHANGE_S)


def request(state: State | Refunding, op: Op) -> dict[str, Any]:
    """The content of `op` as plain values."""
    if isinstance(state, Refunding):
        return _undo_request(state, op)
    facts = state.facts
    plan = facts.plan
    bills = [[bill.bill_id, bill.version, bill.total_fen] for bill in plan.bills]
    match op:
        case Op.LEASE:
            return {"bills": bills}
        case Op.RENEW | Op.RELEASE:
            return _lease(facts)
        case Op.BEGIN:
            return {"bills": bills, "insured": plan.insured, "cash_fen": facts.cash_fen, **_lease(facts)}
        case Op.ORDER | Op.CHARGE:
            return {"amount_fen": facts.cash_fen}
        case Op.REFUND:
            return {"refund": plan.refund, "amount_fen": facts.payment.amount_fen if facts.payment else 0}
        case Op.COMMIT:
            tender_rows = [[t.kind.value, t.amount_fen] for t in tenders(facts)]
            return {"setl_id": facts.settlement.setl_id if facts.settlement else "", "tenders": tender_rows}
        case Op.CANCEL:
            return {}
        case Op.REVERSE:
            omsgid, oinfno = unanswered(facts)
            return {"omsgid": omsgid, "oinfno": oinfno}
        case Op.FIND:
            return {"msgid": facts.msgid(Op.SETTLE), "mdtrt_id": facts.mdtrt_id}
        case Op.UNDO | Op.ASK:
            return {"setl_id": facts.settlement.setl_id if facts.settlement else ""}
        case _:
            return {"mdtrt_id": facts.mdtrt_id, "batch": plan.attempt, "total_fen": plan.total_fen}


def _undo_request(state: Refunding, op: Op) -> dict[str, Any]:
    plan = state.plan
    match op:
        case Op.REFUND:
            return {"refund": plan.refund, "amount_fen": plan.cash_fen}
        case Op.UNDO | Op.ASK:
            return {"setl_id": plan.setl_id}
        case _:
            return {"refund_due_id": plan.refund_due_id, "version": plan.version}


def _lease(facts: Facts) -> dict[str, Any]:
    lease = facts.lease
    return {"lease_id": lease.lease_id, "fencing_token": lease.fencing_token} if lease else {}


def unanswered(facts: Facts) -> tuple[str, str]:
    """(omsgid, oinfno): the message that 2601 names, a 2207A before a 2201."""
    for op in (Op.SETTLE, Op.REGISTER):
        if facts.msgid(op):
            return facts.msgid(op), op.value
    raise AssertionError("nothing unanswered to reverse")


def tenders(facts: Facts) -> tuple[Tender, ...]:
    """How the bill is paid, part by part; the parts sum to its total."""
    split = facts.settlement.split if facts.settlement else facts.split
    assert split is not None, "no tenders without a split"
    rows = [Tender(kind, amount) for kind, amount in insured_parts(split) if amount]
    if facts.payment is not None:
        cash = Tender(
            TenderKind(facts.payment.channel or TenderKind.AGGREGATE),
            facts.payment.amount_fen,
            facts.plan.attempt,
            facts.payment.channel_no,
            facts.payment.paid_at,
        )
        rows.append(cash)
    return tuple(rows)


def insured_parts(split: Split) -> tuple[tuple[TenderKind, int], ...]:
    """The parts of a split that no phone pays."""
    return (
        (TenderKind.FUND, split.fund_fen),
        (TenderKind.ACCOUNT, split.account_fen),
        (TenderKind.FAMILY, split.family_fen),
        (TenderKind.HOSPITAL, split.hospital_fen),
    )
