"""`.po` files to `.mo` files with the standard library alone.

`make setup` runs this over `assets/locale`. The subset: comments, `msgctxt`, `msgid`,
`msgstr`, each with continued lines. Plural forms are not used: no text of the terminal
counts in words that change.

    python -m kiosk.ui.text.catalog [LOCALE_DIR]
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.ui.text import DOMAIN

_MAGIC = 0x950412DE


class BadCatalog(Exception):
    """A `.po` file that cannot be read; the text names the line."""


@dataclass(slots=True)
class _Entry:
    fields: dict[str, str] = field(default_factory=dict)
    open_field: str = ""


def read_po(text: str) -> dict[str, str]:
    """Messages by context ("" is the header). Raises BadCatalog.

    Every message has its key as `msgctxt`. A key that appears twice is an error: one of the
    two would silently never be shown.
    """
    messages: dict[str, str] = {}
    for number, entry in _entries(text.splitlines()):
        key = entry.get("msgctxt", "")
        if key in messages:
            raise BadCatalog(f"line {number}: {key!r} appears twice")
        if "msgstr" not in entry:
            raise BadCatalog(f"line {number}: {key!r} has no msgstr")
        messages[key] = entry["msgstr"]
    return messages


def _entries(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    entry = _Entry()
    number = 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            if entry.fields:
                yield number, entry.fields
                entry = _Entry()
            continue
        try:
            _take(entry, line)
        except (ValueError, SyntaxError) as fault:
            raise BadCatalog(f"line {number}: {line!r} cannot be read") from fault
    if entry.fields:
        yield number, entry.fields


def _take(entry: _Entry, line: str) -> None:
    if not line.startswith('"'):
        entry.open_field, _, line = line.partition(" ")
        if entry.open_field not in ("msgctxt", "msgid", "msgstr") or entry.open_field in entry.fields:
            raise ValueError(entry.open_field)
        entry.fields[entry.open_field] = ""
    if not entry.open_field:
        raise ValueError("text without a field")
    entry.fields[entry.open_field] += str(ast.literal_eval(line))


def write_mo(messages: dict[str, str]) -> bytes:
    """The binary catalogue: keys are `context EOT context`, so `pgettext(key, key)` finds them."""
    if "charset=UTF-8" not in messages.get("", ""):
        raise BadCatalog("the header has no charset=UTF-8")
    pairs = sorted((_mo_key(key), value.encode()) for key, value in messages.items())
    header_bytes = 7 * 4
    key_table, value_table = header_bytes, header_bytes + 8 * len(pairs)
    offset = value_table + 8 * len(pairs)
    tables: list[bytes] = []
    strings = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(strings)))
            strings += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), key_table, value_table, 0, 0)
    return head + b"".join(tables) + strings


def _mo_key(key: str) -> bytes:
    return f"{key}\x04{key}".encode() if key else b""


def compile_all(locale_dir: Path) -> list[Path]:
    """Compile each `<language>/LC_MESSAGES/kiosk.po`; returns the `.mo` files written.

    The words of papers and codes (`wording/<language>.po`, made from tables) go into the
    same catalogue.
    """
    written = []
    for source in sorted(locale_dir.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        messages = _read_file(source)
        wording = locale_dir / "wording" / f"{source.parts[-3]}.po"
        if wording.exists():
            more = _read_file(wording)
            twice = (messages.keys() & more.keys()) - {""}
            if twice:
                raise BadCatalog(f"{wording}: {sorted(twice)[0]!r} is also in {source.name}")
            messages = more | messages
        target = source.with_suffix(".mo")
        target.write_bytes(write_mo(messages))
        written.append(target)
    return written


def _read_file(path: Path) -> dict[str, str]:
    try:
        return read_po(path.read_text(encoding="utf-8"))
    except BadCatalog as fault:
        raise BadCatalog(f"{path}: {fault}") from fault


def main(arguments: list[str]) -> int:
    """Command line of this file; exit 0 done, 1 failed."""
    default = Path(__file__).resolve().parents[3] / "assets" / "locale"
    try:
        written = compile_all(Path(arguments[0]) if arguments else default)
    except (BadCatalog, OSError) as fault:
        print(f"catalog: {fault}", file=sys.stderr)
        return 1
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
