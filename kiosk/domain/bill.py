"""Bills as the hospital serves them (hospital interface, §2.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from kiosk.domain.money import line_amount_fen


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One diagnosis of a visit, with national codes."""

    kind: str  # diag_type
    number: int
    code: str
    name: str
    dept: str
    doctor_no: str
    doctor_name: str
    at: dt.datetime
    main: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit a bill belongs to: what 2201 and 2203A ask for."""

    ipt_otp_no: str
    mdtrt_id: str | None  # set when the hospital has registered the visit itself
    med_type: str
    begin_at: dt.datetime
    dept_code: str
    dept_name: str
    caty: str
    doctor_no: str  # atddr_no
    doctor_name: str
    main_condition: str
    disease_code: str
    disease_name: str
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """A reason not to settle here. `blocks`: `insured` leaves self-pay open, `all` only the counter."""

    code: str  # GT-01 ... (wording, §4)
    blocks: str
    text_zh: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class ConsentDue:
    """An item that needs the patient's consent before it may be charged (S3-6.2.4)."""

    consent_id: str
    version: str
    line_ids: tuple[str, ...]
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BillLine:
    """One fee line. `line_id` becomes `feedetl_sn`."""

    line_id: str
    at: dt.datetime
    med_list_codg: str  # national code; empty when unmapped
    medins_list_codg: str  # the hospital's own code
    name: str
    spec: str
    unit: str
    list_type: str
    item_class: str  # 甲 乙 丙: a hint, the agency decides
    fee_category: str  # med_chrgitm_type
    quantity: Decimal
    unit_price: Decimal
    amount_fen: int
    dept_code: str
    dept_name: str
    doctor_no: str
    doctor_name: str
    mapped: bool = True
    rx_no: str = ""
    approved: str = "1"  # hosp_appr_flag
    dose: str = ""
    frequency: str = ""
    days: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill at one version. The version grows with any change of a line, price, payer class or gate."""

    bill_id: str
    version: int
    kind: str  # outpatient, registration, discharge
    state: str  # open, leased, settling, settled, cancelled, expired
    patient_id: str
    title: str
    created_at: dt.datetime
    total_fen: int
    insurable: bool
    not_insurable_reason: str
    visit: Visit
    lines: tuple[BillLine, ...] = ()
    line_count: int = 0
    combine_group: str = ""
    gates: tuple[Gate, ...] = ()
    consents_due: tuple[ConsentDue, ...] = ()

    def faults(self) -> tuple[str, ...]:
        """Why the bill does not add up; empty when it does (hospital interface, §2.1: BILL_INCONSISTENT)."""
        found = [
            f"line {line.line_id}"
            for line in self.lines
            if line.amount_fen != line_amount_fen(line.quantity, line.unit_price)
        ]
        if sum(line.amount_fen for line in self.lines) != self.total_fen:
            found.append("total")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class BillRef:
    """A bill at the version the patient saw: what lease and begin name."""

    bill_id: str
    version: int
    total_fen: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where to go after settling, as the hospital says it. `window`: its number or name, without the word."""

    what: str
    where: str
    window: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """The hospital's own record of a person, masked by the hospital."""

    patient_id: str = field(repr=False)
    name_masked: str
    sex: str
    birth_date: dt.date | None = field(repr=False)
    cert_masked: str
