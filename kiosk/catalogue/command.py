"""`kiosk catalogue import`, `approve`, `search`, `diff`: each prints its result and returns the exit code.

0 done, 1 refused (nothing pending, same person, database in use), 2 bad usage or input (no such file, bad
rows). With `as_json` one JSON object on stdout; amounts there are yuan as decimal strings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk.catalogue.difference import Difference, Item, difference
from kiosk.catalogue.model import PAGE_ROWS_MAX, BadListError, CatalogueError, Hit
from kiosk.catalogue.search import Catalogue
from kiosk.domain.money import yuan, yuan_text

DONE, FAILED, BAD_INPUT = 0, 1, 2
TEXT_LINES_MAX = 50
JSON_ROWS_MAX = 10_000


def import_command(files: Sequence[str | Path], db: str | Path, maker: str, as_json: bool = False) -> int:
    """Check the files and put them into `db` as the version that waits for approval."""
    # Pinyin and the index come with this import; a terminal that only searches never loads them.
    from kiosk.catalogue.build import import_files

    if not files:
        return _failed("no files given", as_json, BAD_INPUT)
    try:
        done = import_files([Path(file) for file in files], Path(db), maker)
    except BadListError as error:
        return _bad_rows(error, as_json)
    except CatalogueError as error:
        return _failed(str(error), as_json, FAILED)
    replaced = "" if done.replaced is None else f" It replaces version {done.replaced}, which waited."
    return _print(
        as_json,
        {
            "version": done.version,
            "state": "pending",
            "rows": done.rows,
            "as_of": done.as_of.isoformat(),
            "digest": done.digest,
            "replaced": done.replaced,
        },
        [
            f"version {done.version}: {done.rows} rows of {done.as_of}, waits for approval.{replaced}",
            f"digest {done.digest}",
        ],
    )


def approve_command(db: str | Path, checker: str, as_json: bool = False, version: int | None = None) -> int:
    """Let the pending version go live. `version`: refuse unless it is this one, the one that was read."""
    from kiosk.catalogue.build import approve

    if not Path(db).is_file():
        return _failed(f"{db}: no such file", as_json, BAD_INPUT)
    try:
        done = approve(Path(db), checker, version)
    except CatalogueError as error:
        return _failed(str(error), as_json, FAILED)
    before = "" if done.former is None else f" in place of version {done.former}"
    return _print(
        as_json,
        {"version": done.version, "state": "live", "rows": done.rows, "former": done.former},
        [f"version {done.version}: {done.rows} rows, live now{before}"],
    )


def search_command(db: str | Path, query: str, limit: int = 20, as_json: bool = False) -> int:
    """Print the first `limit` hits of `query` in the live version."""
    if not 1 <= limit <= PAGE_ROWS_MAX:
        return _failed(f"--limit {limit}: 1 to {PAGE_ROWS_MAX} expected", as_json, BAD_INPUT)
    if not Path(db).is_file():
        return _failed(f"{db}: no such file", as_json, BAD_INPUT)
    try:
        with Catalogue(Path(db)) as catalogue:
            page = catalogue.search(query, limit=limit)
            meta = catalogue.meta
    except CatalogueError as error:
        return _failed(str(error), as_json, FAILED)
    lines = [_hit_line(hit) for hit in page.hits]
    return _print(
        as_json,
        {
            "query": query,
            "total": page.total,
            "as_of": meta.as_of.isoformat(),
            "version": meta.version,
            "complaint": meta.complaint,
            "hits": [_hit_json(hit) for hit in page.hits],
        },
        [*lines, f"{page.total} found; prices of {meta.as_of}; questions: {meta.complaint}"],
    )


def diff_command(db: str | Path, as_json: bool = False) -> int:
    """Print what the pending version would change; with none pending, what the live one changed."""
    if not Path(db).is_file():
        return _failed(f"{db}: no such file", as_json, BAD_INPUT)
    try:
        found = difference(Path(db))
    except CatalogueError as error:
        return _failed(str(error), as_json, FAILED)
    return _print(as_json, _difference_json(found), _difference_lines(found))


def _hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "code": hit.code,
        "name": hit.name,
        "spec": hit.spec,
        "unit": hit.unit,
        "price": _yuan(hit.price_fen),
        "class": hit.class_,
        "kind": str(hit.kind),
        "row_kind": str(hit.row_kind),
        "maker": hit.maker,
        "prescription": hit.prescription,
        "price_ceiling": _yuan(hit.price_ceiling_fen),
        "preself_ratio": f"{hit.preself_ratio:f}",
        "limits": hit.limits,
        "valid_from": hit.valid_from.isoformat(),
        "as_of": hit.as_of.isoformat(),
    }


def _hit_line(hit: Hit) -> str:
    price = "-" if hit.price_fen is None else yuan_text(hit.price_fen)
    parts = (hit.code, hit.name, hit.spec, f"{price}/{hit.unit}", hit.class_, hit.maker)
    return "  ".join(part for part in parts if part)


def _difference_json(found: Difference) -> dict[str, Any]:
    return {
        "old": found.old,
        "new": found.new,
        "pending": found.pending,
        "maker": found.maker,
        "as_of": found.as_of,
        "rows": found.rows,
        "digest": found.digest,
        "counts": {
            "added": len(found.added),
            "removed": len(found.removed),
            "changed": len({change.code for change in found.changes}),
            "prices_changed": len(found.price_changes),
        },
        "added": [_item_json(item) for item in found.added[:JSON_ROWS_MAX]],
        "removed": [_item_json(item) for item in found.removed[:JSON_ROWS_MAX]],
        "changes": [
            {"code": change.code, "name": change.name} | _field_json(change.field, change.old, change.new)
            for change in found.changes[:JSON_ROWS_MAX]
        ],
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {"code": item.code, "name": item.name, "price": _yuan(item.price_fen)}


def _field_json(field: str, old: str | int | None, new: str | int | None) -> dict[str, Any]:
    if not field.endswith("_fen"):
        return {"field": field, "old": old, "new": new}
    return {"field": field.removesuffix("_fen"), "old": _yuan(old), "new": _yuan(new)}


def _difference_lines(found: Difference) -> list[str]:
    state = "waits for approval" if found.pending else "is live"
    before = "nothing" if found.old is None else f"version {found.old}"
    lines = [
        *(f"+ {item.code}  {item.name}  {_yuan(item.price_fen) or '-'}" for item in found.added),
        *(f"- {item.code}  {item.name}  {_yuan(item.price_fen) or '-'}" for item in found.removed),
    ]
    for change in found.changes:
        shown = _field_json(change.field, change.old, change.new)
        lines.append(f"~ {change.code}  {change.name}  {shown['field']}: {shown['old']} -> {shown['new']}")
    rest = len(lines) - TEXT_LINES_MAX
    return [
        f"version {found.new} by {found.maker}, {found.rows} rows of {found.as_of}, {state}",
        f"before: {before}",
        f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changes)} fields changed, "
        f"{len(found.price_changes)} of them prices",
        *lines[:TEXT_LINES_MAX],
        *([f"... and {rest} more; --json lists them"] if rest > 0 else []),
    ]


def _yuan(fen: int | str | None) -> str | None:
    return None if fen is None else str(yuan(int(fen)))


def _bad_rows(error: BadListError, as_json: bool) -> int:
    if as_json:
        rows = [
            {"file": row.file, "line": row.line, "column": row.column, "reason": row.reason}
            for row in error.errors
        ]
        print(json.dumps({"ok": False, "error": str(error), "rows": rows}, ensure_ascii=False))
        return BAD_INPUT
    for row in error.errors[:TEXT_LINES_MAX]:
        print(f"kiosk: error: {row}", file=sys.stderr)
    print(f"kiosk: error: {len(error.errors)} errors; nothing was imported", file=sys.stderr)
    return BAD_INPUT


def _failed(text: str, as_json: bool, code: int) -> int:
    if as_json:
        print(json.dumps({"ok": False, "error": text}, ensure_ascii=False))
    else:
        print(f"kiosk: error: {text}", file=sys.stderr)
    return code


def _print(as_json: bool, result: dict[str, Any], lines: Sequence[str]) -> int:
    if as_json:
        print(json.dumps({"ok": True} | result, ensure_ascii=False))
    else:
        print("\n".join(lines))
    return DONE
