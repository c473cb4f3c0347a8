"""Hard still pictures: the reader of `kiosk scan` against zxing-cpp, and against ours without its soft one.

Pictures are generated (`bench._stills`): codes on a cluttered wall, spoiled in one of 17 ways. A code counts
when its text is right and the middle of its corners lies within 0.6 of its side of the true one; the
figure is the mean over the categories, as in the published benchmarks.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import argparse
import json
import time
from statistics import mean, median

import numpy as np

from bench._stills import CATEGORIES, Placed, Still, still
from hw.scanner.decode import SOFT, read_still
from hw.scanner.decoders import Reading, by_zxing

PER_CATEGORY = {True: 2, False: 12}
FIRST_SEED = 1000
"""Seeds below were used while the reader was built."""
NEAR = 0.6
REACH = {"wrong_texts": 0, "twice": 0, "median_ms": 500.0}


def _found(code: Placed, readings: list[Reading]) -> int:
    side = float(np.linalg.norm(code.corners - np.roll(code.corners, 1, axis=0), axis=1).mean())
    middle = code.corners.mean(axis=0)
    return sum(
        reading.text == code.text
        and float(np.hypot(*(np.mean(reading.corners, axis=0) - middle))) < NEAR * side
        for reading in readings
    )


def _share(picture: Still, readings: list[Reading]) -> float:
    return sum(_found(code, readings) > 0 for code in picture.codes) / len(picture.codes)


def run(quick: bool) -> dict[str, object]:
    shares: dict[str, dict[str, float]] = {}
    times_ms: list[float] = []
    wrong = twice = 0
    for category in CATEGORIES:
        rows: dict[str, list[float]] = {"ours": [], "without_soft": [], "zxing_cpp": []}
        for number in range(PER_CATEGORY[quick]):
            picture = still(category, FIRST_SEED + number)
            began_s = time.process_time()
            ours = read_still(picture.grey)
            times_ms.append((time.process_time() - began_s) * 1000)
            rows["ours"].append(_share(picture, ours))
            rows["without_soft"].append(_share(picture, [one for one in ours if one.by != SOFT]))
            rows["zxing_cpp"].append(_share(picture, by_zxing(picture.grey).readings))
            wrong += sum(one.text not in {code.text for code in picture.codes} for one in ours)
            twice += sum(_found(code, ours) > 1 for code in picture.codes)
        shares[category] = {reader: round(100 * mean(values), 1) for reader, values in rows.items()}
    means = {
        reader: round(mean(row[reader] for row in shares.values()), 1)
        for reader in ("ours", "without_soft", "zxing_cpp")
    }
    return {
        "name": "scanner_stills",
        "reference": "zxing-cpp with formats=QRCode on the same 1280x960 pictures in the same run",
        "figures": {"read_percent": shares, "mean_percent": means},
        "ratio": {"read_by_zxing_cpp": round(means["ours"] / max(means["zxing_cpp"], 1e-9), 3)},
        "wrong_texts": wrong,
        "twice": twice,
        "median_ms": round(median(times_ms), 1),
        "longest_ms": round(max(times_ms), 1),
        "reach": REACH,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two pictures a category")
    print(json.dumps(run(parser.parse_args().quick), indent=1))


if __name__ == "__main__":
    main()
