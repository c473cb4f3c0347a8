"""Cameras, films and folders behind one Protocol, and how each fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.scanner import (
    CameraDevice,
    Exposure,
    Failure,
    ImageFolder,
    Limits,
    Phase,
    Scanner,
    SourceSpec,
    VideoFile,
    source_for,
)
from hw.scanner._opencv import cv2
from hw.scanner.decode import StreamDecoder
from hw.scanner.film import FILM_FPS, Scene
from hw.scanner.sources import Picture, Source, open_source
from hw.scanner.sources.picture import PICTURE_MAX_PX, from_jpeg, jpeg_size

Film = Callable[..., Path]


def _opened(spec: SourceSpec) -> Source:
    source = open_source(spec)
    assert not isinstance(source, Failure)
    return source


def test_a_path_says_what_it_means(tmp_path: Path) -> None:
    assert source_for("/dev/v4l/by-id/usb-x") == CameraDevice("/dev/v4l/by-id/usb-x")
    assert source_for(str(tmp_path / "film.avi")) == VideoFile(str(tmp_path / "film.avi"))
    assert source_for(str(tmp_path)) == ImageFolder(str(tmp_path))


def test_a_missing_device_is_no_camera() -> None:
    assert open_source(CameraDevice("/dev/v4l/by-id/nothing-here")) is Failure.NO_CAMERA


def test_a_device_that_is_not_a_camera_refuses() -> None:
    assert open_source(CameraDevice("/dev/null")) is Failure.CAMERA_REFUSED


def test_a_missing_or_foreign_file_is_not_a_video(tmp_path: Path) -> None:
    text = tmp_path / "notes.avi"
    text.write_text("not a film")
    assert open_source(VideoFile(str(text))) is Failure.NOT_A_VIDEO
    assert open_source(VideoFile(str(tmp_path / "gone.avi"))) is Failure.NOT_A_VIDEO


def test_a_picture_is_colour_and_grey_of_one_size(film: Film) -> None:
    source = _opened(VideoFile(str(film(Scene(0.2)))))
    picture = source.read()
    source.close()
    assert isinstance(picture, Picture)
    assert picture.bgr.shape == (720, 1280, 3)
    assert picture.grey.shape == (720, 1280)
    assert picture.grey.dtype == np.uint8


def test_a_film_runs_at_its_own_pace(film: Film) -> None:
    source = _opened(VideoFile(str(film(Scene(1.0)))))
    source.read()
    began_s = time.monotonic()
    for _ in range(6):
        source.read()
    took_s = time.monotonic() - began_s
    source.close()
    assert took_s >= 5 / FILM_FPS


def test_a_film_played_once_ends(film: Film) -> None:
    source = _opened(VideoFile(str(film(Scene(0.2))), loop=False))
    seen = [source.read() for _ in range(4)]
    source.close()
    assert [type(one) for one in seen[:3]] == [Picture] * 3
    assert seen[3] is Failure.ENDED


def test_a_looping_film_shows_what_was_put_in_its_place(film: Film) -> None:
    path = film(Scene(0.2))
    source = _opened(VideoFile(str(path)))
    before = source.read()
    film(Scene(0.2, "now a code"))
    after = [source.read() for _ in range(4)][-1]
    source.close()
    assert isinstance(before, Picture)
    assert isinstance(after, Picture)
    assert StreamDecoder().read(before.grey) == []
    assert [reading.text for reading in StreamDecoder().read(after.grey)] == ["now a code"]


def test_a_looping_film_that_is_taken_away_is_an_end_with_a_name(film: Film) -> None:
    path = film(Scene(0.1))
    source = _opened(VideoFile(str(path)))
    path.unlink()
    seen = [source.read() for _ in range(4)]
    source.close()
    assert Failure.NOT_A_VIDEO in seen


class SimulatedCapture:
    """OpenCV's capture on a camera that repeats its last picture after it was pulled out (opencv#14044)."""

    asked: ClassVar[list[tuple[int, float]]] = []

    def __init__(self, path: str, backend: int) -> None:
        assert backend == cv2.CAP_V4L2
        self.asked.clear()

    def isOpened(self) -> bool:
        return True

    def set(self, setting: int, value: float) -> bool:
        self.asked.append((setting, value))
        return True

    def read(self) -> tuple[bool, Any]:
        return True, np.full((720, 1280, 3), 90, np.uint8)

    def release(self) -> None:
        self.asked.clear()


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path at which the simulated camera opens."""
    monkeypatch.setattr(cv2, "VideoCapture", SimulatedCapture)
    path = tmp_path / "usb-camera"
    path.touch()
    return path


def test_motion_jpeg_is_asked_for_before_the_size(device: Path) -> None:
    _opened(CameraDevice(str(device)))
    settings = [setting for setting, _ in SimulatedCapture.asked]
    assert settings.index(cv2.CAP_PROP_FOURCC) < settings.index(cv2.CAP_PROP_FRAME_WIDTH)
    assert SimulatedCapture.asked[0] == (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))


def test_a_camera_whose_node_has_gone_is_gone_though_it_repeats_its_last_picture(device: Path) -> None:
    source = _opened(CameraDevice(str(device)))
    assert isinstance(source.read(), Picture)
    device.unlink()
    assert source.read() is Failure.CAMERA_GONE


def test_a_camera_without_controls_says_that_its_exposure_is_as_found(device: Path) -> None:
    assert _opened(CameraDevice(str(device))).exposure is Exposure.AS_FOUND
    assert _opened(CameraDevice(str(device), exposure_max_us=None)).exposure is Exposure.AS_FOUND


def _put_picture(folder: Path, name: str, level: int, width: int = 320) -> None:
    written = cv2.imwrite(str(folder / name), np.full((width * 9 // 16, width, 3), level, np.uint8))
    assert written


def _levels(source: Source, count: int) -> list[int | Failure]:
    read = [source.read() for _ in range(count)]
    return [int(one.grey[0, 0]) if isinstance(one, Picture) else one for one in read]


def test_a_folder_shows_its_pictures_in_the_order_of_their_names_again_and_again(tmp_path: Path) -> None:
    for name, level in (("2.png", 20), ("1.png", 10), ("3.bmp", 30)):
        _put_picture(tmp_path, name, level)
    source = _opened(ImageFolder(str(tmp_path), fps=120))
    assert _levels(source, 5) == [10, 20, 30, 10, 20]


def test_what_is_no_picture_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    _put_picture(tmp_path, "b.png", 20)
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "c.jpg").touch()
    (tmp_path / "d.png").mkdir()
    (tmp_path / "notes.txt").write_text("not looked at")
    assert _levels(_opened(ImageFolder(str(tmp_path), fps=120)), 2) == [20, 20]


def test_a_picture_put_into_a_folder_is_shown_in_the_next_round(tmp_path: Path) -> None:
    _put_picture(tmp_path, "1.png", 10)
    source = _opened(ImageFolder(str(tmp_path), fps=120))
    assert _levels(source, 1) == [10]
    _put_picture(tmp_path, "2.png", 20)
    assert _levels(source, 2) == [10, 20]


def test_a_folder_shown_once_ends_and_an_emptied_one_has_no_video(tmp_path: Path) -> None:
    _put_picture(tmp_path, "1.png", 10)
    assert _levels(_opened(ImageFolder(str(tmp_path), fps=120, loop=False)), 2) == [10, Failure.ENDED]
    source = _opened(ImageFolder(str(tmp_path), fps=120))
    (tmp_path / "1.png").unlink()
    assert _levels(source, 1) == [Failure.NOT_A_VIDEO]


def test_a_folder_without_pictures_is_no_video(tmp_path: Path) -> None:
    assert open_source(ImageFolder(str(tmp_path))) is Failure.NOT_A_VIDEO
    assert open_source(ImageFolder(str(tmp_path / "gone"))) is Failure.NOT_A_VIDEO


def test_a_still_picture_in_place_of_a_camera_never_counts_as_frozen(
    tmp_path: Path, scanner_on: Callable[..., Scanner], listener, phone_frame: Callable[[str], Any]
) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), phone_frame("standing still"))
    scanner = scanner_on(ImageFolder(str(tmp_path)), Limits(frozen_max_s=0.1, repeat_quiet_s=0.0))
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(5)
    assert [state.phase for state in listener.states] == [Phase.STARTING, Phase.WATCHING]


JPEG = cv2.imencode(".jpg", np.full((90, 160), 120, np.uint8))[1].tobytes()


def test_a_jpeg_may_have_padding_around_it() -> None:
    picture = from_jpeg(b"\x00\x00" + JPEG + b"\r\n\x00")
    assert picture is not None
    assert picture.bgr.shape == (90, 160, 3)


@pytest.mark.parametrize("cut", [0, 2, 20, 200, len(JPEG) - 2, len(JPEG) - 1])
def test_a_jpeg_cut_short_is_no_picture(cut: int) -> None:
    assert from_jpeg(JPEG[:cut]) is None


def test_a_jpeg_that_claims_to_be_gigantic_is_not_decoded() -> None:
    width, height = jpeg_size(JPEG)
    size = height.to_bytes(2) + width.to_bytes(2)
    bomb = JPEG.replace(size, b"\x20\x00\x20\x00", 1)  # OpenCV would take it
    assert (width, height) == (160, 90)
    assert jpeg_size(bomb) == (8192, 8192)
    assert PICTURE_MAX_PX < 8192 * 8192
    assert from_jpeg(bomb) is None


@given(st.binary(max_size=200), st.integers(0, len(JPEG)), st.integers(0, len(JPEG)))
def test_any_bytes_in_a_jpeg_give_a_picture_or_none(noise: bytes, at: int, keep: int) -> None:
    picture = from_jpeg(JPEG[:at] + noise + JPEG[keep:])
    assert picture is None or picture.grey.size <= PICTURE_MAX_PX
