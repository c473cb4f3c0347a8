"""The agent's sending side by itself: windows, patience, and whose word moves the mark."""

from __future__ import annotations

import json

import pytest

from edge_agent import settings
from edge_agent.marks import Marks
from edge_agent.uplink import Uplink
from edge_agent.wire import Ack, unpack_batch
from kiosk.journal import GENESIS, Journal, JournalReader, read_mark


class Bench:
    """An uplink over a real journal; the test is broker, collector and clock."""

    def __init__(self, directory, limits):
        self.now_s = 0.0
        self.sent = []
        self.incidents = []
        self.directory = directory
        self.path = directory / "journal" / "journal.db"
        self.journal = Journal.open(self.path, hospital_seal=None, reserve_bytes=4096)
        self.marks = Marks(directory / "state")
        self.uplink = Uplink(
            "kiosk", JournalReader(self.path), self.marks, limits, lambda: self.now_s,
            lambda kind, fields: self.incidents.append(kind),
        )  # fmt: skip

    def write(self, count):
        return [self.journal.append("count.made", {"n": n}) for n in range(count)]

    def publish(self, payload):
        self.sent.append([json.loads(frame.header)["seq"] for frame in unpack_batch(payload)])
        return len(self.sent)

    def fill(self):
        """One turn; the batches it sent."""
        before = len(self.sent)
        self.uplink.fill(self.publish)
        return self.sent[before:]

    def confirm_all(self):
        for mid in range(len(self.sent) + 1):
            self.uplink.confirmed(mid)

    def acknowledge(self, entry, resend=False):
        self.uplink.acknowledged(Ack(entry.epoch, entry.seq, entry.hash, resend))


LIMITS = settings.Uplink(
    batch_entries_max=2, window_entries=6, window_messages=2, resend_after_s=3.0, resend_max_s=10.0
)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, LIMITS)
    yield bench
    bench.journal.close()
    bench.marks.close()


def test_no_more_batches_are_under_way_than_the_broker_window_admits(bench):
    bench.write(9)
    assert bench.fill() == [[1, 2], [3, 4]]
    assert bench.fill() == []
    bench.uplink.confirmed(1)
    assert bench.fill() == [[5, 6]]


def test_no_more_entries_are_under_way_than_the_collector_window_admits(bench):
    entries = bench.write(9)
    bench.fill()
    bench.confirm_all()
    bench.fill()
    bench.confirm_all()
    assert bench.fill() == []
    bench.acknowledge(entries[3])
    assert bench.fill() == [[7, 8], [9]]


def test_without_progress_everything_unacknowledged_is_sent_again_with_growing_patience(bench):
    bench.write(2)
    bench.fill()
    resent_at = []
    while len(resent_at) < 4:
        bench.now_s += 0.5
        bench.confirm_all()
        if bench.fill():
            resent_at.append(bench.now_s)
    assert resent_at == [3.0, 9.0, 19.0, 29.0]


def test_progress_restores_the_first_patience(bench):
    entries = bench.write(2)
    bench.fill()
    bench.now_s = 3.0
    assert bench.fill() == [[1, 2]]
    bench.acknowledge(entries[0])
    bench.now_s = 6.0
    assert bench.fill() == [[2]]


def test_a_new_connection_begins_after_the_mark(bench):
    entries = bench.write(4)
    bench.fill()
    bench.acknowledge(entries[1])
    bench.uplink.reconnected()
    assert bench.fill() == [[3, 4]]


def test_the_mark_survives_the_agent(bench):
    entries = bench.write(4)
    bench.fill()
    bench.acknowledge(entries[2])
    bench.marks.close()
    again = Marks(bench.directory / "state")
    assert again.acked("kiosk", bench.journal.epoch).seq == 3
    assert again.acked("kiosk", "0" * 16) is None
    assert read_mark(bench.directory / "state" / "kiosk.acked.json").seq == 3
    again.close()


def test_damaged_marks_only_cost_a_second_sending(tmp_path):
    state = tmp_path / "state"
    Marks(state).close()
    (state / "uplink.db").write_bytes(b"noise" * 2000)
    marks = Marks(state)
    assert marks.acked("kiosk", "0" * 16) is None
    assert marks.next_connection() == 1
    marks.close()


def test_an_older_acknowledgement_changes_nothing(bench):
    entries = bench.write(4)
    bench.fill()
    bench.acknowledge(entries[3])
    bench.acknowledge(entries[1])
    assert bench.uplink.progress().acked_seq == 4


def test_a_collector_that_misses_entries_gets_them_at_once_but_not_for_every_complaint(bench):
    entries = bench.write(4)
    bench.fill()
    bench.acknowledge(entries[3])
    bench.uplink.acknowledged(Ack(bench.journal.epoch, 0, GENESIS, resend=True))
    bench.uplink.acknowledged(Ack(bench.journal.epoch, 0, GENESIS, resend=True))
    bench.confirm_all()
    assert bench.fill() == [[1, 2], [3, 4]]
    bench.uplink.acknowledged(Ack(bench.journal.epoch, 0, GENESIS, resend=True))
    bench.confirm_all()
    assert bench.fill() == []


def test_an_unreadable_journal_is_trouble_that_goes_away_by_itself(bench):
    bench.write(1)
    moved = bench.path.rename(bench.path.with_name("moved.db"))
    assert bench.fill() == []
    assert "journal" in bench.uplink.progress().trouble
    moved.rename(bench.path)
    assert bench.fill() == [[1]]
    assert bench.uplink.progress().trouble is None


def test_a_diverged_stream_sends_nothing_more_and_says_so(bench):
    bench.write(2)
    bench.fill()
    bench.uplink.acknowledged(Ack(bench.journal.epoch, 2, b"\1" * 32))
    bench.write(2)
    bench.confirm_all()
    assert bench.fill() == []
    assert bench.incidents == ["agent.diverged"]
    assert bench.uplink.progress().trouble == "diverged"


def test_a_broken_connection_leaves_the_window_as_it_was(bench):
    bench.write(2)

    def refuse(payload):
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        bench.uplink.fill(refuse)
    assert bench.fill() == [[1, 2]]


def test_the_age_of_the_oldest_waiting_entry_is_known(bench):
    entry = bench.write(1)[0]
    assert bench.uplink.oldest_unacked_age_s(entry.when) == 0.0
    bench.fill()
    bench.acknowledge(entry)
    assert bench.uplink.oldest_unacked_age_s() is None
