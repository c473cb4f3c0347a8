"""Opening a price list: what a terminal holds, what it refuses, when it has to open again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.catalogue import Catalogue, CatalogueError
from kiosk.catalogue.build import approve, import_files

Named = Callable[..., Catalogue]
Live = Callable[..., Catalogue]


def names(catalogue: Catalogue, query: str, **more: object) -> list[str]:
    return [hit.name for hit in catalogue.search(query, **more).hits]  # type: ignore[arg-type]


def test_an_open_list_keeps_its_prices_until_it_is_opened_again(
    live: Live, write_list: Callable[..., Path], tmp_path: Path
) -> None:
    old = live([{"code": "J1", "name": "青霉素", "price_fen": 100}])
    assert not old.stale()
    import_files(
        [write_list([{"code": "J1", "name": "青霉素", "price_fen": 200}])], tmp_path / "prices.db", "王"
    )
    assert not old.stale()
    approve(tmp_path / "prices.db", "李")
    assert old.stale()
    assert old.search("青").hits[0].price_fen == 100
    with Catalogue(tmp_path / "prices.db") as new:
        assert new.search("青").hits[0].price_fen == 200


def test_a_list_can_be_read_where_nothing_can_be_written(live: Live, tmp_path: Path) -> None:
    live([{"code": "K1", "name": "青霉素"}]).close()
    folder = tmp_path / "ro"
    folder.mkdir()
    (tmp_path / "prices.db").rename(folder / "prices.db")
    (folder / "prices.db").chmod(0o440)
    folder.chmod(0o550)
    before = sorted(path.name for path in folder.iterdir())
    with Catalogue(folder / "prices.db") as catalogue:
        assert names(catalogue, "QMS") == ["青霉素"]
        assert sorted(path.name for path in folder.iterdir()) == before
    folder.chmod(0o750)


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database at all, " * 100, b"SQLite format 3\x00" + b"\x00" * 200]
)
def test_a_file_that_is_no_price_list_is_an_error_that_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "prices.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CatalogueError, match=r"prices\.db"):
        Catalogue(path)


def test_a_list_that_nobody_approved_shows_nothing(write_list: Callable[..., Path], tmp_path: Path) -> None:
    import_files([write_list([{"code": "L1", "name": "青霉素"}])], tmp_path / "prices.db", "王")
    with pytest.raises(CatalogueError, match="no version is live"):
        Catalogue(tmp_path / "prices.db")
