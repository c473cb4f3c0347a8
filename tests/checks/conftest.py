"""Where the checks look: the files of the product, never those of tools and caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".venv", ".git", "var", "build", "dist", "__pycache__", "node_modules", ".hypothesis"}


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def files() -> Callable[..., Iterator[Path]]:
    """`files("kiosk", "tests", suffixes=(".py",))`: product files under these folders or of these names."""

    def find(*places: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
        for place in places:
            start = ROOT / place
            found = [start] if start.is_file() else sorted(start.rglob("*"))
            for path in found:
                parts = path.relative_to(ROOT).parts
                if path.is_file() and path.suffix in suffixes and not _NOT_OURS & set(parts):
                    yield path

    return find
