"""Price search on 200,000 rows, against a scan of all rows (truth) and FTS5 trigram (speed).

    python bench/catalogue.py [--quick]

The list is harder than a hospital's: most names are different, and many share their parts. FTS5 trigram
is measured twice on the queries it can answer: giving what a patient sees, the best 20 of all hits and their
number, as ours does; and giving any 20 hits. It knows the usual reading of each character only.
"""

from __future__ import annotations

import argparse
import csv
import json
import sqlite3
import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kiosk import assets
from kiosk.catalogue import Catalogue, Hit
from kiosk.catalogue._store import CACHE_KIB
from kiosk.catalogue._text import normal
from kiosk.catalogue.build import approve, import_files
from kiosk.catalogue.pinyin import initials, readings

ROWS, ROWS_QUICK = 200_000, 20_000
LIMIT = 20
SEED = 5


def write_list(path: Path, rows: int) -> None:
    """A list of `rows` rows of invented names."""
    random = Random(SEED)
    words = tomllib.loads(assets.path("catalogue", "demo_words.toml").read_text(encoding="utf-8"))
    substances = [entry.split()[0] for entry in words["substances"]]
    forms = [form["name"] for form in words["forms"].values()]
    ways = [way["name"] for key in ("imaging", "assays", "surgery") for way in words[key]]
    parts = [*words["parts"], *words["analytes"], *words["organs"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("#as_of: 2026-11-20\n#complaint: 000-8800\n")
        writer = csv.writer(file)
        writer.writerow(
            ["code", "kind", "name", "spec", "unit", "class", "preself_ratio", "price_fen", "maker"]
        )
        for number in range(rows):
            match random.randrange(10):
                case 0 | 1 | 2:
                    name = random.choice(forms).format("".join(random.sample(substances, 2)))
                case 3 | 4 | 5 | 6:
                    herbs = "".join(random.sample(words["herbs"], random.randrange(1, 4)))
                    name = f"{herbs}{random.choice(words['herb_aims'])}{random.choice(words['herb_forms'])}"
                case 7 | 8:
                    name = random.choice(ways).format(random.choice(parts) + random.choice(parts))
                case _:
                    name = random.choice(words["supplies"])["name"] + random.choice(parts)
            kind = ("medicine", "service", "supply")[number % 3]
            code = f"{'MSC'[number % 3]}99{number:07d}"
            writer.writerow(
                [code, kind, name, "1 × 1", "盒", "乙", "0.1", random.randrange(1, 10**6), "示例"]
            )


class Scan:
    """The truth: every row looked at, by the rules in `kiosk.catalogue.search`, without any index."""

    def __init__(self, db: Path) -> None:
        with sqlite3.connect(db) as con:
            rows = con.execute("SELECT code, kind, name FROM item").fetchall()
        self._rows = [(code, kind, normal(name)) for code, kind, name in rows]
        self._letters = {name: _letters(name) for _, _, name in self._rows}

    def codes(self, query: str) -> list[str]:
        """Codes of all hits in their order."""
        text = normal(query)
        by_letters = all("A" <= char <= "Z" for char in text)
        level_of: dict[str, int | None] = {}
        first_code: dict[tuple[str, str], str] = {}
        hits: list[tuple[int, str, str, str]] = []
        for code, kind, name in self._rows:
            if name not in level_of:
                level_of[name] = (
                    _letter_level(*self._letters[name], text) if by_letters else _level(name, text)
                )
            level = level_of[name]
            if any(char.isdigit() for char in text) and code.startswith(text):
                level = 0 if code == text else min(8, 99 if level is None else level)
            first_code[kind, name] = min(code, first_code.get((kind, name), code))
            if level is not None:
                hits.append((level, kind, name, code))
        kinds = {"medicine": 0, "service": 1, "supply": 2}
        hits.sort(key=lambda hit: (hit[0], kinds[hit[1]], len(hit[2]), first_code[hit[1], hit[2]], hit[3]))
        return [hit[3] for hit in hits]


def _level(name: str, text: str) -> int | None:
    """2 whole, 6 begins, 7 holds: no item of this list is common."""
    if text not in name:
        return None
    return 2 if name == text else 6 if name.startswith(text) else 7


def _letters(name: str) -> tuple[str, list[frozenset[str]]]:
    usual = initials(name)
    return usual.replace(".", ""), [readings(char) for char in name if readings(char)]


def _letter_level(usual: str, known: Sequence[frozenset[str]], text: str) -> int | None:
    best = None
    for start in range(len(known) - len(text) + 1):
        if all(letter in known[start + step] for step, letter in enumerate(text)):
            level = 2 if start == 0 and len(text) == len(known) else 6 if start == 0 else 7
            level += 0 if usual.startswith(text, start) else 16
            best = level if best is None else min(best, level)
    return best


class Trigram:
    """SQLite's own index for parts of a text, on names and usual initials."""

    COLUMNS = (
        "code, item.name, spec, unit, price_fen, class, kind, maker, prescription, ceiling_fen,"
        " preself_ratio, valid_from"
    )

    def __init__(self, db: Path, copy: Path, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._con = sqlite3.connect(copy)
        self._con.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._con.execute("ATTACH ? AS source", (str(db),))
        self._con.execute("CREATE TABLE item AS SELECT * FROM source.item")
        self._con.execute("CREATE VIRTUAL TABLE text USING fts5(name, letters, tokenize = 'trigram')")
        rows = self._con.execute("SELECT rowid, name FROM item").fetchall()
        self._con.executemany(
            "INSERT INTO text (rowid, name, letters) VALUES (?, ?, ?)",
            ((rowid, normal(name), initials(normal(name)).replace(".", "")) for rowid, name in rows),
        )
        self._con.execute("INSERT INTO text (text) VALUES ('optimize')")
        self._con.commit()

    def page(self, query: str) -> tuple[int, list[Hit]]:
        """The number of hits and the best of them, by the order of ours."""
        column = _column(query)
        found = self._con.execute(
            f"SELECT rowid, {column} FROM text WHERE text MATCH ?", (f'{column}:"{query}"',)
        ).fetchall()
        best = sorted((_level(text, query) or 0, rowid) for rowid, text in found)[:LIMIT]
        ids = [rowid for _, rowid in best]
        rows = self._con.execute(
            f"SELECT rowid, {self.COLUMNS} FROM item WHERE rowid IN ({','.join('?' * len(ids))})", ids
        )
        by_id = {row[0]: row[1:] for row in rows}
        return len(found), [self._hit(by_id[rowid]) for rowid in ids]

    def any_hits(self, query: str) -> list[Hit]:
        """The hits that come first by themselves."""
        rows = self._con.execute(
            f"SELECT {self.COLUMNS} FROM text JOIN item ON item.rowid = text.rowid"
            " WHERE text MATCH ? LIMIT ?",
            (f'{_column(query)}:"{query}"', LIMIT),
        ).fetchall()
        return [self._hit(row) for row in rows]

    def _hit(self, row: tuple[Any, ...]) -> Hit:
        return self._catalogue._hit((*row, "item", "", ""))


def _column(query: str) -> str:
    return "letters" if query.isascii() and query.isalpha() else "name"


def queries(names: Sequence[str], count: int) -> dict[str, list[str]]:
    """Queries of each kind, cut from names at random, so that all of them have hits."""
    random = Random(SEED + 1)
    made: dict[str, list[str]] = {
        kind: [] for kind in ("char", "chars 2", "chars 3+", "initials 2", "initials 3+", "code")
    }
    for _ in range(count):
        name = random.choice(names)
        letters = initials(name).replace(".", "")
        made["char"].append(random.choice(name))
        for key, text, low, high in (
            ("chars 2", name, 2, 2),
            ("chars 3+", name, 3, 6),
            ("initials 2", letters, 2, 2),
            ("initials 3+", letters, 3, 8),
        ):
            length = min(random.randint(low, high), len(text))
            start = random.randrange(len(text) - length + 1)
            if length >= low:
                made[key].append(text[start : start + length])
        made["code"].append(
            f"{random.choice('MSC')}99{random.randrange(10**6):06d}"[: random.randrange(2, 9)]
        )
    made["chars 3+"] = [query for query in made["chars 3+"] if not query.isascii()]
    return made


def times_ms(search: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    """Milliseconds of each query, the second time it is asked."""
    for query in asked:
        search(query)
    taken = []
    for query in asked:
        start = time.perf_counter_ns()
        search(query)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    return taken


def spread(taken: Sequence[float]) -> dict[str, float]:
    """Median, p99 and maximum."""
    ordered = sorted(taken)
    return {
        "median_ms": round(statistics.median(ordered), 4),
        "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 4),
        "max_ms": round(ordered[-1], 4),
    }


def run(quick: bool, folder: Path) -> dict[str, Any]:
    """All figures, as one JSON object."""
    rows = ROWS_QUICK if quick else ROWS
    source, db = folder / "list.csv", folder / "list.db"
    write_list(source, rows)
    start = time.perf_counter()
    import_files([source], db, "maker")
    build_s = time.perf_counter() - start
    approve(db, "checker")
    start = time.perf_counter()
    catalogue = Catalogue(db)
    open_ms = (time.perf_counter() - start) * 1e3
    scan = Scan(db)
    names = sorted({name for _, _, name in scan._rows})
    asked = queries(names, 60 if quick else 400)
    taken = {
        kind: times_ms(lambda query: catalogue.search(query, limit=LIMIT), of) for kind, of in asked.items()
    }
    wrong = wrong_answers(catalogue, scan, asked, 4 if quick else 8)
    trigram = Trigram(db, folder / "trigram.db", catalogue)
    own = [*asked["chars 3+"], *asked["initials 3+"]]
    ours, theirs, anys = [], [], []
    for _ in range(3):
        ours += times_ms(lambda query: catalogue.search(query, limit=LIMIT), own)
        theirs += times_ms(trigram.page, own)
        anys += times_ms(trigram.any_hits, own)
    scanned = times_ms(scan.codes, asked["chars 2"][:3])
    everything = [value for values in taken.values() for value in values]
    catalogue.close()
    return {
        "name": "price search",
        "figures": {
            "rows": rows,
            "names": len(names),
            "all_queries": spread(everything),
            **{kind: spread(values) for kind, values in taken.items()},
            "queries_checked_against_scan": wrong[0],
            "queries_that_differ_from_scan": wrong[1],
            "build_s": round(build_s, 1),
            "open_ms": round(open_ms, 1),
            "file_mib": round(db.stat().st_size / 2**20, 1),
            "ours_on_trigram_queries": spread(ours),
        },
        "reference": {
            "name": "FTS5 trigram on queries of 3 and more; scan of all rows in Python",
            "trigram_page": spread(theirs),
            "trigram_any_20": spread(anys),
            "scan": spread(scanned),
        },
        "ratio": {
            "to_trigram_page_median": round(statistics.median(ours) / statistics.median(theirs), 3),
            "to_trigram_page_p99": round(spread(ours)["p99_ms"] / spread(theirs)["p99_ms"], 3),
            "to_trigram_any_20_median": round(statistics.median(ours) / statistics.median(anys), 3),
            "to_scan_median": round(statistics.median(taken["chars 2"]) / statistics.median(scanned), 6),
        },
        "reach": {"p99_ms": 5, "to_trigram_page_median": 1, "queries_that_differ_from_scan": 0},
    }


def wrong_answers(
    catalogue: Catalogue, scan: Scan, asked: dict[str, list[str]], each: int
) -> tuple[int, list[str]]:
    """How many queries were compared with the scan, and those whose total or first page differs."""
    compared = [query for of in asked.values() for query in of[:each]]
    wrong = []
    for query in compared:
        truth = scan.codes(query)
        page = catalogue.search(query, limit=LIMIT)
        if page.total != len(truth) or [hit.code for hit in page.hits] != truth[:LIMIT]:
            wrong.append(query)
    return len(compared), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help=f"{ROWS_QUICK} rows in place of {ROWS}")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(quick, Path(folder)), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
