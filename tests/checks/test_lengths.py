"""A file is one idea, under 300 lines, a function under 70. What is longer is listed; the list shrinks."""

from __future__ import annotations

import ast
import re

import pytest

FILE_MAX_LINES = 300
FUNCTION_MAX_LINES = 70
SLACK_LINES = 10
"""An entry of the list may be this much above the truth before it must be lowered."""
LIST = "tests/checks/lengths_allowed.txt"

_ENTRY = re.compile(r"(\S+?)(?:::(\S+))? (\d+)")


def lengths(source: str, file: str) -> dict[str, int]:
    """What is too long in one file: `file` and `file::function`, with lines."""
    found = {}
    lines = source.count("\n") + (not source.endswith("\n"))
    if lines > FILE_MAX_LINES:
        found[file] = lines
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > FUNCTION_MAX_LINES:
                found[f"{file}::{node.name}"] = size
    return found


def allowed(text: str) -> dict[str, int]:
    """The list: one `file lines` or `file::function lines` a line, # for remarks."""
    entries = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            match = _ENTRY.fullmatch(line.strip())
            assert match, f"{LIST}: cannot be read: {line}"
            file, function, size = match.groups()
            entries[f"{file}::{function}" if function else file] = int(size)
    return entries


def verdicts(actual: dict[str, int], listed: dict[str, int]) -> list[str]:
    """What is too long and not listed, longer than listed, or listed too generously."""
    said = []
    for name, size in actual.items():
        if size > listed.get(name, 0):
            said.append(f"{name}: {size} lines" + (f", listed with {listed[name]}" if name in listed else ""))
    for name, size in listed.items():
        if name not in actual:
            said.append(f"{LIST}: {name}: no longer too long, take it off")
        elif size - actual[name] > SLACK_LINES:
            said.append(f"{LIST}: {name}: {actual[name]} lines now, lower the {size}")
    return said


def test_nothing_is_longer_than_it_may_be(root, files):
    actual: dict[str, int] = {}
    for path in files("kiosk", "hw", "edge_agent", "bench", "tests", suffixes=(".py",)):
        actual |= lengths(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    said = verdicts(actual, allowed((root / LIST).read_text(encoding="utf-8")))
    assert not said, "\n".join(said)


def test_a_planted_long_file_and_function_are_found():
    long_file = "x = 1\n" * (FILE_MAX_LINES + 1)
    assert lengths(long_file, "a.py") == {"a.py": FILE_MAX_LINES + 1}
    body = "    x = 1\n" * FUNCTION_MAX_LINES
    assert lengths(f"def long():\n{body}", "a.py") == {"a.py::long": FUNCTION_MAX_LINES + 1}
    assert lengths(f"class A:\n    async def long(self):\n{body.replace('    ', '        ')}", "a.py")
    assert lengths("x = 1\n" * FILE_MAX_LINES, "a.py") == {}


@pytest.mark.parametrize(
    ("actual", "listed", "told"),
    [
        ({"a.py": 301}, {}, "a.py: 301 lines"),
        ({"a.py": 320}, {"a.py": 310}, "listed with 310"),
        ({"a.py": 310}, {"a.py": 400}, "lower the 400"),
        ({}, {"a.py": 400}, "take it off"),
    ],
)
def test_the_list_cannot_grow_by_itself_nor_stay_generous(actual, listed, told):
    (said,) = verdicts(actual, listed)
    assert told in said


def test_a_listed_length_is_accepted():
    assert verdicts({"a.py": 305}, {"a.py": 310}) == []
    assert allowed("# a remark\n\na.py::f 80\nb.py 310\n") == {"a.py::f": 80, "b.py": 310}
