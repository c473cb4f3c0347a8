"""The clause marks of the tests and docs/requirements.md say the same."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def tool():
    """The script beside this file."""
    spec = importlib.util.spec_from_file_location(
        "requirement_marks", Path(__file__).with_name("requirement_marks.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_every_clause_named_by_a_test_exists(tool, root):
    known = tool.known_clauses(tool.PAGE.read_text(encoding="utf-8"))
    wrong = tool.unknown(tool.marks_under(root / "tests"), known)
    assert not wrong, "\n".join(f"{mark.file}: {mark.test}: {mark.clause}" for mark in wrong)


def test_the_page_is_made_from_the_marks_of_today(tool, root):
    page = tool.PAGE.read_text(encoding="utf-8")
    assert page == tool.made(page, tool.marks_under(root / "tests")), (
        "run python tests/checks/requirement_marks.py"
    )


PAGE = """# Page
| no. | behaviour | clauses |
|---|---|---|
| 1 | one thing | S3-6.2.4 S0-7.3a |
| 2 | another | S3-10.1 |

## Further clauses

S1-A.5d
<!-- made from the marks; edit nothing below -->
old
"""


def test_a_planted_unknown_clause_is_found(tool):
    source = "import pytest\n@pytest.mark.clause('S3-6.2.4', 'S9-9.9')\ndef test_it(): assert True\n"
    marks = list(tool.marks_of(source, "test_a.py"))
    wrong = tool.unknown(marks, tool.known_clauses(PAGE))
    assert wrong == [tool.Mark("S9-9.9", "test_a.py", "test_it")]


@pytest.mark.parametrize(
    ("source", "owner"),
    [
        ("@pytest.mark.clause('S1-A.5d')\nasync def test_a(): ...", "test_a"),
        ("class TestB:\n    @pytest.mark.clause('S1-A.5d')\n    def test_b(self): ...", "test_b"),
        ("pytestmark = pytest.mark.clause('S1-A.5d')", "(whole file)"),
        (
            "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.clause('S1-A.5d'))])\n"
            "def test_c(x): ...",
            "test_c",
        ),
    ],
)
def test_a_mark_is_found_wherever_it_stands(tool, source, owner):
    assert list(tool.marks_of(source, "f.py")) == [tool.Mark("S1-A.5d", "f.py", owner)]


def test_the_page_shows_what_is_shown_and_what_is_not(tool):
    marks = [tool.Mark("S3-10.1", "b.py", "test_later"), tool.Mark("S0-7.3a", "a.py", "test_lists_are_made")]
    fresh = tool.made(PAGE, marks)
    assert "| 1 | S0-7.3a | S3-6.2.4 |" in fresh
    assert "| 2 | S3-10.1 | – |" in fresh
    assert "  - lists are made (a.py)" in fresh
    assert fresh.index("**S0-7.3a**") < fresh.index("**S3-10.1**")
    assert "old" not in fresh
    assert tool.made(fresh, marks) == fresh


def test_clauses_are_known_only_from_above_the_marker(tool):
    assert tool.known_clauses(PAGE) == {"S3-6.2.4", "S0-7.3a", "S3-10.1", "S1-A.5d"}
    assert "S2-X.1" not in tool.known_clauses(PAGE + "S2-X.1")
