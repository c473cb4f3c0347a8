"""One strip of 80 mm paper while it is being written.

The composers say what stands on the paper; here is how a label with its value, an
amount or a sentence in two languages becomes items of a printer document. The
printer's own layout keeps them to the columns.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hw.printer.document import QR_MAX_BYTES, Columns, Cut, Document, Item, Qr, Rule, Text
from kiosk.domain.money import capital_text, yuan_text
from kiosk.domain.receipt import Issuer
from kiosk.domain.slips import CopyMark
from kiosk.journeys import texts


class Sheet:
    """Collects the items of one paper. Titles are centred, labels left, values and amounts right."""

    def __init__(self, wording: texts.Wording, title: str) -> None:
        self._wording = wording
        self._title = title
        self._items: list[Item] = []
        self._copy = 0

    def document(self) -> Document:
        """The finished strip."""
        return Document("80mm", self._title, (*self._items, Cut()), copy=self._copy)

    def title(self, text: str, *, bold: bool = False) -> None:
        """A centred line."""
        self._items.append(Text(text, align="center", bold=bold))

    def copy_mark(self, copy: CopyMark | None) -> None:
        """The mark of a copy, on top and bold, so that it cannot be torn off unseen."""
        if copy is None:
            return
        self._copy = copy.number
        self.title(self._wording.paper("copy").fill(n=copy.number).label, bold=True)
        self.title(f"{clock(copy.at)}  {copy.place}")

    def head(self, issuer: Issuer, title_key: str, copy: CopyMark | None) -> None:
        """Copy mark, hospital, name of the paper in both languages, heavy rule."""
        self.copy_mark(copy)
        self.title(issuer.hospital, bold=True)
        if issuer.hospital_en:
            self.title(issuer.hospital_en)
        title = self._wording.paper(title_key)
        self.title(title.zh, bold=True)
        self.title(title.en)
        self.rule(heavy=True)

    def made(self, at: dt.datetime, place: str) -> None:
        """When and at which terminal."""
        self.field("at", clock(at))
        self.field("terminal", place)

    def phones(self, issuer: Issuer) -> None:
        """Who helps, and where to complain (S3-6.3.1)."""
        ask = f"{self._wording.paper('help').label} {issuer.help_phone}"
        complain = f"{self._wording.paper('complaints').label} {issuer.complaint_phone}"
        self.text(f"{ask}   {complain}")

    def rule(self, heavy: bool = False) -> None:
        """A line across."""
        self._items.append(Rule("=" if heavy else "-"))

    def field(self, key: str, value: str, *, bold: bool = False) -> None:
        """A label with both languages, and its value at the right edge."""
        self.pair(self._wording.paper(key).label, value, bold=bold)

    def amount(self, key: str, amount_fen: int, *, indent: int = 0, bold: bool = False) -> None:
        """A label and an amount. Nothing is printed as nothing: `0.00`, never left out."""
        self.pair(" " * indent + self._wording.paper(key).label, yuan_text(amount_fen), bold=bold)

    def capital(self, amount_fen: int, *, indent: int = 0) -> None:
        """The amount in capital characters, on its own line."""
        text = self._wording.paper("capital").fill(text=capital_text(amount_fen)).zh
        self.text(text, indent=indent)

    def pair(self, left: str, right: str, *, bold: bool = False) -> None:
        """Left and right."""
        self._items.append(Columns(left, right, bold=bold))

    def heading(self, key: str) -> None:
        """The label of a section."""
        self.text(self._wording.paper(key).label)

    def text(self, text: str, *, indent: int = 0, bold: bool = False) -> None:
        """A paragraph from the left edge."""
        self._items.append(Text(" " * indent + text, bold=bold))

    def both(self, key: str, **values: object) -> None:
        """A sentence in Chinese and, below, in English."""
        self.said(self._wording.paper(key).fill(**values))

    def said(self, text: texts.Text, *, bold: bool = False) -> None:
        """A text of any table in Chinese and, below, in English."""
        self.text(text.zh, bold=bold)
        self.text(text.en, bold=bold)

    def lookup(self, text: str) -> None:
        """A look-up code, its text below it for a scanner that fails."""
        self._items += [Qr(text), Text(text, align="center")]

    def foreign_code(self, text: str) -> None:
        """A code that somebody else made. One too long for paper is left out: its numbers stand above."""
        if 0 < len(text.encode()) <= QR_MAX_BYTES:
            self._items.append(Qr(text))


def clock(at: dt.datetime) -> str:
    """`2026-03-02 10:15:42`."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def percent(ratio: Decimal) -> str:
    """`0.1000` -> `10%`, `0.125` -> `12.5%`."""
    return plain(ratio * 100) + "%"


def plain(number: Decimal) -> str:
    """`2.0000` -> `2`, `0.50` -> `0.5`: a number as people write it."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
