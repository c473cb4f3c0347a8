"""The price list that comes with the product."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import assets
from kiosk.catalogue import Catalogue
from kiosk.catalogue.build import approve, import_files
from kiosk.catalogue.demo import demo_csv, main
from kiosk.catalogue.listing import read_listing
from kiosk.catalogue.model import Kind, RowKind

DEMO = assets.path("catalogue", "demo.csv")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    db = tmp_path_factory.mktemp("demo") / "demo.db"
    import_files([DEMO], db, "王")
    approve(db, "李")
    return Catalogue(db)


def test_the_committed_list_is_what_the_program_writes(tmp_path: Path) -> None:
    assert main([str(tmp_path / "demo.csv")]) == 0
    assert (tmp_path / "demo.csv").read_bytes() == DEMO.read_bytes()
    assert main([]) == 2


def test_another_seed_makes_another_list() -> None:
    assert demo_csv(1) != demo_csv(2)


def test_it_says_on_every_level_that_it_is_invented() -> None:
    listing = read_listing([DEMO])
    assert listing.note is not None
    assert "虚构" in listing.note
    assert "demonstration" in listing.note
    assert all(row.maker.startswith("示例") for row in listing.rows if row.maker)
    assert all(re.fullmatch(r"[MSC]99\d{7}", row.code) for row in listing.rows)


@pytest.mark.clause("S3-6.3.1")
def test_it_has_all_three_kinds_and_rows_without_a_price() -> None:
    rows = read_listing([DEMO]).rows
    assert 2_500 < len(rows) < 5_000
    assert DEMO.stat().st_size < 1_000_000
    assert all(sum(row.kind is kind for row in rows) > 250 for kind in Kind)
    assert {row.row_kind for row in rows} == set(RowKind)
    assert {row.class_ for row in rows} == {"甲", "乙", "丙"}


def test_it_has_the_items_of_the_pictures_at_their_prices(catalogue: Catalogue) -> None:
    page = catalogue.search("EJSG")
    assert [(hit.name, hit.price_fen) for hit in page.hits] == [
        ("盐酸二甲双胍缓释片", 2200),
        ("二甲双胍片", 680),
        ("二甲双胍缓释片", 1180),
        ("二甲双胍格列本脲片", 3150),
        ("二甲双胍恩格列净片", 5820),
        ("二甲双胍血药浓度测定", 12000),
    ]
    first = page.hits[0]
    assert (first.price_ceiling_fen, first.prescription, first.maker) == (2500, True, "示例药业")
    assert [hit.price_fen for hit in catalogue.same_ingredient(first.code)] == [680, 1180]
    for name, price in (("无痛胃镜麻醉", 26800), ("血糖试纸", 1200), ("医用冷敷贴", 1000), ("静脉采血", 160)):
        assert catalogue.search(name).hits[0].price_fen == price


def test_it_holds_no_row_of_a_real_list(real_data: Path) -> None:
    with (real_data / "drugs.csv").open(encoding="utf-8-sig", newline="") as file:
        real = {(row[2], row[3], row[6]) for row in csv.reader(file)}
    ours = {(row.name, row.spec, row.maker) for row in read_listing([DEMO]).rows}
    assert not real & ours


def test_a_terminal_searches_without_the_pinyin_dictionary() -> None:
    program = "import sys, kiosk.catalogue, kiosk.catalogue.command; print('pypinyin' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=200
    )
    assert done.stdout.strip() == "False"
