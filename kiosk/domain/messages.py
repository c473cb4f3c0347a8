"""What a patient is told, and how a peer's code becomes one of ours.

A message is a code of the closed table (wording, §4 and §5) and a money phrase.
The code says what happened and what to do, the phrase says what became of the
money. The texts themselves are data and live in the locale. A peer's own words
never reach the screen: each code that a peer may use has a row here, and one
that nobody expected falls to its peer's general row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

MoneyPhrase: TypeAlias = Literal["", "M0", "M1", "M1b", "M2", "M3", "M4", "M5"]
"""What may be said about the money, each with one fixed meaning, held against the journal:

M0   nothing was taken: the visit holds no payment attempt other than closed and unpaid ones
M1   paid and being checked: an attempt is unknown *and* its payment is proven
M1b  the payment itself is not known yet
M2   paid and settled
M3   what was paid goes back: there is a refund entry
M4   insurance took nothing
M5   insurance is settled, cash is not yet paid
""  nothing is said
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell: a code of the table and the money phrase that is true with it."""

    code: str
    phrase: MoneyPhrase


class Peer(StrEnum):
    """Whose code it is."""

    HOSPITAL = "hospital"  # hospital interface, §2.5, and the codes of gates
    AGENCY = "agency"  # refusals of the insurance port, which are our own codes already
    GATEWAY = "gateway"  # self-pay by phone: our own codes as well
    CARD = "card"  # hw.card failure codes
    SCANNER = "scanner"  # hw.scanner failures and kinds of codes
    PRINTER = "printer"  # hw.printer failures


GENERAL: dict[Peer, str] = {
    Peer.HOSPITAL: "GT-04",
    Peer.AGENCY: "SE-01",
    Peer.GATEWAY: "PY-03",
    Peer.CARD: "CD-05",
    Peer.SCANNER: "QR-06",
    Peer.PRINTER: "PR-14",
}
"""What an unexpected code becomes."""

_GATES = (
    *("GT-01", "GT-02", "GT-03", "GT-04", "GT-05", "ST-01", "ST-02"),
    *("EN-01", "EN-02", "EN-03", "EN-04", "AC-01", "AC-02", "AC-03"),
    *("ID-01", "ID-02", "ID-03", "ID-04", "PX-01", "PX-03"),
    *("CS-01", "DC-01", "PC-01", "MP-01", "FB-01"),
)
"""Codes of our own table that a hospital may put on a bill's gate, or a port may answer with."""

HOSPITAL: dict[str, str] = {
    "BAD_REQUEST": "FB-02",
    "BAD_ANSWER": "FB-02",  # an answer that can be read and cannot be believed
    "UNAUTHORISED": "FB-02",
    "FORBIDDEN_TERMINAL": "FB-02",
    "PATIENT_NOT_FOUND": "GT-04",
    "PATIENT_BLOCKED": "GT-04",
    "PATIENT_EXISTS": "ID-03",
    "BILL_NOT_FOUND": "LK-03",
    "ATTEMPT_NOT_FOUND": "LK-03",
    "STAY_NOT_FOUND": "GT-04",
    "SLOT_NOT_FOUND": "GT-04",
    "IDEMPOTENCY_MISMATCH": "SE-03",  # its effect is as stored: nobody here knows
    "IN_PROGRESS": "LK-01",
    "DEADLINE_PASSED": "FB-02",
    "RATE_LIMITED": "FB-02",
    "MAINTENANCE": "FB-02",
    "INTERNAL": "FB-02",
    "BILL_LEASED": "LK-01",
    "BILL_CHANGED": "LK-03",
    "BILL_SETTLED": "LK-04",
    "BILL_UNKNOWN_ATTEMPT": "LK-02",
    "BILL_INCONSISTENT": "GT-04",
    "BILL_EXPIRED": "LK-03",
    "BILL_NOT_COMBINABLE": "GT-04",
    "LEASE_UNKNOWN": "LK-01",
    "LEASE_EXPIRED": "LK-01",
    "LEASE_FENCED": "LK-01",
    "AMOUNT_MISMATCH": "LK-03",
    "TENDER_SUM_MISMATCH": "GT-04",
    "SPLIT_MISMATCH": "AM-01",
    "GATE_BLOCKED": "GT-04",
    "CONSENT_REQUIRED": "CS-01",
    "CONSENT_CHANGED": "CS-01",
    "APPROVAL_PENDING": "GT-05",
    "ITEM_UNMAPPED": "MP-01",
    "PRICE_ABOVE_CEILING": "PC-01",
    "ATTEMPT_CANCELLED": "LK-03",
    "NOT_REVERSIBLE": "GT-04",
    "REVERSE_MISMATCH": "GT-04",
    "REFUND_CHANGED": "LK-03",
    "REFUND_EXCEEDS": "GT-04",
    "ROUTE_CLOSED": "RF-04",
    "SLOT_GONE": "GT-04",
    "HOLD_EXPIRED": "GT-04",
    "HOLD_LIMIT": "GT-04",
    "DOCTOR_NOT_INSURABLE": "ST-01",
    "CHARGES_OPEN": "DC-01",
    "CLOSED_VERSION_CHANGED": "LK-03",
    "STAY_CLOSED": "GT-04",
    "DEPOSIT_LIMIT": "GT-04",
    "LIST_NOT_READY": "DL-01",
    "OUT_OF_PERIOD": "GT-04",
    "DAY_OPEN": "GT-04",
} | {code: code for code in _GATES}

AGENCY: dict[str, str] = {code: code for code in (*_GATES, "SE-01", "AM-01", "QR-02", "QR-03", "QR-05")}
"""The agency refuses in free text; the port reads from it, per area, which of our codes it means."""

GATEWAY: dict[str, str] = {code: code for code in ("PY-02", "PY-03", "PY-05", "PY-07", "RF-02", "RF-04")}

CARD: dict[str, str] = {
    "no_service": "CD-10",
    "service_refused": "CD-10",
    "no_reader": "CD-10",
    "reader_gone": "CD-10",
    "reader_fault": "CD-10",
    "no_card": "CD-08",
    "card_removed": "CD-08",
    "card_reset": "CD-10",
    "card_busy": "CD-10",
    "card_mute": "CD-01",
    "protocol": "CD-03",
    "transmit_failed": "CD-02",
    "timeout": "CD-02",
    "cancelled": "CD-08",
    "not_a_social_security_card": "CD-03",
    "card_blocked": "CD-05",
    "card_blank": "CD-05",
    "needs_authentication": "CD-11",
    "no_security_module": "CD-11",
    "security_module_fault": "CD-11",
    "security_service_silent": "CD-11",
    "authentication_refused": "CD-11",
    "authentication_locked": "CD-11",
    "authentication_held": "CD-11",
    "card_not_genuine": "CD-11",
    "reader_not_chosen": "CD-10",
    "file_missing": "CD-05",
    "bad_data": "CD-05",
    "unexpected_status": "CD-05",
    "expired": "CD-04",
}

SCANNER: dict[str, str] = {
    "NO_CAMERA": "QR-06",
    "CAMERA_REFUSED": "QR-06",
    "CAMERA_GONE": "QR-06",
    "STALLED": "QR-06",
    "NOT_A_VIDEO": "QR-06",
    "ENDED": "QR-06",
    "READER_DIED": "QR-06",
    "READER_HUNG": "QR-06",
    "READER_GAVE_UP": "QR-06",
    "wechat_pay": "QR-01",
    "alipay": "QR-01",
    "other_payment": "QR-01",
    "url": "QR-03",
    "other": "QR-03",
    "unreadable": "QR-04",
}

PRINTER: dict[str, str] = {
    "PAPER_OUT": "PR-13",
    "COVER_OPEN": "PR-13",
    "CUTTER_JAMMED": "PR-13",
    "HEAD_TOO_HOT": "PR-13",
    "BROKEN": "PR-13",
    "OFFLINE": "PR-13",
    "PAPER_JAM": "PR-13",
    "TONER_EMPTY": "PR-13",
    "STOPPED": "PR-13",
    "NOT_CONNECTED": "PR-13",
    "FOLDER_NOT_WRITABLE": "PR-13",
    "FOLDER_FULL": "PR-13",
    "FONT_MISSING": "PR-13",
    "FONT_UNUSABLE": "PR-13",
}
"""Before the patient pays: no papers here, and everything else still works."""

_TABLES: dict[Peer, dict[str, str]] = {
    Peer.HOSPITAL: HOSPITAL,
    Peer.AGENCY: AGENCY,
    Peer.GATEWAY: GATEWAY,
    Peer.CARD: CARD,
    Peer.SCANNER: SCANNER,
    Peer.PRINTER: PRINTER,
}

_OTHER_THAN_M0: dict[str, MoneyPhrase] = {
    "SE-03": "M1b",
    "LK-02": "M1b",
    "LK-04": "M2",
    "PY-05": "M3",
    "RF-02": "M3",
    "RF-03": "",
    "RF-04": "",
    "PR-13": "",
    "PR-14": "",
}
"""Before any payment of this visit nothing was taken, and saying so is always true. The exceptions: bills
that somebody else paid or is paying, refunds, and papers."""


def classify(peer: Peer, code: str) -> Message:
    """What to tell when `peer` refused or failed with `code` before this visit paid anything."""
    ours = _TABLES[peer].get(code, GENERAL[peer])
    return Message(ours, _OTHER_THAN_M0.get(ours, "M0"))


def given_back(code: str) -> Message:
    """What to tell when the same thing happened after the patient had paid and the money goes back.

    Most texts of the table say themselves that nothing was taken; they may not stand beside M3.
    """
    return Message("SE-02" if code in ("SE-02", "AM-01") else "SE-05", "M3")


def not_printed(code: str) -> Message:
    """What to tell when the papers of a settlement did not come out; the settlement stands.

    `code`: the printer's failure, or empty when it did not confirm the print.
    """
    if not code:
        return Message("PR-14", "M2")
    return Message("PR-11" if code == "PAPER_OUT" else "PR-12", "M2")
