"""From the terminal's disk to the hospital's database: everything, once, in order, whatever is killed."""

from __future__ import annotations

import json
import random
import signal

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge_agent.wire import Ack, pack_ack, unpack_batch
from kiosk.journal import read_mark, verify

KILLS = 12


@pytest.mark.clause("S3-9.2.3", "S0-6.21a")
def test_every_entry_reaches_the_hospital_in_the_bytes_that_were_hashed(hospital):
    hospital.agent.start()
    hospital.collector.start()
    for n in range(50):
        hospital.journal.append("count.made", {"n": n, "text": "价格"})
    hospital.wait_delivered()
    assert hospital.received() == hospital.written()


def test_what_was_written_before_the_agent_started_is_sent_first(hospital):
    for n in range(150):
        hospital.journal.append("count.made", {"n": n})
    hospital.collector.start()
    hospital.agent.start()
    hospital.journal.append("count.made", {"n": 150})
    hospital.wait_delivered()
    assert hospital.received() == hospital.written()


def test_the_acknowledged_mark_is_left_for_the_terminal_to_prune_by(hospital, until):
    hospital.agent.start()
    hospital.collector.start()
    hospital.journal.append("count.made", {"n": 1})
    mark = until(lambda: read_mark(hospital.state / "kiosk.acked.json"))
    assert mark == hospital.journal.head


@pytest.mark.clause("S1-L.11")
def test_nothing_is_lost_and_nothing_comes_twice_when_everything_is_killed(hospital, until):
    draw = random.Random(20260301)
    parts = {"agent": hospital.agent, "collector": hospital.collector, "broker": hospital.broker}
    hospital.agent.start()
    hospital.collector.start()
    victims = [*parts] * (KILLS // len(parts))
    draw.shuffle(victims)
    for victim in victims:
        before = len(hospital.received())
        for n in range(draw.randrange(20, 60)):
            hospital.journal.append("count.made", {"n": n, "text": "x" * draw.randrange(2000)})
        if draw.random() < 0.7:  # in the middle of a delivery, or right at its start
            until(lambda seen=before: len(hospital.received()) > seen, "something arrives")
        parts[victim].end(signal.SIGKILL)
        for n in range(5):
            hospital.journal.append("count.made", {"n": n})
        parts[victim].start()
    hospital.wait_delivered()
    assert hospital.received() == hospital.written()
    assert verify(hospital.journal_path).ok
    devices = json.loads(hospital.page("/api/devices"))
    assert [stream["held_reason"] for stream in devices["streams"]] == [None, None]
    assert devices["gaps"] == []


def test_the_agents_own_facts_arrive_as_a_stream_of_their_own(hospital, until):
    hospital.agent.start()
    hospital.collector.start()
    rows = until(lambda: hospital.received("agent"))
    assert json.loads(rows[0][1])["kind"] == "agent.started"


def test_a_journal_begun_anew_is_sent_from_its_own_beginning(hospital, until):
    hospital.agent.start()
    hospital.collector.start()
    for n in range(3):
        hospital.journal.append("count.made", {"n": n})
    hospital.wait_delivered()
    hospital.replace_journal()
    hospital.journal.append("count.made", {"n": 99})
    until(lambda: hospital.received() == hospital.written(), "the new journal is delivered")
    until(lambda: "agent.journal_replaced" in str(hospital.received("agent")), "and noted")


def test_a_killed_agent_is_seen_as_offline_and_comes_back_online(hospital, until):
    def online() -> list[int]:
        return [device["online"] for device in json.loads(hospital.page("/api/devices"))["devices"]]

    hospital.agent.start()
    hospital.collector.start()
    until(lambda: online() == [1], "online")
    hospital.agent.end(signal.SIGKILL)
    until(lambda: online() == [0], "the will is delivered")
    hospital.agent.start()
    until(lambda: online() == [1], "online again")


def test_agent_and_collector_end_in_good_order_when_asked(hospital, until):
    hospital.agent.start()
    hospital.collector.start()
    until(lambda: hospital.received("agent"))
    assert hospital.agent.end(signal.SIGTERM) == 0
    until(lambda: json.loads(hospital.page("/api/devices"))["devices"][0]["online"] == 0, "said goodbye")
    assert hospital.collector.end(signal.SIGTERM) == 0
    assert not hospital.wake.exists()


class SilentCollector:
    """A subscriber that takes batches and acknowledges only when told."""

    def __init__(self, broker):
        self.batches = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="silent")
        self._client.on_connect = lambda client, *_: client.subscribe("hospital/+/+/journal", 1)
        self._client.on_message = lambda client, _, message: self.batches.append(
            unpack_batch(message.payload)
        )
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def headers(self):
        return [json.loads(frame.header) for batch in list(self.batches) for frame in batch]

    def seqs(self):
        return [header["seq"] for header in self.headers() if header["stream"] == "kiosk"]

    def kinds(self):
        return [header["kind"] for header in self.headers()]

    def say(self, payload, device="kiosk-a01"):
        self._client.publish(f"hospital/main/{device}/journal_ack", payload, qos=1)

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def silent(broker):
    silent = SilentCollector(broker)
    yield silent
    silent.close()


def test_a_puback_is_no_acknowledgement_so_the_agent_sends_again(hospital, silent, until):
    hospital.agent.start()
    for n in range(3):
        hospital.journal.append("count.made", {"n": n})
    until(lambda: silent.seqs().count(3) >= 3, "sent again and again")
    assert read_mark(hospital.state / "kiosk.acked.json") is None
    head = hospital.journal.head
    silent.say(pack_ack(Ack(head.epoch, head.seq, head.hash)))
    until(lambda: read_mark(hospital.state / "kiosk.acked.json") == head, "the mark moves")
    sent = len(silent.seqs())
    hospital.journal.append("count.made", {"n": 9})
    until(lambda: silent.seqs()[sent:], "the next entry")
    assert set(silent.seqs()[sent:]) == {4}


def test_a_lost_acknowledgement_is_made_good_by_the_next(hospital, silent, until):
    hospital.agent.start()
    first = hospital.journal.append("count.made", {"n": 1})
    until(lambda: 1 in silent.seqs())
    hospital.journal.append("count.made", {"n": 2})
    until(lambda: 2 in silent.seqs())
    head = hospital.journal.head
    assert first.seq < head.seq  # the acknowledgement of the first never comes
    silent.say(pack_ack(Ack(head.epoch, head.seq, head.hash)))
    until(lambda: read_mark(hospital.state / "kiosk.acked.json") == head)


@pytest.mark.parametrize(
    "forge",
    [
        lambda head: b"\xff\x00 not JSON",
        lambda head: b"[]",
        lambda head: pack_ack(Ack("0" * 16, head.seq, head.hash)),
        lambda head: pack_ack(Ack(head.epoch, head.seq, head.hash))[:-9],
    ],
    ids=["noise", "list", "other epoch", "cut off"],
)
def test_what_is_no_acknowledgement_is_passed_over(hospital, silent, until, forge):
    hospital.agent.start()
    for n in range(3):
        hospital.journal.append("count.made", {"n": n})
    until(lambda: 3 in silent.seqs())
    head = hospital.journal.head
    first = next(hospital.journal.entries())
    silent.say(forge(head))
    silent.say(pack_ack(Ack(head.epoch, head.seq, head.hash)), device="kiosk-a02")
    silent.say(pack_ack(Ack(first.epoch, first.seq, first.hash)))
    mark = until(lambda: read_mark(hospital.state / "kiosk.acked.json"))
    assert mark.seq == first.seq


@pytest.mark.parametrize(
    "contradict",
    [lambda head: Ack(head.epoch, 10_000, head.hash), lambda head: Ack(head.epoch, head.seq, b"\1" * 32)],
    ids=["an entry we never wrote", "another entry than ours"],
)
def test_a_collector_that_knows_other_entries_is_reported_and_nothing_is_forgotten(
    hospital, silent, until, contradict
):
    hospital.agent.start()
    hospital.journal.append("count.made", {"n": 1})
    until(lambda: 1 in silent.seqs())
    silent.say(pack_ack(contradict(hospital.journal.head)))
    until(lambda: "agent.diverged" in silent.kinds(), "reported")
    assert read_mark(hospital.state / "kiosk.acked.json") is None
