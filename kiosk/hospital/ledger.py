"""The day's ledger as bytes, so that two books can be compared by one hash (operation 33).

One entry is one line of UTF-8, closed by a newline, its fields joined by `|`:

    n|attempt_id|kind|at|total_fen|tenders|setl_id|receipt_no

`tenders` are `kind:amount_fen:out_trade_no` joined by `,`, in the order of the entry. Texts are as the
ledger has them; none may hold `|`, `,` or a line break. The close of a day is the SHA-256, in lower-case
hex, of all lines in the order of `n`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kiosk.hospital.port import LedgerEntry


def entry_line(entry: LedgerEntry) -> str:
    """The line of one entry, newline included."""
    tenders = ",".join(f"{t.kind.value}:{t.amount_fen}:{t.out_trade_no}" for t in entry.tenders)
    fields = (
        entry.number,
        entry.attempt_id,
        entry.kind,
        entry.at,
        entry.total_fen,
        tenders,
        entry.setl_id,
        entry.receipt_no,
    )
    return "|".join(str(field) for field in fields) + "\n"


def ledger_sha256(entries: Iterable[LedgerEntry]) -> str:
    """What the hospital's close of the same entries must say."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(entry_line(entry).encode())
    return digest.hexdigest()
