"""What is to be seen when something is not as hoped: what is true, what is still possible."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeingChecked:
    """13. `phrase`: M1 the payment is proven, M1b the payment itself is not known. Kept until answered."""

    phrase: str
    cash_fen: int
    reference: str
    lookup_qr: str
    code: str
    printed: bool
    seen_at: str = ""
    refund: bool = False


@dataclass(frozen=True, slots=True)
class NotPossible:
    """14. `code` has a text in the locale (`code.SE-01`), `phrase` says what became of the money."""

    code: str
    phrase: str
    returned_fen: int = 0  # with M3
    self_pay: bool = False  # full self-pay may be offered


@dataclass(frozen=True, slots=True)
class NetworkDown:
    """16."""

    since: str
    code: str


@dataclass(frozen=True, slots=True)
class DeviceTrouble:
    """17. `device`: printer, card_reader, camera; `identity` when neither card nor code can be read."""

    device: str
    code: str
    told_at: str


@dataclass(frozen=True, slots=True)
class StaffWindow:
    """Asked for a person: which window, what to bring. Nothing has been paid."""

    window: str
    phone: str
