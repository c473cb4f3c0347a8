"""Whatever a camera or a code may give: frames and texts without sense, through the public door.

Frames of any size, channels and kind of number, most of them tiny; texts for `classify`; and grids of noise
and mixtures of two codes for the soft decoder, which must give no text that was not there.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import argparse
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import qrcode

from hw.scanner.classify import classify
from hw.scanner.decode import PictureError, StreamDecoder
from hw.scanner.soft.decode import decode
from hw.scanner.soft.grid import grid_of

FRAMES = {True: 1_000, False: 100_000}
TEXTS = {True: 10_000, False: 100_000}
GRIDS = {True: 300, False: 10_000}
MIXTURES = {True: 100, False: 3_000}
LARGE_EVERY = 100
FRAME_MAX_S = 2.0
"""Far above what any frame may take; longer is called a hang."""
KINDS: tuple[type[Any], ...] = (
    np.uint8,
    np.uint8,
    np.uint16,
    np.int16,
    np.int64,
    np.float32,
    np.float64,
    np.bool_,
)
REACH = {"crashes": 0, "hangs": 0, "wrong_texts": 0}


def frame(random: np.random.Generator, number: int) -> npt.NDArray[Any]:
    """One array that is a picture, or not quite."""
    side = 400 if number % LARGE_EVERY == 0 else 24
    shape = [int(random.integers(0, side)), int(random.integers(0, side))]
    shape += [[], [], [1], [2], [3], [4], [5], [0], [3, 2]][int(random.integers(0, 9))]
    if random.random() < 0.02:
        shape = shape[: int(random.integers(0, 2))]
    kind = KINDS[int(random.integers(0, len(KINDS)))]
    match int(random.integers(0, 4)):
        case 0:
            return np.zeros(shape, dtype=kind)
        case 1 if kind in (np.float32, np.float64):
            return random.choice(np.array([np.nan, np.inf, -np.inf, 1e30, 3.0]), size=shape).astype(kind)
        case 2:
            return (random.integers(0, 2, shape) * 255).astype(kind)
        case _:
            return random.integers(0, 256, shape).astype(kind)


def texts(random: np.random.Generator, count: int) -> Iterator[str]:
    """Digits of all lengths, credentials with one thing wrong, and characters of every plane."""
    for number in range(count):
        match number % 3:
            case 0:
                yield "".join(map(str, random.integers(0, 10, int(random.integers(0, 40)))))
            case 1:
                text = "424" + "".join(map(str, random.integers(0, 10, 19))) + "990000"
                place = int(random.integers(0, len(text)))
                yield text[:place] + chr(int(random.integers(1, 0xD800))) + text[place + 1 :]
            case _:
                points = random.integers(1, 0x10FFFF, int(random.integers(0, 60)))
                yield "".join(chr(p) for p in map(int, points) if not 0xD800 <= p < 0xE000)


def fuzz_frames(count: int, seed: int) -> dict[str, float]:
    """Frames to one stream decoder, in order. A typed refusal is right, any other exception a crash."""
    random = np.random.default_rng(seed)
    decoder = StreamDecoder()
    figures = {"frames": count, "refused": 0, "crashes": 0, "hangs": 0, "wrong_texts": 0, "longest_ms": 0.0}
    for number in range(count):
        picture = frame(random, number)
        began_s = time.perf_counter()
        try:
            figures["wrong_texts"] += bool(decoder.read(picture))
        except PictureError:
            figures["refused"] += 1
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            figures["crashes"] += 1
            figures.setdefault(f"crash: {type(error).__name__} {picture.shape} {picture.dtype}", 1)
        took_s = time.perf_counter() - began_s
        figures["hangs"] += took_s > FRAME_MAX_S
        figures["longest_ms"] = max(figures["longest_ms"], round(took_s * 1000, 1))
    return figures


def fuzz_texts(count: int, seed: int) -> dict[str, int]:
    """Texts to `classify`: each gets a kind."""
    return {"texts": sum(1 for text in texts(np.random.default_rng(seed), count) if classify(text).kind)}


def hunt_wrong_texts(grids: int, mixtures: int, seed: int) -> dict[str, int]:
    """Grids of noise, grids of noise around true function patterns, and mixtures of two codes."""
    random = np.random.default_rng(seed)
    wrong = 0
    for number in range(grids):
        n = (21, 25, 29, 33)[number % 4]
        grid = grid_of(n)
        noise = random.normal(0, 4, (n, n))
        around = np.where(grid.known != 0, 8.0 * grid.known, noise)
        wrong += decode(grid, around if number % 2 else noise) is not None
    one, other = _signs("7F3A9C21"), _signs("0B4D8E66")
    grid = grid_of(len(one))
    for _ in range(mixtures):
        share = random.random(one.shape) < random.uniform(0.1, 0.9)
        found = decode(grid, np.where(share, one, other) * 4.0 + random.normal(0, 1.5, one.shape))
        wrong += found is not None and found.text not in ("7F3A9C21", "0B4D8E66")
    return {"grids": grids, "mixtures": mixtures, "wrong_texts": wrong}


def _signs(text: str) -> npt.NDArray[np.int8]:
    code = qrcode.QRCode(version=2, border=0)
    code.add_data(text)
    code.make(fit=False)
    return np.where(np.asarray(code.get_matrix()), 1, -1).astype(np.int8)


def run(quick: bool) -> dict[str, object]:
    frames = fuzz_frames(FRAMES[quick], seed=5)
    hunt = hunt_wrong_texts(GRIDS[quick], MIXTURES[quick], seed=6)
    return {
        "name": "fuzz_scanner",
        "reference": "none: no crash, no hang, no wrong text",
        "figures": {"frames": frames, "texts": fuzz_texts(TEXTS[quick], seed=7), "soft_decoder": hunt},
        "ratio": {},
        "crashes": frames["crashes"],
        "hangs": frames["hangs"],
        "wrong_texts": frames["wrong_texts"] + hunt["wrong_texts"],
        "reach": REACH,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the frames")
    print(json.dumps(run(parser.parse_args().quick), indent=1))


if __name__ == "__main__":
    main()
