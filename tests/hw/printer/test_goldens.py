"""Papers as they were looked at: receipts byte for byte, pages word by word at their places.

Where a paper is meant to look different, the file named in the failure takes the golden one's place.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hw.printer import Document, pdf
from hw.printer._escpos_bytes import render

GOLDEN = Path(__file__).parent / "golden"
STRIPS = ("statement", "statement_copy", "long_names", "rare_characters", "amounts", "codes")
SHEETS = ("statement_a4", "statement_a5_copy", "list_a5_copy")
TOLERANCE_POINTS = 1.0

_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)</word>')


@pytest.mark.clause("S3-6.3.2", "S0-6.15b")
@pytest.mark.parametrize("name", STRIPS)
def test_a_receipt_is_the_bytes_that_were_looked_at(
    name: str, papers: dict[str, Document], read_back: Callable[[bytes], list[str]], tmp_path: Path
) -> None:
    job = render(papers[name])
    (tmp_path / f"{name}.escpos").write_bytes(job)
    golden = (GOLDEN / f"{name}.escpos").read_bytes()
    assert read_back(job) == read_back(golden), f"now: {tmp_path}/{name}.escpos"
    assert job == golden


def test_every_golden_receipt_has_its_paper(papers: dict[str, Document]) -> None:
    assert set(papers) == set(STRIPS) == {path.stem for path in GOLDEN.glob("*.escpos")}


@pytest.mark.clause("S3-6.3.2")
@pytest.mark.parametrize("name", SHEETS)
def test_a_page_has_its_words_where_they_were_looked_at(
    name: str, sheets: dict[str, Document], fonts: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / f"{name}.pdf").write_bytes(pdf.render(sheets[name], *fonts))
    said = [*_placed(tmp_path / f"{name}.pdf")]
    (tmp_path / f"{name}.words").write_text("".join(f"{line}\n" for line in said))
    golden = (GOLDEN / f"{name}.words").read_text().splitlines()
    assert [_words(line) for line in said] == [_words(line) for line in golden], f"now: {tmp_path}"
    for now, before in zip(said, golden, strict=True):
        apart = [abs(a - b) for a, b in zip(_places(now), _places(before), strict=True)]
        assert max(apart) <= TOLERANCE_POINTS, f"{now} was at {before}"


def _placed(document: Path) -> list[str]:
    """Pages and words in the order of the file, with their places in points."""
    command = ["pdftotext", "-bbox", document, "-"]
    page = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout
    lines = []
    for line in page.splitlines():
        if sheet := _PAGE.search(line):
            lines.append(f"{float(sheet[1]):.1f} {float(sheet[2]):.1f} page")
        elif word := _WORD.search(line):
            places = " ".join(f"{float(place):.1f}" for place in word.groups()[:4])
            lines.append(f"{places} {word[5]}")
    return lines


def _words(line: str) -> str:
    return line.rpartition(" ")[2]


def _places(line: str) -> list[float]:
    return [float(part) for part in line.split()[:-1]]
