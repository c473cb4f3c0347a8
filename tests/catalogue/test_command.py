"""The four commands as scripts use them: exit codes, JSON keys, readable text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.catalogue.command import approve_command, diff_command, import_command, search_command

Write = Callable[..., Path]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "prices.db"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return read


def test_a_list_goes_from_file_to_hit(
    db: Path, write_list: Write, said: Callable[[], dict[str, Any]]
) -> None:
    path = write_list([{"code": "A1", "name": "二甲双胍片", "price_fen": 680}])
    assert import_command([path], db, "王", as_json=True) == 0
    imported = said()
    assert [imported[key] for key in ("ok", "version", "state", "rows")] == [True, 1, "pending", 1]
    assert approve_command(db, "李", as_json=True) == 0
    said()
    assert search_command(db, "EJSG", 5, as_json=True) == 0
    found = said()
    assert (found["total"], found["as_of"], found["complaint"]) == (1, "2026-11-20", "000-8800")
    hit = found["hits"][0]
    assert {key: hit[key] for key in ("code", "name", "unit", "price", "class")} == {
        "code": "A1",
        "name": "二甲双胍片",
        "unit": "盒",
        "price": "6.80",
        "class": "甲",
    }


def test_a_bad_list_ends_with_2_and_names_each_row(
    db: Path, write_list: Write, said: Callable[[], dict[str, Any]]
) -> None:
    path = write_list([{"code": "A1", "name": ""}])
    assert import_command([path], db, "王", as_json=True) == 2
    assert said()["rows"] == [{"file": "list.csv", "line": 4, "column": "name", "reason": "is empty"}]
    assert not db.exists()


def test_the_same_person_ends_with_1(db: Path, write_list: Write, capsys: pytest.CaptureFixture[str]) -> None:
    import_command([write_list([{"code": "A1", "name": "x"}])], db, "王")
    assert approve_command(db, "王") == 1
    assert "another person must approve it" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        lambda db: import_command([], db, "王"),
        lambda db: approve_command(db, "李"),
        lambda db: search_command(db, "x"),
        lambda db: diff_command(db),
    ],
)
def test_bad_input_ends_with_2(
    db: Path, command: Callable[[Path], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(db) == 2
    assert capsys.readouterr().err.startswith("kiosk: error: ")
    assert not db.exists()


def test_a_limit_out_of_range_ends_with_2(db: Path) -> None:
    assert search_command(db, "x", limit=0) == 2


def test_a_difference_is_told_in_yuan(
    db: Path, write_list: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    for price in (680, 1_234_500):
        import_command([write_list([{"code": "A1", "name": "二甲双胍片", "price_fen": price}])], db, "王")
        if price == 680:
            approve_command(db, "李")
    capsys.readouterr()
    assert diff_command(db, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {"added": 0, "removed": 0, "changed": 1, "prices_changed": 1}
    assert found["changes"] == [
        {"code": "A1", "name": "二甲双胍片", "field": "price", "old": "6.80", "new": "12345.00"}
    ]
    assert diff_command(db) == 0
    assert "~ A1  二甲双胍片  price: 6.80 -> 12345.00" in capsys.readouterr().out


def test_readable_hits_end_with_date_and_complaint_channel(
    db: Path, write_list: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    import_command([write_list([{"code": "A1", "name": "二甲双胍片", "price_fen": 680}])], db, "王")
    approve_command(db, "李")
    capsys.readouterr()
    assert search_command(db, "双胍") == 0
    assert capsys.readouterr().out.splitlines() == [
        "A1  二甲双胍片  1 × 1  6.80/盒  甲",
        "1 found; prices of 2026-11-20; questions: 000-8800",
    ]
