"""The words of papers and messages, read from the locale's tables.

Screens take their words from the `.mo` of their language. Papers are bilingual
whatever the screen speaks, and staff read the codes, so both languages of this
table are needed at once. Source: wording, §2 to §5.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kiosk import assets

_FILE_MAX_BYTES = 256 * 1024


class WordingError(Exception):
    """A table of words that may not be used. Names the file and the row."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages. `{name}` in it is a place to fill."""

    zh: str
    en: str

    def fill(self, **values: object) -> Text:
        """The text with its places filled. A missing value is a KeyError: a defect of the caller."""
        return Text(self.zh.format_map(values), self.en.format_map(values))

    @property
    def label(self) -> str:
        """Both languages on one line, as labels on paper are."""
        return f"{self.zh} {self.en}".strip()


@dataclass(frozen=True, slots=True)
class CodeText:
    """One row of the closed table of codes.

    `behaviour`: 1 to 30 of the requirements, or the kind of fault (card, qr, pay, print, net). `phrases`: the
    money phrases the text agrees with; empty when it says nothing about money.
    """

    code: str
    behaviour: str
    phrases: tuple[str, ...]
    when: str
    text: Text


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of the interface in plain words."""

    field: str
    label: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Wording:
    """All tables. Look-ups of an unknown key raise KeyError: keys are part of the code, not of the input."""

    codes: Mapping[str, CodeText]
    phrases: Mapping[str, Text]
    amounts: Mapping[str, Amount]
    papers: Mapping[str, Text]

    def paper(self, key: str) -> Text:
        """A text of the papers, without the leading `paper.`."""
        return self.papers[key]

    def named(self, group: str, value: str) -> Text:
        """The name of a coded value (`named("scheme", "310")`); an unknown value is its own name."""
        return self.papers.get(f"{group}.{value}", Text(value, ""))


def load(folder: Path | None = None) -> Wording:
    """Read the tables of `folder`, by default those that ship. Raises WordingError."""
    folder = folder or assets.path("locale", "wording")
    codes = {
        row["code"]: CodeText(
            row["code"],
            row["behaviour"],
            tuple(row["phrases"].split()),
            row["when"],
            Text(row["zh"], row["en"]),
        )
        for row in _rows(folder / "codes.csv", ("code", "behaviour", "phrases", "when", "zh", "en"))
    }
    phrases = {
        row["key"]: Text(row["zh"], row["en"]) for row in _rows(folder / "phrases.csv", ("key", "zh", "en"))
    }
    amounts = {
        row["field"]: Amount(
            row["field"],
            Text(row["label_zh"], row["label_en"]),
            Text(row["text_zh"], row["text_en"]),
        )
        for row in _rows(folder / "amounts.csv", ("field", "label_zh", "label_en", "text_zh", "text_en"))
    }
    papers = {
        row["key"]: Text(row["zh"], row["en"]) for row in _rows(folder / "papers.csv", ("key", "zh", "en"))
    }
    return Wording(
        codes=MappingProxyType(codes),
        phrases=MappingProxyType(phrases),
        amounts=MappingProxyType(amounts),
        papers=MappingProxyType(papers),
    )


@functools.cache
def shipped() -> Wording:
    """The tables that ship, read once."""
    return load()


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of one table. The first column is the key and may not repeat."""
    try:
        if path.stat().st_size > _FILE_MAX_BYTES:
            raise WordingError(f"{path}: larger than {_FILE_MAX_BYTES} bytes")
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise WordingError(f"{path}: the columns must be {', '.join(columns)}")
            rows = list(reader)
    except OSError as exc:
        raise WordingError(f"{path}: {exc.strerror or exc}") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise WordingError(f"{path}: not a table: {exc}") from exc
    seen: set[str] = set()
    for row in rows:
        key = row[columns[0]]
        if None in row or None in row.values():
            raise WordingError(f"{path}: {key}: not {len(columns)} columns")
        if key in seen:
            raise WordingError(f"{path}: {key}: twice")
        seen.add(key)
    return rows
