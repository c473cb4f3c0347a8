"""The collector's restore drill: back it up while it works, restore it elsewhere, prove that all is there.

python collector.py --db DB --into WHERE --backup FILE --by NAME [--witness NAME] [--record FOLDER]

`DB` is what stands in collector.toml: a file, or `postgresql://...`. `WHERE` is of the same kind and must be
empty: a file that is not there yet, or a new database. What the database says of itself is read in the very
snapshot that is backed up, so entries may go on coming in. It runs with the collector's own Python, as its
user. Exit 0 proven, 1 not proven or not possible, 2 bad usage. The record holds no data of patients; the
backup and the restored database do: delete both afterwards, or keep them as you keep the original.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drill_facts import Ask, Row, chain_faults, differences, facts

from edge_agent.collector.database import POSTGRESQL, DatabaseFailure, open_database
from edge_agent.settings import check_database

BUSY_WAIT_S = 30.0
DIFFERENCES_MAX = 20
TOOL_WAIT_MAX_S = 4 * 3600.0
"""Longest that pg_dump or pg_restore may take."""


class NotPossible(Exception):
    """The drill could not be carried through; the reason is for people."""


# The two engines


@contextmanager
def _sqlite_snapshot(path: Path) -> Iterator[tuple[Ask, Callable[[Path], None]]]:
    """Questions and a backup of one moment: SQLite copies what the open reading transaction sees."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", BUSY_WAIT_S, uri=True)) as source:
        source.isolation_level = None
        source.execute("BEGIN")

        def ask(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
            cursor = source.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        def back_up(target: Path) -> None:
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)

        yield ask, back_up


@contextmanager
def _postgresql_snapshot(where: str) -> Iterator[tuple[Ask, Callable[[Path], None]]]:
    """Questions and a dump of one moment: pg_dump takes over the snapshot that is exported here."""
    with closing(open_database(where, read_only=True)) as database:
        database.write("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (row,) = database.rows("SELECT pg_export_snapshot() AS snapshot")

        def back_up(target: Path) -> None:
            _run("pg_dump", "--format=custom", f"--snapshot={row['snapshot']}", "--no-owner",
                 f"--file={target}", f"--dbname={where}")  # fmt: skip

        yield database.rows, back_up


def _run(*argv: str) -> None:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=TOOL_WAIT_MAX_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotPossible(f"{argv[0]}: {exc}") from exc
    if done.returncode != 0:
        raise NotPossible(f"{argv[0]}: {done.stderr.strip()[:1000]}")


def snapshot(where: str) -> AbstractContextManager[tuple[Ask, Callable[[Path], None]]]:
    """A way to ask and a way to back up; both see one moment, whatever comes in meanwhile."""
    return _postgresql_snapshot(where) if where.startswith(POSTGRESQL) else _sqlite_snapshot(Path(where))


def restore(backup: Path, into: str) -> None:
    """Put a backup where nothing is yet. Raises NotPossible, OSError."""
    if into.startswith(POSTGRESQL):
        _run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={into}",
             str(backup))  # fmt: skip
    else:
        shutil.copyfile(backup, into)


def _see_that_it_is_fresh(into: str, backup: Path) -> None:
    """Nothing that is there is ever written over."""
    if backup.exists():
        raise NotPossible(f"{backup} is there already")
    if not into.startswith(POSTGRESQL):
        if any(Path(into + ending).exists() for ending in ("", "-wal", "-shm")):
            raise NotPossible(f"{into} is there already")
        return
    with closing(open_database(into, read_only=True)) as database:
        (row,) = database.rows("SELECT COUNT(*) AS number FROM pg_tables WHERE schemaname = 'public'")
    if row["number"]:
        raise NotPossible(f"the database to restore into holds {row['number']} tables already")


# The drill


def drill(db: str, into: str, backup: Path, people: dict[str, str]) -> dict[str, Any]:
    """Back up, restore, prove; the record. Raises NotPossible, DatabaseFailure, sqlite3.Error, OSError."""
    check_database(db)
    check_database(into)
    postgresql = db.startswith(POSTGRESQL)
    if postgresql != into.startswith(POSTGRESQL):
        raise NotPossible("original and restored database must be of one kind")
    _see_that_it_is_fresh(into, backup)
    began_at, clock = datetime.now(UTC), time.monotonic
    marks = [clock()]
    with snapshot(db) as (ask, back_up):
        before = facts(ask)
        newest = ask("SELECT MAX(received_at) AS at FROM entry", ())[0]["at"]
        marks.append(clock())
        back_up(backup)
    marks.append(clock())
    restore(backup, into)
    marks.append(clock())
    with closing(open_database(into, read_only=True)) as database:
        found = differences(before, facts(database.rows)) + chain_faults(database.rows)
    marks.append(clock())
    steps = ("look_s", "back_up_s", "restore_s", "prove_s")
    return {
        "drill": "restore of the collector's database",
        "result": "not proven" if found else "proven",
        "at": began_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        **people,
        "engine": "postgresql" if postgresql else "sqlite",
        "backup": {"file": backup.name, "bytes": backup.stat().st_size, "sha256": _file_digest(backup)},
        "newest_entry_received_at": newest,
        "durations_s": {name: round(marks[n + 1] - marks[n], 3) for n, name in enumerate(steps)},
        "differences": found[:DIFFERENCES_MAX],
        **before,
    }


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def as_text(record: dict[str, Any]) -> str:
    """The record for paper, with room for signatures."""
    took, sums = record["durations_s"], record["transactions"]
    lines = [
        f"DRILL RECORD  {record['drill']}: {record['result'].upper()}",
        f"begun         {record['at']}",
        f"carried out   {record['by']}",
        f"witness       {record['witness']}",
        f"engine        {record['engine']}",
        f"backup        {record['backup']['file']}, {record['backup']['bytes']} bytes",
        f"  sha256      {record['backup']['sha256']}",
        f"newest entry  received {record['newest_entry_received_at']}",
        "durations     " + ", ".join(f"{name.removesuffix('_s')} {value} s" for name, value in took.items()),
        "rows          " + ", ".join(f"{name} {table['rows']}" for name, table in record["tables"].items()),
        "transactions  " + ", ".join(f"{name} {value}" for name, value in sums.items()),
        "streams",
        *(f"  {_stream_line(row)}" for row in record["streams"]),
        *(f"DIFFERENCE    {one}" for one in record["differences"]),
        "", "signed        ____________________    ____________________",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _stream_line(row: dict[str, Any]) -> str:
    return (
        f"{row['device']} {row['stream']} {row['epoch']}  entry {row['watermark']}  {row['watermark_hash']}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one drill; its exit code."""
    parser = argparse.ArgumentParser(prog="collector.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--db", required=True, help="the collector's database, as in collector.toml")
    parser.add_argument("--into", required=True, help="where to restore: a new file, or an empty database")
    parser.add_argument("--backup", required=True, type=Path, help="file of the backup, a new one")
    parser.add_argument("--by", required=True, help="who carries it out")
    parser.add_argument("--witness", default="", help="who watches")
    parser.add_argument("--record", type=Path, help="folder for the record, as .json and .txt")
    parser.add_argument("--json", action="store_true", help="print the record as JSON")
    options = parser.parse_args(arguments)
    os.umask(0o077)
    people = {"by": options.by, "witness": options.witness}
    try:
        record = drill(options.db, options.into, options.backup, people)
        as_json = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        if options.record is not None:
            name = f"collector-drill-{record['at'].replace('-', '').replace(':', '')}"
            (options.record / f"{name}.json").write_text(as_json, encoding="utf-8")
            (options.record / f"{name}.txt").write_text(as_text(record), encoding="utf-8")
    except (NotPossible, DatabaseFailure, sqlite3.Error, OSError, ValueError) as exc:
        print(f"drill: error: {exc}", file=sys.stderr)
        return 1
    print(as_json if options.json else as_text(record), end="")
    return 0 if record["result"] == "proven" else 1


if __name__ == "__main__":
    sys.exit(main())
