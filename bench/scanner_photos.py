"""Real photographs of codes: the reader of `kiosk scan` against zxing-cpp alone and pyzbar alone.

The project holds no photographs. Whoever has a set names its folder with `--folder` or the variable
SCANNER_PHOTOS; pictures in all its subfolders are taken. `NAME.txt` beside a picture is the text of its
code; a picture without one shows no code. A text is right when it equals the expected one but for spaces
and line ends. Times are this process's CPU, with the decoding of the image file in all three readers.
"""

from __future__ import annotations

import hw.scanner._one_core  # noqa: F401  # isort: skip

import argparse
import json
import os
import random as dice
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
import zxingcpp
from pyzbar import pyzbar

from hw.scanner.command import IMAGE_SUFFIXES, decode_image, fitted, scan_file

FOLDER_VARIABLE = "SCANNER_PHOTOS"
QUICK_PICTURES = 40
TEXT_MAX_BYTES = 64 * 1024
"""Of an expected text; a code holds at most 7,089 characters."""
REACH = {"right_percent": 99.0, "wrong_texts": 0, "false_positives": 0}

Grey = npt.NDArray[np.uint8]
ReadFile = Callable[[Path], list[str]]

_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture and the text of its code; None when it shows no code."""

    file: Path
    text: str | None = field(repr=False)


@dataclass(slots=True)
class Score:
    """What one reader made of all pictures: names of files by how they ended, and its times."""

    right: list[Path] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    wrong: list[Path] = field(default_factory=list)
    """Pictures with texts of which none is the expected one."""
    further: list[Path] = field(default_factory=list)
    """Pictures with the expected text and others: they may show more than one code."""
    false_positives: list[Path] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def take(self, photo: Photo, texts: list[str], took_ms: float) -> None:
        self.cpu_ms.append(took_ms)
        if photo.text is None:
            if texts:
                self.false_positives.append(photo.file)
            return
        expected, found = plain(photo.text), {plain(text) for text in texts}
        if expected in found:
            self.right.append(photo.file)
            if len(found) > 1:
                self.further.append(photo.file)
        else:
            (self.wrong if found else self.unread).append(photo.file)


def plain(text: str) -> str:
    """A text with every run of spaces and line ends as one space."""
    return " ".join(text.split())


def photos_of(folder: Path) -> list[Photo]:
    """All pictures below `folder`, sorted. Raises OSError for what cannot be read."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in IMAGE_SUFFIXES]
    return [Photo(file, _expected(file.with_suffix(".txt"))) for file in files]


def _expected(file: Path) -> str | None:
    if not file.exists():
        return None
    with file.open("rb") as opened:
        return opened.read(TEXT_MAX_BYTES).decode("utf-8-sig", "replace")


def _grey_of(file: Path, max_side: int | None) -> Grey:
    grey = decode_image(file.read_bytes())
    return np.full((1, 1), 255, np.uint8) if grey is None else fitted(grey, max_side)


def readers(max_side: int | None) -> dict[str, ReadFile]:
    """Ours, and the two that it is measured against, each from file to texts."""

    def by_zxing(file: Path) -> list[str]:
        found = zxingcpp.read_barcodes(_grey_of(file, max_side), formats=_QR_ONLY)
        return [code.text for code in found if code.valid]

    def by_pyzbar(file: Path) -> list[str]:
        try:
            found = pyzbar.decode(_grey_of(file, max_side), symbols=[pyzbar.ZBarSymbol.QRCODE])
        except ValueError:  # an orientation that pyzbar does not know (pyzbar#139)
            return []
        return [code.data.decode("utf-8", "replace") for code in found]

    return {
        "ours": lambda file: [reading.text for reading in scan_file(file, max_side).readings],
        "zxing_cpp": by_zxing,
        "pyzbar": by_pyzbar,
    }


def measured(photos: list[Photo], max_side: int | None) -> dict[str, Score]:
    """All readers on all pictures, in random order on each."""
    by_name = readers(max_side)
    scores = {name: Score() for name in by_name}
    shuffler = dice.Random(1)
    for photo in photos:
        for name in shuffler.sample(list(by_name), len(by_name)):
            began_s = time.process_time()
            texts = by_name[name](photo.file)
            scores[name].take(photo, texts, (time.process_time() - began_s) * 1000)
    return scores


def _summary(score: Score) -> dict[str, float]:
    with_code = len(score.right) + len(score.unread) + len(score.wrong)
    return {
        "right": len(score.right),
        "right_percent": round(100 * len(score.right) / max(with_code, 1), 1),
        "unread": len(score.unread),
        "wrong_texts": len(score.wrong),
        "with_further_texts": len(score.further),
        "false_positives": len(score.false_positives),
        "cpu_median_ms": round(median(score.cpu_ms), 1),
        "cpu_p95_ms": round(sorted(score.cpu_ms)[int(0.95 * (len(score.cpu_ms) - 1))], 1),
        "cpu_max_ms": round(max(score.cpu_ms), 1),
    }


def run(folder: Path, max_side: int | None, quick: bool, names: bool) -> dict[str, object]:
    """The figures of all readers on one folder."""
    photos = photos_of(folder)
    if not photos:
        return skipped(f"no pictures in {folder}")
    if quick:
        photos = dice.Random(2).sample(photos, min(QUICK_PICTURES, len(photos)))
    scores = measured(photos, max_side)
    figures = {name: _summary(score) for name, score in scores.items()}
    result: dict[str, object] = {
        "name": "scanner_photos",
        "reference": "zxing-cpp with formats=QRCode and pyzbar, each alone, on the same pictures in one run",
        "pictures_with_text": sum(photo.text is not None for photo in photos),
        "pictures_without_code": sum(photo.text is None for photo in photos),
        "max_side": max_side,
        "figures": figures,
        "ratio": {
            f"right_by_{other}": round(figures["ours"]["right"] / max(figures[other]["right"], 1), 3)
            for other in ("zxing_cpp", "pyzbar")
        },
        "right_percent": figures["ours"]["right_percent"],
        "wrong_texts": figures["ours"]["wrong_texts"],
        "false_positives": figures["ours"]["false_positives"],
        "reach": REACH,
    }
    return result | ({"not_right": _not_right(scores["ours"], folder)} if names else {})


def _not_right(score: Score, folder: Path) -> dict[str, list[str]]:
    """Names of the files to look at; texts are not printed."""
    kinds = ("unread", "wrong", "further", "false_positives")
    return {kind: [str(file.relative_to(folder)) for file in getattr(score, kind)] for kind in kinds}


def skipped(reason: str) -> dict[str, object]:
    """What is printed in place of figures."""
    return {"name": "scanner_photos", "skipped": reason}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help=f"photographs; otherwise ${FOLDER_VARIABLE}")
    parser.add_argument("--max-side", type=int, help="longest side at which pictures are read, pixels")
    parser.add_argument("--names", action="store_true", help="also the files that were not read rightly")
    parser.add_argument("--quick", action="store_true", help=f"at most {QUICK_PICTURES} of the pictures")
    given = parser.parse_args()
    named = os.environ.get(FOLDER_VARIABLE)
    folder = given.folder or (Path(named) if named else None)
    if folder is None:
        printed = skipped(f"no photographs: name a folder with --folder or {FOLDER_VARIABLE}")
    elif not folder.is_dir():
        printed = skipped(f"no photographs: {folder} is no folder")
    else:
        printed = run(folder, given.max_side, given.quick, given.names)
    print(json.dumps(printed, indent=1))


if __name__ == "__main__":
    main()
