"""Which pictures of a stream are decoded at all."""

from __future__ import annotations

import itertools

import numpy as np

from hw.scanner.gate import (
    ATTENTION_FRAMES,
    ATTENTION_MAX_FRAMES,
    QUIET_AFTER_FRAMES,
    QUIET_LOOK_EVERY,
    MotionGate,
)

HEIGHT, WIDTH = 720, 1280


def _noisy(random: np.random.Generator) -> np.ndarray:
    return np.clip(120 + random.normal(0, 4, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)


def test_a_still_scene_with_sensor_noise_is_looked_at_only_now_and_then() -> None:
    random = np.random.default_rng(1)
    gate = MotionGate()
    looked = [gate.lets_through(_noisy(random)) for _ in range(60)]
    assert all(looked[: QUIET_AFTER_FRAMES + 1])
    assert sum(looked[QUIET_AFTER_FRAMES + 1 :]) <= 60 // QUIET_LOOK_EVERY


def test_a_phone_that_comes_into_a_still_scene_is_looked_at_at_once() -> None:
    random = np.random.default_rng(2)
    gate = MotionGate()
    for _ in range(30):
        gate.lets_through(_noisy(random))
    held = _noisy(random)
    held[200:500, 500:700] = 255
    assert gate.lets_through(held)


def test_everything_is_looked_at_while_something_moves() -> None:
    random = np.random.default_rng(3)
    gate = MotionGate()
    looked = []
    for step in range(40):
        moving = _noisy(random)
        moving[100:400, step * 20 : step * 20 + 300] = 240
        looked.append(gate.lets_through(moving))
    assert all(looked)


def test_a_change_of_picture_size_is_no_accident() -> None:
    gate = MotionGate()
    gate.lets_through(np.zeros((720, 1280), np.uint8))
    assert gate.lets_through(np.zeros((480, 640), np.uint8))


def _looked_while(random: np.random.Generator, gate: MotionGate, frames: int, *, seen: bool) -> int:
    """How many of so many still pictures are looked at, a code being located in each of these or in none."""
    looked, pictures = 0, itertools.cycle([_noisy(random) for _ in range(3)])
    for _ in range(frames):
        if gate.lets_through(next(pictures)):
            looked += 1
            if seen:
                gate.stay_open()
    return looked


def test_a_code_seen_and_not_read_keeps_the_gate_open_though_nothing_moves() -> None:
    random = np.random.default_rng(4)
    gate = MotionGate()
    _looked_while(random, gate, QUIET_AFTER_FRAMES, seen=False)
    assert _looked_while(random, gate, ATTENTION_FRAMES, seen=True) == ATTENTION_FRAMES


def test_what_stays_unread_and_still_is_looked_at_only_now_and_then_in_the_end() -> None:
    random = np.random.default_rng(5)
    gate = MotionGate()
    _looked_while(random, gate, 3 * ATTENTION_MAX_FRAMES, seen=True)
    frames = 10 * QUIET_LOOK_EVERY
    assert _looked_while(random, gate, frames, seen=True) == frames // QUIET_LOOK_EVERY
