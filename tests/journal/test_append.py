"""Writing: what is in the journal is what was given, in order, in the very bytes that were hashed."""

from __future__ import annotations

import json
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.journal import (
    BodyRefused,
    Journal,
    JournalBusy,
    JournalDamaged,
    NewEntry,
    SchemaUnknown,
    canonical,
    verify,
)


def test_the_header_is_canonical_json_of_its_eight_fields(journal):
    entry = journal.append("settlement.begun", {"total_fen": 8640}, settlement="5e71", key="a77e")
    assert (
        entry.header
        == (
            f'{{"at":"2026-03-01T08:00:00.000Z","epoch":"{journal.epoch}","key":"a77e","kind":"settlement.begun",'
            '"seq":1,"settlement":"5e71","stream":"kiosk","v":1}'
        ).encode()
    )


def test_the_hash_covers_the_previous_hash_the_header_and_the_body(journal):
    first = journal.append("visit.started", {"role": "self_service"})
    second = journal.append("visit.ended", {})
    length = len(second.header).to_bytes(4, "big")
    assert second.hash == sha256(first.hash + length + second.header + second.body).digest()


@pytest.mark.clause("S2-I.10")
def test_entries_come_back_in_order_and_unchanged_after_a_reopen(open_journal):
    journal = open_journal()
    written = [journal.append("count.made", {"n": n, "text": "价格 ￥12.50"}) for n in range(5)]
    journal.close()
    assert list(open_journal().entries()) == written


def test_the_sequence_and_the_epoch_go_on_after_a_reopen(open_journal):
    journal = open_journal()
    before = journal.append("count.made", {"n": 1})
    journal.close()
    after = open_journal().append("count.made", {"n": 2})
    assert (after.epoch, after.seq) == (before.epoch, before.seq + 1)


def test_a_new_file_has_a_new_epoch(open_journal, tmp_path):
    assert open_journal().epoch != open_journal(path=tmp_path / "other" / "journal.db").epoch


def test_many_entries_are_one_commit_or_none(journal):
    journal.append("count.made", {"n": 0})
    with pytest.raises(BodyRefused):
        journal.append_many([NewEntry("count.made", {"n": 1}), NewEntry("count.made", {"n": 1.5})])
    assert [entry.data for entry in journal.entries()] == [{"n": 0}]
    entries = journal.append_many([NewEntry("count.made", {"n": n}) for n in (1, 2)])
    assert [entry.seq for entry in entries] == [2, 3]


def test_entries_are_filtered_by_kind_settlement_and_place(journal):
    for name in ("a", "b"):
        journal.append("settlement.begun", {}, settlement=name)
        journal.append("settlement.settled", {}, settlement=name)
    assert [e.settlement for e in journal.entries(kind="settlement.begun")] == ["a", "b"]
    assert [e.kind for e in journal.entries(settlement="b")] == ["settlement.begun", "settlement.settled"]
    assert [e.seq for e in journal.entries(after_seq=2)] == [3, 4]


def test_the_last_entry_of_a_kind_carries_the_counter_over_a_restart(open_journal):
    journal = open_journal()
    for last_used in (120, 121):
        journal.append("attempt.made", {"msgid_last": last_used})
    journal.append("visit.ended", {})
    journal.close()
    journal = open_journal()
    assert journal.last("attempt.made").data == {"msgid_last": 121}
    assert journal.last("never.written") is None


def nested_list(depth: int) -> list:
    inner: list = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "body",
    [
        {"fee": 86.4},
        {"lines": [{"price": 1.0}]},
        {"total_fen": "8640"},
        {"total_fen": True},
        {"n": 2**53},
        {"when": object()},
        {"raw": b"bytes"},
        {"_key": "reserved"},
        {1: "a name that is a number"},
        {"text": "\ud800"},
        {"text": "x" * 70_000},
        {"nested": nested_list(5000)},
    ],
)
def test_a_body_that_cannot_be_kept_exactly_is_refused_and_nothing_is_written(journal, body):
    with pytest.raises(BodyRefused):
        journal.append("bad.body", body)
    assert journal.head is None


def test_long_numbers_in_text_and_tuples_are_kept(journal):
    body = {"note": 'total_fen":1.5,1234567890123456789', "pair": (1, 2), "most": 2**53 - 1}
    assert journal.append("count.made", body).data == body | {"pair": [1, 2]}


names = st.text(st.characters(codec="utf-8"), max_size=9).filter(lambda name: not name.endswith("_fen"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=12,
)


@given(st.dictionaries(names, json_values))
def test_canonical_bytes_do_not_depend_on_order_and_read_back_the_same(body):
    data = canonical(body)
    assert json.loads(data) == body
    assert canonical(dict(reversed(body.items()))) == data


def test_a_second_writer_is_refused_while_the_first_lives(journal, db):
    code = (
        "import sys; from pathlib import Path; from kiosk.journal import Journal, JournalBusy\n"
        "try: Journal.open(Path(sys.argv[1]), hospital_seal=None)\n"
        "except JournalBusy: sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(db)], check=False).returncode == 7
    with pytest.raises(JournalBusy):
        Journal.open(db, hospital_seal=None)


def test_tables_of_another_release_are_never_altered(open_journal, db):
    open_journal().close()
    with sqlite3.connect(db) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SchemaUnknown, match="layout 99"):
        open_journal()


def test_a_file_of_another_stream_is_not_written(open_journal):
    open_journal().close()
    with pytest.raises(JournalDamaged, match="stream"):
        open_journal(stream="agent")


@pytest.mark.parametrize("change", ["body", "hash", "header"])
def test_a_damaged_end_is_not_built_upon(open_journal, db, change):
    journal = open_journal()
    for n in range(3):
        journal.append("count.made", {"n": n})
    journal.close()
    with sqlite3.connect(db) as connection:
        connection.execute(f"UPDATE entry SET {change} = x'00' WHERE seq = 2")
    connection.close()
    with pytest.raises(JournalDamaged, match=r"entry [23]"):
        open_journal()


def test_a_file_that_is_no_database_is_named_in_the_error(open_journal, db):
    db.parent.mkdir()
    db.write_bytes(b"\0" * 8192)
    with pytest.raises(JournalDamaged, match=r"journal\.db"):
        open_journal()


def test_the_agents_group_reads_the_journal_and_nobody_else_the_keys(journal, db):
    journal.append("settlement.begun", {}, settlement="a")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in db.parent.iterdir()}
    assert stat.S_IMODE(db.parent.stat().st_mode) == 0o2750
    assert {modes["journal.db"], modes["journal.db-wal"], modes["journal.db-shm"]} == {0o640}
    assert modes["open.db"] == 0o600


def test_each_commit_rings_the_agent_and_a_missing_agent_stops_nothing(open_journal, tmp_path):
    bell = tmp_path / "wake.sock"
    journal = open_journal(wake=bell)
    journal.append("count.made", {"n": 1})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as agent:
        agent.bind(str(bell))
        agent.settimeout(5)
        journal.append("count.made", {"n": 2})
        assert agent.recv(16)
        for _ in range(2000):  # an agent that hangs: its queue fills, the terminal goes on
            journal._waker.ring()
        assert journal._waker.unheard > 1
    assert journal.append("count.made", {"n": 3}).seq == 3


def test_threads_share_one_writer(journal, db):
    def write(thread: int) -> None:
        for n in range(20):
            journal.append("count.made", {"thread": thread, "n": n})

    threads = [threading.Thread(target=write, args=(t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.head.seq == 80
    assert verify(Path(db)).ok
