"""The search against a scan of every row that knows no index: same hits, same number, same order."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.catalogue import Catalogue, Kind, _matcher
from kiosk.catalogue._text import normal
from kiosk.catalogue.build import approve, import_files
from kiosk.catalogue.pinyin import initials, readings

# Few characters, so that names collide, repeat and share polyphones; with digits, Latin and a rare one.
ALPHABET = "重行参椎甲乙片一B1㱮"
NAMES = st.text(ALPHABET, min_size=1, max_size=7)


@dataclass(frozen=True)
class Line:
    code: str
    kind: str
    name: str
    alias: str
    common: bool


def scan(lines: Sequence[Line], query: str, kind: str | None) -> list[str]:
    """Codes of all hits, in order, by the words of the search's docstring."""
    text = normal(query)
    by_letters = text.isascii() and text.isalpha()
    first_code: dict[tuple[str, str, str], str] = {}
    any_common: dict[tuple[str, str, str], bool] = {}
    for line in lines:
        group = (line.kind, line.name, line.alias)
        first_code[group] = min(line.code, first_code.get(group, line.code))
        any_common[group] = any_common.get(group, False) or line.common
    hits = []
    for line in lines:
        group = (line.kind, line.name, line.alias)
        classes = [
            found
            for name in (line.name, *([line.alias] if line.alias else []))
            if (found := _class_by_letters(normal(name), text) if by_letters else _class(normal(name), text))
        ]
        unusual, whole, begins = min(classes) if classes else (True, True, True)
        place: tuple[int, ...] | None = None
        if classes:
            place = (2 if unusual else 0, int(whole), int(not any_common[group]), int(begins))
        if any(char in "0123456789" for char in text) and line.code.startswith(text):
            as_code = (0, 0, 0, 0) if line.code == text else (1, 0, 0, 0)
            place = as_code if place is None else min(place, as_code)
        if place is not None and kind in (None, line.kind):
            number = ("medicine", "service", "supply").index(line.kind)
            length = len(normal(line.name))
            within = (not line.common, "1 × 1", "", line.code)
            hits.append((place, number, length, first_code[group], group, within, line.code))
    return [hit[-1] for hit in sorted(hits)]


def _class(name: str, text: str) -> tuple[bool, bool, bool] | None:
    """Unusual, not whole, not at the beginning: the best there is, or None."""
    if text not in name:
        return None
    return False, name != text, not name.startswith(text)


def _class_by_letters(name: str, text: str) -> tuple[bool, bool, bool] | None:
    spoken = _spoken(name)
    found = []
    for start in range(len(spoken) - len(text) + 1):
        part = spoken[start : start + len(text)]
        if all(letter in known for letter, (_, known) in zip(text, part, strict=True)):
            unusual = any(letter != usual for letter, (usual, _) in zip(text, part, strict=True))
            found.append((unusual, len(text) != len(spoken), start != 0))
    return min(found, default=None)


@lru_cache(maxsize=50_000)
def _spoken(name: str) -> list[tuple[str, frozenset[str]]]:
    """The usual initial and all of them, for each character that has any."""
    return [
        (letter, readings(char)) for char, letter in zip(name, initials(name), strict=True) if readings(char)
    ]


def catalogue_of(lines: Sequence[Line], folder: Path) -> Catalogue:
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("#as_of: 2026-11-20\n#complaint: 000-8800\n")
        writer = csv.writer(file)
        writer.writerow(["code", "kind", "name", "alias", "common", "spec", "unit", "class", "price_fen"])
        for line in lines:
            writer.writerow(
                [line.code, line.kind, line.name, line.alias, int(line.common), "1 × 1", "盒", "甲", 100]
            )
    import_files([folder / "list.csv"], folder / "list.db", "王")
    approve(folder / "list.db", "李")
    return Catalogue(folder / "list.db")


LINES = st.lists(
    st.tuples(st.sampled_from(("medicine", "service", "supply")), NAMES, st.just("") | NAMES, st.booleans()),
    min_size=1,
    max_size=40,
)
QUERIES = st.lists(
    st.text(ALPHABET, min_size=1, max_size=4) | st.text("ZCHXSJYPB1M", min_size=1, max_size=4), max_size=12
)


@pytest.mark.parametrize("few", [0, 150])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=LINES, asked=QUERIES, kind=st.sampled_from((None, *Kind)))
def test_every_hit_of_a_scan_is_found_in_the_same_order(
    made: list[tuple[str, str, str, bool]],
    asked: list[str],
    kind: Kind | None,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_matcher, "FEW_STARTS_MAX", few)  # one by one, and as arrays
    lines = [Line(f"M{number:02d}", *cells) for number, cells in enumerate(made)]
    with tempfile.TemporaryDirectory() as folder, catalogue_of(lines, Path(folder)) as catalogue:
        for query in [*asked, *(line.name for line in lines[:5])]:
            page = catalogue.search(query, kind=kind, limit=200)
            truth = scan(lines, query, None if kind is None else str(kind))
            assert [hit.code for hit in page.hits] == truth, query
            assert page.total == len(truth), query


@pytest.mark.clause("S2-I.3")
def test_real_lists_are_searched_without_a_missing_hit(real_data: Path, tmp_path: Path) -> None:
    lines = list(_real_lines(real_data))
    random = Random(7)
    with catalogue_of(lines, tmp_path) as catalogue:
        assert catalogue.meta.rows == len(lines) > 16_000
        for _ in range(25):
            name = normal(random.choice(lines).name)
            start = random.randrange(len(name))
            part = name[start : start + random.randint(1, 4)]
            for query in (part, initials(part).replace(".", "")):
                if not query:
                    continue
                truth = scan(lines, query, None)
                page = catalogue.search(query, limit=50)
                assert page.total == len(truth), query
                assert [hit.code for hit in page.hits] == truth[:50], query


def _real_lines(folder: Path) -> list[Line]:
    lines = []
    for file, kind in (("drug_codes.csv", "medicine"), ("service_codes.csv", "service")):
        with (folder / file).open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            next(rows)
            seen: set[str] = set()
            for code, name, *_ in rows:
                if code not in seen and normal(name):
                    seen.add(code)
                    lines.append(Line(code, kind, name.strip()[:120], "", False))
    return lines


def test_stored_initials_of_a_hospital_system_find_their_names(real_data: Path) -> None:
    """The initials that people at counters have typed for years; a few hundred of them are typing errors."""
    found = asked = 0
    with (real_data / "diagnoses.csv").open(encoding="utf-8-sig", newline="") as file:
        for _, _, stored, name, *_ in csv.reader(file):
            known = [readings(char) for char in normal(name) if readings(char) and not char.isascii()]
            letters = [char for char in stored.upper() if "A" <= char <= "Z"]
            if len(letters) == len(known):
                asked += 1
                found += all(letter in of for letter, of in zip(letters, known, strict=True))
    assert asked > 25_000
    assert found / asked > 0.997
