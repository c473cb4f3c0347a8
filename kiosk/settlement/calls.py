"""Each operation as a call of a port: a table from the state to the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Outcome
from kiosk.domain.person import Credential
from kiosk.hospital.port import (
    HospitalPort,
    InsuranceResult,
    InsuranceReversal,
    Lease,
    RefundDue,
)
from kiosk.insurance.port import Case, InsurancePort
from kiosk.payment.port import Order, PaymentPort
from kiosk.settlement.codec import plain
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.record import digest
from kiosk.settlement.requests import tenders, unanswered
from kiosk.settlement.state import Facts, Refunding


@dataclass(frozen=True, slots=True)
class Ports:
    """The three peers, and what the area says of amounts."""

    insurance: InsurancePort
    hospital: HospitalPort
    payment: PaymentPort
    fund_includes_account: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """What only a patient before the terminal brings: gone with the visit, never written."""

    credential: Credential | None
    bills: tuple[Bill, ...] = field(repr=False)
    session: str = ""
    pay_code: str = field(default="", repr=False)  # between being shown and having been sent, once


Call: TypeAlias = Callable[[Ports, Facts, str, Live | None, Policy], Awaitable[Outcome[Any]]]
UndoCall: TypeAlias = Callable[[Ports, Refunding, str, RefundDue], Awaitable[Outcome[Any]]]


def _case(facts: Facts) -> Case:
    case = facts.plan.case
    assert case is not None, "full self-pay asks the agency nothing"
    return replace(case, mdtrt_id=facts.mdtrt_id)


def _credential(live: Live | None) -> Credential:
    assert live is not None, "without a patient nothing new is settled"
    assert live.credential is not None, "an insured visit has a credential"
    return live.credential


def _bills(live: Live | None) -> tuple[Bill, ...]:
    assert live is not None, "without a patient nothing new is settled"
    return live.bills


def _pay_code(live: Live | None) -> str:
    assert live is not None, "without a patient nothing new is charged"
    assert live.pay_code, "a code is charged once, right after it was shown"
    return live.pay_code


def _lease(facts: Facts) -> Lease:
    assert facts.lease is not None, "no lease to name"
    return Lease(facts.lease.lease_id, facts.lease.fencing_token, facts.lease.ttl_s)


def _setl_id(facts: Facts) -> str:
    assert facts.settlement is not None, "no settlement to name"
    return facts.settlement.setl_id


def _key(facts: Facts, op: Op) -> str:
    """The idempotency key of the small operations beside the attempt's own."""
    return f"{facts.plan.attempt}-{op.value}"[:36]


def insurance_result(facts: Facts, fund_includes_account: bool) -> InsuranceResult | None:
    """What the agency did, for the hospital's books; None outside insurance."""
    settled = facts.settlement
    if settled is None or facts.split is None:
        return None
    return InsuranceResult(
        infno="2207",
        msgid=settled.msgid,
        setl_id=settled.setl_id,
        mdtrt_id=settled.mdtrt_id,
        setl_time=settled.settled_at.isoformat(),
        split=settled.split,
        fund_includes_account=fund_includes_account,
        pre_settle_digest=digest(plain(facts.split)),
    )


def _begin(ports: Ports, facts: Facts) -> Awaitable[Outcome[Any]]:
    assert facts.split is not None, "nothing begins before it was shown"
    plan = facts.plan
    return ports.hospital.begin(plan.attempt, _lease(facts), plan.bills, plan.insured, facts.split)


def _order(facts: Facts, live: Live | None, policy: Policy) -> Order:
    title = _bills(live)[0].title
    return Order(facts.plan.attempt, facts.cash_fen, title, policy.pay_valid_s)


def _settle(ports: Ports, facts: Facts, msgid: str, live: Live | None) -> Awaitable[Outcome[Any]]:
    assert facts.split is not None, "nothing is settled before it was shown"
    plan = facts.plan
    return ports.insurance.settle(
        msgid, _case(facts), _credential(live), plan.attempt, facts.split, plan.med_type
    )


def _refund(ports: Ports, facts: Facts) -> Awaitable[Outcome[Any]]:
    assert facts.payment is not None, "only a payment goes back"
    return ports.payment.refund(facts.plan.refund, facts.plan.attempt, facts.payment.amount_fen)


CALLS: dict[Op, Call] = {
    Op.LEASE: lambda p, f, m, live, policy: p.hospital.lease(
        _key(f, Op.LEASE), f.plan.bills, policy.lease_ttl_s, live.session if live else ""
    ),
    Op.RENEW: lambda p, f, m, live, policy: p.hospital.renew(
        f"{f.plan.attempt}-{f.tag}", _lease(f).lease_id, _lease(f).fencing_token
    ),
    Op.RELEASE: lambda p, f, m, live, policy: p.hospital.release(
        _key(f, Op.RELEASE), _lease(f).lease_id, _lease(f).fencing_token
    ),
    Op.REGISTER: lambda p, f, m, live, policy: p.insurance.register(
        m, _case(f), _credential(live), _bills(live)[0]
    ),
    Op.DESCRIBE: lambda p, f, m, live, policy: p.insurance.describe(m, _case(f), _bills(live)[0]),
    Op.UPLOAD: lambda p, f, m, live, policy: p.insurance.upload(m, _case(f), f.plan.attempt, _bills(live)),
    Op.PRE_SETTLE: lambda p, f, m, live, policy: p.insurance.pre_settle(
        m, _case(f), _credential(live), f.plan.attempt, f.plan.total_fen, f.plan.med_type
    ),
    Op.BEGIN: lambda p, f, m, live, policy: _begin(p, f),
    Op.ORDER: lambda p, f, m, live, policy: p.payment.create(_order(f, live, policy)),
    Op.CHARGE: lambda p, f, m, live, policy: p.payment.charge_code(
        f.plan.attempt, f.cash_fen, _pay_code(live)
    ),
    Op.CLOSE: lambda p, f, m, live, policy: p.payment.close(f.plan.attempt),
    Op.SETTLE: lambda p, f, m, live, policy: _settle(p, f, m, live),
    Op.FIND: lambda p, f, m, live, policy: p.insurance.find_settlement(m, _case(f), f.msgid(Op.SETTLE)),
    Op.REVERSE: lambda p, f, m, live, policy: p.insurance.reverse(m, _case(f), *unanswered(f)),
    Op.UNDO: lambda p, f, m, live, policy: p.insurance.undo(m, _case(f), _setl_id(f)),
    Op.ASK: lambda p, f, m, live, policy: p.insurance.settlement(m, _case(f), _setl_id(f)),
    Op.REFUND: lambda p, f, m, live, policy: _refund(p, f),
    Op.COMMIT: lambda p, f, m, live, policy: p.hospital.commit(
        f.plan.attempt, insurance_result(f, p.fund_includes_account), tenders(f)
    ),
    Op.CANCEL: lambda p, f, m, live, policy: p.hospital.cancel(f.plan.attempt, "not settled"),
    Op.REVOKE_LINES: lambda p, f, m, live, policy: p.insurance.revoke_lines(m, _case(f), f.plan.attempt),
    Op.REVOKE_VISIT: lambda p, f, m, live, policy: p.insurance.revoke_visit(m, _case(f), f.plan.ipt_otp_no),
}


def _undo_case(undo: Refunding) -> Case:
    assert undo.plan.case is not None, "only an insured settlement is undone at the agency"
    return undo.plan.case


def _reversal(undo: Refunding) -> InsuranceReversal | None:
    if not undo.reversed_by:
        return None
    return InsuranceReversal(undo.reversed_by, setl_id=undo.plan.setl_id)


NEEDS_PATIENT = frozenset(
    {Op.REGISTER, Op.DESCRIBE, Op.UPLOAD, Op.PRE_SETTLE, Op.ORDER, Op.CHARGE, Op.SETTLE}
)
"""What cannot be said without a credential or a bill in memory. Once the patient has gone it is not sent."""

UNDO_CALLS: dict[Op, UndoCall] = {
    Op.REFUND_BEGIN: lambda p, u, m, due: p.hospital.refund_begin(u.plan.refund, due),
    Op.UNDO: lambda p, u, m, due: p.insurance.undo(m, _undo_case(u), u.plan.setl_id),
    Op.ASK: lambda p, u, m, due: p.insurance.settlement(m, _undo_case(u), u.plan.setl_id),
    Op.REFUND: lambda p, u, m, due: p.payment.refund(u.plan.refund, u.plan.attempt, u.plan.cash_fen),
    Op.REFUND_COMMIT: lambda p, u, m, due: p.hospital.refund_commit(
        u.plan.refund, _reversal(u), u.plan.tenders
    ),
    Op.REFUND_CANCEL: lambda p, u, m, due: p.hospital.refund_cancel(u.plan.refund, "not refunded"),
}
