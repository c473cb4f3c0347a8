"""What one picture of a stream may cost: which stages begin, and which are left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner import decode, decoders
from hw.scanner._opencv import cv2

Pixels = npt.NDArray[np.uint8]
Frame = Callable[[str], Pixels]


def _frozen() -> float:
    """A clock for tests that are not about time: no attempt is ever late."""
    return 0.0


def test_there_is_at_most_one_hard_try_per_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fails(number: int) -> decoders.Attempt:
        def attempt(_: Pixels) -> decoders.Finds:
            tries.append(number)
            return decoders.Finds([], [])

        return attempt

    monkeypatch.setattr(decode, "HARD_TRIES", tuple(fails(number) for number in range(3)))
    decoder, blank = decode.StreamDecoder(_frozen), np.full((90, 160), 128, np.uint8)
    for _ in range(7):
        decoder.read(blank)
    assert tries == [0, 1, 2, 0, 1, 2, 0]


class _Clock:
    """Stands still, and moves only when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_try_that_was_too_slow_here_sits_out(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, clock = 0, _Clock()

    def slow(_: Pixels) -> decoders.Finds:
        nonlocal calls
        calls += 1
        clock.now_s += decode.HARD_TRY_MAX_MS / 1000 + 0.001
        return decoders.Finds([], [])

    monkeypatch.setattr(decode, "HARD_TRIES", (slow,))
    decoder, blank = decode.StreamDecoder(clock), np.full((90, 160), 128, np.uint8)
    for _ in range(1 + decode.PENALTY_TURNS):
        decoder.read(blank)
    assert calls == 1
    decoder.read(blank)
    assert calls == 2


def test_no_hard_try_begins_that_could_make_the_picture_late(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, tried = _Clock(), False

    def attempt(_: Pixels) -> decoders.Finds:
        nonlocal tried
        tried = True
        return decoders.Finds([], [])

    def slow_half(_: Pixels) -> decoders.Finds:
        clock.now_s += (decode.ATTEMPT_MAX_MS - decode.HARD_TRY_MAX_MS + 1) / 1000
        return decoders.Finds([], [])

    monkeypatch.setattr(decode, "HARD_TRIES", (attempt,))
    monkeypatch.setattr(decode, "zxing_half", slow_half)
    decode.StreamDecoder(clock).read(np.full((90, 160), 128, np.uint8))
    assert not tried


def test_no_hard_try_begins_on_a_texture_that_was_slow_at_the_first_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, tried = _Clock(), 0

    def attempt(_: Pixels) -> decoders.Finds:
        nonlocal tried
        tried += 1
        return decoders.Finds([], [])

    def first_look(ms: float) -> decoders.Attempt:
        def look(_: Pixels) -> decoders.Finds:
            clock.now_s += ms / 1000
            return decoders.Finds([], [])

        return look

    monkeypatch.setattr(decode, "HARD_TRIES", (attempt,))
    decoder, blank = decode.StreamDecoder(clock), np.full((90, 160), 128, np.uint8)
    slow_ms = 1 + decode.ATTEMPT_MAX_MS / (1 + decode.HARD_TRY_LOOKS)
    monkeypatch.setattr(decode, "by_zxing", first_look(slow_ms))
    decoder.read(blank)
    assert tried == 0
    monkeypatch.setattr(decode, "by_zxing", first_look(slow_ms - 2))
    decoder.read(blank)
    assert tried == 1


def test_the_second_look_is_left_out_when_the_first_took_half_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, halves = _Clock(), 0

    def slow(_: Pixels) -> decoders.Finds:
        clock.now_s += (decode.ATTEMPT_MAX_MS / 2 + 1) / 1000
        return decoders.Finds([], [])

    def half(_: Pixels) -> decoders.Finds:
        nonlocal halves
        halves += 1
        return decoders.Finds([], [])

    monkeypatch.setattr(decode, "by_zxing", slow)
    monkeypatch.setattr(decode, "zxing_half", half)
    decode.StreamDecoder(clock).read(np.full((90, 160), 128, np.uint8))
    assert halves == 0


def test_pyzbar_which_no_clock_can_stop_is_not_asked_in_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("pyzbar was asked")

    monkeypatch.setattr(decoders.pyzbar, "decode", asked)
    decoder, blank = decode.StreamDecoder(_frozen), np.full((90, 160), 128, np.uint8)
    for _ in decoders.HARD_TRIES:
        assert decoder.read(blank) == []


def test_a_large_picture_is_made_smaller_for_the_costly_readers_and_told_in_its_own_pixels(
    phone_frame: Frame, insurance_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas: list[int] = []
    tries = tuple(decoders.HARD_TRIES)

    def watched(attempt: decoders.Attempt) -> decoders.Attempt:
        def look(grey: Pixels) -> decoders.Finds:
            areas.append(grey.size)
            return attempt(grey)

        return look

    monkeypatch.setattr(decode, "HARD_TRIES", tuple(map(watched, tries)))
    large = cv2.resize(phone_frame(insurance_text), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    blurred = np.asarray(cv2.GaussianBlur(large, (0, 0), 14.0), dtype=np.uint8)
    decoder = decode.StreamDecoder(_frozen)
    sights = [sight for _ in range(6) if not decoder.read(blurred) and (sight := decoder.sight)]
    assert areas
    assert max(areas) <= decode.STREAM_AREA_MAX_PX * 1.01
    assert sights
    for sight in sights:
        assert np.allclose(np.mean(sight.corners, axis=0), (1280, 720), atol=30)
        assert sight.side_px == pytest.approx(400, abs=30)


def test_the_soft_reader_tells_corners_in_pixels_of_a_large_picture(
    phone_frame: Frame, insurance_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "HARD_TRIES", (lambda _: decoders.Finds([], []),))
    large = cv2.resize(phone_frame(insurance_text), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    blurred = np.asarray(cv2.GaussianBlur(large, (0, 0), 10.5), dtype=np.uint8)
    decoder = decode.StreamDecoder(_frozen)
    (reading,) = next(readings for _ in range(6) if (readings := decoder.read(blurred)))
    assert reading.by == decode.SOFT
    assert np.allclose(np.mean(reading.corners, axis=0), (1280, 720), atol=10)
