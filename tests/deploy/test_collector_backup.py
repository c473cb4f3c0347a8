"""The nightly backup of the collector: whole while it writes; without a whole one no old one is deleted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "deploy/ansible/roles/collector/files/backup.py"
DAY_S = 86_400


def run(database: Path, folder: Path, days: int = 14) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(PROGRAM), str(database), str(folder), str(days)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def test_a_backup_holds_what_was_committed_while_the_writer_goes_on(tmp_path, folder):
    database = tmp_path / "collector.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY)")
        writer.execute("INSERT INTO entry VALUES (1)")
        writer.execute("BEGIN")
        writer.execute("INSERT INTO entry VALUES (2)")
        done = run(database, folder)
        writer.execute("COMMIT")
    assert done.returncode == 0, done.stderr
    (copy,) = folder.iterdir()
    with closing(sqlite3.connect(copy)) as restored:
        assert restored.execute("SELECT seq FROM entry").fetchall() == [(1,)]


def test_a_database_that_is_none_leaves_no_backup(tmp_path, folder):
    broken = tmp_path / "collector.db"
    broken.write_bytes(b"not a database" * 1000)
    done = run(broken, folder)
    assert done.returncode == 1
    assert done.stderr.startswith("backup: error:")
    assert list(folder.glob("*.db")) == []


def old_copies(folder: Path) -> None:
    for name, age_days in (("20250101T000000Z", 40), ("20250115T000000Z", 30), ("20250131T000000Z", 2)):
        path = folder / f"collector-{name}.db"
        path.touch()
        stamp = path.stat().st_mtime - age_days * DAY_S
        os.utime(path, (stamp, stamp))


def test_old_backups_go_after_a_new_one(tmp_path, folder):
    old_copies(folder)
    database = tmp_path / "collector.db"
    sqlite3.connect(database).close()
    assert run(database, folder).returncode == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "collector-20250131T000000Z.db"
    assert len(names) == 2


def test_without_a_new_backup_no_old_one_goes(tmp_path, folder):
    old_copies(folder)
    assert run(tmp_path / "gone.db", folder).returncode == 1
    assert len(list(folder.glob("*.db"))) == 3


def test_a_server_that_does_not_answer_makes_no_backup_and_loses_none(folder):
    old = folder / "collector-20200101T000000Z.dump"
    old.write_bytes(b"a good one")
    os.utime(old, (0, 0))
    argv = [sys.executable, str(PROGRAM), f"postgresql:///collector?host={folder}", str(folder), "14"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pg_dump" in done.stderr
    assert [path.name for path in folder.iterdir() if path.suffix == ".dump"] == [old.name]
