"""Decoding of camera pictures against pyzbar, on the same pictures in the same run.

Figures are CPU milliseconds of one thread, both readers in random order on each
picture. Pictures are generated: a phone with a code, spoiled in one of several
ways, and a still lobby with sensor noise. They compare readers; they do not tell
how well a real camera is read.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import argparse
import json
import random as dice
import time
from collections.abc import Callable
from statistics import mean, median

import numpy as np
import numpy.typing as npt
from pyzbar import pyzbar

from hw.scanner._opencv import cv2
from hw.scanner.decode import StreamDecoder
from hw.scanner.film import Scene, held_phone, lobby_picture
from hw.scanner.gate import MotionGate

Pixels = npt.NDArray[np.uint8]
Reader = Callable[[Pixels], list[str]]

IDLE_FRAMES = {True: 120, False: 600}
CODES_PER_KIND = {True: 6, False: 40}
REACH = {"code_frame_cpu": 0.8, "idle_frame_cpu": 0.4, "worst_attempt_ms": 60.0, "wrong_texts": 0}


def _spoil(kind: str, grey: Pixels, random: np.random.Generator) -> Pixels:
    match kind:
        case "defocus":
            grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), random.uniform(2.5, 4.5)), dtype=np.uint8)
        case "dark":
            grey = np.asarray(grey * random.uniform(0.05, 0.12), dtype=np.uint8)
        case "motion":
            length = int(random.integers(7, 14))
            kernel = np.full((1, length), 1 / length, dtype=np.float32)
            grey = np.asarray(cv2.filter2D(grey, -1, kernel), dtype=np.uint8)
        case "dark_mode":
            grey = np.asarray(255 - grey, dtype=np.uint8)
    noise = random.normal(0, 25 if kind == "noise" else 3, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def code_frames(per_kind: int, seed: int) -> list[tuple[str, Pixels]]:
    """(text, grey picture) pairs of seven kinds."""
    random = np.random.default_rng(seed)
    frames = []
    for kind in ("nominal", "far", "defocus", "dark", "motion", "noise", "dark_mode"):
        for _ in range(per_kind):
            text = "424" + "".join(str(digit) for digit in random.integers(0, 10, 19)) + "990000"
            side_px = int(random.integers(70, 110) if kind == "far" else random.integers(180, 300))
            scene = Scene(1.0, text, side_px, tilt_deg=float(random.uniform(-30, 30)))
            bgr = held_phone(lobby_picture(random), scene, float(random.uniform(0, 2)), random)
            grey = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
            frames.append((text, _spoil(kind, grey, random)))
    return frames


def idle_frames(count: int, seed: int) -> list[Pixels]:
    """A lobby where nothing moves, with the noise of a sensor."""
    random = np.random.default_rng(seed)
    still = np.asarray(cv2.cvtColor(lobby_picture(random), cv2.COLOR_BGR2GRAY), dtype=np.float32)
    noises = [random.normal(0, 3, still.shape).astype(np.float32) for _ in range(8)]
    return [np.clip(still + noises[number % 8], 0, 255).astype(np.uint8) for number in range(count)]


def _by_pyzbar(grey: Pixels) -> list[str]:
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        return []
    return [code.data.decode("utf-8", "replace") for code in found]


def _ours() -> Reader:
    decoder = StreamDecoder()
    return lambda grey: [reading.text for reading in decoder.read(grey)]


def _ours_gated() -> Reader:
    gate, decoder = MotionGate(), StreamDecoder()

    def read(grey: Pixels) -> list[str]:
        return [reading.text for reading in decoder.read(grey)] if gate.lets_through(grey) else []

    return read


def _timed(read: Reader, grey: Pixels) -> tuple[list[str], float]:
    began_s = time.process_time()
    texts = read(grey)
    return texts, (time.process_time() - began_s) * 1000


Figures = dict[str, dict[str, float]]


def _side_by_side(readers: dict[str, Reader], frames: list[tuple[str, Pixels]]) -> Figures:
    ms: dict[str, list[float]] = {name: [] for name in readers}
    right = dict.fromkeys(readers, 0)
    wrong = dict.fromkeys(readers, 0)
    order = list(readers)
    shuffler = dice.Random(1)
    for text, grey in frames:
        shuffler.shuffle(order)
        for name in order:
            texts, took_ms = _timed(readers[name], grey)
            ms[name].append(took_ms)
            right[name] += text in texts
            wrong[name] += any(one != text for one in texts)
    return {
        name: {
            "cpu_mean_ms": round(mean(ms[name]), 3),
            "cpu_median_ms": round(median(ms[name]), 3),
            "cpu_max_ms": round(max(ms[name]), 2),
            "frames_read": right[name],
            "wrong_texts": wrong[name],
        }
        for name in readers
    }


def run(quick: bool) -> dict[str, object]:
    frames = code_frames(CODES_PER_KIND[quick], seed=20)
    with_code = _side_by_side({"ours": _ours(), "pyzbar": _by_pyzbar}, frames)
    quiet = [("", grey) for grey in idle_frames(IDLE_FRAMES[quick], seed=21)]
    idle = _side_by_side({"ours": _ours_gated(), "pyzbar": _by_pyzbar}, quiet)
    return {
        "name": "scanner",
        "reference": "pyzbar with symbols=[QRCODE] on the same 1280x720 pictures in the same run",
        "figures": {"frames_with_code": len(frames), "with_code": with_code, "idle": idle},
        "ratio": {
            "code_frame_cpu": _ratio(with_code, "cpu_mean_ms"),
            "idle_frame_cpu": _ratio(idle, "cpu_mean_ms"),
            "frames_read": _ratio(with_code, "frames_read"),
        },
        "worst_attempt_ms": max(with_code["ours"]["cpu_max_ms"], idle["ours"]["cpu_max_ms"]),
        "wrong_texts": with_code["ours"]["wrong_texts"] + idle["ours"]["wrong_texts"],
        "reach": REACH,
    }


def _ratio(figures: Figures, key: str) -> float:
    return round(figures["ours"][key] / max(figures["pyzbar"][key], 1e-9), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures")
    print(json.dumps(run(parser.parse_args().quick), indent=1))


if __name__ == "__main__":
    main()
