"""Files that come in: what is taken, and what is said about a bad row."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.catalogue.listing import read_listing
from kiosk.catalogue.model import ROW_ERRORS_MAX, BadListError, Row, RowKind

HEAD = "code,kind,name,unit,class,price_fen"


def read(path: Path, text: str | bytes) -> tuple[Row, ...]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_listing([path]).rows


def errors(path: Path, text: str | bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(BadListError) as caught:
        read(path, text)
    return [(error.line, error.column, error.reason) for error in caught.value.errors]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lists_come_in_the_encodings_that_hospitals_write(path: Path, encoding: str, newline: str) -> None:
    text = f"{HEAD}\nA1,药品,青霉素𬭩,盒,甲,1250\n".replace("\n", newline)
    (row,) = read(path, text.encode(encoding))
    assert (row.name, row.price_fen, row.kind) == ("青霉素𬭩", 1250, "medicine")


def test_a_price_may_be_in_yuan_and_is_exact(path: Path) -> None:
    (row,) = read(path, "code,kind,name,unit,class,price_yuan,ceiling_yuan\nA1,耗材,针,支,01,0.07,1.1\n")
    assert (row.price_fen, row.price_ceiling_fen, row.class_) == (7, 110, "甲")


def test_a_class_brings_its_own_share_unless_the_list_says_another(path: Path) -> None:
    text = f"{HEAD},preself_ratio\nA1,服务,x,次,甲,1,\nA2,服务,y,次,丙,1,\nA3,服务,z,次,乙,1,0.125\n"
    assert [row.preself_ratio for row in read(path, text)] == [Decimal(0), Decimal(1), Decimal("0.125")]


def test_headings_and_surcharges_may_lack_a_price(path: Path) -> None:
    text = f"{HEAD},row_kind\nA1,服务,检查类,-,甲,0,heading\nA2,服务,夜间加收,次,甲,,surcharge\n"
    assert [(row.row_kind, row.price_fen) for row in read(path, text)] == [
        (RowKind.HEADING, None),
        (RowKind.SURCHARGE, None),
    ]


def test_notes_before_the_header_say_date_and_complaint_channel(path: Path) -> None:
    path.write_text(
        f"#as_of: 2026-11-20\n#complaint: 000-8800: 1 层\n{HEAD}\nA1,药品,x,盒,甲,1\n", encoding="utf-8"
    )
    listing = read_listing([path])
    assert (listing.as_of, listing.complaint) == (dt.date(2026, 11, 20), "000-8800: 1 层")


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",药品,x,盒,甲,1", "code", "1 to 40"),
        ("A 1,药品,x,盒,甲,1", "code", "'A 1'"),
        ("A1,酒,x,盒,甲,1", "kind", "'酒' is none of"),
        ("A1,药品, ,盒,甲,1", "name", "is empty"),
        (f"A1,药品,{'长' * 121},盒,甲,1", "name", "longer than 120"),
        ("A1,药品,x\x07y,盒,甲,1", "name", "control character"),
        ("A1,药品,x,,甲,1", "unit", "is empty"),
        ("A1,药品,x,盒,丁,1", "class", "'丁' is none of"),
        ("A1,药品,x,盒,乙,1", "preself_ratio", "class 乙 needs"),
        ("A1,药品,x,盒,甲,1.5", "price_fen", "no whole number"),
        ("A1,药品,x,盒,甲,-1", "price_fen", "no whole number"),
        ("A1,药品,x,盒,甲,٣", "price_fen", "no whole number"),
        ("A1,药品,x,盒,甲,99999999999", "price_fen", "not between"),
        ("A1,药品,x,盒,甲,", "price_fen", "an item needs a price"),
        ("A1,药品,x,盒,甲,0", "price_fen", "an item needs a price"),
        ("A1,药品,x,盒,甲", "", "5 cells, the header has 6"),
    ],
)
def test_a_bad_cell_is_named_by_line_column_and_reason(
    path: Path, row: str, column: str, reason: str
) -> None:
    (found,) = errors(path, f"{HEAD}\nA0,药品,好,盒,甲,1\n{row}\n")
    assert found[:2] == (3, column)
    assert reason in found[2]


@pytest.mark.parametrize(
    ("extra", "cell", "reason"),
    [
        ("preself_ratio", "1.5", "not between 0 and 1"),
        ("preself_ratio", "NaN", "not between 0 and 1"),
        ("preself_ratio", "0.12345", "more than 4 places"),
        ("preself_ratio", "ten", "no number"),
        ("ceiling_yuan", "1.005", "fraction of a fen"),
        ("ceiling_yuan", "1e99", "too large"),
        ("valid_from", "2026-02-30", "no date"),
        ("prescription", "maybe", "is none of"),
        ("row_kind", "group", "is none of"),
        ("alias", "a|b|c|d|e", "more than 4 names"),
        ("alias", "a||b", "is empty"),
    ],
)
def test_a_bad_optional_cell_is_named_too(path: Path, extra: str, cell: str, reason: str) -> None:
    (found,) = errors(path, f"{HEAD},{extra}\nA1,药品,x,盒,甲,1,{cell}\n")
    assert found[:2] == (2, extra)
    assert reason in found[2]


def test_every_fault_of_every_row_is_told_at_once(path: Path) -> None:
    found = errors(path, f"{HEAD}\n,酒,x,盒,甲,1\nA1,药品,x,盒,甲,1\nA2,药品,,盒,甲,1\n")
    assert [(line, column) for line, column, _ in found] == [(2, "code"), (2, "kind"), (4, "name")]


def test_a_code_that_stands_twice_is_told_with_its_first_place(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(f"{HEAD}\nA1,药品,x,盒,甲,1\n", encoding="utf-8")
    with pytest.raises(BadListError, match=r"b\.csv:2: code: A1 stands already in a\.csv:2"):
        read_listing([tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no header row"),
        (HEAD + "\n", "no rows"),
        ("code,kind,name,unit,class\n", "exactly one of price_fen and price_yuan"),
        (HEAD + ",price_yuan\n", "exactly one of price_fen and price_yuan"),
        (HEAD + ",colour\n", "unknown column"),
        (HEAD + ",name\n", "column stands twice"),
        ("kind,name,unit,class,price_fen\n", "column is missing"),
        ("#shop: x\n" + HEAD + "\n", "#shop: unknown"),
        ("#as_of: soon\n" + HEAD + "\n", "no date"),
        (HEAD + '\nA1,药品,"x,盒,甲,1\n', "not CSV"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_reason(path: Path, text: str, reason: str) -> None:
    assert any(reason in found[2] for found in errors(path, text))


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    assert errors(path, b"\xff\xfe\x00\x81" * 10)[0][2] == "neither UTF-8 nor GB18030"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadListError, match="cannot be read"):
        read_listing([tmp_path / "none.csv"])


def test_the_list_of_errors_has_an_end(path: Path) -> None:
    assert len(errors(path, f"{HEAD}\n" + ",,,,,\n" * (ROW_ERRORS_MAX + 10))) == ROW_ERRORS_MAX
