"""A test waits for an event with a deadline; it never sleeps and hopes."""

from __future__ import annotations

import ast

import pytest


def sleeps(source: str) -> list[int]:
    """Lines that call `time.sleep`, under whatever name."""
    tree = ast.parse(source)
    modules, functions = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "time"}
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            functions |= {alias.asname or alias.name for alias in node.names if alias.name == "sleep"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "sleep":
            if isinstance(node.value, ast.Name) and node.value.id in modules:
                found.append(node.lineno)
        elif isinstance(node, ast.Name) and node.id in functions:
            found.append(node.lineno)
    return found


def test_no_test_sleeps(root, files):
    wrong = [
        f"{path.relative_to(root)}:{line}"
        for path in files("tests", suffixes=(".py",))
        for line in sleeps(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "planted",
    [
        "import time\ntime.sleep(1)",
        "import time as t\nt.sleep(1)",
        "from time import sleep\nsleep(1)",
        "from time import sleep as nap\nnap(1)",
        "import time\nwait = time.sleep",
    ],
)
def test_a_planted_sleep_is_found(planted):
    assert sleeps(planted)


def test_waiting_otherwise_is_fine():
    assert sleeps("import asyncio, time\nasyncio.run(event.wait())\ntime.monotonic()") == []
