"""What a retired terminal's record says of its journal: newest entry, what the collector has, what is open.

python3 - JOURNAL ACKED OPEN_DB ; prints one JSON object. Standard library only, and read-only.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any


def last_look(journal: Path, acked: Path, open_db: Path) -> dict[str, Any]:
    """Numbers of entries; zero where there is no journal. Raises sqlite3.Error when one cannot be read."""
    found: dict[str, Any] = {"epoch": None, "head_seq": 0, "acked_seq": 0, "open_settlements": 0}
    if journal.is_file():
        (found["epoch"],) = _row(journal, "SELECT value FROM meta WHERE name = 'epoch'")
        (found["head_seq"],) = _row(journal, "SELECT coalesce(max(seq), 0) FROM entry")
    if acked.is_file():
        mark = json.loads(acked.read_text(encoding="utf-8"))
        found["acked_seq"] = mark["seq"] if str(mark["epoch"]) == found["epoch"] else 0
    if open_db.is_file():
        (found["open_settlements"],) = _row(open_db, "SELECT count(*) FROM open_key")
    found["unsent"] = max(0, found["head_seq"] - found["acked_seq"])
    return found


def _row(path: Path, question: str) -> Any:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchone()


if __name__ == "__main__":
    print(json.dumps(last_look(*(Path(argument) for argument in sys.argv[1:4]))))
