"""Pruning takes only what the collector has, what is old enough, and what nobody needs."""

from __future__ import annotations

import pytest

from kiosk.journal import JournalDamaged, Mark, Retention, read_mark, verify, write_mark
from kiosk.journal import journal as journal_module


@pytest.fixture
def filled(journal, clock):
    """Ten old entries and two of today."""
    for n in range(10):
        journal.append("count.made", {"n": n})
    clock.pass_days(31)
    for n in range(10, 12):
        journal.append("count.made", {"n": n})
    return journal


def acked(journal, seq):
    entry = next(journal.entries(after_seq=seq - 1))
    return Mark(entry.epoch, seq, entry.hash)


def kept(journal):
    return [entry.seq for entry in journal.entries()]


def test_what_is_acknowledged_and_past_its_retention_goes(filled, db):
    assert filled.prune(acked(filled, 12), Retention(default_days=30)) == (10, 10)
    assert kept(filled) == [11, 12, 13]
    assert verify(db).ok


def test_what_the_collector_does_not_have_is_never_pruned(filled, db, clock):
    clock.pass_days(10_000)
    assert filled.prune(acked(filled, 4), Retention(default_days=1)).through_seq == 4
    assert kept(filled)[0] == 5
    assert filled.prune(Mark("0" * 16, 9, bytes(32)), Retention()).entries == 0
    assert verify(db).ok


def test_an_acknowledgement_of_other_bytes_prunes_nothing(filled):
    with pytest.raises(JournalDamaged, match="not this one"):
        filled.prune(Mark(filled.epoch, 9, b"\1" * 32), Retention())
    assert len(kept(filled)) == 12


def test_an_open_settlement_stays_whole(journal, clock):
    journal.append("count.made", {"n": 0})
    journal.append("settlement.begun", {}, settlement="a")
    journal.append("count.made", {"n": 1})
    clock.pass_days(365)
    journal.append("count.made", {"n": 2})
    assert journal.prune(acked(journal, 4), Retention()).through_seq == 1
    journal.close_settlement("a")
    assert journal.prune(acked(journal, 4), Retention()).through_seq == 3


@pytest.mark.clause("S0-1.2")
def test_each_kind_has_its_own_period(journal, clock):
    for kind in ("health.noted", "settlement.settled", "health.noted"):
        journal.append(kind, {})
    clock.pass_days(40)
    journal.append("health.noted", {})
    retention = Retention(default_days=365, kind_days={"health": 7, "settlement.settled": 90})
    assert journal.prune(acked(journal, 4), retention).through_seq == 1
    clock.pass_days(60)
    assert journal.prune(acked(journal, 4), retention).through_seq == 4


def test_the_last_of_a_kind_that_holds_a_counter_stays(journal, clock):
    for last_used in (120, 121):
        journal.append("attempt.made", {"msgid_last": last_used})
    clock.pass_days(365)
    journal.append("count.made", {})
    retention = Retention(keep_last_of=frozenset({"attempt.made"}))
    assert journal.prune(acked(journal, 3), retention).through_seq == 1
    assert journal.last("attempt.made").data == {"msgid_last": 121}


def test_the_chain_is_proved_over_several_prunings_and_a_restart(open_journal, db, clock):
    journal = open_journal()
    for round_ in range(3):
        for n in range(4):
            journal.append("count.made", {"round": round_, "n": n})
        clock.pass_days(31)
        journal.append("count.made", {})
        journal.prune(acked(journal, journal.head.seq), Retention())
    journal.close()
    report = verify(db)
    assert (report.ok, report.first_seq > 1) == (True, True)
    journal = open_journal()
    journal.append("count.made", {})
    assert verify(db).ok


def test_one_pruning_is_bounded_and_says_so(filled, monkeypatch):
    monkeypatch.setattr(journal_module, "PRUNE_ENTRIES_MAX", 4)
    rounds = []
    while (pruned := filled.prune(acked(filled, 12), Retention())).entries:
        rounds.append(pruned.entries)
    assert rounds == [4, 4, 2]


def test_the_agents_mark_is_read_back_and_a_torn_one_counts_as_none(tmp_path):
    path = tmp_path / "acked.json"
    assert read_mark(path) is None
    mark = Mark("a" * 16, 7, b"\2" * 32)
    write_mark(path, mark)
    assert read_mark(path) == mark
    path.write_text('{"epoch": "aa", "seq')
    assert read_mark(path) is None
