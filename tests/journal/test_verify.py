"""The chain check finds what was done to a journal behind its back."""

from __future__ import annotations

import sqlite3

import pytest

from kiosk.journal import GENESIS, JournalDamaged, JournalMissing, Mark, verify

ENTRIES = 12


@pytest.fixture
def tamper(journal, db):
    """A journal of twelve entries, then SQL of somebody else on its file."""
    for n in range(ENTRIES):
        journal.append("count.made", {"n": n, "text": "x" * 40})

    def run(*statements: str) -> None:
        connection = sqlite3.connect(db)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return run


def faults(db, **known):
    return [(fault.seq, fault.what) for fault in verify(db, **known).faults]


@pytest.mark.clause("S1-C.1")
def test_an_untouched_journal_is_whole(tamper, db, journal):
    report = verify(db)
    assert (report.ok, report.entries, report.first_seq) == (True, ENTRIES, 1)
    assert (report.epoch, report.head_seq, report.head_hash) == journal.head


def test_an_empty_journal_is_whole(journal, db):
    report = verify(db)
    assert (report.ok, report.head_seq, report.head_hash) == (True, 0, GENESIS)


@pytest.mark.parametrize("column", ["header", "body"])
@pytest.mark.parametrize("seq", [1, 6, ENTRIES])
def test_every_flipped_bit_is_found(tamper, db, column, seq):
    connection = sqlite3.connect(db)
    (data,) = connection.execute(f"SELECT {column} FROM entry WHERE seq = {seq}").fetchone()
    for bit in (0, 4 * len(data), 8 * len(data) - 1):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with connection:
            connection.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (bytes(flipped), seq))
        assert (seq, "changed") in faults(db)
    with connection:
        connection.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (data, seq))
    connection.close()
    assert verify(db).ok


def test_one_flipped_hash_is_found_at_its_entry(tamper, db):
    tamper("UPDATE entry SET hash = zeroblob(32) WHERE seq = 6")
    assert faults(db) == [(6, "changed"), (7, "changed")]


def test_a_deleted_entry_is_found(tamper, db):
    tamper("DELETE FROM entry WHERE seq = 6")
    assert faults(db) == [(6, "missing")]


def test_a_deleted_beginning_is_found(tamper, db):
    tamper("DELETE FROM entry WHERE seq <= 3")
    assert faults(db) == [(4, "start")]


def test_two_exchanged_entries_are_found(tamper, db):
    tamper(
        "UPDATE entry SET seq = -1 WHERE seq = 6",
        "UPDATE entry SET seq = 6 WHERE seq = 7",
        "UPDATE entry SET seq = 7 WHERE seq = -1",
    )
    found = faults(db)
    assert {(6, "misplaced"), (7, "misplaced"), (6, "changed"), (7, "changed")} <= set(found)


def test_an_entry_of_another_journal_is_found(tamper, db, open_journal, tmp_path):
    other = open_journal(path=tmp_path / "other" / "journal.db")
    for n in range(6):
        entry = other.append("count.made", {"n": n})
    connection = sqlite3.connect(db)
    with connection:
        connection.execute(
            "UPDATE entry SET header = ?, body = ?, hash = ? WHERE seq = 6",
            (entry.header, entry.body, entry.hash),
        )
    connection.close()
    assert (6, "foreign") in faults(db)


def test_a_cut_off_end_is_found_against_a_mark_somebody_else_keeps(tamper, db, journal):
    seen = journal.head
    tamper("DELETE FROM entry WHERE seq > 9")
    assert verify(db).ok, "a chain cannot show this by itself"
    assert faults(db, known=seen) == [(ENTRIES, "truncated")]


def test_a_rewritten_history_is_found_against_a_mark_somebody_else_keeps(tamper, db, journal):
    seen = journal.head
    assert faults(db, known=Mark(seen.epoch, 9, b"\1" * 32)) == [(9, "rewritten")]
    assert faults(db, known=Mark("0" * 16, 9, b"\1" * 32)) == [(9, "rewritten")]


def test_the_report_of_a_wholly_broken_journal_stays_small(journal, db):
    for n in range(150):
        journal.append("count.made", {"n": n})
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("UPDATE entry SET body = x'7b7d'")
    connection.close()
    report = verify(db)
    assert (len(report.faults), report.faults_total) == (100, 150)


def test_what_is_no_journal_is_said_so(tmp_path):
    with pytest.raises(JournalMissing):
        verify(tmp_path / "none.db")
    (tmp_path / "noise.db").write_bytes(b"noise" * 4000)
    with pytest.raises(JournalDamaged):
        verify(tmp_path / "noise.db")
