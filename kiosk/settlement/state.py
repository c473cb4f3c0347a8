"""Where an attempt stands. Every state carries the facts gathered so far; none carries a credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.bill import BillRef
from kiosk.domain.split import LineShare, Split
from kiosk.hospital.port import Committed, Tender
from kiosk.insurance.port import Case, Settlement
from kiosk.payment.port import Payment
from kiosk.settlement.operations import Op


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be settled, fixed when the attempt starts."""

    attempt: AttemptId
    refund: RefundId  # used only if the payment has to go back
    bills: tuple[BillRef, ...]
    total_fen: int
    insured: bool
    visit_by_hospital: bool = False  # the HIS has registered the visit and uploaded the lines itself
    case: Case | None = None  # None: full self-pay
    ipt_otp_no: str = ""
    med_type: str = "11"


@dataclass(frozen=True, slots=True)
class LeaseRef:
    """What release, renew and begin name."""

    lease_id: str
    fencing_token: int
    ttl_s: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the attempt."""

    plan: Plan
    lease: LeaseRef | None = None
    mdtrt_id: str = ""
    shares: tuple[LineShare, ...] = ()
    split: Split | None = None
    payment: Payment | None = None
    settlement: Settlement | None = None
    committed: Committed | None = None
    charged: bool = False  # a shown code was sent under this order: never another one
    charge_refused: str = ""  # why the wallet did not take it; "" when it did, or nobody knows
    refunded: bool = False  # the money is on its way back
    reversed_by: str = ""  # 2208 or 2601, once answered
    live: bool = True  # a patient with a credential stands before the terminal
    left: str = (
        ""  # why the patient went before anything was shown; "" while they are here, or went by choice
    )
    staff_told: bool = False
    tag: int = 0  # of the newest wait
    msgids: tuple[tuple[Op, str], ...] = ()  # newest last; written by `record.noted`

    def msgid(self, op: Op) -> str:
        """The msgid under which `op` was last sent; "" when it never was."""
        return next((msgid for sent, msgid in reversed(self.msgids) if sent is op), "")

    @property
    def cash_fen(self) -> int:
        """What the phone pays: exactly `psn_cash_pay`."""
        return self.split.cash_fen if self.split else 0


class Undo(StrEnum):
    """One thing to take back. Each is repeated until it is answered."""

    SETTLEMENT = "settlement"  # 2208: the answer is known
    UNANSWERED = "unanswered"  # 2601: it is not
    ORDER = "order"  # close it, which reverses a charge; may turn out paid
    MONEY = "money"  # refund by the original route
    ATTEMPT = "attempt"  # cancel at the HIS: leaves a tombstone
    LINES = "lines"  # 2205
    VISIT = "visit"  # 2202
    LEASE = "lease"


class Result(StrEnum):
    """How an attempt ended."""

    SETTLED = "settled"
    NOT_SETTLED = "not_settled"
    HANDED_OVER = "handed_over"  # a person has to finish it


@dataclass(frozen=True, slots=True)
class Leasing:
    """The bills are being reserved."""

    facts: Facts
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Registering:
    """2201 is out."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Describing:
    """2203A is out."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Uploading:
    """2204 is out."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Pricing:
    """2206A is out."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Offered:
    """The patient is reading who pays what. No money has moved and none will without a word."""

    facts: Facts
    held_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Beginning:
    """From the answer on, no window and no other terminal can touch the bills."""

    facts: Facts
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Ordering:
    """The code to pay is being made, anew after a refused charge; nobody has seen it yet."""

    facts: Facts
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Paying:
    """The code is on the screen."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Charging:
    """The code that the patient showed is with the gateway, once. The code on the screen is dead."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Approving:
    """The phone asks its owner (`asked`), or nobody knows. The gateway is asked; nothing is sent again."""

    facts: Facts
    asked: bool


@dataclass(frozen=True, slots=True)
class Settling:
    """2207A is out. Its msgid is in the journal."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class InDoubt:
    """2207A was not answered: wait out the agency's longest delay, then ask."""

    facts: Facts
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Committing:
    """Settled at the agency, paid; the hospital is being told, again and again, the same."""

    facts: Facts
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Unwinding:
    """Taking back what was done, the first of `todo` first."""

    facts: Facts
    todo: tuple[Undo, ...]
    code: str  # why
    tries: int = 0
    asking: bool = False  # 2208 was not answered: 5203 first
    told: bool = False  # the patient has heard that it is not possible


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more will happen by itself."""

    facts: Facts
    result: Result
    code: str = ""
    phrase: str = ""


State: TypeAlias = (
    Leasing
    | Registering
    | Describing
    | Uploading
    | Pricing
    | Offered
    | Beginning
    | Ordering
    | Paying
    | Charging
    | Approving
    | Settling
    | InDoubt
    | Committing
    | Unwinding
    | Ended
)


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What the hospital has declared due back, fixed when the undo starts. Whole settlements only."""

    refund: RefundId
    refund_due_id: str
    version: int
    attempt: AttemptId  # the settlement that is undone
    total_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int
    tenders: tuple[Tender, ...]
    setl_id: str = ""
    case: Case | None = None  # None: the bill was paid without insurance


class RefundStep(StrEnum):
    """The undo's line, in this order and no other."""

    BEGIN = "begin"
    INSURANCE = "insurance"
    MONEY = "money"
    COMMIT = "commit"
    CANCEL = "cancel"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Refunding:
    """Where an undo stands."""

    plan: RefundPlan
    step: RefundStep
    tries: int = 0
    asking: bool = False
    reversed_by: str = ""
    money_back: bool = False
    receipt_no: str = ""
    result: Result | None = None
    code: str = ""
    phrase: str = ""
    staff_told: bool = False
    tag: int = 0
    msgids: tuple[tuple[Op, str], ...] = field(default=())


AnyState: TypeAlias = State | Refunding
