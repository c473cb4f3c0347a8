"""A full disk: the reserve lets what is under way end, new settlements stop before money moves."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.journal import JournalBroken, JournalFull, decrypt, unwrap, verify
from kiosk.journal import _reserve as reserve_module
from kiosk.journal._store import connect_sqlite


@pytest.fixture
def small(open_journal):
    """A journal whose file may grow by a few pages only."""

    def connect(path: Path):
        connection = connect_sqlite(path)
        if path.name == "journal.db":
            connection.execute("PRAGMA max_page_count = 24")
        return connection

    return open_journal(connect=connect)


def fill(journal) -> int:
    count = 0
    while True:
        try:
            journal.append("count.made", {"n": count, "text": "x" * 2000})
        except JournalFull:
            return count
        count += 1


def test_a_full_journal_refuses_the_entry_and_keeps_all_others(small, db):
    count = fill(small)
    assert count > 5
    report = verify(db)
    assert (report.ok, report.entries) == (True, count)
    assert [entry.data["n"] for entry in small.entries()] == list(range(count))
    assert small._table.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_journal_goes_on_when_there_is_room_again(small):
    count = fill(small)
    small._table.connection.execute("PRAGMA max_page_count = 100")
    assert small.append("count.made", {"n": count}).seq == count + 1


def test_a_settlement_whose_first_write_failed_still_carries_its_key(small, hospital):
    fill(small)
    with pytest.raises(JournalFull):
        small.append("settlement.begun", {"text": "x" * 5000}, settlement="a", sealed={"n": 1})
    assert small.open_settlements() == ()
    small._table.connection.execute("PRAGMA max_page_count = 100")
    entry = small.append("settlement.begun", {}, settlement="a", sealed={"n": 1})
    assert decrypt(unwrap(entry, hospital), entry) == {"n": 1}


def test_no_settlement_starts_while_the_reserve_is_spent(small, db, monkeypatch):
    assert small.can_start_settlement()
    fill(small)
    assert not db.with_name("journal.db.reserve").exists()
    monkeypatch.setattr(reserve_module, "SETTLEMENT_SPACE_BYTES", 1 << 60)  # still no room
    assert not small.can_start_settlement()
    monkeypatch.undo()
    assert small.can_start_settlement()
    assert db.with_name("journal.db.reserve").stat().st_size == 64 * 1024


ON_A_SMALL_DISK = """
import json, sys
from pathlib import Path
from kiosk.journal import Journal, JournalFull, verify
path = Path(sys.argv[1]) / "journal" / "journal.db"
journal = Journal.open(path, hospital_seal=None, reserve_bytes=256 * 1024)
(path.parent / "other").write_bytes(bytes(int(sys.argv[2])))  # somebody else fills the disk
count, spent_at = 0, None
try:
    while True:
        journal.append("count.made", {"n": count, "text": "x" * 2000})
        count += 1
        if spent_at is None and not (path.parent / "journal.db.reserve").exists():
            spent_at = count
except JournalFull:
    pass
may_start = journal.can_start_settlement()
(path.parent / "other").unlink()
after = journal.append("count.made", {"n": count}).seq
journal.close()
report = verify(path)
print(json.dumps([count, spent_at, may_start, after, report.ok, report.entries]))
"""


def test_on_a_really_full_disk_the_reserve_carries_entries_and_nothing_is_lost(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("no unshare: a small file system needs a mount namespace")
    mount = f'mount -t tmpfs -o size=3m none {tmp_path} && exec {sys.executable} -c "$0" {tmp_path} 2000000'
    result = subprocess.run(
        ["unshare", "-r", "-m", "sh", "-c", mount, ON_A_SMALL_DISK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    count, spent_at, may_start, after, whole, entries = json.loads(result.stdout)
    assert spent_at is not None
    assert count - spent_at > 10, "the reserve carried no entries"
    assert (may_start, after, whole, entries) == (False, count + 1, True, count + 1)


def test_after_a_failed_write_the_journal_waits_for_a_reopen(open_journal, db):
    """A failed sync leaves unknown what is on disk, and a later sync that succeeds proves nothing."""
    failing = False

    class Faulty:
        def __init__(self, connection):
            self._connection = connection

        def __getattr__(self, name):
            return getattr(self._connection, name)

        def execute(self, sql, parameters=()):
            if failing and sql.startswith("INSERT"):
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return self._connection.execute(sql, parameters)

    journal = open_journal(connect=lambda path: Faulty(connect_sqlite(path)))
    journal.append("count.made", {"n": 1})
    failing = True
    with pytest.raises(JournalBroken):
        journal.append("count.made", {"n": 2})
    failing = False
    with pytest.raises(JournalBroken, match="reopen"):
        journal.append("count.made", {"n": 2})
    assert not journal.can_start_settlement()
    journal.close()
    assert open_journal().append("count.made", {"n": 2}).seq == 2
    assert verify(db).ok
