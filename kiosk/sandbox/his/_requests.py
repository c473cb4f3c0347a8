"""The bodies a terminal sends, as the document has them. Unknown keys are ignored, missing ones refused."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from kiosk.domain.money import MAX_FEN
from kiosk.sandbox.his._problems import Problem

T = TypeVar("T")

Fen = Annotated[int, Meta(ge=-MAX_FEN, le=MAX_FEN)]
Text = Annotated[str, Meta(max_length=200)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Version = Annotated[int, Meta(ge=0)]


class BillAt(Struct):
    id: Id
    version: Version


class LeaseBody(Struct):
    bills: Annotated[list[BillAt], Meta(min_length=1, max_length=20)]
    ttl_s: Annotated[int, Meta(ge=1)]
    session: Text = ""


class RenewBody(Struct):
    fencing_token: int


class BeginBody(Struct):
    lease_id: Id
    fencing_token: int
    bills: Annotated[list[BillAt], Meta(min_length=1, max_length=20)]
    total_fen: Fen
    mode: str  # insured, self_pay
    acting: dict[str, Any] | None = None
    planned_tenders: list[dict[str, Any]] = []


class TenderBody(Struct):
    kind: Text
    amount_fen: Fen
    out_trade_no: Text = ""
    channel_no: Text = ""
    paid_at: Text = ""
    payer_masked: Text = ""


class SetlInfo(Struct):
    medfee_sumamt_fen: Fen
    fund_pay_sumamt_fen: Fen
    acct_pay_fen: Fen
    psn_cash_pay_fen: Fen
    acct_mulaid_pay_fen: Fen = 0
    hosp_part_amt_fen: Fen = 0


class InsuranceBody(Struct):
    infno: Id
    msgid: Id
    setl_id: Id
    mdtrt_id: Id
    setl_time: Text
    setlinfo: SetlInfo
    fund_includes_account: bool
    pre_settle_digest: Text
    setldetail: list[dict[str, Any]] = []


class CommitBody(Struct):
    tenders: Annotated[list[TenderBody], Meta(max_length=20)]
    insurance: InsuranceBody | None = None
    evidence_digest: Text = ""


class CancelBody(Struct):
    reason: Text = ""


class InsuranceReversalBody(Struct):
    infno: Id
    setl_id: Text = ""
    omsgid: Text = ""
    at: Text = ""


class ReverseBody(Struct):
    reverse_id: Id
    reason: Text
    insurance_reversal: InsuranceReversalBody | None = None
    all: bool = True


class RefundBeginBody(Struct):
    refund_due_id: Id
    version: Version
    amount_fen: Fen
    tenders: Annotated[list[TenderBody], Meta(max_length=20)]


class RefundCommitBody(Struct):
    tenders: Annotated[list[TenderBody], Meta(max_length=20)]
    insurance_reversal: InsuranceReversalBody | None = None


class CertBody(Struct):
    type: Text
    no: Text
    name: Text = ""


class ByBody(Struct, omit_defaults=True):
    psn_no: Text = ""
    cert: CertBody | None = None
    card_sn: Text = ""
    visit_no: Text = ""
    ipt_no: Text = ""
    wristband: Text = ""
    his_patient_id: Text = ""


class ResolveBody(Struct):
    by: ByBody
    insuplc_admdvs: Text = ""


class ConsentBody(Struct):
    consent_id: Id
    visit_no: Id
    version: Id
    line_ids: Annotated[list[Id], Meta(max_length=200)]
    decision: str  # agree, refuse
    relation: Text = "self"
    method: Text = "touch"


def body_of(raw: bytes, kind: type[T]) -> T:
    """The body as `kind`. Raises Problem(BAD_REQUEST) that names the field, never its value."""
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.DecodeError as exc:
        raise Problem("BAD_REQUEST", str(exc)) from exc
