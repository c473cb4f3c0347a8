"""Papers as PDF files: what poppler reads back, and what it draws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hw.printer import (
    Columns,
    Cut,
    Document,
    Fault,
    Feed,
    PdfPrinter,
    Printed,
    PrinterFault,
    PrinterOk,
    PrintFailed,
    Qr,
    Rule,
    Text,
)
from hw.printer._grid import face_number

Fonts = tuple[Path, Path]


def _run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout


def _print(folder: Path, fonts: Fonts, document: Document, copy: int = 0) -> Path:
    outcome = PdfPrinter(folder, *fonts).print(document, copy)
    assert isinstance(outcome, Printed)
    return Path(outcome.reference)


def _text(pdf: Path) -> str:
    return _run("pdftotext", "-layout", pdf, "-")


def _pixels(pdf: Path, page: int = 1, dpi: int = 200) -> np.ndarray:
    stem = pdf.with_suffix("")
    _run("pdftoppm", "-r", str(dpi), "-gray", "-f", str(page), "-l", str(page), "-singlefile", pdf, stem)
    data = stem.with_suffix(".pgm").read_bytes()
    width, height = (int(number) for number in data.split(b"\n", 3)[1].split())
    return np.frombuffer(data[-width * height :], np.uint8).reshape(height, width)


@pytest.mark.clause("S3-6.3.2")
def test_the_words_of_a_statement_can_be_read_back(tmp_path: Path, few: Fonts, statement: Document) -> None:
    text = _text(_print(tmp_path, few, statement))
    for words in ("示例市第一医院", "Outpatient Settlement Statement", "￥19.44", "(大写) 壹拾玖元肆角肆分"):
        assert words in text


def test_rare_characters_of_names_are_there_and_have_glyphs(
    tmp_path: Path, fonts: Fonts, statement: Document
) -> None:
    pdf = _print(tmp_path, fonts, statement)
    assert "测*𬎆㛃龘" in _text(pdf)
    drawn = [
        _pixels(_print(tmp_path, fonts, Document("80mm", "one", (Text(character, double=True),)))).tobytes()
        for character in "𬎆㛃龘〓"
    ]
    assert len(set(drawn)) == 4  # none is drawn as the sign for a missing one, nor like another


def test_a_character_that_the_font_lacks_is_marked_and_not_dropped(tmp_path: Path, fonts: Fonts) -> None:
    pdf = _print(tmp_path, fonts, Document("80mm", "t", (Columns("a\U000f0000b", "1.00"),)))
    assert "a〓b" in _text(pdf)


def test_fonts_are_embedded_with_the_simplified_chinese_face(
    tmp_path: Path, fonts: Fonts, statement: Document
) -> None:
    rows = _run("pdffonts", _print(tmp_path, fonts, statement)).splitlines()[2:]
    assert len(rows) == 2
    assert all("CJKSC" in row.replace("-", "") and row.split()[-5:-2] == ["yes"] * 3 for row in rows)


def test_amounts_end_at_the_same_edge(tmp_path: Path, few: Fonts) -> None:
    rows = tuple(
        Columns(label, amount)
        for label, amount in (("费用 Fee", "1.00"), ("x", "12345.00"), ("合计", "￥0.00"))
    )
    pdf = _print(tmp_path, few, Document("80mm", "t", rows))
    page = _run("pdftotext", "-bbox", pdf, "-")
    ends = [float(x) for x, word in re.findall(r'xMax="([\d.]+)".*?>([^<]*)<', page) if word.endswith("00")]
    assert len(ends) == 3
    assert max(ends) - min(ends) < 0.1  # points
    assert abs(ends[0] - 76 * 72 / 25.4) < 0.5  # 80 mm less the margin


def test_a_proportional_face_keeps_the_columns_too(tmp_path: Path, fonts: Fonts, statement: Document) -> None:
    from fontTools.ttLib import TTCollection

    face = tmp_path / "proportional.otf"
    TTCollection(str(fonts[0])).fonts[2].save(face)
    wide_letters = Text("W" * 20)
    outcome = PdfPrinter(tmp_path, face).print(Document("80mm", "t", (*statement.lines, wide_letters)))
    assert isinstance(outcome, Printed)
    pdf = Path(outcome.reference)
    assert "￥19.44" in _text(pdf)
    page = _run("pdftotext", "-bbox", pdf, "-")
    ends = {word: float(x) for x, word in re.findall(r'xMax="([\d.]+)".*?>([^<]*)<', page)}
    assert abs(ends["40.56"] - ends["￥19.44"]) < 1.0  # points
    assert abs(ends[wide_letters.text] - (4 + 20 * 1.5) * 72 / 25.4) < 0.5


def test_a_slip_is_80_mm_wide_and_as_long_as_its_content(tmp_path: Path, few: Fonts) -> None:
    short = _pixels(_print(tmp_path, few, Document("80mm", "t", (Text("x"),))))
    long = _pixels(_print(tmp_path, few, Document("80mm", "t", (Text("x"),) * 20)))
    assert short.shape[1] == long.shape[1] == pytest.approx(80 / 25.4 * 200, abs=1)
    assert long.shape[0] > 5 * short.shape[0]


def test_nothing_is_printed_outside_the_72_printable_millimetres(
    tmp_path: Path, few: Fonts, statement: Document
) -> None:
    picture = _pixels(_print(tmp_path, few, statement))
    margin = int(3.8 / 25.4 * 200)
    assert picture[:, :margin].min() == picture[:, -margin:].min() == 255
    assert picture.min() == 0


def test_a_cut_begins_a_new_page(tmp_path: Path, few: Fonts) -> None:
    pdf = _print(tmp_path, few, Document("80mm", "t", (Text("one"), Cut(), Text("two"), Cut())))
    assert [page.strip() for page in _text(pdf).split("\f")] == ["one", "two", ""]


def test_a_long_list_runs_over_numbered_sheets_of_a4(tmp_path: Path, few: Fonts) -> None:
    rows = tuple(Columns(f"项目 {number:03}", "1.00") for number in range(100))
    pages = _text(_print(tmp_path, few, Document("A4", "清单", rows))).split("\f")[:-1]
    assert [page.strip().splitlines()[-1].strip() for page in pages] == ["1 / 3", "2 / 3", "3 / 3"]
    assert sum(page.count("项目") for page in pages) == 100


def test_room_for_the_blade_at_the_end_of_a_sheet_makes_no_empty_page(tmp_path: Path, few: Fonts) -> None:
    rows = (*(Columns(f"{number}", "1.00") for number in range(43)), Feed(40), Cut())
    pages = _text(_print(tmp_path, few, Document("A4", "t", rows))).split("\f")[:-1]
    assert len(pages) == 1


@pytest.mark.clause("S0-6.15b")
def test_every_sheet_of_a_copy_says_so(tmp_path: Path, few: Fonts) -> None:
    rows = tuple(Columns(f"{number}", "1.00") for number in range(40))
    pages = _text(_print(tmp_path, few, Document("A5", "t", rows), copy=2)).split("\f")[:-1]
    assert len(pages) == 3
    assert all("补打 第2次 Copy No. 2" in page for page in pages)


def test_the_code_on_paper_can_be_scanned(tmp_path: Path, few: Fonts) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    pdf = _print(tmp_path, few, Document("80mm", "t", (Rule(), Qr("KC1:990100:K07:7F3A9C21"), Rule())))
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(_pixels(pdf)))
    assert code.text == "KC1:990100:K07:7F3A9C21"


def test_the_code_on_paper_has_its_quiet_zone(tmp_path: Path, few: Fonts) -> None:
    picture = _pixels(_print(tmp_path, few, Document("80mm", "t", (Qr("KC1:990100:K07:7F3A9C21"),))))
    rows = np.flatnonzero(picture.min(axis=1) < 128)
    module_px = (rows[-1] - rows[0] + 1) / 25  # version 2
    page_margin_px = 4 / 25.4 * 200
    assert rows[0] >= page_margin_px + 3.9 * module_px


def test_files_have_the_name_of_the_paper_and_never_replace_each_other(
    tmp_path: Path, few: Fonts, statement: Document
) -> None:
    short = Document("80mm", "退款凭条 RF/../1", (Text("x"),))
    names = [_print(tmp_path, few, short, copy).name for copy in (0, 0, 1)]
    assert names == ["退款凭条-RF-..-1.pdf", "退款凭条-RF-..-1-2.pdf", "退款凭条-RF-..-1-copy1.pdf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_only_the_owner_may_read_a_paper(tmp_path: Path, few: Fonts) -> None:
    pdf = _print(tmp_path, few, Document("80mm", "t", (Text("x"),)))
    assert pdf.stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_a_fault(tmp_path: Path, fonts: Fonts, statement: Document) -> None:
    printer = PdfPrinter(tmp_path / "gone", *fonts)
    assert printer.state() == PrinterFault((Fault.FOLDER_NOT_WRITABLE,))
    assert printer.print(statement) == PrintFailed(Fault.FOLDER_NOT_WRITABLE)


def test_a_full_folder_is_a_fault(tmp_path: Path, fonts: Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.printer.pdf.FILES_MAX", 2)
    printer = PdfPrinter(tmp_path, *fonts)
    assert printer.state() == PrinterOk()
    for name in "ab":
        (tmp_path / name).touch()
    assert printer.state() == PrinterFault((Fault.FOLDER_FULL,))


@pytest.mark.parametrize("content", [None, b"not a font"])
def test_a_font_that_cannot_be_used_is_a_fault(
    content: bytes | None, tmp_path: Path, statement: Document
) -> None:
    font = tmp_path / "face.otf"
    if content is not None:
        font.write_bytes(content)
    assert PdfPrinter(tmp_path, font).print(statement) == PrintFailed(Fault.FONT_UNUSABLE)
    assert not list(tmp_path.glob("*.pdf"))


def test_a_file_with_one_face_needs_no_choice(tmp_path: Path) -> None:
    assert face_number(tmp_path / "any.otf") == 0


def test_importing_the_room_does_not_import_fpdf() -> None:
    script = "import sys, hw.printer; print([m for m in ('fpdf', 'fontTools', 'qrcode') if m in sys.modules])"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout.strip() == "[]"
