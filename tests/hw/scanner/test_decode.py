"""From a picture to texts and corners."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.scanner import decode, decoders
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


CONTROLS = "\x01\x10AD:SUB:阿;\x1d1"


def test_control_characters_are_themselves_and_not_their_names() -> None:
    assert _texts(decode.read_still(_on_grey((CONTROLS, 400, 200, 300)))) == {CONTROLS}


def test_pyzbar_is_not_believed_for_anything_but_ascii() -> None:
    assert decoders.by_pyzbar(_on_grey(("plain", 100, 200, 300))).readings
    assert decoders.by_pyzbar(_on_grey(("測試", 100, 200, 300))).readings == []


def test_the_orientation_error_of_pyzbar_costs_one_try_and_no_more(
    monkeypatch: pytest.MonkeyPatch, phone_frame: Frame
) -> None:
    def decode_with_bad_orientation(*_: object, **__: object) -> None:
        raise ValueError("4294967295 is not a valid ZBarOrientation")

    monkeypatch.setattr(decoders.pyzbar, "decode", decode_with_bad_orientation)
    assert decoders.by_pyzbar(phone_frame("x")).readings == []


def test_corners_go_round_the_symbol_in_pixels_of_the_picture() -> None:
    side, modules = 290, 29  # version 1: 21 modules and twice 4 of quiet zone, 10 pixels each
    (reading,) = decode.read_still(_on_grey(("7F3A9C21", 300, 150, side)))
    near, far = 4 * side / modules, 25 * side / modules - 1
    expected = [(300 + x, 150 + y) for x, y in ((near, near), (far, near), (far, far), (near, far))]
    assert np.allclose(reading.corners, expected, atol=2.0)


@pytest.mark.parametrize("attempt", dict.fromkeys((decoders.zxing_half, *decoders.STILL_TRIES)))
def test_every_try_gives_corners_in_pixels_of_the_picture(attempt: decoders.Attempt) -> None:
    (reading,) = attempt(_on_grey(("7F3A9C21", 300, 150, 290))).readings
    middle = np.asarray(reading.corners).mean(axis=0)
    assert np.allclose(middle, (300 + 144.5, 150 + 144.5), atol=3.0)


@pytest.mark.parametrize("attempt", dict.fromkeys((decoders.zxing_half, *decoders.STILL_TRIES)))
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_corners_begin_at_the_top_left_of_the_code_however_it_is_turned(
    attempt: decoders.Attempt, quarter_turns: int
) -> None:
    modules, side = 29, 290
    wall = np.full((720, 720), 140, np.uint8)
    wall[100 : 100 + side, 200 : 200 + side] = np.rot90(code_picture("7F3A9C21", side), -quarter_turns)
    near, far = 4 * side / modules, 25 * side / modules - 1
    ring = [(200 + x, 100 + y) for x, y in ((near, near), (far, near), (far, far), (near, far))]
    expected = ring[quarter_turns:] + ring[:quarter_turns]
    (reading,) = attempt(np.ascontiguousarray(wall)).readings
    assert np.allclose(reading.corners, expected, atol=7.0)


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


def _frozen() -> float:
    """A clock for tests that are not about time: no attempt is ever late."""
    return 0.0


@pytest.mark.parametrize("spoil", [_too_dark, _defocused])
def test_what_the_first_looks_miss_is_read_within_one_round(
    spoil: Callable[[Pixels], Pixels], phone_frame: Frame, insurance_text: str
) -> None:
    spoiled = spoil(phone_frame(insurance_text))
    assert decoders.by_zxing(spoiled).readings == decoders.zxing_half(spoiled).readings == []
    decoder = decode.StreamDecoder(_frozen)
    seen = [decoder.read(spoiled) for _ in range(len(decoders.HARD_TRIES))]
    assert {text for readings in seen for text in _texts(readings)} == {insurance_text}


def test_the_soft_reader_reads_what_no_other_decoder_does(
    phone_frame: Frame, insurance_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "STILL_SOFT_MAX_MS", math.inf)  # this is not about time
    random = np.random.default_rng(3)
    soft = cv2.GaussianBlur(phone_frame(insurance_text), (0, 0), 5.4)
    spoiled = np.clip(soft * 0.35 + random.normal(0, 5, soft.shape), 0, 255).astype(np.uint8)
    others = (decoders.by_zxing, decoders.zxing_half, *decoders.STILL_TRIES)
    assert not any(attempt(spoiled).readings for attempt in others)
    (reading,) = decode.read_still(spoiled)
    assert (reading.text, reading.by) == (insurance_text, decode.SOFT)


def test_the_sight_of_an_unread_code_tells_place_size_and_blur(
    phone_frame: Frame, insurance_text: str
) -> None:
    blurred = np.asarray(cv2.GaussianBlur(phone_frame(insurance_text), (0, 0), 7.0), dtype=np.uint8)
    decoder = decode.StreamDecoder(_frozen)
    sights = [sight for _ in range(6) if not decoder.read(blurred) and (sight := decoder.sight)]
    assert sights
    for sight in sights:
        assert np.allclose(np.mean(sight.corners, axis=0), (640, 360), atol=15)
        assert sight.side_px == pytest.approx(200, abs=15)
        assert sight.modules == 21
        assert sight.blur_px == pytest.approx(7.0, rel=0.4)
        assert sight.saturated < 0.02
        assert sight.dark_level < sight.light_level
    assert sights[0].moved_px is None or sights[0].moved_px < 3


def test_there_is_no_sight_of_a_code_that_was_read_or_is_not_there(phone_frame: Frame) -> None:
    decoder = decode.StreamDecoder()
    assert decoder.read(phone_frame("hello"))
    assert decoder.sight is None
    assert decoder.read(np.full((720, 1280), 90, np.uint8)) == []
    assert decoder.sight is None


def test_a_micro_code_is_no_code_for_texture_imitates_it() -> None:
    """A micro code of four characters was once seen in a pattern; only ordinary codes are believed."""
    micro = zxingcpp.create_barcode("0391", zxingcpp.BarcodeFormat.MicroQRCode)
    image = np.asarray(micro.to_image(scale=8), dtype=np.uint8)
    wall = np.full((720, 1280), 255, np.uint8)
    wall[100 : 100 + image.shape[0], 100 : 100 + image.shape[1]] = image
    assert decode.read_still(wall) == []


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((4, 0, 3), np.uint8),
        np.zeros(7, np.uint8),
        np.zeros((2, 2, 5), np.uint8),
        np.zeros((2, 2, 3, 1), np.uint8),
        np.zeros((1, decode.SIDE_MAX_PX + 1), np.uint8),
        np.array([["a", "b"]]),
        np.zeros((3, 3), np.complex128),
    ],
)
def test_what_is_no_picture_is_a_typed_error(array: npt.NDArray[Any]) -> None:
    with pytest.raises(decode.PictureError):
        decode.StreamDecoder().read(array)
    with pytest.raises(decode.PictureError):
        decode.read_still(array)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_number_of_channels_and_any_kind_of_number_is_a_picture(
    dtype: type, channels: int, phone_frame: Frame
) -> None:
    grey = phone_frame("hello").astype(dtype) * (257 if dtype == np.uint16 else 1)
    picture = np.repeat(grey[:, :, np.newaxis], channels, axis=2).astype(dtype)
    assert _texts(decode.StreamDecoder().read(picture)) == {"hello"}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 255))
def test_a_picture_of_any_size_is_no_error(height: int, width: int, level: int) -> None:
    tiny = np.full((height, width), level, dtype=np.uint8)
    assert decode.read_still(tiny) == []
    decoder = decode.StreamDecoder()
    assert all(decoder.read(tiny) == [] for _ in decoders.HARD_TRIES)


def test_no_repr_of_a_reading_shows_its_text(phone_frame: Frame, insurance_text: str) -> None:
    (reading,) = decoders.by_zxing(phone_frame(insurance_text)).readings
    assert insurance_text not in repr(reading)
