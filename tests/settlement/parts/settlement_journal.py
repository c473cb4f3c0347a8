"""What a journal says, read from outside, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kiosk.journal import Entry, JournalReader, read_entry


def journal_sums(journal: Path) -> dict[str, int]:
    """What a journal says was collected, net of undone settlements, in the words of `Hospital.sums`."""
    sums = dict.fromkeys(("total", "fund", "account", "cash"), 0)
    with JournalReader(journal) as reader:
        for row in iter_rows(reader):
            sign = {"settlement.committed": 1, "undo.committed": -1}.get(row.kind, 0)
            for name in sums if sign else ():
                sums[name] += sign * int(row.data[f"{name}_fen"])
    return {
        "agency cash": sums["cash"],
        "agency fund": sums["fund"],
        "agency account": sums["account"],
        "his total": sums["total"],
        "his fund": sums["fund"],
        "his account": sums["account"],
        "his cash": sums["cash"],
        "wallet": sums["cash"],
    }


def iter_rows(reader: JournalReader) -> Iterator[Entry]:
    """Every entry of a journal."""
    seq = 0
    while rows := reader.after(seq, entries_max=500, bytes_max=1 << 22):
        for row in rows:
            yield read_entry(row)
        seq = rows[-1].seq


def attempts(journal: Path) -> dict[str, list[Entry]]:
    """The entries of each settlement and undo, oldest first."""
    found: dict[str, list[Entry]] = {}
    with JournalReader(journal) as reader:
        for entry in iter_rows(reader):
            if entry.settlement is not None:
                found.setdefault(entry.settlement, []).append(entry)
    return found


def untrue(entries: list[Entry]) -> list[str]:
    """The money phrases that the journal itself contradicts at the moment they were told (design, §3)."""
    paid = refunded = committed = False
    wrong = []
    for entry in entries:
        value = entry.data.get("value")
        state = value.get("state") if isinstance(value, dict) else None
        paid = paid or state in ("paid", "refunded")
        refunded = refunded or state == "refunded"
        refunded = refunded or entry.kind in ("settlement.refunded", "undo.refunded", "undo.committed")
        committed = committed or entry.kind == "settlement.committed"
        allowed = {
            "": True,
            "M0": not paid,
            "M1": paid and not committed,
            "M1b": not paid and not committed,
            "M2": committed,
            "M3": refunded,
        }
        wrong += [
            f"{phrase} at {entry.kind}" for phrase, _ in entry.data.get("told", ()) if not allowed[phrase]
        ]
    return wrong
