"""Where the files that ship with the product are: one function, in a checkout and in a wheel alike."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """An asset, as `path("profiles", "990100.toml")`. In a wheel they lie in `kiosk/_assets`."""
    packaged = _HERE / "_assets"
    root = packaged if packaged.is_dir() else _HERE.parent / "assets"
    return root.joinpath(*parts)
