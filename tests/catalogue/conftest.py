"""Price lists made for a test: written as CSV, imported by one person, approved by another."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from kiosk.catalogue import Catalogue
from kiosk.catalogue.build import approve, import_files

Cells = Mapping[str, str | int]
HEADER = ("code", "kind", "name", "spec", "unit", "class", "price_fen", "preself_ratio")
USUAL: Cells = {"kind": "medicine", "spec": "1 × 1", "unit": "盒", "class": "甲", "price_fen": 100}


@pytest.fixture
def write_list(tmp_path: Path) -> Callable[..., Path]:
    """Write rows, each given by the cells that matter, as a list with a date and a complaint channel."""

    def write(rows: Sequence[Cells], name: str = "list.csv", notes: str | None = None) -> Path:
        full = [dict(USUAL) | dict(row) for row in rows]
        columns = list(dict.fromkeys([*HEADER, *(column for row in full for column in row)]))
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("#as_of: 2026-11-20\n#complaint: 000-8800\n" if notes is None else notes)
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(full)
        return path

    return write


@pytest.fixture
def live(tmp_path: Path, write_list: Callable[..., Path]) -> Iterator[Callable[..., Catalogue]]:
    """Make a list live and open it."""
    opened: list[Catalogue] = []

    def make(rows: Sequence[Cells], db: str = "prices.db") -> Catalogue:
        import_files([write_list(rows)], tmp_path / db, "王")
        approve(tmp_path / db, "李")
        opened.append(Catalogue(tmp_path / db))
        return opened[-1]

    yield make
    for catalogue in opened:
        catalogue.close()


@pytest.fixture
def named(live: Callable[..., Catalogue]) -> Callable[..., Catalogue]:
    """A live list of items with these names, codes M001, M002, ..."""

    def make(*names: str) -> Catalogue:
        return live([{"code": f"M{number:03d}", "name": name} for number, name in enumerate(names, start=1)])

    return make


@pytest.fixture
def real_data() -> Path:
    """The folder of real code lists beside the checkout, for tests at scale."""
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real code lists beside the checkout (../shared/data)")
    return folder
