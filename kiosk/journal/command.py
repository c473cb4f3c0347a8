"""`kiosk journal verify | export | show`: what people and scripts ask a journal file.

Each returns the exit code: 0 done, 1 the journal does not hold, 2 it cannot be read.
Nothing here opens a seal; sealed fields are shown as «sealed».
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from kiosk.journal._entry import KEY_WRAP, Entry, HeaderUnreadable, Row, read
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import JournalReader
from kiosk.journal.retention import read_mark
from kiosk.journal.verify import Report, verify

SEALED_TEXT = "«sealed»"
_CHUNK_ENTRIES = 500
_CHUNK_BYTES = 4 * 1024 * 1024


def verify_command(db: Path, as_json: bool, *, mark: Path | None = None, out: TextIO | None = None) -> int:
    """Check the chain. `mark`: the agent's file with the last acknowledged entry, to see a cut-off end."""
    out = out or sys.stdout
    try:
        report = verify(db, known=None if mark is None else read_mark(mark))
    except JournalError as exc:
        return _unreadable(exc, as_json, out)
    if as_json:
        print(json.dumps(_as_fields(report)), file=out)
    elif report.ok:
        print(
            f"{db}: {report.entries} entries, {report.first_seq} to {report.head_seq}, chain whole", file=out
        )
        print(f"  stream {report.stream}, epoch {report.epoch}, head {report.head_hash.hex()}", file=out)
    else:
        print(f"{db}: {report.faults_total} faults in {report.entries} entries", file=out)
        for fault in report.faults:
            print(f"  entry {fault.seq}: {fault.what}", file=out)
    return 0 if report.ok else 1


def export_command(
    db: Path,
    as_json: bool,
    *,
    settlement: str | None = None,
    after_seq: int = 0,
    out: TextIO | None = None,
) -> int:
    """Every entry with the very bytes that were hashed, one a line: JSON, or tab-separated for people.

    Header and body are text; an entry whose bytes are no UTF-8 is an error, not a guess.
    """
    out = out or sys.stdout
    try:
        for row in _rows(db, after_seq):
            if settlement is not None and _settlement(row) != settlement:
                continue
            header, body = row.header.decode(), row.body.decode()
            if as_json:
                line = {"seq": row.seq, "hash": row.hash.hex(), "header": header, "body": body}
                print(json.dumps(line, ensure_ascii=False), file=out)
            else:
                print(f"{row.seq}\t{row.hash.hex()}\t{header}\t{body}", file=out)
    except JournalError as exc:
        return _unreadable(exc, as_json, out)
    except UnicodeDecodeError as exc:
        print(f"{db}: an entry is no text: {exc.reason}; run verify", file=sys.stderr)
        return 1
    return 0


def show_command(
    db: Path,
    as_json: bool,
    *,
    settlement: str | None = None,
    kind: str | None = None,
    after_seq: int = 0,
    out: TextIO | None = None,
) -> int:
    """Entries for reading. `kind` takes a whole kind or the part before its first dot."""
    out = out or sys.stdout
    try:
        for row in _rows(db, after_seq):
            entry = read(row)
            if settlement is not None and entry.settlement != settlement:
                continue
            if kind is not None and kind not in (entry.kind, entry.kind.partition(".")[0]):
                continue
            print(_shown_json(entry) if as_json else _shown(entry), file=out)
    except JournalError as exc:
        return _unreadable(exc, as_json, out)
    except HeaderUnreadable as exc:
        print(f"{db}: {exc}; run verify", file=sys.stderr)
        return 1
    return 0


def _rows(db: Path, after_seq: int) -> Iterator[Row]:
    with JournalReader(db) as reader:
        reader.identity()
        while rows := reader.after(after_seq, entries_max=_CHUNK_ENTRIES, bytes_max=_CHUNK_BYTES):
            yield from rows
            after_seq = rows[-1].seq


def _settlement(row: Row) -> str | None:
    try:
        return read(row).settlement
    except HeaderUnreadable:
        return None


def _masked(entry: Entry) -> dict[str, Any]:
    """The body for eyes: the key's wrapping left out, sealed fields as a word."""
    body = json.loads(entry.body)
    return {
        name.removeprefix("_"): SEALED_TEXT if name.startswith("_") else value
        for name, value in body.items()
        if name != KEY_WRAP
    }


def _shown(entry: Entry) -> str:
    words = [f"{entry.seq:>7}", entry.at, entry.kind]
    if entry.settlement is not None:
        words.append(entry.settlement)
    fields = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in _masked(entry).items())
    return "  ".join(words) + "\n" + " " * 9 + " ".join(fields)


def _shown_json(entry: Entry) -> str:
    fields = {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "settlement": entry.settlement,
        "key": entry.key,
        "body": _masked(entry),
    }
    return json.dumps(fields, ensure_ascii=False)


def _as_fields(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "path": str(report.path),
        "stream": report.stream,
        "epoch": report.epoch,
        "first_seq": report.first_seq,
        "head_seq": report.head_seq,
        "head_hash": report.head_hash.hex(),
        "entries": report.entries,
        "faults": [{"seq": fault.seq, "what": fault.what} for fault in report.faults],
        "faults_total": report.faults_total,
    }


def _unreadable(error: JournalError, as_json: bool, out: TextIO) -> int:
    if as_json:
        print(json.dumps({"ok": False, "error": str(error)}, ensure_ascii=False), file=out)
    else:
        print(f"kiosk: error: {error}", file=sys.stderr)
    return 2
