"""Take the Simplified Chinese faces out of Debian's Noto CJK collections.

Kivy opens the first face of a `.ttc`, which is the Japanese one and draws 直, 骨 or 角
the Japanese way. `make setup` runs this file once; it writes one `.otf` per weight next
to the licence note in `assets/fonts` and leaves files that are already there alone.

    python -m kiosk.ui.text.extract_font [--to DIR] [--from DIR]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SOURCE_DIR = Path("/usr/share/fonts/opentype/noto")
"""Where Debian's package fonts-noto-cjk puts the collections."""

SCREEN, PAPER = "Noto Sans CJK SC", "Noto Sans Mono CJK SC"

FACES = {
    "NotoSansSC-Regular.otf": ("NotoSansCJK-Regular.ttc", SCREEN),
    "NotoSansSC-Bold.otf": ("NotoSansCJK-Bold.ttc", SCREEN),
    "NotoSansMonoSC-Regular.otf": ("NotoSansCJK-Regular.ttc", PAPER),
    "NotoSansMonoSC-Bold.otf": ("NotoSansCJK-Bold.ttc", PAPER),
}
"""Target file name to collection and face. Papers are set in columns: their Latin is half a hanzi wide."""


class NoSuchFace(Exception):
    """The collection is not installed, or holds no Simplified Chinese face."""


def extract(target_dir: Path, source_dir: Path = SOURCE_DIR) -> list[Path]:
    """Write the missing faces to `target_dir` and return what was written.

    A face is written under a temporary name and renamed, so an interrupted run never
    leaves half a font that would be taken for a whole one.

    Raises `NoSuchFace` with the package to install when a collection is missing.
    """
    written = []
    for name, (collection, face) in FACES.items():
        target = target_dir / name
        if target.exists():
            continue
        source = source_dir / collection
        if not source.exists():
            raise NoSuchFace(f"{source}: not found; install the package fonts-noto-cjk")
        target_dir.mkdir(parents=True, exist_ok=True)
        _extract_one(source, face, target)
        written.append(target)
    return written


def _extract_one(source: Path, face: str, target: Path) -> None:
    from fontTools.ttLib import TTCollection  # only here: a terminal at work needs no fontTools

    collection = TTCollection(str(source), lazy=True)
    for font in collection.fonts:
        family = str(font["name"].getDebugName(1) or "")
        if family == face:
            font.recalcTimestamp = False  # the same collection makes the same file, on every machine
            partial = target.with_suffix(".partial")
            font.save(str(partial))
            partial.rename(target)
            return
    raise NoSuchFace(f"{source}: holds no face named {face}")


def main(arguments: list[str] | None = None) -> int:
    """Command line of this file; exit 0 done, 1 failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    default_to = Path(__file__).resolve().parents[3] / "assets" / "fonts"
    parser.add_argument("--to", type=Path, default=default_to)
    parser.add_argument("--from", dest="source", type=Path, default=SOURCE_DIR)
    options = parser.parse_args(arguments)
    try:
        written = extract(options.to, options.source)
    except NoSuchFace as problem:
        print(f"extract_font: {problem}", file=sys.stderr)
        return 1
    for path in written:
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
