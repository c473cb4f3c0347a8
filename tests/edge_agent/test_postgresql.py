"""A collector on PostgreSQL: the same promises as on a file, with one more process that can die."""

from __future__ import annotations

import json

import psycopg
import pytest
from edge_hospital import Hospital, wait_until

from edge_agent.cli import main
from edge_agent.collector.database import DatabaseFailure, open_database
from edge_agent.collector.store import Store
from edge_agent.settings import CollectorSettings, Mqtt, Web

MQTT, WEB = Mqtt("127.0.0.1", port=1883), Web(port=0)


@pytest.fixture
def hospital(tmp_path, broker, postgresql):
    made = Hospital(tmp_path, broker, postgresql.database())
    yield made
    made.close()


def test_nothing_is_lost_or_twice_when_collector_and_database_die_in_the_middle(hospital, postgresql):
    hospital.agent.start()
    hospital.collector.start()
    for round_number in range(3):
        for n in range(40):
            hospital.journal.append("count.made", {"round": round_number, "n": n})
        if round_number == 0:
            hospital.collector.end()
        else:
            wait_until(lambda: hospital.received(), "something came")
            postgresql.kill()
            postgresql.start()
            hospital.collector.end()  # it may have ended by itself
        hospital.collector.start()
    hospital.wait_delivered()
    assert hospital.received() == hospital.written()


def test_reports_are_read_from_it_and_a_held_stream_is_let_go_there(postgresql, capsys):
    where = postgresql.database()
    store = Store(where)
    with store.transaction():
        stream = store.begin_stream("main/kiosk-a01", "0123456789abcdef", "kiosk")
        store.hold_stream(
            stream, "entry 3: the chain does not hold", 3, bytes(32), "2026-03-01T08:00:00.000Z"
        )
    store.close()
    assert main(["report", "streams", "--db", where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["streams"][0]["held_seq"] == 3
    release = ["release", "--db", where, "--device", "main/kiosk-a01", "--epoch", "0123456789abcdef"]
    assert main(release) == 0
    assert main(release) == 1


def test_a_transaction_that_fails_leaves_nothing(postgresql):
    store = Store(postgresql.database())

    def begin_it_twice():
        with store.transaction():
            store.begin_stream("main/kiosk-a01", "0123456789abcdef", "kiosk")
            store.begin_stream("main/kiosk-a01", "0123456789abcdef", "kiosk")

    with pytest.raises(DatabaseFailure):
        begin_it_twice()
    assert store.streams() == []
    store.close()


def test_a_reader_cannot_write(postgresql):
    where = postgresql.database()
    Store(where).close()
    reader = Store(where, read_only=True)
    with pytest.raises(DatabaseFailure, match="read-only"), reader.transaction():
        reader.begin_stream("main/kiosk-a01", "0123456789abcdef", "kiosk")
    reader.close()


def test_text_with_a_character_that_it_cannot_hold_is_kept_all_the_same(postgresql):
    store = Store(postgresql.database())
    with store.transaction():
        store.quarantine("main/kiosk-a01", "t\0opic", "no\0ise", b"\0", "2026-03-01T08:00:00.000Z", 5)
    assert store.quarantined()[0]["reason"] == "no\ufffdise"
    store.close()


def test_tables_of_another_layout_are_refused(postgresql):
    where = postgresql.database()
    Store(where).close()
    with psycopg.connect(where) as connection:
        connection.execute("UPDATE layout SET version = 99")
    with pytest.raises(DatabaseFailure, match="99"):
        Store(where)


def test_a_server_that_is_not_there_is_said_without_the_address_of_anything_secret(tmp_path):
    with pytest.raises(DatabaseFailure, match="OperationalError"):
        open_database(f"postgresql:///none?host={tmp_path}&user=nobody")


@pytest.mark.parametrize("query", ["collector:secret@db/x", "db/x?password=secret", "db/x?user=u&password="])
def test_a_password_in_the_configuration_is_refused_and_not_repeated(query):
    with pytest.raises(ValueError, match="PGPASSFILE") as refused:
        CollectorSettings("demo", f"postgresql://{query}", MQTT, WEB)
    assert "secret" not in str(refused.value)
