"""Durable journal appends against a plain SQLite commit of the same bytes.

Reference: one INSERT of header, body and hash into a table with nothing else, WAL,
`synchronous=FULL`, same directory, same bytes. Both run in short blocks that take turns, because the
disk's sync rate wanders; the plain append + fdatasync of those bytes stands beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.journal import Entry, Journal

BODY = {
    "state": "settling",
    "operation": "2207",
    "msgid": "H99010000001202603010800000120",
    "request_digest": "5e7154f0c3a2b1908d7e6f5a4b3c2d1e5e7154f0c3a2b1908d7e6f5a4b3c2d1e",
    "deadline_s": 60,
    "total_fen": 8640,
    "fund_fen": 5200,
    "account_fen": 2000,
    "cash_fen": 1440,
    "operator": "kiosk-a01",
    "area": "990100",
    "reason": "patient confirmed on the screen, amount shown 14.40, split shown, consent recorded",
}
"""What the runner writes before a request leaves: the ordinary entry."""

SEALED = {"name": "测试某", "psn_no": "99010000000000000001", "certno": "990101199001010000"}


class Plain:
    """The reference: the same bytes, one commit, no index, no chain, no seal."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, header, body, hash)")

    def append(self, entry: Entry) -> None:
        self._connection.execute(
            "INSERT INTO entry VALUES (NULL, ?, ?, ?)", (entry.header, entry.body, entry.hash)
        )

    def close(self) -> None:
        self._connection.close()


def block(journal: Journal, plain: Plain, raw: int, appends: int, entry: Entry) -> dict[str, float]:
    """Mean seconds of each kind in one block: a run of each, in a new order each time."""

    def append() -> None:
        journal.append("settlement.asked", BODY, settlement="bench")

    def append_sealed() -> None:
        journal.append("settlement.asked", BODY, settlement="bench", sealed=SEALED)

    def sync() -> None:
        os.write(raw, entry.header + entry.body + entry.hash)
        os.fdatasync(raw)

    works = {
        "journal": append,
        "journal_sealed": append_sealed,
        "plain": lambda: plain.append(entry),
        "fdatasync": sync,
    }
    means_s: dict[str, float] = {}
    for name in random.sample(list(works), len(works)):
        begun_s = time.perf_counter()
        for _ in range(appends):
            works[name]()
        means_s[name] = (time.perf_counter() - begun_s) / appends
    return means_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    blocks, appends = (15, 50) if parser.parse_args().quick else (60, 100)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        path = Path(directory)
        seal = X25519PrivateKey.generate().public_key()
        raw = os.open(path / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        plain = Plain(path / "plain.db")
        with Journal.open(path / "journal" / "journal.db", hospital_seal=seal) as journal:
            journal.append("settlement.begun", BODY, settlement="bench", sealed=SEALED)
            entry = journal.append("settlement.asked", BODY, settlement="bench")
            block(journal, plain, raw, 20, entry)
            means = [block(journal, plain, raw, appends, entry) for _ in range(blocks)]
        plain.close()
        os.close(raw)
    ratios = [mean["plain"] / mean["journal"] for mean in means]
    figures = {f"{name}_per_s": round(1 / statistics.median(m[name] for m in means), 1) for name in means[0]}
    overheads_us = [1e6 * (mean["journal"] - mean["plain"]) for mean in means]
    figures |= {
        "journal_over_plain_us": round(statistics.median(overheads_us), 1),
        "entry_bytes": len(entry.header) + len(entry.body),
        "blocks": blocks,
        "appends_per_block": appends,
    }
    result = {
        "name": "journal",
        "figures": figures,
        "reference": "plain SQLite WAL synchronous=FULL commit of the same bytes",
        "ratio": round(statistics.median(ratios), 3),
        "ratio_of": "rate of the journal over rate of the reference, median of blocks",
        "reach": ">= 0.9",
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
