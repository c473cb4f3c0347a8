"""A camera that repeats one picture is told from one that sees a still scene, and from a covered one."""

from __future__ import annotations

import numpy as np
import pytest

from hw.scanner._frozen import SamePicture

SCENE = np.linspace(0, 255, 720 * 1280).reshape(720, 1280).astype(np.uint8)


def _ages_s(pictures: list[np.ndarray]) -> list[float]:
    same = SamePicture()
    return [same.age_s(picture, float(second)) for second, picture in enumerate(pictures)]


def test_the_age_of_a_repeated_picture_grows() -> None:
    assert _ages_s([SCENE.copy() for _ in range(4)]) == [0.0, 1.0, 2.0, 3.0]


def test_one_pixel_of_noise_is_a_new_picture() -> None:
    noisy = SCENE.copy()
    noisy[300, 500] += 1
    assert _ages_s([SCENE, SCENE, noisy, noisy, noisy]) == [0.0, 1.0, 0.0, 1.0, 2.0]


def test_a_change_of_size_is_a_new_picture() -> None:
    assert _ages_s([SCENE, SCENE, SCENE[:360]]) == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("level", [0, 255])
def test_a_covered_or_blinded_lens_says_nothing(level: int) -> None:
    assert _ages_s([np.full((720, 1280), level, np.uint8)] * 4) == [0.0] * 4
