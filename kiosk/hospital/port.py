"""The hospital's billing system, as the terminal needs it.

Numbers of operations are those of the hospital interface, §2.

Money is integer fen. Everything that changes something is `keyed`: repeating
it with the same key and the same body is safe, with another body it is an
error in our code.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.bill import Bill, BillRef, NextStep, Patient
from kiosk.domain.outcome import Outcome
from kiosk.domain.split import Split


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Operation 1: what this hospital serves."""

    api_version: str
    fixmedins_code: str
    features: tuple[str, ...]
    lease_ttl_max_s: int
    answer_delay_max_s: float
    time_zone: str


@dataclass(frozen=True, slots=True)
class Health:
    """Operation 2. Never touches money."""

    state: str  # ok, degraded, down
    since: str


@dataclass(frozen=True, slots=True)
class Lease:
    """Operation 7: these bills are this terminal's for some seconds."""

    lease_id: str
    fencing_token: int
    ttl_s: float  # from the answer's server time, so that clocks need not agree
    bills: tuple[Bill, ...] = ()


@dataclass(frozen=True, slots=True)
class Released:
    """Operation 8: the bills are free again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The hospital has kept what it was told."""


class TenderKind(StrEnum):
    """How a part of a bill is paid (hospital interface, §2.3)."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNIONPAY = "unionpay"
    AGGREGATE = "aggregate"
    ECNY = "ecny"
    ACCOUNT = "account"
    FAMILY = "family_account"
    FUND = "fund"
    HOSPITAL = "hospital"
    DEPOSIT = "deposit"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Tender:
    """One part of the money. The tenders of a commit sum to the bill's total."""

    kind: TenderKind
    amount_fen: int
    out_trade_no: str = ""
    channel_no: str = ""
    paid_at: str = ""


@dataclass(frozen=True, slots=True)
class InsuranceResult:
    """What the agency did, as the commit carries it."""

    infno: str
    msgid: str
    setl_id: str
    mdtrt_id: str
    setl_time: str
    split: Split
    fund_includes_account: bool
    pre_settle_digest: str


@dataclass(frozen=True, slots=True)
class InsuranceReversal:
    """What undid the agency's side: 2208 or 2601."""

    infno: str
    setl_id: str = ""
    omsgid: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Operation 9: no window and no other terminal can touch the bills now."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Operation 10: the hospital has the settlement in its books."""

    receipt_no: str
    invoice_state: str
    next_steps: tuple[NextStep, ...]
    queue_no: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Operation 11: nothing of the attempt stands, and a late request for it dies."""


class AttemptState(StrEnum):
    """Operation 12."""

    BEGUN = "begun"
    COMMITTED = "committed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """The hospital's view of an attempt. `state` None: never seen, which is not final."""

    state: AttemptState | None
    committed: Committed | None = None


@dataclass(frozen=True, slots=True)
class RefundDue:
    """Operation 14: money the hospital declares due back, by tender."""

    refund_due_id: str
    version: int
    attempt_id: AttemptId
    bill_title: str
    reason: str
    due_since: dt.datetime
    tenders: tuple[Tender, ...]  # amount_fen is the most that may go back
    setl_id: str = ""
    mdtrt_id: str = ""
    psn_no: str = field(default="", repr=False)
    insured_place: str = ""
    insutype: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class RefundBegun:
    """Operation 15, begin."""


@dataclass(frozen=True, slots=True)
class RefundCommitted:
    """Operation 15, commit: the hospital has it in its books."""

    receipt_no: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """Operation 28."""

    state: str  # none, pending, issued, red, failed
    bill_code: str = ""
    bill_no: str = ""
    check_code: str = ""
    qr_text: str = ""
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """Operation 27: what the patient decided about items that need consent."""

    consent_id: str
    version: str
    line_ids: tuple[str, ...]
    decision: str  # agree, refuse
    relation: str = "self"
    method: str = "touch"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of operation 33."""

    number: int
    attempt_id: str
    kind: str  # settle, reverse, refund
    at: str
    total_fen: int
    tenders: tuple[Tender, ...]
    setl_id: str
    receipt_no: str


@dataclass(frozen=True, slots=True)
class LedgerClose:
    """Operation 33, close of a day: totals and the hash over the ordered entries."""

    count: int
    total_fen: int
    sha256: str
    by_kind_fen: dict[str, int] = field(default_factory=dict)


class HospitalPort(Protocol):
    """The HIS. No method raises for anything a peer does; every outcome has three arms."""

    async def capabilities(self) -> Outcome[Capabilities]: ...

    async def health(self) -> Outcome[Health]: ...

    async def resolve(self, *, psn_no: str, insured_place: str) -> Outcome[tuple[Patient, ...]]:
        """Operation 3: none, one or several records."""
        ...

    async def open_bills(self, patient_id: str) -> Outcome[tuple[Bill, ...]]:
        """Operation 5, all pages; bills without lines."""
        ...

    async def bill(self, bill_id: str) -> Outcome[Bill]:
        """Operation 6, with lines. A bill whose lines do not add up is Refused("BILL_INCONSISTENT")."""
        ...

    async def lease(self, key: str, bills: tuple[BillRef, ...], ttl_s: int, session: str) -> Outcome[Lease]:
        """Operation 7."""
        ...

    async def renew(self, key: str, lease_id: str, fencing_token: int) -> Outcome[Lease]:
        """Operation 8."""
        ...

    async def release(self, key: str, lease_id: str, fencing_token: int) -> Outcome[Released]:
        """Operation 8, DELETE."""
        ...

    async def begin(
        self, attempt: AttemptId, lease: Lease, bills: tuple[BillRef, ...], insured: bool, split: Split
    ) -> Outcome[Begun]:
        """Operation 9."""
        ...

    async def commit(
        self, attempt: AttemptId, insurance: InsuranceResult | None, tenders: tuple[Tender, ...]
    ) -> Outcome[Committed]:
        """Operation 10."""
        ...

    async def cancel(self, attempt: AttemptId, reason: str) -> Outcome[Cancelled | Committed]:
        """Operation 11: cancelled for certain, or committed for certain."""
        ...

    async def attempt(self, attempt: AttemptId) -> Outcome[AttemptRecord]:
        """Operation 12."""
        ...

    async def refunds_due(self, patient_id: str) -> Outcome[tuple[RefundDue, ...]]:
        """Operation 14."""
        ...

    async def refund_begin(self, refund: RefundId, due: RefundDue) -> Outcome[RefundBegun]:
        """Operation 15, PUT."""
        ...

    async def refund_commit(
        self, refund: RefundId, reversal: InsuranceReversal | None, tenders: tuple[Tender, ...]
    ) -> Outcome[RefundCommitted]:
        """Operation 15, commit; carries the insurance reversal."""
        ...

    async def refund_cancel(self, refund: RefundId, reason: str) -> Outcome[Cancelled | RefundCommitted]:
        """Operation 15, cancel."""
        ...

    async def consent(self, key: str, visit_no: str, decision: ConsentDecision) -> Outcome[Recorded]:
        """Operation 27, POST."""
        ...

    async def invoice(self, attempt: AttemptId) -> Outcome[Invoice]:
        """Operation 28."""
        ...

    async def ledger(self, day: dt.date) -> Outcome[tuple[LedgerEntry, ...]]:
        """Operation 33, all pages."""
        ...

    async def ledger_close(self, day: dt.date) -> Outcome[LedgerClose]:
        """Operation 33, close."""
        ...
