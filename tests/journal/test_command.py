"""The `kiosk journal` commands: what people and scripts see of a journal."""

from __future__ import annotations

import io
import json
import sqlite3
from hashlib import sha256

import pytest

from kiosk.journal import write_mark
from kiosk.journal.command import export_command, show_command, verify_command


@pytest.fixture
def filled(journal):
    journal.append("visit.started", {"role": "self_service"})
    journal.append("settlement.begun", {"total_fen": 8640}, settlement="a", sealed={"name": "陈某某"})
    journal.append("settlement.settled", {"cash_fen": 1440}, settlement="a", key="k1")
    return journal


def run(command, *arguments, **options):
    out = io.StringIO()
    code = command(*arguments, out=out, **options)
    return code, out.getvalue()


def test_verify_says_whole_and_exits_0(filled, db):
    code, text = run(verify_command, db, False)
    assert (code, "3 entries, 1 to 3, chain whole" in text) == (0, True)
    code, text = run(verify_command, db, True)
    assert (code, json.loads(text)["ok"], json.loads(text)["head_seq"]) == (0, True, 3)


def test_verify_names_the_changed_entry_and_exits_1(filled, db):
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("UPDATE entry SET body = '{}' WHERE seq = 2")
    connection.close()
    code, text = run(verify_command, db, False)
    assert (code, "entry 2: changed" in text) == (1, True)
    code, text = run(verify_command, db, True)
    assert (code, json.loads(text)["faults"]) == (1, [{"seq": 2, "what": "changed"}])


def test_verify_sees_a_cut_off_end_against_the_agents_mark(filled, db, tmp_path):
    write_mark(tmp_path / "acked.json", filled.head)
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("DELETE FROM entry WHERE seq = 3")
    connection.close()
    code, text = run(verify_command, db, False, mark=tmp_path / "acked.json")
    assert (code, "entry 3: truncated" in text) == (1, True)


@pytest.mark.parametrize("command", [verify_command, export_command, show_command])
def test_a_missing_journal_is_named_and_exits_2(command, tmp_path, capsys):
    assert run(command, tmp_path / "none.db", False)[0] == 2
    assert "none.db" in capsys.readouterr().err
    code, text = run(command, tmp_path / "none.db", True)
    assert (code, json.loads(text)["ok"]) == (2, False)


@pytest.mark.clause("S0-6.22", "S2-J.17")
def test_an_export_lets_anybody_check_the_chain_without_this_program(filled, db):
    code, text = run(export_command, db, True)
    prev = bytes(32)
    for line in map(json.loads, text.splitlines()):
        header, body = line["header"].encode(), line["body"].encode()
        prev = sha256(prev + len(header).to_bytes(4, "big") + header + body).digest()
        assert prev.hex() == line["hash"]
    assert (code, len(text.splitlines())) == (0, 3)


def test_an_export_of_one_settlement_holds_its_entries_alone(filled, db):
    _, text = run(export_command, db, True, settlement="a")
    assert [json.loads(line)["seq"] for line in text.splitlines()] == [2, 3]


def test_sealed_fields_are_shown_as_sealed(filled, db):
    code, text = run(show_command, db, False)
    assert code == 0
    assert "«sealed»" in text
    assert "total_fen=8640" in text
    assert "陈某某" not in text
    assert "wrapped" not in text


def test_entries_are_shown_by_kind_family_settlement_and_place(filled, db):
    def shown(**options):
        return [json.loads(line)["seq"] for line in run(show_command, db, True, **options)[1].splitlines()]

    assert shown(kind="settlement") == [2, 3]
    assert shown(kind="settlement.settled") == [3]
    assert shown(settlement="a", after_seq=2) == [3]
