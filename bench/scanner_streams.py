"""Time until a code held before the camera is read: ours against zxing-cpp and pyzbar, on the same streams.

Streams are simulated (`bench.streams`): 13 kinds, two generators, 30 pictures at 15 a second. The time line
is that of a reader which takes only the newest picture: what comes while it decodes is lost to it. Decoding
takes the CPU time that it takes here; a stream that is never read counts as `NOT_READ_S`. The seeds of the
figures were not used while the readers were built.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import argparse
import json
import random as dice
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean, median

import numpy as np
import numpy.typing as npt
import zxingcpp
from pyzbar import pyzbar

from bench.streams import FPS, KINDS, Stream
from hw.scanner.decode import StreamDecoder

Pixels = npt.NDArray[np.uint8]
Read = Callable[[Pixels], list[str]]

NOT_READ_S = 2.5
SEEDS = {"A": (20, 21, 22), "B": (50, 51, 52)}
QUICK_SEEDS = {"A": (20,), "B": (50,)}
QUICK_KINDS = ("nominal", "dark_mode", "glare", "combo")
REACH = {"decoded_share": 76 / 78, "mean_s": 0.45, "nominal_s": 0.3, "combo_s": 1.0, "wrong_texts": 0}

_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def _by_zxing(grey: Pixels) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=_QR_ONLY) if code.valid]


def _by_pyzbar(grey: Pixels) -> list[str]:
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:  # an orientation that pyzbar does not know (pyzbar#139)
        return []
    return [code.data.decode("utf-8", "replace") for code in found]


def _ours() -> Read:
    decoder = StreamDecoder()
    return lambda grey: [reading.text for reading in decoder.read(grey)]


READERS: dict[str, Callable[[], Read]] = {
    "ours": _ours,
    "zxing_cpp": lambda: _by_zxing,
    "pyzbar": lambda: _by_pyzbar,
}


@dataclass(slots=True)
class Run:
    """One reader on one stream. Times are seconds since the first picture."""

    read: Read
    free_s: float = 0.0
    read_s: float | None = None
    cpu_ms: list[float] = field(default_factory=list)
    wrong_texts: int = 0

    def look(self, grey: Pixels, at_s: float, text: str) -> None:
        """Takes the picture if it is free by then, and is busy for the CPU time that it needed."""
        if self.read_s is not None or self.free_s > at_s:
            return
        began_s = time.process_time()
        texts = self.read(grey)
        took_s = time.process_time() - began_s
        self.cpu_ms.append(took_s * 1000)
        self.free_s = at_s + took_s
        self.wrong_texts += any(one != text for one in texts)
        if text in texts:
            self.read_s = self.free_s


def watch(stream: Stream, shuffler: dice.Random) -> dict[str, Run]:
    """All readers on one stream, in random order on each picture, until each has read it or it ends."""
    runs = {name: Run(make()) for name, make in READERS.items()}
    text = stream.text
    for number, grey in enumerate(stream.pictures()):
        for run in shuffler.sample(list(runs.values()), len(runs)):
            run.look(grey, number / FPS, text)
        if all(run.read_s is not None for run in runs.values()):
            break
    return runs


def _time_s(run: Run) -> float:
    return NOT_READ_S if run.read_s is None else run.read_s


def _summary(runs: list[Run]) -> dict[str, float]:
    cpu_ms = sorted(ms for run in runs for ms in run.cpu_ms)
    times_s = [_time_s(run) for run in runs]
    return {
        "streams": len(runs),
        "decoded": sum(run.read_s is not None for run in runs),
        "mean_s": round(mean(times_s), 3),
        "median_s": round(median(times_s), 3),
        "cpu_mean_ms": round(mean(cpu_ms), 2),
        "cpu_median_ms": round(median(cpu_ms), 2),
        "cpu_p95_ms": round(cpu_ms[int(0.95 * (len(cpu_ms) - 1))], 2),
        "cpu_max_ms": round(cpu_ms[-1], 2),
        "wrong_texts": sum(run.wrong_texts for run in runs),
    }


def run(quick: bool) -> dict[str, object]:
    """The figures of all readers, with a mean for each kind and generator."""
    shuffler = dice.Random(1)
    found: dict[tuple[str, str], list[dict[str, Run]]] = {}
    for generator, seeds in (QUICK_SEEDS if quick else SEEDS).items():
        for kind in QUICK_KINDS if quick else KINDS:
            found[generator, kind] = [watch(Stream(generator, kind, seed), shuffler) for seed in seeds]
    figures: dict[str, object] = {}
    totals: dict[str, dict[str, float]] = {}
    for name in READERS:
        every = [runs[name] for streams in found.values() for runs in streams]
        totals[name] = _summary(every)
        figures[name] = totals[name] | {
            f"generator_{generator}": _summary(
                [runs[name] for key, streams in found.items() if key[0] == generator for runs in streams]
            )
            for generator in SEEDS
        }
    return {
        "name": "scanner_streams",
        "reference": "zxing-cpp alone and pyzbar alone on the same simulated streams in the same run",
        "figures": figures,
        "per_kind_mean_s": {
            f"{generator} {kind}": _per_reader(streams) for (generator, kind), streams in found.items()
        },
        "decoded_share": round(totals["ours"]["decoded"] / totals["ours"]["streams"], 4),
        "mean_s": totals["ours"]["mean_s"],
        "nominal_s": _kind_mean_s(found, "nominal"),
        "combo_s": _kind_mean_s(found, "combo"),
        "wrong_texts": totals["ours"]["wrong_texts"],
        "ratio": {
            "mean_s_to_zxing_cpp": round(totals["ours"]["mean_s"] / totals["zxing_cpp"]["mean_s"], 3),
            "mean_s_to_pyzbar": round(totals["ours"]["mean_s"] / totals["pyzbar"]["mean_s"], 3),
            "cpu_mean_to_pyzbar": round(totals["ours"]["cpu_mean_ms"] / totals["pyzbar"]["cpu_mean_ms"], 3),
        },
        "reach": REACH,
    }


def _per_reader(streams: list[dict[str, Run]]) -> dict[str, float]:
    return {name: round(mean(_time_s(runs[name]) for runs in streams), 3) for name in READERS}


def _kind_mean_s(found: dict[tuple[str, str], list[dict[str, Run]]], kind: str) -> float:
    times_s = [_time_s(runs["ours"]) for key, streams in found.items() if key[1] == kind for runs in streams]
    return round(mean(times_s), 3)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four kinds, one seed of each generator")
    print(json.dumps(run(parser.parse_args().quick), indent=1))


if __name__ == "__main__":
    main()
