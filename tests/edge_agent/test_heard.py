"""What the collector says it has heard of each terminal, on both engines."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import psycopg
import pytest

from edge_agent.collector._tables import steps
from edge_agent.collector.database import POSTGRESQL
from edge_agent.collector.heard import FAULTS_MAX, heard
from edge_agent.collector.ingest import Ingest, Message
from edge_agent.collector.store import Store
from edge_agent.wire import pack_batch, pack_note
from kiosk.journal import Journal, Row

DEVICE = "main/kiosk-a01"
TOPIC = f"hospital/{DEVICE}/"

of_either_engine = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""For what no engine can answer differently."""


@pytest.fixture
def store(db):
    with closing(Store(db)) as store:
        yield store


@pytest.fixture
def ingest(store):
    return Ingest(store, "hospital", terminals_max=10, quarantine_rows_max=10)


@pytest.fixture
def agent(tmp_path):
    with Journal.open(tmp_path / "agent.db", "agent", hospital_seal=None, reserve_bytes=4096) as journal:
        yield journal


def sends(ingest, *entries):
    rows = [Row(each.seq, each.header, each.body, each.hash) for each in entries]
    ingest.take([Message(TOPIC + "journal", pack_batch(rows))])


def tells(ingest, leaf, **fields):
    ingest.take([Message(TOPIC + leaf, pack_note({"v": 1, "bdseq": 1, **fields}))])


def is_born(ingest, release, journal, **more):
    head = journal.head
    stream = {"stream": "agent", "epoch": journal.epoch, "head_seq": 0 if head is None else head.seq}
    tells(ingest, "birth", release=release, streams=[stream], **more)


def row(store):
    (found,) = heard(store)
    return found


def test_a_terminal_that_was_born_and_delivers_is_heard_with_its_release(store, ingest, agent):
    started = agent.append("agent.started", {})
    is_born(ingest, "2.0", agent)
    sends(ingest, started)
    found = row(store)
    assert (found["device"], found["release"], found["missing_entries"]) == (DEVICE, "2.0", 0)
    assert (found["acked_stream"], found["acked_seq"], found["faults"]) == ("agent", 1, [])
    assert found["birth_at"] <= found["acked_at"] <= found["last_seen"]


@of_either_engine
def test_what_it_had_at_its_birth_and_has_not_delivered_is_missing(store, ingest, agent):
    entries = [agent.append("agent.started", {}) for _ in range(3)]
    is_born(ingest, "2.0", agent)
    assert (row(store)["missing_entries"], row(store)["acked_seq"]) == (3, None)
    sends(ingest, *entries[:2])
    assert (row(store)["missing_entries"], row(store)["acked_seq"]) == (1, 2)


@of_either_engine
def test_a_terminal_without_a_birth_is_silent_about_its_release(store, ingest):
    tells(ingest, "health")
    found = row(store)
    assert (found["release"], found["birth_at"], found["missing_entries"]) == (None, None, None)


def test_a_birth_that_the_broker_tells_again_was_heard_when_it_came_first(store, ingest, agent):
    is_born(ingest, "1.0", agent, at="first")
    with store.transaction():
        store._database.write("UPDATE device SET birth_at = ?", ("2026-03-01T08:00:00.000Z",))
    is_born(ingest, "1.0", agent, at="first")
    assert row(store)["birth_at"] == "2026-03-01T08:00:00.000Z"
    is_born(ingest, "1.0", agent, at="second")
    assert row(store)["birth_at"] > "2026-03-01T08:00:00.000Z"


def test_whatever_is_stuck_or_lost_is_named(store, ingest, agent):
    sends(ingest, agent.append("agent.started", {}), agent.append("agent.diverged", {"seq": 4}))
    tells(ingest, "health", streams=[{"stream": "kiosk", "trouble": "no journal there"}, "noise"])
    tells(ingest, "state", online="perhaps")
    with store.transaction():
        stream = store.stream(DEVICE, agent.epoch)
        store.add_gap(stream, 5, "pruned at the terminal", "2026-03-01T08:00:00.000Z")
        store.hold_stream(
            stream, "entry 6: the chain does not hold", 6, bytes(32), "2026-03-01T08:00:00.000Z"
        )
    assert [text.split(" at 20")[0] for text in row(store)["faults"]] == [
        "entries 3 to 5 will not come: pruned at the terminal",
        "1 payloads put aside",
        "agent.diverged",
        "agent held: entry 6: the chain does not hold",
        "kiosk: no journal there",
    ]


def test_an_entry_of_no_use_is_a_fault_of_who_sent_it(store, ingest, agent):
    sends(ingest, agent.append("agent.started", {}))
    with store.transaction():
        store._database.write("UPDATE entry SET poison = 'body is not JSON'")
    assert row(store)["faults"] == ["1 entries of no use"]


def test_incidents_before_the_last_start_are_over(store, ingest, agent):
    kinds = ("agent.started", "agent.journal_damaged", "agent.started")
    sends(ingest, *(agent.append(kind, {}) for kind in kinds))
    assert row(store)["faults"] == []


@of_either_engine
def test_faults_are_bounded(store, ingest, agent):
    kinds = ["agent.started", *["agent.journal_replaced"] * (FAULTS_MAX + 5)]
    sends(ingest, *(agent.append(kind, {}) for kind in kinds))
    assert len(row(store)["faults"]) == FAULTS_MAX


@of_either_engine
@pytest.mark.parametrize(
    "birth", [b"[]", b'{"streams": 5}', b'{"release": 5, "streams": [{"head_seq": "x"}]}']
)
def test_a_birth_of_another_shape_breaks_nothing(store, ingest, birth):
    ingest.take([Message(TOPIC + "birth", birth)])
    assert row(store)["release"] is None


def test_books_of_the_layout_before_are_led_on(db):
    """As the first layout left them, with a terminal in it."""
    insert = "INSERT INTO device (device, first_seen, last_seen, birth) VALUES ('s/d', 'a', 'b', '{}')"
    if db.startswith(POSTGRESQL):
        words = {"identity": "BIGSERIAL PRIMARY KEY", "integer": "BIGINT", "text": "TEXT", "blob": "BYTEA"}
        first = (
            f"{_first(words)} CREATE TABLE layout (version BIGINT); INSERT INTO layout VALUES (1); {insert}"
        )
        with psycopg.connect(db, autocommit=True) as connection:
            connection.execute(first.encode())
    else:
        words = {"identity": "INTEGER PRIMARY KEY", "integer": "INTEGER", "text": "TEXT", "blob": "BLOB"}
        with closing(sqlite3.connect(db)) as connection:
            connection.executescript(f"{_first(words)} PRAGMA user_version = 1; {insert};")
    for _ in range(2):
        with closing(Store(db)) as store:
            assert [(each["device"], each["birth_at"]) for each in heard(store)] == [("s/d", None)]


def _first(words):
    """The tables of layout 1, in an engine's words: all of what leads to ours, without what comes after 1."""
    return steps(0, **words).removesuffix(steps(1, **words))


def test_a_real_agent_is_heard_and_heard_anew_after_its_next_start(hospital, until):
    def of_agent(condition):
        with closing(Store(hospital.db, read_only=True)) as store:
            return next((each for each in heard(store) if condition(each)), None)

    hospital.journal.append("count.made", {"n": 1})
    hospital.collector.start()
    until(lambda: hospital.page("/metrics"))
    hospital.agent.start()
    first = until(lambda: of_agent(lambda row: row["missing_entries"] == 0), "all of its birth is here")
    assert first["release"]
    assert first["faults"] == []
    hospital.agent.end()
    hospital.agent.start()
    until(lambda: of_agent(lambda row: row["birth_at"] > first["birth_at"] and not row["missing_entries"]))


def test_the_report_is_read_by_the_collectors_own_settings(tmp_path, capsys):
    from edge_agent.cli import main

    db, config = tmp_path / "collector.db", tmp_path / "collector.toml"
    config.write_text(
        f'environment = "demo"\ndb = "{db}"\n[mqtt]\nhost = "127.0.0.1"\n[web]\nport = 0\n', encoding="utf-8"
    )
    with closing(Store(db)) as store:
        for device in ("kiosk-a01", "kiosk-a02"):
            Ingest(store, "hospital", 10, 10).take([Message(f"hospital/main/{device}/health", b"{}")])
    with closing(Store(db)) as store:
        trouble = {"v": 1, "streams": [{"stream": "kiosk", "trouble": "no journal there"}]}
        messages = [Message(TOPIC + "health", pack_note(trouble)), Message(TOPIC + "state", b"noise")]
        Ingest(store, "hospital", 10, 10).take(messages)
    assert main(["report", "devices", "--json", "--config", str(config), "--device", "main/kiosk-a02"]) == 0
    (device,) = json.loads(capsys.readouterr().out)["devices"]
    assert (device["device"], device["faults"]) == ("main/kiosk-a02", [])
    assert main(["report", "devices", "--config", str(config)]) == 0
    assert "1 payloads put aside; kiosk: no journal there" in capsys.readouterr().out
    assert main(["report", "devices", "--config", str(tmp_path / "none.toml")]) == 2
