"""The attempt: one try to settle, with a name that never changes.

Its id is 26 hex characters and is used unchanged as Idempotency-Key,
`chrg_bchno`, `out_trade_no` and on slips.
"""

from __future__ import annotations

import secrets
from typing import NewType

AttemptId = NewType("AttemptId", str)
RefundId = NewType("RefundId", str)
"""An undo's own attempt: same shape, one for life (hospital interface, §0 item 6)."""


def new_attempt_id() -> AttemptId:
    """A fresh attempt id."""
    return AttemptId(secrets.token_hex(13))


def new_refund_id() -> RefundId:
    """A fresh refund id."""
    return RefundId(secrets.token_hex(13))


def reference(attempt_id: str) -> str:
    """What a person reads out to staff: `041T-7Q2M` style, eight characters of the attempt's id."""
    return f"{attempt_id[:4]}-{attempt_id[4:8]}".upper()


def lookup_code(site: str, terminal: str, attempt_id: str) -> str:
    """The look-up QR on papers: shows nothing without a second identification (wording, §1)."""
    return f"KC1:{site}:{terminal}:{attempt_id[:8].upper()}"
