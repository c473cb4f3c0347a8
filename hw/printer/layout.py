"""Breaks a document into the rows that a driver prints one after another.

Rows are exact: a line has at most the paper's columns, right-aligned values end
at the last one, and all characters of the document are there in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from hw.printer.document import (
    COLUMNS,
    Align,
    Columns,
    Cut,
    Document,
    Feed,
    Item,
    Qr,
    Rule,
    Text,
    printable,
    text_width,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; blanks inside it are its alignment. `double` lines have half the columns."""

    text: str
    bold: bool = False
    double: bool = False


Row = Line | Rule | Qr | Feed | Cut

INDENT_MAX_COLUMNS = 12
_NOT_FIRST = frozenset("，。、；：？！）》】」』”’…％%,.;:?!)]}")
_NOT_LAST = frozenset("（《【「『“‘￥([{")
_PIECES = re.compile(r" +|[!-~]+|.", re.DOTALL)


def layout(document: Document) -> tuple[Row, ...]:
    """The rows of a document, in order."""
    columns = COLUMNS[document.paper]
    return tuple(row for item in document.lines for row in _rows(item, columns))


def _rows(item: Item, columns: int) -> Iterator[Row]:
    match item:
        case Text():
            room = columns // 2 if item.double else columns
            for paragraph in item.text.split("\n"):
                for line in wrap(paragraph, room):
                    yield Line(_aligned(line, item.align, room), item.bold, item.double)
        case Columns():
            for line in _beside(item.left, item.right, columns):
                yield Line(line, item.bold)
        case Rule() | Qr() | Feed() | Cut():
            yield item
        case _:
            assert_never(item)


def _beside(left: str, right: str, columns: int) -> list[str]:
    """Left and right on one line; a value that finds no room goes below, still at the right edge."""
    labels = wrap(left, columns)
    value = printable(right).strip()
    gap = columns - text_width(labels[-1]) - text_width(value)
    if not value:
        return labels
    if gap >= 1:
        return [*labels[:-1], labels[-1] + " " * gap + value]
    return [*labels, *(_aligned(line, "right", columns) for line in wrap(value, columns))]


def _aligned(line: str, align: Align, columns: int) -> str:
    free = columns - text_width(line)
    match align:
        case "left":
            return line
        case "center":
            return " " * (free // 2) + line
        case "right":
            return " " * free + line


def wrap(text: str, columns: int) -> list[str]:
    """The lines of a text, each at most `columns` wide; at least one, possibly empty.

    Latin words stay whole where a line can hold them; hanzi break anywhere, but not
    before a closing sign nor after an opening one. Only blanks at a break disappear.
    """
    shown = printable(text).rstrip()
    indent = " " * min(len(shown) - len(shown.lstrip(" ")), INDENT_MAX_COLUMNS, columns - 2)
    lines = [""]
    for piece in _unbreakable(shown.lstrip(" "), columns - len(indent)):
        if text_width(lines[-1] + piece.rstrip(" ")) > columns - len(indent):
            lines[-1] = lines[-1].rstrip(" ")
            lines.append(piece.lstrip(" "))
        else:
            lines[-1] += piece
    return [(indent + line).rstrip(" ") for line in lines]


def _unbreakable(text: str, columns: int) -> Iterator[str]:
    """Words, blanks, and hanzi with the signs that belong to them; none wider than a line."""
    held = ""
    for piece in _PIECES.findall(text):
        joins = held and (piece[0] in _NOT_FIRST or held[-1] in _NOT_LAST) and " " not in (piece[0], held[-1])
        if joins:
            held += piece
            continue
        yield from _cut(held, columns)
        held = piece
    yield from _cut(held, columns)


def _cut(piece: str, columns: int) -> Iterator[str]:
    """A piece wider than a line, in parts that fit."""
    part = ""
    for character in piece:
        if text_width(part + character) > columns:
            yield part
            part = ""
        part += character
    if part:
        yield part
