"""Two persons change a list: what each step does, refuses and leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.catalogue import Catalogue, CatalogueError
from kiosk.catalogue.build import approve, import_files
from kiosk.catalogue.difference import difference
from kiosk.catalogue.model import BadListError

Write = Callable[..., Path]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "prices.db"


def prices(db: Path) -> dict[str, int | None]:
    with Catalogue(db) as catalogue:
        return {hit.code: hit.price_fen for hit in catalogue.search("药", limit=200).hits}


def items(**fen: int) -> list[dict[str, str | int]]:
    return [{"code": code, "name": f"药{code}", "price_fen": price} for code, price in fen.items()]


def test_an_import_shows_patients_nothing_until_somebody_else_approves(db: Path, write_list: Write) -> None:
    import_files([write_list(items(A=100))], db, "王")
    approve(db, "李")
    import_files([write_list(items(A=200))], db, "王")
    assert prices(db) == {"A": 100}
    approve(db, "李")
    assert prices(db) == {"A": 200}


@pytest.mark.parametrize("checker", ["王", " 王 ", "Wang", "WANG"])
def test_nobody_approves_the_own_import(db: Path, write_list: Write, checker: str) -> None:
    import_files([write_list(items(A=100))], db, "王" if "王" in checker else "wang")
    with pytest.raises(CatalogueError, match="another person"):
        approve(db, checker)
    assert difference(db).pending


@pytest.mark.parametrize("person", ["", "   ", "x" * 41, "a\nb"])
def test_both_steps_need_a_name(db: Path, write_list: Write, person: str) -> None:
    with pytest.raises(CatalogueError, match="maker"):
        import_files([write_list(items(A=100))], db, person)
    import_files([write_list(items(A=100))], db, "王")
    with pytest.raises(CatalogueError, match="checker"):
        approve(db, person)


def test_an_approval_of_a_version_that_was_replaced_is_refused(db: Path, write_list: Write) -> None:
    read = import_files([write_list(items(A=100))], db, "王").version
    swapped = import_files([write_list(items(A=999))], db, "王")
    assert swapped.replaced == read
    with pytest.raises(CatalogueError, match="does not wait"):
        approve(db, "李", version=read)
    assert approve(db, "李", version=swapped.version).version == swapped.version


def test_there_is_nothing_to_approve_twice(db: Path, write_list: Write) -> None:
    import_files([write_list(items(A=100))], db, "王")
    approve(db, "李")
    with pytest.raises(CatalogueError, match="no version waits"):
        approve(db, "李")


def test_a_bad_row_leaves_everything_as_it_was(db: Path, write_list: Write) -> None:
    import_files([write_list(items(A=100))], db, "王")
    approve(db, "李")
    before = db.read_bytes()
    with pytest.raises(BadListError):
        import_files([write_list(items(A=200, B=0))], db, "王")
    assert db.read_bytes() == before


def test_a_failure_in_the_middle_leaves_everything_as_it_was(
    db: Path, write_list: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_files([write_list(items(A=100))], db, "王")
    approve(db, "李")
    monkeypatch.setattr("kiosk.catalogue._layout.CHARS_MAX", 1)
    with pytest.raises(CatalogueError, match="different characters"):
        import_files([write_list(items(A=200))], db, "王")
    assert prices(db) == {"A": 100}
    assert not difference(db).pending


def test_several_files_are_one_list_and_their_order_does_not_matter(db: Path, write_list: Write) -> None:
    first = write_list(items(A=1, B=2), "a.csv")
    second = write_list(items(C=3), "b.csv")
    one = import_files([first, second], db, "王")
    two = import_files([second, first], db, "王")
    approve(db, "李")
    assert prices(db) == {"A": 1, "B": 2, "C": 3}
    assert one.digest == two.digest


def test_the_complaint_channel_stays_until_a_list_brings_another(db: Path, write_list: Write) -> None:
    with pytest.raises(CatalogueError, match="complaint"):
        import_files([write_list(items(A=1), notes="#as_of: 2026-11-20\n")], db, "王")
    for notes in ("#as_of: 2026-11-20\n#complaint: 一号\n", "#as_of: 2026-11-21\n"):
        import_files([write_list(items(A=1), notes=notes)], db, "王")
        approve(db, "李")
    with Catalogue(db) as catalogue:
        assert (catalogue.meta.complaint, catalogue.meta.as_of.isoformat()) == ("一号", "2026-11-21")


def test_a_list_without_any_date_is_refused(db: Path, write_list: Write) -> None:
    with pytest.raises(CatalogueError, match="no date"):
        import_files([write_list(items(A=1), notes="#complaint: x\n")], db, "王")


def test_a_price_that_begins_after_the_date_of_the_list_is_refused(db: Path, write_list: Write) -> None:
    with pytest.raises(CatalogueError, match="A: valid from 2027-01-01"):
        import_files([write_list([items(A=1)[0] | {"valid_from": "2027-01-01"}])], db, "王")


def test_only_the_version_before_is_kept_besides_live_and_pending(db: Path, write_list: Write) -> None:
    for price in range(1, 6):
        import_files([write_list(items(A=price))], db, "王")
        approve(db, "李")
    with sqlite3.connect(db) as con:
        assert con.execute("SELECT version FROM item ORDER BY version").fetchall() == [(4,), (5,)]
        kept = con.execute("SELECT state, count(*) FROM version GROUP BY state ORDER BY state").fetchall()
        assert kept == [("dropped", 3), ("former", 1), ("live", 1)]


def test_the_difference_names_every_row_that_comes_goes_or_changes(db: Path, write_list: Write) -> None:
    import_files([write_list(items(A=100, B=200, C=300))], db, "王")
    approve(db, "李")
    changed = [*items(A=100, B=250, D=400)]
    changed[0]["spec"] = "新"
    import_files([write_list(changed)], db, "王")
    found = difference(db)
    assert [item.code for item in found.added] == ["D"]
    assert [(item.code, item.price_fen) for item in found.removed] == [("C", 300)]
    assert [(change.code, change.field, change.old, change.new) for change in found.changes] == [
        ("A", "spec", "1 × 1", "新"),
        ("B", "price_fen", 200, 250),
    ]
    assert (found.old, found.new, found.pending, found.maker) == (1, 2, True, "王")
    approve(db, "李")
    assert difference(db).pending is False
    assert difference(db).changes == found.changes


@pytest.mark.parametrize("step", [lambda db: approve(db, "李"), difference])
def test_a_file_that_is_not_there_is_not_made(db: Path, step: Callable[[Path], object]) -> None:
    with pytest.raises(CatalogueError, match="no such file"):
        step(db)
    assert not db.exists()


def test_another_program_s_database_is_left_alone(db: Path, write_list: Write) -> None:
    with sqlite3.connect(db) as con:
        con.execute("CREATE TABLE journal (x)")
    before = db.read_bytes()
    with pytest.raises(CatalogueError, match="not a price list"):
        import_files([write_list(items(A=1))], db, "王")
    assert db.read_bytes() == before


def test_patients_search_while_an_import_is_being_written(db: Path, write_list: Write) -> None:
    import_files([write_list(items(A=100))], db, "王")
    approve(db, "李")
    with Catalogue(db) as reader, sqlite3.connect(db, isolation_level=None) as writer:
        writer.execute("PRAGMA cache_spill = OFF")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE item SET price_fen = 1")
        assert reader.search("药").hits[0].price_fen == 100
        writer.execute("ROLLBACK")
