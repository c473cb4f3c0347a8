"""The bench on photographs counts rightly; the pictures here are drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import scanner_photos
from hw.scanner._opencv import cv2
from hw.scanner.film import code_picture

READERS = {"ours", "zxing_cpp", "pyzbar"}
CODE_SIDE = 200


def _picture(file: Path, *texts: str) -> Path:
    """A grey wall with codes side by side."""
    wall = np.full((300, 100 + (CODE_SIDE + 50) * max(len(texts), 1)), 150, np.uint8)
    for place, text in enumerate(texts):
        left = 50 + place * (CODE_SIDE + 50)
        wall[50 : 50 + CODE_SIDE, left : left + CODE_SIDE] = code_picture(text, CODE_SIDE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cv2.imencode(".png", wall)[1].tobytes())
    return file


def _expects(file: Path, text: str) -> None:
    file.with_suffix(".txt").write_text(text, encoding="utf-8")


def test_a_right_text_may_differ_in_spaces_and_line_ends(tmp_path: Path) -> None:
    _expects(_picture(tmp_path / "deep" / "a.png", "one\r\ntwo"), "one two\n")
    scores = scanner_photos.measured(scanner_photos.photos_of(tmp_path), None)
    assert set(scores) == READERS
    assert all(len(score.right) == 1 and not score.further for score in scores.values())


def test_an_unread_a_wrong_a_further_text_and_a_false_positive_are_told_apart(tmp_path: Path) -> None:
    _expects(_picture(tmp_path / "unread.png"), "text")
    _expects(_picture(tmp_path / "wrong.png", "other"), "text")
    _expects(_picture(tmp_path / "further.png", "text", "other"), "text")
    _picture(tmp_path / "false.png", "text")
    ours = scanner_photos.measured(scanner_photos.photos_of(tmp_path), None)["ours"]
    ended = (ours.unread, ours.wrong, ours.further, ours.right, ours.false_positives)
    assert [[file.stem for file in files] for files in ended] == [
        ["unread"],
        ["wrong"],
        ["further"],
        ["further"],
        ["false"],
    ]


def test_the_printed_figures_name_the_files_to_look_at_and_never_their_texts(tmp_path: Path) -> None:
    _expects(_picture(tmp_path / "a.png", "confidential"), "something else")
    printed = scanner_photos.run(tmp_path, 640, quick=False, names=True)
    assert printed["wrong_texts"] == 1
    assert printed["right_percent"] == 0.0
    assert printed["not_right"]["wrong"] == ["a.png"]  # type: ignore[index]
    assert "confidential" not in str(printed)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [([], "name a folder with --folder or SCANNER_PHOTOS"), (["--folder", "/no/such/place"], "is no folder")],
)
def test_without_photographs_it_says_so(arguments: list[str], reason: str) -> None:
    root = Path(scanner_photos.__file__).parents[1]
    command = [sys.executable, str(Path(scanner_photos.__file__)), *arguments]
    environment = {"PYTHONPATH": str(root), "PATH": ""}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert reason in said
    assert '"skipped"' in said
