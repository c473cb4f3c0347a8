"""The soft reader of a stream, and of single pictures."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner._opencv import cv2
from hw.scanner.soft import SoftReader, TimeBox, read_still, reader
from hw.scanner.soft.geometry import Geometry
from hw.scanner.soft.patience import UNREAD_MAX_FRAMES, Patience
from hw.scanner.soft.read import look, look_again

Signs = npt.NDArray[np.int8]
Pixels = npt.NDArray[np.uint8]
TEXT = "424" + "0123456789012345678" + "990000"
MODULE_PX = 6.0
UNHURRIED = float("inf")


def _frozen() -> float:
    """A clock for tests that are not about time: no box is ever empty."""
    return 0.0


@pytest.fixture
def frame(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> Callable[..., Pixels]:
    """The code at one place, with its own noise for each seed."""

    def make(seed: int, *, blur: float = 0.5, noise: float = 4.0, text: str = TEXT) -> Pixels:
        signs = signs_of(text, version=4)
        geometry = placed(len(signs), MODULE_PX * len(signs), turn_deg=9)
        return photo(signs, geometry, blur_px=blur * MODULE_PX, noise=noise, seed=seed)

    return make


def _first_text(soft: SoftReader, pictures: list[Pixels]) -> str | None:
    return next((one.text for picture in pictures if (one := soft.read(picture)) is not None), None)


def test_a_blurred_code_is_read_and_its_corners_are_those_of_the_symbol(
    frame: Callable[..., Pixels], placed: Callable[..., Geometry]
) -> None:
    soft = SoftReader(_frozen)
    reading = next(one for seed in range(4) if (one := soft.read(frame(seed))) is not None)
    assert reading.text == TEXT
    assert np.allclose(reading.corners, placed(33, MODULE_PX * 33, turn_deg=9).corners(), atol=MODULE_PX)


def test_an_inverted_code_is_found_by_the_locator_too(frame: Callable[..., Pixels]) -> None:
    inverted = [(255 - frame(seed)).astype(np.uint8) for seed in range(15)]
    assert _first_text(SoftReader(_frozen), inverted) == TEXT


def test_pictures_add_up_until_the_code_is_read(frame: Callable[..., Pixels]) -> None:
    pictures = [frame(seed, blur=0.55, noise=75.0) for seed in range(16)]
    alone = [SoftReader(_frozen).read(picture) for picture in pictures]
    assert sum(one is not None for one in alone) < len(pictures)
    assert _first_text(SoftReader(_frozen), pictures) == TEXT


def test_what_was_seen_is_told_when_it_is_not_read(frame: Callable[..., Pixels]) -> None:
    soft = SoftReader(_frozen)
    assert soft.read(frame(0, blur=0.75)) is None
    assert soft.seen is not None
    assert soft.seen.geometry.n == 33
    assert soft.seen.quality < 2.5


def test_a_reading_that_needed_most_of_the_parity_must_come_twice(
    frame: Callable[..., Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SURE_SHARE", -1.0)  # as if every reading had needed that much
    soft = SoftReader(_frozen)
    assert soft.read(frame(0, blur=0.3)) is None
    second = soft.read(frame(1, blur=0.3))
    assert second is not None
    assert second.text == TEXT


def test_a_different_text_does_not_confirm_a_doubtful_one(
    frame: Callable[..., Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SURE_SHARE", -1.0)
    soft = SoftReader(_frozen)
    assert soft.read(frame(0, blur=0.3)) is None
    assert soft.read(frame(1, blur=0.3, text="another text of another phone")) is None


def test_an_unread_scene_that_does_not_change_is_given_up_and_taken_up_when_it_changes() -> None:
    lobby = np.full((720, 1280), 90, np.uint8)
    patience = Patience()
    looked = [patience.has_for(lobby) for _ in range(UNREAD_MAX_FRAMES + 5)]
    assert looked == [True] * UNREAD_MAX_FRAMES + [False] * 5
    somebody = lobby.copy()
    somebody[100:500, 300:700] = 200
    assert patience.has_for(somebody)


def test_no_stage_begins_after_the_time_is_up(frame: Callable[..., Pixels]) -> None:
    ticks_s = itertools.count(0.0, 1.0)
    soft = SoftReader(lambda: next(ticks_s))
    assert soft.read(frame(0, blur=0.3)) is None
    assert soft.seen is None


def test_a_located_code_of_a_size_that_no_phone_shows_is_not_looked_at(
    frame: Callable[..., Pixels], placed: Callable[..., Geometry], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr(reader, "look", lambda _, geometry, __: looked.append(geometry.n))
    soft = SoftReader(_frozen)
    for n in (reader.MODULES_MAX, reader.MODULES_MAX + 4):
        soft.read(frame(0, blur=3.0), [placed(n, 3.0 * n)])
    assert set(looked) == {reader.MODULES_MAX}


def test_a_bent_code_is_read_by_following_its_paper(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> None:
    signs = signs_of(TEXT, version=4)
    truth = placed(33, 8.0 * 33)
    rows, columns = np.mgrid[0:720, 0:1280].astype(np.float32)
    away = (columns - 640) / 132  # one at the rim of the symbol: there the paper is lifted by 1.5 modules
    bent = cv2.remap(
        photo(signs, truth, blur_px=2.6), columns, rows + np.float32(12) * away**2, cv2.INTER_LINEAR
    ).astype(np.uint8)
    first = look(bent, truth)
    assert first is not None
    assert first.decoded is None
    flat = look_again(bent, first, TimeBox(UNHURRIED))
    followed = look_again(bent, first, TimeBox(UNHURRIED), mesh=True)
    assert flat.decoded is None
    assert followed.decoded is not None
    assert followed.decoded.text == TEXT


def test_a_still_gives_codes_of_both_polarities_once_each(frame: Callable[..., Pixels]) -> None:
    picture = frame(0, blur=0.3)
    right = (255 - frame(1, blur=0.3, text="light on dark")).astype(np.uint8)
    both = np.concatenate([picture[:, 320:960], right[:, 320:960]], axis=1)
    readings = read_still(both, [], [], TimeBox(UNHURRIED))
    assert sorted(reading.text for reading in readings) == sorted([TEXT, "light on dark"])


def test_a_hard_shadow_across_a_finder_does_not_hide_a_still_code(frame: Callable[..., Pixels]) -> None:
    columns, rows = np.meshgrid(np.arange(1280), np.arange(720))
    light = np.where(columns + 0.4 * (rows - 360) < 603, 1.0, 0.2)
    shadowed = (frame(0, blur=0.4) * light).astype(np.uint8)
    (reading,) = read_still(shadowed, [], [], TimeBox(UNHURRIED))
    assert reading.text == TEXT


def test_no_repr_of_what_was_read_shows_the_text(frame: Callable[..., Pixels]) -> None:
    soft = SoftReader(_frozen)
    reading = next(one for seed in range(4) if (one := soft.read(frame(seed, blur=0.3))) is not None)
    assert TEXT not in repr(reading)
    assert TEXT not in repr(soft.seen)
