"""From the wire's structs to the port's types. Raises ValueError where a value has no meaning for us."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from kiosk.domain.attempt import AttemptId
from kiosk.domain.bill import Bill, BillLine, ConsentDue, Diagnosis, Gate, NextStep, Patient, Visit
from kiosk.hospital import _wire as wire
from kiosk.hospital import port

_WINDOW_WORD = re.compile(r"\s*号?窗口$")


def capabilities(given: wire.Capabilities) -> port.Capabilities:
    return port.Capabilities(
        api_version=given.api_version,
        fixmedins_code=given.fixmedins_code,
        features=tuple(given.features),
        lease_ttl_max_s=given.limits.lease_ttl_s_max,
        answer_delay_max_s=given.limits.answer_delay_max_s,
        time_zone=given.time_zone,
    )


def patients(given: wire.Resolved) -> tuple[Patient, ...]:
    """Operation 3. `match` must say what the list shows: a HIS that contradicts itself is not believed."""
    count = len(given.patients)
    said = {"none": count == 0, "one": count == 1, "several": count > 1}
    if not said.get(given.match, False):
        raise ValueError(f"match is {given.match!r} with {count} patients")
    return tuple(
        Patient(one.patient_id, one.name_masked, one.sex, one.birth_date, one.cert_masked)
        for one in given.patients
    )


def bill(given: wire.Bill) -> Bill:
    """A bill, with its lines where the answer has them."""
    lines = tuple(_line(line) for line in given.lines) if isinstance(given, wire.BillWithLines) else ()
    return Bill(
        bill_id=given.bill_id,
        version=given.bill_version,
        kind=given.kind,
        state=given.state,
        patient_id=given.patient_id,
        title=given.title or given.visit.dept_name,
        created_at=given.created_at,
        total_fen=given.total_fen,
        insurable=given.insurable,
        not_insurable_reason=given.not_insurable_reason,
        visit=_visit(given.visit),
        lines=lines,
        line_count=given.line_count or len(lines),
        combine_group=given.combine_group,
        gates=tuple(Gate(g.code, g.blocks, g.text_zh, g.text_en) for g in given.gates),
        consents_due=tuple(
            ConsentDue(c.consent_id, c.version, tuple(c.line_ids), c.amount_fen) for c in given.consents_due
        ),
    )


def _visit(given: wire.Visit) -> Visit:
    return Visit(
        ipt_otp_no=given.ipt_otp_no,
        mdtrt_id=given.mdtrt_id or None,
        med_type=given.med_type,
        begin_at=given.begin_at,
        dept_code=given.dept_code,
        dept_name=given.dept_name,
        caty=given.caty,
        doctor_no=given.atddr_no,
        doctor_name=given.dr_name,
        main_condition=given.main_cond,
        disease_code=given.dise_codg,
        disease_name=given.dise_name,
        diagnoses=tuple(
            Diagnosis(d.type, d.no, d.code, d.name, d.dept, d.dr_no, d.dr_name, d.at, d.main)
            for d in given.diagnoses
        ),
    )


def _line(given: wire.Line) -> BillLine:
    return BillLine(
        line_id=given.line_id,
        at=given.at,
        med_list_codg=given.med_list_codg,
        medins_list_codg=given.medins_list_codg,
        name=given.name,
        spec=given.spec,
        unit=given.unit,
        list_type=given.list_type,
        item_class=given.item_class,
        fee_category=given.fee_category,
        quantity=Decimal(given.quantity),
        unit_price=Decimal(given.unit_price),
        amount_fen=given.amount_fen,
        dept_code=given.dept_code,
        dept_name=given.dept_name,
        doctor_no=given.dr_no,
        doctor_name=given.dr_name,
        mapped=given.mapped,
        rx_no=given.rx_no,
        approved=given.hosp_appr,
        dose=given.dose,
        frequency=given.frequency,
        days=given.days,
        route=given.route,
    )


def lease(given: wire.Lease, server_time: dt.datetime | None) -> port.Lease:
    """The life of a lease is counted from the hospital's own clock, as this very answer shows it."""
    if server_time is None:
        raise ValueError("a lease without X-Server-Time")
    return port.Lease(
        lease_id=given.lease_id,
        fencing_token=given.fencing_token,
        ttl_s=max(0.0, (given.expires_at - server_time).total_seconds()),
        bills=tuple(bill(one) for one in given.bills),
    )


def committed(given: wire.Committed | wire.Ended) -> port.Committed:
    if not given.receipt_no:
        raise ValueError("committed without a receipt_no")
    return port.Committed(
        receipt_no=given.receipt_no,
        invoice_state=given.invoice_state,
        next_steps=_next_steps(given.next_steps),
        queue_no=given.queue,
    )


def _next_steps(given: list[wire.NextStep]) -> tuple[NextStep, ...]:
    """Each place once, also when several bills lead there; `3号窗口` is window `3`."""
    steps = (NextStep(s.what, s.where, _WINDOW_WORD.sub("", s.window).strip(), s.time) for s in given)
    return tuple(dict.fromkeys(steps))


def begun(given: wire.Begun) -> port.Begun:
    if given.state != "begun":
        raise ValueError(f"begin answered {given.state!r}")
    return port.Begun()


def ended(given: wire.Ended) -> port.Cancelled | port.Committed:
    """cancel has two answers, and nothing between them."""
    match given.state:
        case "cancelled":
            return port.Cancelled()
        case "committed":
            return committed(given)
        case other:
            raise ValueError(f"cancel answered {other!r}")


def attempt(given: wire.Attempt) -> port.AttemptRecord:
    state = port.AttemptState(given.state)
    if state in (port.AttemptState.COMMITTED, port.AttemptState.REVERSED) and given.result is None:
        raise ValueError(f"{state} without its result")
    return port.AttemptRecord(state, committed(given.result) if given.result else None)


def refunds_due(given: wire.RefundsDue) -> tuple[port.RefundDue, ...]:
    return tuple(_refund_due(one) for one in given.refunds)


def _refund_due(given: wire.RefundDue) -> port.RefundDue:
    return port.RefundDue(
        refund_due_id=given.refund_due_id,
        version=given.version,
        attempt_id=AttemptId(given.attempt_id),
        bill_title=given.bill_title,
        reason=given.reason,
        due_since=given.due_since,
        tenders=tuple(
            port.Tender(port.TenderKind(t.kind), t.max_fen, t.out_trade_no, t.channel_no, t.paid_at)
            for t in given.tenders
        ),
        setl_id=given.setl_id,
        mdtrt_id=given.mdtrt_id,
        psn_no=given.psn_no,
        insured_place=given.insuplc_admdvs,
        insutype=given.insutype,
        whole=given.whole,
    )


def refund_begun(given: wire.RefundState) -> port.RefundBegun:
    if given.state != "begun":
        raise ValueError(f"begin of a refund answered {given.state!r}")
    return port.RefundBegun()


def refund_committed(given: wire.RefundState) -> port.RefundCommitted:
    if given.state != "committed" or not given.receipt_no:
        raise ValueError(f"commit of a refund answered {given.state!r}, receipt {given.receipt_no!r}")
    return port.RefundCommitted(given.receipt_no)


def refund_ended(given: wire.RefundState) -> port.Cancelled | port.RefundCommitted:
    return port.Cancelled() if given.state == "cancelled" else refund_committed(given)


def invoice(given: wire.Invoice) -> port.Invoice:
    return port.Invoice(
        state=given.state,
        bill_code=given.bill_code,
        bill_no=given.bill_no,
        check_code=given.check_code,
        qr_text=given.qr_text,
        amount_fen=given.amount_fen,
    )


def ledger_entry(given: wire.LedgerEntry) -> port.LedgerEntry:
    return port.LedgerEntry(
        number=given.n,
        attempt_id=given.attempt_id,
        kind=given.kind,
        at=given.at,
        total_fen=given.total_fen,
        tenders=tuple(
            port.Tender(port.TenderKind(t.kind), t.amount_fen, t.out_trade_no, t.channel_no, t.paid_at)
            for t in given.tenders
        ),
        setl_id=given.setl_id,
        receipt_no=given.receipt_no,
    )


def ledger_close(given: wire.LedgerClose) -> port.LedgerClose:
    return port.LedgerClose(given.count, given.total_fen, given.sha256, dict(given.by_kind_fen))
