"""The `edge-agent` command: exit codes, JSON for programs, and what it loads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from edge_agent.cli import main
from edge_agent.collector.store import Store
from kiosk.journal import GENESIS, Row, read_entry

NOW = "2026-03-01T08:00:00.000Z"
DEVICE = "main/kiosk-a01"
EPOCH = "0123456789abcdef"


@pytest.fixture
def db(tmp_path):
    store = Store(tmp_path / "collector.db")
    header = {
        "at": NOW, "epoch": EPOCH, "key": None, "kind": "settlement.settled", "seq": 1,
        "settlement": "5e71", "stream": "kiosk", "v": 1,
    }  # fmt: skip
    entry = read_entry(Row(1, json.dumps(header).encode(), b"{}", bytes(32)))
    with store.transaction():
        store.device_seen(DEVICE, NOW)
        stream = store.begin_stream(DEVICE, EPOCH, "kiosk")
        store.project(DEVICE, entry, {"total_fen": 8640}, None)
        store.hold_stream(stream, "entry 3: the chain does not hold", 3, GENESIS, NOW)
    store.close()
    return tmp_path / "collector.db"


def test_transactions_are_reported_for_programs_and_for_people(db, capsys):
    assert main(["report", "transactions", "--db", str(db), "--json"]) == 0
    (transaction,) = json.loads(capsys.readouterr().out)["transactions"]
    assert (transaction["settlement"], transaction["total_fen"]) == ("5e71", 8640)
    assert main(["report", "transactions", "--db", str(db)]) == 0
    assert "total_fen=8640" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["devices", "streams", "gaps", "quarantine"])
def test_every_report_is_a_list_under_its_name(db, capsys, what):
    assert main(["report", what, "--db", str(db), "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out)[what], list)


def test_a_missing_database_or_file_is_bad_input(tmp_path, capsys):
    assert main(["report", "transactions", "--db", str(tmp_path / "none.db"), "--json"]) == 2
    assert "none.db" in json.loads(capsys.readouterr().out)["error"]
    assert main(["run", "--config", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_a_database_that_is_none_is_a_failure(tmp_path, capsys):
    (tmp_path / "noise.db").write_bytes(b"noise" * 4000)
    assert main(["report", "transactions", "--db", str(tmp_path / "noise.db")]) == 1
    assert "error" in capsys.readouterr().err


def test_bad_usage_exits_2():
    with pytest.raises(SystemExit) as exit_:
        main(["report", "everything", "--db", "x"])
    assert exit_.value.code == 2


def test_a_held_stream_is_released_once(db, capsys):
    arguments = ["release", "--db", str(db), "--device", DEVICE, "--epoch", EPOCH]
    assert main(arguments) == 0
    assert main(arguments) == 1
    capsys.readouterr()
    main(["report", "streams", "--db", str(db), "--json"])
    assert json.loads(capsys.readouterr().out)["streams"][0]["held_reason"] is None


LOADED = """
import sys
import edge_agent.cli
{imports}
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(loaded & {{"kivy", "cv2", "smartcard", "numpy", {more}}}))
"""


@pytest.mark.parametrize(
    ("imports", "more"),
    [
        ("import edge_agent.agent", '"aiohttp", "asyncio"'),
        ("import edge_agent.collector.collector", ""),
    ],
    ids=["agent", "collector"],
)
def test_neither_part_loads_the_terminals_libraries(imports, more):
    code = LOADED.format(imports=imports, more=more)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
