"""`kiosk scan`: files in, a list out."""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hw.scanner import decode
from hw.scanner._opencv import cv2
from hw.scanner.command import decode_image, scan_command
from hw.scanner.film import Scene, code_picture

Film = Callable[..., Path]


def _save_code(path: Path, text: str, side: int = 330) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wall = np.full((500, 700), 150, np.uint8)
    wall[80 : 80 + side, 200 : 200 + side] = code_picture(text, side)
    path.write_bytes(cv2.imencode(path.suffix, wall)[1].tobytes())
    return path


def _scan(
    capsys: pytest.CaptureFixture[str], *paths: Path, max_side: int | None = None
) -> tuple[int, list[dict]]:
    status = scan_command([str(path) for path in paths], max_side, as_json=True)
    return status, json.loads(capsys.readouterr().out)


def test_an_entry_has_exactly_the_promised_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _save_code(tmp_path / "a.png", "hello")
    status, (entry,) = _scan(capsys, file)
    assert status == 0
    assert set(entry) == {"file", "texts", "codes", "ms"}
    assert (entry["file"], entry["texts"]) == (str(file), ["hello"])
    assert set(entry["codes"][0]) == {"text", "corners", "by"}
    assert np.asarray(entry["codes"][0]["corners"]).shape == (4, 2)


def test_a_folder_is_searched_to_its_depth_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _save_code(tmp_path / "b.png", "second")
    _save_code(tmp_path / "a" / "deep.jpg", "first")
    (tmp_path / "a" / "deep.txt").write_text("a note beside the picture")
    status, entries = _scan(capsys, tmp_path)
    assert status == 0
    assert [entry["texts"] for entry in entries] == [["first"], ["second"]]


def test_an_unreadable_file_is_an_entry_with_an_error_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    good = _save_code(tmp_path / "good.png", "still read")
    status, entries = _scan(capsys, broken, good)
    assert status == 1
    assert [entry.get("error") for entry in entries] == ["NOT_A_PICTURE", None]
    assert entries[1]["texts"] == ["still read"]


@pytest.mark.parametrize("name", ["empty.png", "empty.avi", "empty"])
def test_an_empty_file_is_no_crash(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).touch()
    status, (entry,) = _scan(capsys, tmp_path / name)
    assert (status, entry["error"], entry["codes"]) == (1, "NOT_A_PICTURE", [])


def test_a_missing_path_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan_command([str(tmp_path / "gone.png")], None, True) == 2
    assert "gone.png" in capsys.readouterr().err


def test_a_side_below_one_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan_command([str(_save_code(tmp_path / "a.png", "x"))], 0, True) == 2
    assert "--max-side" in capsys.readouterr().err


def test_corners_are_in_the_pixels_of_the_file_whatever_size_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _save_code(tmp_path / "a.png", "7F3A9C21")
    _, (full,) = _scan(capsys, file)
    _, (small,) = _scan(capsys, file, max_side=500)
    assert np.allclose(full["codes"][0]["corners"], small["codes"][0]["corners"], atol=6.0)


def test_the_texts_of_a_video_are_listed_once_each(
    film: Film, insurance_text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (entry,) = _scan(capsys, film(Scene(0.3), Scene(0.5, insurance_text), Scene(0.3, "other")))
    assert status == 0
    assert entry["texts"] == [insurance_text, "other"]


def test_a_code_on_a_transparent_page_is_read(tmp_path: Path) -> None:
    code = code_picture("clear", 290)
    page = np.zeros((290, 290, 4), np.uint8)
    page[:, :, 3] = 255 - code  # black ink, and nothing where the paper would be
    grey = decode_image(cv2.imencode(".png", page)[1].tobytes())
    assert grey is not None
    assert np.array_equal(grey > 127, code > 127)


def test_the_table_for_people_names_file_text_and_decoder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _save_code(tmp_path / "a.png", "hello")
    assert scan_command([str(file)], None, as_json=False) == 0
    out = capsys.readouterr().out
    assert str(file) in out
    assert "'hello'  by zxing" in out


def _wall_with_code(text: str) -> np.ndarray:
    wall = np.full((500, 700), 150, np.uint8)
    wall[80:410, 200:530] = code_picture(text, 330)
    return wall


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("cmyk.jpg", "CMYK"),
        ("palette.png", "P"),
        ("black_and_white.png", "1"),
        ("grey_with_alpha.png", "LA"),
        ("colour.webp", "RGB"),
        ("grey.tif", "L"),
        ("palette.gif", "P"),
    ],
)
def test_every_kind_of_picture_file_is_read(
    name: str, mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(_wall_with_code("hello")).convert(mode).save(tmp_path / name)
    status, (entry,) = _scan(capsys, tmp_path / name)
    assert (status, entry["texts"]) == (0, ["hello"])


def test_sixteen_bits_a_pixel_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = _wall_with_code("hello").astype(np.uint16) * 257
    (tmp_path / "deep.png").write_bytes(cv2.imencode(".png", deep)[1].tobytes())
    assert _scan(capsys, tmp_path / "deep.png")[1][0]["texts"] == ["hello"]


def _claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has that many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_what_is_no_picture_of_bearable_size_is_an_entry_with_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bomb.png").write_bytes(_claiming(60_000, 60_000))
    (tmp_path / "cut.png").write_bytes(cv2.imencode(".png", _wall_with_code("hello"))[1].tobytes()[:400])
    (tmp_path / "note.jpg").write_text("not a picture")
    Image.fromarray(np.full((1, 40_000), 255, np.uint8)).save(tmp_path / "thread.png")
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(tmp_path / "one_pixel.png")
    status, entries = _scan(capsys, tmp_path)
    assert status == 1
    errors = {Path(entry["file"]).name: entry.get("error") for entry in entries}
    assert errors == {
        "bomb.png": "NOT_A_PICTURE",
        "cut.png": "NOT_A_PICTURE",
        "note.jpg": "NOT_A_PICTURE",
        "one_pixel.png": None,
        "thread.png": "TOO_LARGE",
    }


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    status, entries = _scan(capsys, tmp_path / "pipe.png", Path("/dev/zero"))
    assert (status, [entry["error"] for entry in entries]) == (1, ["NOT_READABLE", "NOT_READABLE"])


def test_a_name_that_is_no_text_does_not_stop_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.png"))
    odd.write_bytes(cv2.imencode(".png", _wall_with_code("hello"))[1].tobytes())
    status, (entry,) = _scan(capsys, tmp_path)
    assert (status, entry["texts"]) == (0, ["hello"])
    entry["file"].encode("utf-8")


def test_codes_that_only_the_soft_reader_reads_are_in_the_list_with_their_corners(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "STILL_SOFT_MAX_MS", math.inf)  # this is not about time
    blurred = cv2.GaussianBlur(_wall_with_code("424" + "0123456789012345678" + "990000"), (0, 0), 6.8)
    noise = np.random.default_rng(3).normal(0, 5, blurred.shape)
    faint = np.clip(blurred * 0.35 + noise, 0, 255).astype(np.uint8)
    (tmp_path / "blurred.png").write_bytes(cv2.imencode(".png", faint)[1].tobytes())
    _, (entry,) = _scan(capsys, tmp_path / "blurred.png")
    (code,) = entry["codes"]
    assert code["by"] == "soft"
    near, far = 4 * 330 / 29, 25 * 330 / 29
    expected = [(200 + x, 80 + y) for x, y in ((near, near), (far, near), (far, far), (near, far))]
    assert np.allclose(code["corners"], expected, atol=8.0)
