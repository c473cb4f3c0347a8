"""What a collector's database says of itself: what must be equal in a copy, and whether its chains hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from edge_agent.collector.store import AMOUNTS
from kiosk.journal import GENESIS, entry_hash

Row: TypeAlias = dict[str, Any]
Ask: TypeAlias = Callable[[str, Sequence[Any]], list[Row]]
"""A question in the store's SQL, and what it gives."""

PAGE_ROWS = 1_000

TABLES: dict[str, tuple[str, ...]] = {
    "device": ("device",),
    "stream": ("device", "epoch"),
    "entry": ("id",),
    "quarantine": ("id",),
    "gap": ("id",),
    "counter": ("name",),
    "transactions": ("device", "settlement"),
}
"""Every table of the collector and its key."""


def facts(ask: Ask) -> dict[str, Any]:
    """Rows and digest of each table, streams with their watermarks, sums of the transactions in fen."""
    sums = ", ".join(f"COALESCE(SUM({name}), 0) AS {name}" for name in AMOUNTS)
    (total,) = ask(f"SELECT COUNT(*) AS number, {sums} FROM transactions", ())
    outcomes = ask(
        "SELECT COALESCE(outcome, 'open') AS outcome, COUNT(*) AS number FROM transactions"
        " GROUP BY COALESCE(outcome, 'open')",
        (),
    )
    streams = ask(
        "SELECT device, epoch, stream, watermark, watermark_hash, highest, held_reason FROM stream"
        " ORDER BY device, epoch",
        (),
    )
    return {
        "tables": {name: _digest(ask, name, key) for name, key in TABLES.items()},
        "streams": [{**row, "watermark_hash": bytes(row["watermark_hash"]).hex()} for row in streams],
        "transactions": {name: int(value) for name, value in total.items()},  # PostgreSQL sums to decimals
        "outcomes": dict(sorted((row["outcome"], row["number"]) for row in outcomes)),
    }


def _digest(ask: Ask, table: str, key: Sequence[str]) -> dict[str, Any]:
    digest, number = hashlib.sha256(), 0
    for row in _walk(ask, table, key):
        plain = {name: _plain(value) for name, value in row.items()}
        digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        number += 1
    return {"rows": number, "sha256": digest.hexdigest()}


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _walk(ask: Ask, table: str, key: Sequence[str]) -> Iterator[Row]:
    """Every row in the order of its key, a page at a time."""
    columns, marks = ", ".join(key), ", ".join("?" * len(key))
    last: tuple[Any, ...] = ()
    while True:
        after = f"WHERE ({columns}) > ({marks})" if last else ""
        page = ask(f"SELECT * FROM {table} {after} ORDER BY {columns} LIMIT {PAGE_ROWS}", last)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        last = tuple(page[-1][name] for name in key)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What is not the same in the restored database; none is what a drill wants."""
    found = []
    for table, was in before["tables"].items():
        if (now := after["tables"][table]) != was:
            found.append(
                f"table {table}: {was['rows']} rows backed up, {now['rows']} restored, or other content"
            )
    streams = {(row["device"], row["epoch"]): row for row in after["streams"]}
    for row in before["streams"]:
        if streams.get((row["device"], row["epoch"])) != row:
            found.append(f"stream {row['device']} {row['epoch']}: not at entry {row['watermark']}")
    for part in ("transactions", "outcomes"):
        if before[part] != after[part]:
            found.append(f"{part}: {before[part]} backed up, {after[part]} restored")
    return found


def chain_faults(ask: Ask) -> list[str]:
    """Entries that do not hash onto the one before or are missing without a known gap, wrong watermarks."""
    faults: list[str] = []
    gaps = [(row["device"], row["epoch"], row["first_seq"], row["last_seq"]) for row in ask(_GAPS, ())]
    newest: dict[tuple[str, str], tuple[int, bytes]] = {}

    def missing(place: tuple[str, str], first: int, last: int) -> None:
        if first <= last and not any(gap[:2] == place and gap[2] <= first and last <= gap[3] for gap in gaps):
            faults.append(f"{' '.join(place)}: entries {first} to {last} are missing")

    for row in _walk(ask, "entry", ("device", "epoch", "seq")):
        place = row["device"], row["epoch"]
        seq, digest = newest.get(place, (0, GENESIS))
        missing(place, seq + 1, row["seq"] - 1)
        follows = row["seq"] == seq + 1  # behind a gap there is nothing to hash onto
        if follows and entry_hash(digest, bytes(row["header"]), bytes(row["body"])) != bytes(row["hash"]):
            faults.append(f"{' '.join(place)}: entry {row['seq']} does not fit the one before")
        newest[place] = row["seq"], bytes(row["hash"])
    for stream in ask("SELECT device, epoch, watermark, watermark_hash FROM stream", ()):
        place = stream["device"], stream["epoch"]
        seq, digest = newest.get(place, (0, GENESIS))
        missing(place, seq + 1, stream["watermark"])
        if seq > stream["watermark"] or (
            seq == stream["watermark"] and digest != bytes(stream["watermark_hash"])
        ):
            faults.append(f"{' '.join(place)}: the watermark is not that of entry {seq}")
    return faults


_GAPS = "SELECT device, epoch, first_seq, last_seq FROM gap"
