"""Makes the pictures of the README: screens from `kiosk ui shots`, the receipt from a demo's papers.

python docs/pictures/make.py [DEMO_FOLDER]     (var/demo after `make demo`)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

SCREENS = ("07_who_pays", "06_open_bills", "10_pay_qr", "12_done")
SCREEN_WIDTH_PX = 360
GAP_PX = 16
RECEIPT_WIDTH_PX = 420
FILE_MAX_BYTES = 200_000
RECEIPT_PART = 0.665
"""The upper part of the paper, down to the balance; the whole one is too tall for a page."""
COLOURS = 240
"""Flat drawings keep their look in a palette, and are a third of the size."""


def shots(folder: Path, role: str, language: str) -> Path:
    """The folder with every screen of a role."""
    words = ["ui", "shots", "--out", str(folder), "--role", role, "--lang", language]
    subprocess.run(
        [sys.executable, "-m", "kiosk.cli", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return folder / f"{role}_{language}_light"


def side_by_side(paths: list[Path], width_px: int) -> Image.Image:
    """Pictures of one height, with a gap between them."""
    scaled = []
    for path in paths:
        with Image.open(path) as picture:
            height_px = round(picture.height * width_px / picture.width)
            scaled.append(picture.convert("RGB").resize((width_px, height_px), Image.Resampling.LANCZOS))
    strip = Image.new(
        "RGB", (len(scaled) * (width_px + GAP_PX) - GAP_PX, max(one.height for one in scaled)), "white"
    )
    for place, one in enumerate(scaled):
        strip.paste(one, (place * (width_px + GAP_PX), 0))
    return strip


def save(picture: Image.Image, name: str) -> None:
    """As a PNG with a palette. AssertionError when it is too large for a README."""
    path = HERE / f"{name}.png"
    picture.quantize(COLOURS, kmeans=4, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    assert size < FILE_MAX_BYTES, f"{path}: {size} bytes"
    print(path.relative_to(ROOT), size)


def receipt(demo: Path, folder: Path) -> Image.Image:
    """The first statement of a demo."""
    paper = min(demo.glob("receipts/statement-*.pdf"))
    stem = folder / "receipt"
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "140", str(paper), str(stem)], check=True)
    with Image.open(stem.with_suffix(".png")) as picture:
        ink = np.asarray(picture.convert("L"))[: round(picture.height * RECEIPT_PART)].min(axis=1) < 200
        between_lines = int(np.flatnonzero(~ink)[-1])
        part = picture.crop((0, 0, picture.width, between_lines))
        height_px = round(part.height * RECEIPT_WIDTH_PX / part.width)
        return part.convert("RGB").resize((RECEIPT_WIDTH_PX, height_px), Image.Resampling.LANCZOS)


def main() -> None:
    demo = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "var" / "demo")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chinese = shots(folder, "self_service", "zh")
        english = shots(folder, "self_service", "en")
        lobby = shots(folder, "price_inquiry", "zh")
        save(side_by_side([chinese / f"{screen}.png" for screen in SCREENS], SCREEN_WIDTH_PX), "screens")
        save(
            side_by_side([english / "07_who_pays.png", english / "13_unknown.png"], SCREEN_WIDTH_PX),
            "english",
        )
        save(side_by_side([lobby / "18a_price_search_lobby.png"], 2 * SCREEN_WIDTH_PX), "prices")
        save(receipt(demo, folder), "receipt")


if __name__ == "__main__":
    main()
