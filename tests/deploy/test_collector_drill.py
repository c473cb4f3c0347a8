"""The collector's restore drill, on both engines, while entries keep coming in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "edge_agent/parts"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "deploy/drills"))

from collector import restore, snapshot
from drill_facts import chain_faults, differences, facts
from edge_hospital import Broker, Hospital
from edge_postgresql import PostgresqlServer

from edge_agent.collector.database import open_database

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "deploy/drills/collector.py"
DEADLINE_S = 300.0
SETTLEMENT = "7f3a9c21" + "0" * 18
AMOUNTS = {"total_fen": 8640, "fund_fen": 6000, "account_fen": 1200, "cash_fen": 1440, "hospital_fen": 0}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """`new_database(name)`: a place for one, of each engine in turn."""
    if request.param == "sqlite":
        return lambda name: str(tmp_path / f"{name}.db")
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return lambda name: server.database()


@pytest.fixture
def hospital(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[Hospital]:
    """Agent, broker and collector at work, with two settlements in the books."""
    broker = Broker(tmp_path)
    broker.start()
    made = Hospital(tmp_path, broker, new_database("collector"))
    made.agent.start()
    made.collector.start()
    for number in range(2):
        settlement = SETTLEMENT[:-1] + str(number)
        made.journal.append("settlement.settled", AMOUNTS, settlement=settlement)
        made.journal.append("settlement.ended", {"outcome": "settled"}, settlement=settlement)
    made.wait_delivered()
    yield made
    made.close()
    broker.end()


def start(db: str, into: str, folder: Path) -> subprocess.Popen[str]:
    argv = [sys.executable, str(PROGRAM), "--db", db, "--into", into, "--by", "甲", "--witness", "乙"]
    argv += ["--backup", str(folder / "backup"), "--record", str(folder), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        argv, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(db: str, into: str, folder: Path) -> tuple[int, str, str]:
    process = start(db, into, folder)
    out, err = process.communicate(timeout=DEADLINE_S)
    return process.returncode, out, err


@pytest.fixture
def proven(
    hospital: Hospital, new_database: Callable[[str], str], tmp_path: Path
) -> tuple[dict[str, Any], str]:
    """The record of a drill during which entries kept coming in, and where it restored to."""
    into = new_database("restored")
    process = start(hospital.db, into, tmp_path)
    number = 0
    while process.poll() is None:
        number += 1
        hospital.journal.append("count.made", {"n": number})
        hospital.wait_delivered()
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, out + err
    assert number > 0
    return json.loads(out), into


def stream_of(where: str, epoch: str) -> dict[str, Any]:
    database = open_database(where, read_only=True)
    (row,) = database.rows("SELECT watermark, watermark_hash FROM stream WHERE epoch = ?", (epoch,))
    database.close()
    return row


@pytest.mark.clause("S1-O.3", "S2-E.1")
def test_a_restored_database_is_proven_to_be_what_was_backed_up_while_entries_came_in(hospital, proven):
    record, into = proven
    assert (record["result"], record["differences"]) == ("proven", [])
    assert (record["by"], record["witness"]) == ("甲", "乙")
    (stream,) = [row for row in record["streams"] if row["stream"] == "kiosk"]
    restored = stream_of(into, stream["epoch"])
    assert restored["watermark"] == stream["watermark"]
    assert bytes(restored["watermark_hash"]).hex() == stream["watermark_hash"]
    assert record["transactions"] == {"number": 2, **{name: 2 * fen for name, fen in AMOUNTS.items()}}
    assert record["outcomes"] == {"settled": 2}


def test_what_comes_in_after_the_look_is_not_in_the_backup(new_database, tmp_path):
    db, into = new_database("collector"), new_database("restored")
    live = open_database(db)
    live.write("INSERT INTO counter (name, value) VALUES ('quarantined', 1)")
    with snapshot(db) as (ask, back_up):
        before = facts(ask)
        live.write("UPDATE counter SET value = 2")
        back_up(tmp_path / "backup")
    restore(tmp_path / "backup", into)
    restored = open_database(into, read_only=True)
    assert differences(before, facts(restored.rows)) == []
    assert differences(before, facts(live.rows))
    live.close()
    restored.close()


def test_the_collector_goes_on_during_a_drill_and_after_it(hospital, proven):
    hospital.journal.append("count.made", {"after": True})
    hospital.wait_delivered()
    assert hospital.received() == hospital.written()


def test_the_record_lies_beside_for_programs_and_for_signatures(proven, tmp_path):
    record, _ = proven
    (as_json,), (as_text,) = tmp_path.glob("collector-drill-*.json"), tmp_path.glob("collector-drill-*.txt")
    assert json.loads(as_json.read_text()) == record
    text = as_text.read_text()
    assert "PROVEN" in text
    assert record["backup"]["sha256"] in text
    assert "signed" in text


def test_nothing_that_is_there_is_written_over(hospital, new_database, tmp_path):
    other = new_database("other")
    database = open_database(other)
    database.write("INSERT INTO counter (name, value) VALUES ('quarantined', 7)")
    code, _, err = run(hospital.db, other, tmp_path)
    assert code == 1
    assert "already" in err
    assert database.rows("SELECT value FROM counter") == [{"value": 7}]
    database.close()


DAMAGE = {
    "an entry is gone": "DELETE FROM entry WHERE seq = 2",
    "an entry is changed": "UPDATE entry SET body = header WHERE seq = 2",
    "an amount is changed": "UPDATE transactions SET cash_fen = cash_fen + 1",
    "a watermark is moved": "UPDATE stream SET watermark = watermark + 1",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_copy_with_a_fault_is_not_proven(hospital, new_database, tmp_path, what):
    into = new_database("restored")
    assert run(hospital.db, into, tmp_path)[0] == 0
    database = open_database(into)
    before = facts(database.rows)
    assert chain_faults(database.rows) == []
    with database.transaction():
        database.write(DAMAGE[what])
    assert differences(before, facts(database.rows))
    database.close()


def test_a_changed_entry_breaks_the_chain_that_the_drill_walks(hospital, tmp_path, new_database):
    hospital.agent.end()
    hospital.collector.end()
    database = open_database(hospital.db)
    with database.transaction():
        database.write("UPDATE entry SET body = header WHERE seq = 3")
    database.close()
    code, out, _ = run(hospital.db, new_database("restored"), tmp_path)
    assert code == 1
    record = json.loads(out)
    assert record["result"] == "not proven"
    assert any("entry 3 does not fit" in one for one in record["differences"])


def test_a_collector_that_is_not_there_is_said_and_leaves_nothing(tmp_path):
    code, out, err = run(str(tmp_path / "gone.db"), str(tmp_path / "restored.db"), tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith("drill: error:")
    assert not (tmp_path / "restored.db").exists()


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path):
    code, _, err = run("postgresql://collector:secret@db/x", "postgresql://db/y", tmp_path)
    assert code == 1
    assert "PGPASSFILE" in err
    assert "secret" not in err
