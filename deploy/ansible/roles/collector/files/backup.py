"""A whole copy of the collector's database while the collector goes on writing, by the engine's own backup.

python3 backup.py DATABASE FOLDER DAYS. DATABASE is a file, or `postgresql://...`. Copies older than DAYS are
deleted, but only after a whole new one. Put one back with hospital-collector stopped. A file: copy it over
the database, with no -wal and -shm beside it. PostgreSQL, as user collector:
`pg_restore --clean --if-exists --dbname collector COPY`.
Exit 0 done, 1 the copy is not whole. Standard library only.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

DAY_S = 86_400
POSTGRESQL = ("postgresql://", "postgres://")
DUMP_MAX_S = 4 * 3600
SAID_MAX_CHARACTERS = 400


class NotWhole(Exception):
    """The copy cannot be made or read; why."""


def back_up(database: str, folder: Path, now_s: float) -> Path:
    """The new copy, in `folder`. Raises NotWhole."""
    postgresql = database.startswith(POSTGRESQL)
    stem = time.strftime("collector-%Y%m%dT%H%M%SZ", time.gmtime(now_s))
    part = folder / f"{stem}.part"
    part.unlink(missing_ok=True)
    if postgresql:
        _dump(database, part)
    else:
        _copy(Path(database), part)
    return part.rename(folder / f"{stem}{'.dump' if postgresql else '.db'}")


def _dump(database: str, part: Path) -> None:
    """Consistent as of its beginning. Reading it to its end shows that it is whole."""
    _run("pg_dump", "--format=custom", "--no-password", f"--file={part}", database)
    _run("pg_restore", "--file=/dev/null", str(part))


def _run(*argv: str) -> None:
    try:
        subprocess.run(argv, check=True, capture_output=True, text=True, timeout=DUMP_MAX_S)
    except subprocess.CalledProcessError as exc:
        raise NotWhole(f"{argv[0]}: {exc.stderr.strip()[-SAID_MAX_CHARACTERS:]}") from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotWhole(f"{argv[0]}: {exc}") from exc


def _copy(database: Path, part: Path) -> None:
    try:
        source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            (said,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as exc:
        raise NotWhole(str(exc)) from exc
    if said != "ok":
        raise NotWhole(f"{part}: {said}")


def prune(folder: Path, days: int, now_s: float) -> list[Path]:
    """Deletes copies older than `days`, and says which."""
    copies = [*folder.glob("collector-*.db"), *folder.glob("collector-*.dump")]
    old = [path for path in copies if now_s - path.stat().st_mtime > days * DAY_S]
    for path in old:
        path.unlink()
    return old


def main(database: str, folder: str, days: str) -> int:
    now_s = time.time()
    try:
        print(back_up(database, Path(folder), now_s))
    except NotWhole as exc:
        print(f"backup: error: {exc}", file=sys.stderr)
        return 1
    prune(Path(folder), int(days), now_s)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
