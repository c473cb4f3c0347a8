"""A seeded slice of what `bench/fuzz_scanner.py` does at length: arrays and texts without sense."""

from __future__ import annotations

import numpy as np

from bench.fuzz_scanner import fuzz_frames, fuzz_texts, hunt_wrong_texts
from hw.scanner.classify import TEXT_MAX_CHARS, Code, CodeKind, classify

FRAMES, TEXTS, GRIDS, MIXTURES = 700, 20_000, 60, 30


def test_no_frame_crashes_or_hangs_the_decoder_and_none_holds_a_code() -> None:
    figures = fuzz_frames(FRAMES, seed=41)
    assert (figures["crashes"], figures["hangs"], figures["wrong_texts"]) == (0, 0, 0)
    assert 0 < figures["refused"] < FRAMES


def test_every_text_gets_a_kind() -> None:
    assert fuzz_texts(TEXTS, seed=42) == {"texts": TEXTS}


def test_only_what_has_the_form_of_the_insurance_code_is_one() -> None:
    random = np.random.default_rng(43)
    for _ in range(2_000):
        digits = "".join(map(str, random.integers(0, 10, int(random.integers(1, TEXT_MAX_CHARS)))))
        found = classify(digits)
        assert isinstance(found, Code)
        if found.kind is CodeKind.INSURANCE:
            assert len(digits) == 28


def test_noise_and_mixtures_give_no_text_that_was_not_there() -> None:
    assert hunt_wrong_texts(GRIDS, MIXTURES, seed=44)["wrong_texts"] == 0
