"""Five ledgers side by side: the terminal's journal, agency, wallet, HIS, collector.

Sums are net, in fen: what was given back counts negative. A ledger says only what it knows: the wallet knows
the cash and nothing else. They are equal when nobody contradicts anybody.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from kiosk.hospital.port import TenderKind
from kiosk.journal import Entry, JournalError, JournalMissing, JournalReader, read_entry, verify
from kiosk.sandbox.demo.table import Table, TableError

COLLECTOR_MAX_S = 30.0
"""Until the collector has every entry of the journal."""
LOOK_AGAIN_S = 0.1

_CHUNK_ENTRIES = 500
_CHUNK_BYTES = 4 << 20
_PHONE = frozenset(
    {TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.UNIONPAY, TenderKind.AGGREGATE, TenderKind.ECNY}
)
_COMMITTED = {"settlement.committed": 1, "undo.committed": -1}

Sums: TypeAlias = dict[str, int]
"""By `total_fen`, `fund_fen`, `account_fen` (the family's with it), `cash_fen`, `hospital_fen`."""

NAMES = ("total_fen", "fund_fen", "account_fen", "cash_fen", "hospital_fen")


@dataclass(frozen=True, slots=True)
class Books:
    """The five, and whether they agree."""

    journal: Sums
    agency: Sums
    wallet: Sums
    his: Sums
    collector: Sums
    collector_has_all: bool
    chain_whole: bool
    trouble: tuple[str, ...] = field(default=())

    @property
    def equal(self) -> bool:
        """All that can be compared is the same, the collector has everything, the chain holds."""
        return self.collector_has_all and self.chain_whole and not disagreements(self.by_name())

    def by_name(self) -> dict[str, Sums]:
        """Ledger by name."""
        return {
            "journal": self.journal,
            "agency": self.agency,
            "wallet": self.wallet,
            "his": self.his,
            "collector": self.collector,
        }


def disagreements(ledgers: Mapping[str, Sums]) -> tuple[str, ...]:
    """One line for each sum that is not the same in every ledger that has it."""
    found = []
    for name in NAMES:
        said = {ledger: sums[name] for ledger, sums in ledgers.items() if name in sums}
        if len(set(said.values())) > 1:
            found.append(f"{name}: " + ", ".join(f"{ledger} {value}" for ledger, value in said.items()))
    return tuple(found)


def collect(journal: Path, table: Table) -> Books:
    """Wait for the collector, then look at all five. Raises TableError, JournalError."""
    has_all = _collector_has_all(journal, table)
    ledgers = table.ledgers()["sums"]
    return Books(
        journal=journal_sums(entries(journal)),
        agency=_agency(ledgers["agency"]),
        wallet={"cash_fen": int(ledgers["wallet"]["net_fen"])},
        his=_his(ledgers["his"]),
        collector=_collector(table.transactions()),
        collector_has_all=has_all,
        chain_whole=_chain_whole(journal),
    )


def entries(journal: Path, after_seq: int = 0) -> tuple[Entry, ...]:
    """The journal's entries from a place on; none while there is no journal. Raises JournalError."""
    found: list[Entry] = []
    with JournalReader(journal) as reader:
        try:
            while rows := reader.after(after_seq, entries_max=_CHUNK_ENTRIES, bytes_max=_CHUNK_BYTES):
                found += [read_entry(row) for row in rows]
                after_seq = rows[-1].seq
        except JournalMissing:
            return ()
    return tuple(found)


def journal_sums(found: tuple[Entry, ...]) -> Sums:
    """What the terminal has committed, less what it has given back."""
    sums = dict.fromkeys(NAMES, 0)
    for entry in found:
        sign = _COMMITTED.get(entry.kind)
        if sign is not None:
            body = entry.data
            for name in NAMES:
                sums[name] += sign * int(body[name])
    return sums


def money_agrees(journal: Path, table: Table) -> tuple[str, ...]:
    """What journal, agency, wallet and HIS contradict each other in at this moment; nothing is waited for."""
    ledgers = table.ledgers()["sums"]
    return disagreements(
        {
            "journal": journal_sums(entries(journal)),
            "agency": _agency(ledgers["agency"]),
            "wallet": {"cash_fen": int(ledgers["wallet"]["net_fen"])},
            "his": _his(ledgers["his"]),
        }
    )


def _agency(said: dict[str, Any]) -> Sums:
    sums = {name: int(said[name]) for name in NAMES}
    sums["account_fen"] += int(said["family_fen"])
    return sums


def _his(said: dict[str, Any]) -> Sums:
    tenders = {TenderKind(kind): int(fen) for kind, fen in said["by_tender_fen"].items()}
    return {
        "total_fen": int(said["total_fen"]),
        "fund_fen": tenders.get(TenderKind.FUND, 0),
        "account_fen": tenders.get(TenderKind.ACCOUNT, 0) + tenders.get(TenderKind.FAMILY, 0),
        "cash_fen": sum(fen for kind, fen in tenders.items() if kind in _PHONE),
        "hospital_fen": tenders.get(TenderKind.HOSPITAL, 0),
    }


def _collector(transactions: list[dict[str, Any]]) -> Sums:
    sums = dict.fromkeys(NAMES, 0)
    for row in transactions:
        sign = -1 if str(row["last_kind"]).startswith("undo.") else 1
        for name in NAMES:
            sums[name] += sign * abs(int(row[name] or 0))
    return sums


def _collector_has_all(journal: Path, table: Table) -> bool:
    """Wait until the collector's watermark is the journal's head, at most COLLECTOR_MAX_S."""
    end_s = time.monotonic() + COLLECTOR_MAX_S
    while True:
        with JournalReader(journal) as reader:
            head = reader.head()
        if head is None:
            return True
        marks = {row["epoch"]: row["watermark"] for row in table.streams()}
        if marks.get(head.epoch) == head.seq:
            return True
        if time.monotonic() > end_s:
            return False
        time.sleep(LOOK_AGAIN_S)


def _chain_whole(journal: Path) -> bool:
    return verify(journal).ok


__all__ = [
    "Books",
    "JournalError",
    "Sums",
    "TableError",
    "collect",
    "disagreements",
    "entries",
    "journal_sums",
    "money_agrees",
]
