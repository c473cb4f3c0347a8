"""From a picture to texts and corners."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.scanner import decode
from hw.scanner._opencv import cv2
from hw.scanner.film import code_picture

Pixels = npt.NDArray[np.uint8]
Frame = Callable[[str], Pixels]


def _on_grey(*places: tuple[str, int, int, int]) -> Pixels:
    """A 1280x720 wall with codes: text, left, top, side."""
    wall = np.full((720, 1280), 140, dtype=np.uint8)
    for text, left, top, side in places:
        wall[top : top + side, left : left + side] = code_picture(text, side)
    return wall


def _texts(readings: list[decode.Reading]) -> set[str]:
    return {reading.text for reading in readings}


def test_a_phone_screen_is_read_by_the_first_decoder(phone_frame: Frame, insurance_text: str) -> None:
    (reading,) = decode.StreamDecoder().read(phone_frame(insurance_text))
    assert (reading.text, reading.by) == (insurance_text, "zxing")


def test_a_dark_mode_screen_is_read(phone_frame: Frame, insurance_text: str) -> None:
    inverted = (255 - phone_frame(insurance_text)).astype(np.uint8)
    assert _texts(decode.StreamDecoder().read(inverted)) == {insurance_text}


def test_chinese_text_is_exact() -> None:
    assert _texts(decode.read_still(_on_grey(("測試·门诊缴费", 400, 200, 300)))) == {"測試·门诊缴费"}


def test_pyzbar_is_not_believed_for_anything_but_ascii() -> None:
    assert decode.by_pyzbar(_on_grey(("plain", 100, 200, 300)))
    assert decode.by_pyzbar(_on_grey(("測試", 100, 200, 300))) == []


def test_the_orientation_error_of_pyzbar_costs_one_try_and_no_more(
    monkeypatch: pytest.MonkeyPatch, phone_frame: Frame
) -> None:
    def decode_with_bad_orientation(*_: object, **__: object) -> None:
        raise ValueError("4294967295 is not a valid ZBarOrientation")

    monkeypatch.setattr(decode.pyzbar, "decode", decode_with_bad_orientation)
    assert decode.by_pyzbar(phone_frame("x")) == []


def test_corners_go_round_the_symbol_in_pixels_of_the_picture() -> None:
    side, modules = 290, 29  # version 1: 21 modules and twice 4 of quiet zone, 10 pixels each
    (reading,) = decode.read_still(_on_grey(("7F3A9C21", 300, 150, side)))
    near, far = 4 * side / modules, 25 * side / modules - 1
    expected = [(300 + x, 150 + y) for x, y in ((near, near), (far, near), (far, far), (near, far))]
    assert np.allclose(reading.corners, expected, atol=2.0)


@pytest.mark.parametrize("attempt", dict.fromkeys((decode.zxing_half, *decode.STILL_TRIES)))
def test_every_try_gives_corners_in_pixels_of_the_picture(attempt: decode.Attempt) -> None:
    (reading,) = attempt(_on_grey(("7F3A9C21", 300, 150, 290)))
    middle = np.asarray(reading.corners).mean(axis=0)
    assert np.allclose(middle, (300 + 144.5, 150 + 144.5), atol=3.0)


def test_every_code_of_a_still_picture_is_found_once() -> None:
    wall = _on_grey(
        ("one", 40, 60, 260), ("two", 420, 60, 260), ("three", 800, 60, 260), ("one", 420, 400, 260)
    )
    readings = decode.read_still(wall)
    assert sorted(reading.text for reading in readings) == ["one", "one", "three", "two"]


def test_a_picture_without_a_code_gives_none() -> None:
    noise = np.random.default_rng(5).integers(0, 255, (720, 1280)).astype(np.uint8)
    assert decode.read_still(noise) == []


DARK_GAIN, BLUR_SIGMA = 0.05, 5.0


def _too_dark(frame: Pixels) -> Pixels:
    noise = np.random.default_rng(7).normal(0, 2, frame.shape)
    return np.clip(frame * DARK_GAIN + noise, 0, 255).astype(np.uint8)


def _defocused(frame: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), BLUR_SIGMA), dtype=np.uint8)


@pytest.mark.parametrize("spoil", [_too_dark, _defocused])
def test_what_the_first_looks_miss_is_read_by_a_hard_try_within_one_round(
    spoil: Callable[[Pixels], Pixels], phone_frame: Frame, insurance_text: str
) -> None:
    spoiled = spoil(phone_frame(insurance_text))
    assert decode.by_zxing(spoiled) == decode.zxing_half(spoiled) == []
    decoder = decode.StreamDecoder()
    seen = [decoder.read(spoiled) for _ in range(len(decode.HARD_TRIES))]
    assert {text for readings in seen for text in _texts(readings)} == {insurance_text}


def test_there_is_at_most_one_hard_try_per_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fails(number: int) -> decode.Attempt:
        def attempt(_: Pixels) -> list[decode.Reading]:
            tries.append(number)
            return []

        return attempt

    monkeypatch.setattr(decode, "HARD_TRIES", tuple(fails(number) for number in range(3)))
    decoder, blank = decode.StreamDecoder(), np.full((90, 160), 128, np.uint8)
    for _ in range(7):
        decoder.read(blank)
    assert tries == [0, 1, 2, 0, 1, 2, 0]


def test_a_try_that_was_too_slow_here_sits_out(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def slow(_: Pixels) -> list[decode.Reading]:
        nonlocal calls
        calls += 1
        return []

    monkeypatch.setattr(decode, "HARD_TRIES", (slow,))
    ticks_s = itertools.count(0.0, decode.HARD_TRY_MAX_MS / 1000 + 0.001)
    decoder, blank = decode.StreamDecoder(lambda: next(ticks_s)), np.full((90, 160), 128, np.uint8)
    for _ in range(1 + decode.PENALTY_TURNS):
        decoder.read(blank)
    assert calls == 1
    decoder.read(blank)
    assert calls == 2


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 255))
def test_a_picture_of_any_size_is_no_error(height: int, width: int, level: int) -> None:
    tiny = np.full((height, width), level, dtype=np.uint8)
    assert decode.read_still(tiny) == []
    decoder = decode.StreamDecoder()
    assert all(decoder.read(tiny) == [] for _ in decode.HARD_TRIES)


def test_no_repr_of_a_reading_shows_its_text(phone_frame: Frame, insurance_text: str) -> None:
    (reading,) = decode.by_zxing(phone_frame(insurance_text))
    assert insurance_text not in repr(reading)
