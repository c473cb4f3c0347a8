"""The answers of the hospital interface as they come over the wire (§2.2, §2.3).

Unknown keys are ignored; a missing required key is an error of the whole answer. Money is integer fen
within the interface's range; a number with a fraction is refused, not rounded.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Meta, Struct

from kiosk.domain.money import MAX_FEN

Fen = Annotated[int, Meta(ge=-MAX_FEN, le=MAX_FEN)]
Version = Annotated[int, Meta(ge=0)]
Text = Annotated[str, Meta(max_length=2000)]
Id = Annotated[str, Meta(min_length=1, max_length=200)]
Quantity = Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
UnitPrice = Annotated[str, Meta(pattern=r"^[0-9]{1,10}(\.[0-9]{1,6})?$")]
Moment = Annotated[dt.datetime, Meta(tz=True)]


class Limits(Struct):
    lease_ttl_s_max: Annotated[int, Meta(ge=1, le=180)]
    answer_delay_max_s: Annotated[float, Meta(gt=0, le=3600)]
    page_max: int = 200


class Capabilities(Struct):
    api_version: Id
    fixmedins_code: Id
    features: list[Text]
    limits: Limits
    time_zone: Id


class Health(Struct):
    state: Id
    since: Text = ""


class Patient(Struct):
    patient_id: Id
    name_masked: Text
    sex: Text = ""
    birth_date: dt.date | None = None
    cert_masked: Text = ""


class Resolved(Struct):
    match: Id
    patients: list[Patient]


class Diagnosis(Struct):
    code: Text
    name: Text
    at: Moment
    type: Text = ""
    no: int = 0
    dept: Text = ""
    dr_no: Text = ""
    dr_name: Text = ""
    main: bool = False


class Visit(Struct):
    ipt_otp_no: Id
    med_type: Text
    begin_at: Moment
    dept_code: Text
    dept_name: Text
    atddr_no: Text
    dr_name: Text
    mdtrt_id: Text | None = None
    caty: Text = ""
    main_cond: Text = ""
    dise_codg: Text = ""
    dise_name: Text = ""
    diagnoses: list[Diagnosis] = []


class Gate(Struct):
    code: Id
    blocks: Id
    text_zh: Text = ""
    text_en: Text = ""


class ConsentDue(Struct):
    consent_id: Id
    version: Id
    line_ids: list[Id]
    amount_fen: Fen


class Line(Struct, rename={"item_class": "class"}):
    line_id: Id
    at: Moment
    med_list_codg: Text
    medins_list_codg: Text
    name: Text
    quantity: Quantity
    unit_price: UnitPrice
    amount_fen: Fen
    spec: Text = ""
    unit: Text = ""
    list_type: Text = ""
    item_class: Text = ""
    fee_category: Text = ""
    dept_code: Text = ""
    dept_name: Text = ""
    dr_no: Text = ""
    dr_name: Text = ""
    mapped: bool = True
    rx_no: Text = ""
    hosp_appr: Text = "1"
    dose: Text = ""
    frequency: Text = ""
    days: Text = ""
    route: Text = ""


class Bill(Struct):
    bill_id: Id
    bill_version: Version
    kind: Id
    state: Id
    patient_id: Id
    created_at: Moment
    total_fen: Fen
    insurable: bool
    visit: Visit
    title: Text = ""
    not_insurable_reason: Text = ""
    combine_group: Text = ""
    gates: list[Gate] = []
    consents_due: list[ConsentDue] = []
    line_count: int = 0


class BillWithLines(Bill, kw_only=True):
    lines: list[Line]


class BillPage(Struct):
    bills: list[Bill]
    next_cursor: Text | None = None


class Lease(Struct):
    lease_id: Id
    fencing_token: int
    expires_at: Moment
    bills: list[BillWithLines] = []


class Released(Struct):
    lease_id: Id


class Begun(Struct):
    state: Id


class NextStep(Struct):
    what: Text
    where: Text
    window: Text = ""
    time: Text = ""


class Committed(Struct):
    receipt_no: Id
    invoice_state: Text = "none"
    next_steps: list[NextStep] = []
    queue: Text = ""


class Ended(Struct):
    """cancel's answer. Of a committed settlement it carries the result as well."""

    state: Id
    receipt_no: Text = ""
    invoice_state: Text = "none"
    next_steps: list[NextStep] = []
    queue: Text = ""


class Attempt(Struct):
    state: Id
    result: Committed | None = None


class DueTender(Struct):
    kind: Id
    max_fen: Fen
    out_trade_no: Text = ""
    channel_no: Text = ""
    paid_at: Text = ""


class RefundDue(Struct):
    refund_due_id: Id
    version: Version
    attempt_id: Id
    reason: Text
    due_since: Moment
    tenders: list[DueTender]
    bill_title: Text = ""
    setl_id: Text = ""
    mdtrt_id: Text = ""
    psn_no: Text = ""
    insuplc_admdvs: Text = ""
    insutype: Text = ""
    whole: bool = True


class RefundsDue(Struct):
    refunds: list[RefundDue]


class RefundState(Struct):
    state: Id
    receipt_no: Text = ""


class Recorded(Struct):
    state: Id


class Invoice(Struct):
    state: Id
    bill_code: Text = ""
    bill_no: Text = ""
    check_code: Text = ""
    qr_text: Text = ""
    amount_fen: Fen = 0


class LedgerTender(Struct):
    kind: Id
    amount_fen: Fen
    out_trade_no: Text = ""
    channel_no: Text = ""
    paid_at: Text = ""


class LedgerEntry(Struct):
    n: int
    attempt_id: Id
    kind: Id
    at: Id
    total_fen: Fen
    tenders: list[LedgerTender]
    setl_id: Text = ""
    receipt_no: Text = ""


class LedgerPage(Struct):
    entries: list[LedgerEntry]
    next_cursor: Text | None = None


class LedgerClose(Struct):
    count: int
    total_fen: int
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    by_kind_fen: dict[str, int] = {}
