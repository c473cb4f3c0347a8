"""The words of the price list: a row as it is published, a page of hits, what is known of the data.

Clause 6.3.1 (S3-6.3.1) says what must be published: names, counting units and unit prices of medicines,
consumables and services, with the complaint channel. Class, own share and limits go with them (S2-I.3).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NAME_CHARS_MAX = 120
TEXT_CHARS_MAX = 200
CODE_CHARS_MAX = 40
PRICE_FEN_MAX = 10**10
ROWS_MAX = 500_000
FILE_BYTES_MAX = 128 * 1024 * 1024
ROW_ERRORS_MAX = 1_000  # listed; a list with one bad row is refused as a whole anyway
PAGE_ROWS_MAX = 200


class CatalogueError(Exception):
    """The price list cannot be used or changed as asked. The text says why and names the file or person."""


class Kind(StrEnum):
    """The three kinds of clause 6.3.1."""

    MEDICINE = "medicine"
    SERVICE = "service"
    SUPPLY = "supply"


class RowKind(StrEnum):
    """What a row of a price list is. Published lists hold surcharges and headings among the items."""

    ITEM = "item"
    SURCHARGE = "surcharge"  # an addition to another item; may lack a price of its own ("+20 %")
    HEADING = "heading"  # a group's name; no price


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong in a file: where, and what. `column` is empty when it is the whole line."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.column}: {self.reason}" if self.column else f"{where}: {self.reason}"


class BadListError(CatalogueError):
    """Files that cannot be a price list. `errors` has every reason, up to `ROW_ERRORS_MAX`."""

    def __init__(self, errors: tuple[RowError, ...]) -> None:
        super().__init__(f"{len(errors)} errors; the first: {errors[0]}")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, checked. `preself_ratio` is the share that the insured pay first, 0 to 1."""

    code: str
    kind: Kind
    row_kind: RowKind
    name: str
    aliases: tuple[str, ...]
    ingredient: str
    spec: str
    unit: str
    price_fen: int | None
    class_: str
    preself_ratio: Decimal
    price_ceiling_fen: int | None
    prescription: bool
    maker: str
    limits: str
    valid_from: dt.date
    common: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One row as a patient sees it.

    `price_fen` is None for a heading and for a surcharge in percent. `class_` is 甲, 乙 or 丙 (丙: own cost).
    `price_ceiling_fen` is what insurance counts at most, `limits` its restriction in words.
    `as_of` is the date of the data, `valid_from` the day this price began.
    """

    code: str
    name: str
    spec: str
    unit: str
    price_fen: int | None
    class_: str
    kind: Kind
    maker: str
    prescription: bool
    price_ceiling_fen: int | None
    preself_ratio: Decimal
    as_of: dt.date
    valid_from: dt.date
    row_kind: RowKind = RowKind.ITEM
    ingredient: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the ranked hits. `total` counts all of them."""

    total: int
    hits: tuple[Hit, ...]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of the list that is live. `complaint` is shown on every page of prices (S3-6.3.1)."""

    version: int
    as_of: dt.date
    approved_at: dt.datetime
    rows: int
    complaint: str
    note: str
    digest: str
