"""The tables of commands, settings and codes in the documents are those of the program."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def tool():
    """The script beside this file."""
    spec = importlib.util.spec_from_file_location(
        "document_tables", Path(__file__).with_name("document_tables.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("page", ["README.md", "docs/operating.md"])
def test_the_tables_are_those_of_the_program(tool, root, page):
    text = (root / page).read_text(encoding="utf-8")
    assert text == tool.made(text, tool.PAGES[page]), "run python tests/checks/document_tables.py"


def test_every_setting_is_put_into_words(tool, root):
    assert tool.undescribed((root / "docs/operating.md").read_text(encoding="utf-8")) == []


def test_a_new_option_shows_in_the_table_of_commands(tool):
    program = argparse.ArgumentParser(prog="kiosk")
    one = program.add_subparsers().add_parser("doctor", description="looks")
    before = list(tool.commands(program))
    one.add_argument("--deep", action="store_true")
    assert before == [("kiosk doctor", "looks")]
    assert list(tool.commands(program)) == [("kiosk doctor [--deep]", "looks")]


@dataclass(frozen=True)
class _Old:
    wait_s: float = 2.0


@dataclass(frozen=True)
class _New:
    wait_s: float = 3.0
    folder: Path | None = None


PAGE = "text\n<!-- made: t -->\n<!-- end: t -->\nmore\n"


def test_a_changed_default_is_seen_and_the_meaning_is_kept(tool):
    page = tool.made(PAGE, {"t": tool.settings_table(lambda: _Old)})
    page = page.replace("|  |", "| how long |")
    fresh = tool.made(page, {"t": tool.settings_table(lambda: _New)})
    assert "| `wait_s` | number, seconds | `3.0` | how long |" in fresh
    assert tool.undescribed(fresh) == ["folder"]
    assert fresh.startswith("text\n")
    assert fresh.endswith("<!-- end: t -->\nmore\n")


def test_a_page_that_lost_its_markers_is_an_error(tool):
    with pytest.raises(ValueError, match="no markers for t"):
        tool.made("nothing here", {"t": tool.settings_table(lambda: _Old)})
