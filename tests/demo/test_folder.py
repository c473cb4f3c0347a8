"""The demo's folder: ours alone, emptied before each run, and nothing else is ever touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.insurance import load_profile
from kiosk.sandbox.demo import folder
from kiosk.sandbox.demo.folder import ANSWER_DELAY_MAX_S, FolderError


def test_a_second_run_begins_with_an_empty_folder(tmp_path: Path) -> None:
    with folder.fresh(tmp_path / "demo") as place:
        (place.receipts / "old.pdf").touch()
        place.summary.touch()
        place.film.with_name(".code.avi.part.avi").touch()
    with folder.fresh(tmp_path / "demo") as place:
        assert list(place.receipts.iterdir()) == []
        assert not place.summary.exists()
        assert not place.film.with_name(".code.avi.part.avi").exists()


def test_a_folder_with_something_foreign_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "receipts"
    thesis.mkdir()
    with pytest.raises(FolderError, match="not the demo's"), folder.fresh(tmp_path):
        pytest.fail("it was taken")
    assert thesis.exists()


def test_what_a_person_puts_beside_a_run_stays(tmp_path: Path) -> None:
    with folder.fresh(tmp_path / "demo"):
        (tmp_path / "demo" / "notes.txt").write_text("mine")
    with folder.fresh(tmp_path / "demo"):
        assert (tmp_path / "demo" / "notes.txt").read_text() == "mine"


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    with (
        folder.fresh(tmp_path / "demo"),
        pytest.raises(FolderError, match="another demo"),
        folder.fresh(tmp_path / "demo"),
    ):
        pytest.fail("it was taken twice")


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="file"), folder.fresh(tmp_path / "file" / "demo"):
        pytest.fail("it was taken")


def test_the_area_is_the_shipped_one_with_a_short_wait(tmp_path: Path) -> None:
    with folder.fresh(tmp_path / "demo") as place:
        folder.write_profile(place)
        profile = load_profile(place.profile)
    assert profile.area.admdvs == "990100"
    assert profile.area.answer_delay_max_s == ANSWER_DELAY_MAX_S


def test_keys_are_new_each_time_and_read_by_nobody_else(tmp_path: Path) -> None:
    seen = set()
    for _ in range(2):
        with folder.fresh(tmp_path / "demo") as place:
            public = folder.write_keys(place)
            seen.add(public.read_bytes())
            assert public.stat().st_mode & 0o777 == 0o400
            assert (place.keys / "hospital_seal.key").stat().st_mode & 0o777 == 0o400
    assert len(seen) == 2
