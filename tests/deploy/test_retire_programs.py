"""The two small programs that `retire.yml` runs on a terminal: the last look, and the wipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[2] / "deploy" / "ansible" / "roles" / "retire" / "files"


def run(program: str, *arguments: object) -> tuple[int, dict[str, object]]:
    """As the playbook does: the program comes on stdin."""
    with (FILES / program).open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-", *map(str, arguments)], stdin=source, capture_output=True, check=False
        )
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "terminal"
    (folder / "keys/deep").mkdir(parents=True)
    (folder / "keys/client.key").write_bytes(b"secret" * 100)
    (folder / "keys/client.key").chmod(0o400)
    (folder / "keys/deep/empty").touch()
    return folder


@pytest.mark.clause("S3-10.1.5")
def test_nothing_is_left_and_everything_is_counted(folder):
    code, record = run("wipe.py", "--free-max-bytes", 0, folder)
    assert code == 0
    assert (record["files"], record["bytes"], record["left"]) == (2, 600, [])
    assert list(folder.iterdir()) == []


def test_the_bytes_are_overwritten_before_the_name_goes(folder, tmp_path):
    """Through a second name the same blocks stay visible."""
    os.link(folder / "keys/client.key", tmp_path / "second-name")
    run("wipe.py", "--free-max-bytes", 0, folder)
    kept = (tmp_path / "second-name").read_bytes()
    assert len(kept) == 600
    assert b"secret" not in kept


def test_a_link_is_removed_and_what_it_points_to_stays(folder, tmp_path):
    other = tmp_path / "not-ours"
    other.mkdir()
    (other / "file").write_text("stays", encoding="ascii")
    (folder / "link").symlink_to(other)
    run("wipe.py", "--free-max-bytes", 0, folder)
    assert (other / "file").read_text(encoding="ascii") == "stays"
    assert not (folder / "link").is_symlink()


def test_free_space_is_filled_once_a_partition_and_up_to_the_limit(folder, tmp_path):
    (tmp_path / "second").mkdir()
    _, record = run("wipe.py", "--free-max-bytes", 3_000_000, folder, tmp_path / "second")
    assert record["free_space_bytes"] == 3_000_000
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_error(tmp_path):
    code, record = run("wipe.py", "--free-max-bytes", 0, tmp_path / "none")
    assert (code, record["folders"], record["files"]) == (0, [], 0)


def test_the_last_look_counts_what_the_collector_has_not(tmp_path):
    from kiosk.journal import Journal

    path = tmp_path / "journal" / "journal.db"
    journal = Journal.open(path, "agent", hospital_seal=None, reserve_bytes=1 << 16)
    for number in range(5):
        journal.append("probe", {"number": number})
    journal.close()
    code, looked = run("last_look.py", path, tmp_path / "none.json", tmp_path / "none.db")
    assert code == 0
    assert (looked["acked_seq"], looked["unsent"]) == (0, looked["head_seq"])
    mark = {"epoch": looked["epoch"], "seq": looked["head_seq"] - 2, "hash": "00"}
    (tmp_path / "acked.json").write_text(json.dumps(mark), encoding="utf-8")
    assert run("last_look.py", path, tmp_path / "acked.json", tmp_path / "none.db")[1]["unsent"] == 2
    (tmp_path / "acked.json").write_text(json.dumps({**mark, "epoch": "another"}), encoding="utf-8")
    assert (
        run("last_look.py", path, tmp_path / "acked.json", tmp_path / "none.db")[1]["unsent"]
        == looked["head_seq"]
    )


def test_a_terminal_that_never_had_a_journal_has_nothing_to_lose(tmp_path):
    _, looked = run("last_look.py", tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert (looked["head_seq"], looked["unsent"], looked["open_settlements"]) == (0, 0, 0)
