"""Which test shows which clause: reads the marks, knows the clauses, makes the lower part of the page.

python tests/checks/requirement_marks.py [--check]
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "requirements.md"
MARKER = "<!-- made from the marks; edit nothing below -->"

_CLAUSE = re.compile(r"S[0-4]-[A-Z0-9][A-Za-z0-9]*(?:\.[0-9]+[a-z]?)*")
_BEHAVIOUR = re.compile(r"\| (\d+) \| ([^|]+) \| ([^|]+) \|")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One clause on one test."""

    clause: str
    file: str
    test: str


def known_clauses(page: str) -> frozenset[str]:
    """Every clause named above the marker."""
    return frozenset(_CLAUSE.findall(page.partition(MARKER)[0]))


def marks_of(source: str, file: str) -> Iterator[Mark]:
    """The clause marks of one test file, also those of a class, of a parameter, or of the whole file."""
    yield from _marks_in(ast.parse(source), file, "(whole file)")


def _marks_in(node: ast.AST, file: str, owner: str) -> Iterator[Mark]:
    for child in ast.iter_child_nodes(node):
        inside = owner
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = child.name
        if isinstance(child, ast.Call) and _is_clause(child.func):
            for argument in child.args:
                text = argument.value if isinstance(argument, ast.Constant) else ast.unparse(argument)
                yield Mark(str(text), file, inside)
        yield from _marks_in(child, file, inside)


def _is_clause(func: ast.expr) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "clause"
        and isinstance(func.value, ast.Attribute)
        and func.value.attr == "mark"
    )


def marks_under(folder: Path) -> list[Mark]:
    """The marks of all tests under a folder, in order."""
    return sorted(
        mark
        for path in folder.rglob("test_*.py")
        for mark in marks_of(path.read_text(encoding="utf-8"), path.relative_to(folder).as_posix())
    )


def unknown(marks: Iterable[Mark], known: frozenset[str]) -> list[Mark]:
    """Marks whose clause does not exist."""
    return [mark for mark in marks if mark.clause not in known]


def made(page: str, marks: Iterable[Mark]) -> str:
    """The page with its lower part made anew from the marks."""
    upper = page.partition(MARKER)[0]
    by_clause: dict[str, list[Mark]] = defaultdict(list)
    for mark in sorted(set(marks)):
        by_clause[mark.clause].append(mark)
    lines = [upper + MARKER, "", "## Shown", ""]
    lines += ["| no. | clauses shown by a test | not shown yet |", "|---|---|---|"]
    for number, _, clauses in _BEHAVIOUR.findall(upper):
        ids = clauses.split()
        shown = " ".join(c for c in ids if c in by_clause) or "–"
        missing = " ".join(c for c in ids if c not in by_clause) or "–"
        lines.append(f"| {number} | {shown} | {missing} |")
    lines += ["", "## Tests by clause", ""]
    for clause in sorted(by_clause, key=_in_order):
        lines.append(f"- **{clause}**")
        lines += [f"  - {_sentence(mark.test)} ({mark.file})" for mark in by_clause[clause]]
    return "\n".join(lines) + "\n"


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _in_order(clause: str) -> list[tuple[int, int, str]]:
    """`S3-10.1.3` after `S3-9.2`."""
    parts = re.findall(r"\d+|\D+", clause)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check tell whether it is out of date; exit 0 done, 1 failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    marks = marks_under(ROOT / "tests")
    wrong = unknown(marks, known_clauses(page))
    for mark in wrong:
        print(f"tests/{mark.file}: {mark.test}: no such clause: {mark.clause}", file=sys.stderr)
    fresh = made(page, marks)
    if wrong:
        return 1
    if options.check and fresh != page:
        remedy = "run python tests/checks/requirement_marks.py"
        print(f"docs/requirements.md: out of date; {remedy}", file=sys.stderr)
        return 1
    if not options.check:
        PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
