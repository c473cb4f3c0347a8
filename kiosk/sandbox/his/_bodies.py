"""A bill of the domain as the document writes it, and small bills for whoever needs one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kiosk.domain.bill import Bill, BillLine, ConsentDue, Diagnosis, Gate, NextStep, Visit
from kiosk.domain.money import line_amount_fen


def bill_body(bill: Bill) -> dict[str, Any]:
    """All of a bill but what its state says."""
    return {
        "bill_id": bill.bill_id,
        "kind": bill.kind,
        "patient_id": bill.patient_id,
        "title": bill.title,
        "created_at": bill.created_at.isoformat(),
        "total_fen": bill.total_fen,
        "insurable": bill.insurable,
        "not_insurable_reason": bill.not_insurable_reason,
        "visit": _visit(bill.visit),
        "combine_group": bill.combine_group,
        "gates": [gate_body(gate) for gate in bill.gates],
        "consents_due": [consent_body(consent) for consent in bill.consents_due],
        "approvals": [],
        "line_count": len(bill.lines),
        "lines": [line_body(line) for line in bill.lines],
    }


def gate_body(gate: Gate) -> dict[str, Any]:
    return {"code": gate.code, "blocks": gate.blocks, "text_zh": gate.text_zh, "text_en": gate.text_en}


def consent_body(consent: ConsentDue) -> dict[str, Any]:
    return {
        "consent_id": consent.consent_id,
        "version": consent.version,
        "line_ids": list(consent.line_ids),
        "amount_fen": consent.amount_fen,
    }


def step_body(step: NextStep) -> dict[str, Any]:
    return {"what": step.what, "where": step.where, "window": step.window, "time": step.time}


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "ipt_otp_no": visit.ipt_otp_no,
        "mdtrt_id": visit.mdtrt_id,
        "med_type": visit.med_type,
        "begin_at": visit.begin_at.isoformat(),
        "dept_code": visit.dept_code,
        "dept_name": visit.dept_name,
        "caty": visit.caty,
        "atddr_no": visit.doctor_no,
        "dr_name": visit.doctor_name,
        "main_cond": visit.main_condition,
        "dise_codg": visit.disease_code,
        "dise_name": visit.disease_name,
        "diagnoses": [_diagnosis(diagnosis) for diagnosis in visit.diagnoses],
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "type": diagnosis.kind,
        "no": diagnosis.number,
        "code": diagnosis.code,
        "name": diagnosis.name,
        "dept": diagnosis.dept,
        "dr_no": diagnosis.doctor_no,
        "dr_name": diagnosis.doctor_name,
        "at": diagnosis.at.isoformat(),
        "main": diagnosis.main,
    }


def line_body(line: BillLine) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "rx_no": line.rx_no,
        "at": line.at.isoformat(),
        "med_list_codg": line.med_list_codg,
        "medins_list_codg": line.medins_list_codg,
        "name": line.name,
        "spec": line.spec,
        "unit": line.unit,
        "list_type": line.list_type,
        "class": line.item_class,
        "fee_category": line.fee_category,
        "quantity": f"{line.quantity:f}",
        "unit_price": f"{line.unit_price:f}",
        "amount_fen": line.amount_fen,
        "dept_code": line.dept_code,
        "dept_name": line.dept_name,
        "dr_no": line.doctor_no,
        "dr_name": line.doctor_name,
        "mapped": line.mapped,
        "hosp_appr": line.approved,
        "dose": line.dose,
        "frequency": line.frequency,
        "days": line.days,
        "route": line.route,
    }


def make_bill(
    bill_id: str,
    patient_id: str,
    items: Sequence[tuple[str, Decimal | str, Decimal | str]],
    *,
    created_at: dt.datetime,
    visit_no: str = "",
    title: str = "门诊费用",
    kind: str = "outpatient",
) -> Bill:
    """An outpatient bill of (name, quantity, unit price in yuan) items, all of one invented visit.

    For tests and integrators who want some bill; a bill with clinical sense is built field by field.
    """
    visit_no = visit_no or f"V{bill_id}"
    visit = Visit(
        ipt_otp_no=visit_no,
        mdtrt_id=None,
        med_type="11",
        begin_at=created_at,
        dept_code="0301",
        dept_name="内科",
        caty="A03",
        doctor_no="D990100000001",
        doctor_name="测试医师",
        main_condition="",
        disease_code="",
        disease_name="",
        diagnoses=(
            Diagnosis("1", 1, "I10.x00", "高血压", "内科", "D990100000001", "测试医师", created_at, True),
        ),
    )
    lines = tuple(
        BillLine(
            line_id=f"{bill_id}-{number}",
            at=created_at,
            med_list_codg=f"T{number:019d}",
            medins_list_codg=f"L{number:05d}",
            name=name,
            spec="",
            unit="项",
            list_type="201",
            item_class="甲",
            fee_category="05",
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            amount_fen=line_amount_fen(Decimal(quantity), Decimal(price)),
            dept_code="0301",
            dept_name="内科",
            doctor_no="D990100000001",
            doctor_name="测试医师",
        )
        for number, (name, quantity, price) in enumerate(items, start=1)
    )
    return Bill(
        bill_id=bill_id,
        version=1,
        kind=kind,
        state="open",
        patient_id=patient_id,
        title=title,
        created_at=created_at,
        total_fen=sum(line.amount_fen for line in lines),
        insurable=True,
        not_insurable_reason="",
        visit=visit,
        lines=lines,
        line_count=len(lines),
    )
