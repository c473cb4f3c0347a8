"""Reading from another process and user: never in the writer's way, never a half-true answer."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.journal import (
    Journal,
    JournalDamaged,
    JournalError,
    JournalMissing,
    JournalReader,
    JournalUnreadable,
    Mark,
    Retention,
)

STRANGER_UID = 65534
AGENT_GID = 4711


def read_all(reader: JournalReader, after: int = 0) -> list[int]:
    return [row.seq for row in reader.after(after, entries_max=1000, bytes_max=1 << 20)]


def test_a_reader_sees_each_entry_as_soon_as_it_is_written(journal, db):
    with JournalReader(db) as reader:
        for n in range(3):
            entry = journal.append("count.made", {"n": n})
            assert reader.head() == Mark(entry.epoch, entry.seq, entry.hash)
            assert reader.row(entry.seq).body == entry.body


def test_the_bytes_read_are_the_bytes_hashed(journal, db):
    written = [journal.append("count.made", {"n": n}) for n in range(3)]
    with JournalReader(db) as reader:
        rows = reader.after(0, entries_max=10, bytes_max=1 << 20)
    assert [(r.header, r.body, r.hash) for r in rows] == [(e.header, e.body, e.hash) for e in written]


def test_a_read_stays_within_its_limits_but_always_moves_on(journal, db):
    for n in range(6):
        journal.append("count.made", {"n": n, "text": "x" * 1000})
    with JournalReader(db) as reader:
        assert len(reader.after(0, entries_max=4, bytes_max=1 << 20)) == 4
        assert [row.seq for row in reader.after(2, entries_max=100, bytes_max=2500)] == [3, 4]
        assert [row.seq for row in reader.after(5, entries_max=100, bytes_max=10)] == [6]


def test_a_reader_never_holds_up_the_writers_checkpoint(journal, db):
    journal.append("count.made", {"n": 1})
    with JournalReader(db) as reader:
        read_all(reader)
        reader.after(0, entries_max=100, bytes_max=1)
        journal.append("count.made", {"n": 2})
        busy, _, _ = journal._table.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0


def test_a_journal_that_is_not_there_yet_is_missing_and_then_found(open_journal, db):
    with JournalReader(db) as reader:
        with pytest.raises(JournalMissing):
            reader.identity()
        journal = open_journal()
        assert reader.identity() == (journal.epoch, "kiosk")
        assert reader.head() is None


def test_a_replaced_file_is_noticed(open_journal, db):
    old = open_journal()
    old.append("count.made", {"n": 1})
    with JournalReader(db) as reader:
        assert reader.identity().epoch == old.epoch
        old.close()
        for path in db.parent.iterdir():
            path.rename(path.with_name("old-" + path.name))
        new = open_journal()
        assert reader.identity().epoch == new.epoch


def test_a_file_that_is_no_journal_is_said_so(tmp_path):
    (tmp_path / "noise.db").write_bytes(b"noise" * 4000)
    with JournalReader(tmp_path / "noise.db") as reader, pytest.raises(JournalDamaged):
        reader.identity()
    sqlite3.connect(tmp_path / "empty.db").close()
    with JournalReader(tmp_path / "empty.db") as reader, pytest.raises(JournalMissing):
        reader.identity()


def test_a_journal_begins_where_its_checkpoint_says(journal, db, clock):
    entries = [journal.append("count.made", {"n": n}) for n in range(5)]
    with JournalReader(db) as reader:
        assert reader.start() == (1, bytes(32))
        clock.pass_days(40)
        journal.prune(Mark(journal.epoch, 3, entries[2].hash), Retention())
        assert reader.start() == (4, entries[2].hash)


def seen_by_the_agent(db: Path) -> object:
    """What a process of another user, in the journal's group, reads: its seqs, or the error's name."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(AGENT_GID)
        os.setuid(STRANGER_UID)
        try:
            with JournalReader(db) as reader:
                reader.identity()
                seen: object = read_all(reader)
        except JournalError as exc:
            seen = type(exc).__name__
        os.write(send, json.dumps(seen).encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


@pytest.fixture
def shared_db(tmp_path_factory) -> Path:
    """A journal's directory as it is installed: the agent's group enters, and cannot write."""
    if os.geteuid() != 0:
        pytest.skip("only root can play two users")
    directory = tmp_path_factory.mktemp("shared") / "journal"
    directory.mkdir()
    os.chown(directory, 0, AGENT_GID)
    directory.chmod(0o2750)
    for parent in directory.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    return directory / "journal.db"


def test_the_agents_user_reads_while_the_terminal_runs(open_journal, shared_db):
    journal = open_journal(path=shared_db)
    journal.append("count.made", {"n": 1})
    assert seen_by_the_agent(shared_db) == [1]
    journal.append("count.made", {"n": 2})
    assert seen_by_the_agent(shared_db) == [1, 2]


def test_the_agents_user_reads_after_the_terminal_ended_and_leaves_no_file_behind(open_journal, shared_db):
    journal = open_journal(path=shared_db)
    journal.append("count.made", {"n": 1})
    journal.close()
    before = {path.name for path in shared_db.parent.iterdir()}
    assert "journal.db-wal" not in before
    assert seen_by_the_agent(shared_db) == [1]
    assert {path.name for path in shared_db.parent.iterdir()} == before
    assert open_journal(path=shared_db).append("count.made", {"n": 2}).seq == 2


def test_the_agents_user_never_reads_the_keys(open_journal, shared_db):
    open_journal(path=shared_db).append("settlement.begun", {}, settlement="a")
    assert seen_by_the_agent(shared_db.with_name("open.db")) in ("JournalUnreadable", "JournalMissing")


def test_the_agents_user_reads_what_a_killed_terminal_wrote(open_journal, shared_db):
    code = (
        "import os, signal, sys; from pathlib import Path; from kiosk.journal import Journal\n"
        "journal = Journal.open(Path(sys.argv[1]), hospital_seal=None, reserve_bytes=4096)\n"
        "journal.append('count.made', {'n': 1}); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(shared_db)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert seen_by_the_agent(shared_db) in ([1], "JournalUnreadable")
    open_journal(path=shared_db, hospital_seal=None)
    assert seen_by_the_agent(shared_db) == [1]


def test_an_unattended_read_is_thrown_away_when_the_writer_comes_back(open_journal, db):
    journal = open_journal()
    journal.append("count.made", {"n": 1})
    journal.close()
    reader = JournalReader(db)

    def ask(connection):
        open_journal().append("count.made", {"n": 2})
        return connection.execute("SELECT MAX(seq) FROM entry").fetchone()

    with pytest.raises(JournalUnreadable, match="came back"):
        reader._read_unattended(ask)
    assert read_all(reader) == [1, 2]
    reader.close()


def test_a_journal_opened_by_path_with_odd_characters_is_read(open_journal, tmp_path):
    odd = tmp_path / "a b?mode=rwc#%41" / "journal.db"
    assert isinstance(open_journal(path=odd), Journal)
    with JournalReader(odd) as reader:
        assert reader.identity().stream == "kiosk"
