"""Cameras and films behind one Protocol, and how each fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hw.scanner import CameraDevice, Failure, VideoFile, source_for
from hw.scanner.decode import by_zxing
from hw.scanner.film import FILM_FPS, Scene
from hw.scanner.source import Picture, Source, open_source

Film = Callable[..., Path]


def _opened(spec: VideoFile) -> Source:
    source = open_source(spec)
    assert not isinstance(source, Failure)
    return source


def test_a_path_under_dev_means_a_camera_and_any_other_a_film(tmp_path: Path) -> None:
    assert source_for("/dev/v4l/by-id/usb-x") == CameraDevice("/dev/v4l/by-id/usb-x")
    assert source_for(str(tmp_path / "film.avi")) == VideoFile(str(tmp_path / "film.avi"))


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
    assert by_zxing(before.grey) == []
    assert [reading.text for reading in by_zxing(after.grey)] == ["now a code"]


def test_a_looping_film_that_is_taken_away_is_an_end_with_a_name(film: Film) -> None:
    path = film(Scene(0.1))
    source = _opened(VideoFile(str(path)))
    path.unlink()
    seen = [source.read() for _ in range(4)]
    source.close()
    assert Failure.NOT_A_VIDEO in seen
