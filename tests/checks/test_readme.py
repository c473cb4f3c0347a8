"""What the documents tell people to type exists, and what they point at is there."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge_agent.cli
import kiosk.cli

PAGES = ("README.md", "SECURITY.md", "LICENSES.md", "CHANGELOG.md", "docs")
IMAGE_MAX_BYTES = 200_000

_FENCE = re.compile(r"^[ ]*```sh\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?:!?\[[^\]]*\]\(|<img src=\")([^)\s\"]+)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def commands(page: str) -> Iterator[str]:
    """Every line that a page tells people to type."""
    for block in _FENCE.findall(page):
        for line in block.splitlines():
            if line.strip() and not line.strip().startswith("#"):
                yield line.partition("  #")[0].strip()


def fault(line: str, root: Path, targets: set[str]) -> str | None:
    """Why a line cannot be typed as it stands; None when it can."""
    words = shlex.split(line)
    program, *rest = words[0].removeprefix(".venv/bin/"), *words[1:]
    match program:
        case "make":
            missing = [word for word in rest if word not in targets]
            return f"no such target: {missing}" if missing else None
        case "kiosk":
            return _parsed(kiosk.cli.parser(), rest)
        case "edge-agent":
            return _parsed(edge_agent.cli.parser(), rest)
        case "python":
            return _python(rest, root)
        case _:
            return f"no command of ours: {program}"


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> str | None:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words)
    except SystemExit:
        return said.getvalue().splitlines()[-1]
    return None


def _python(words: list[str], root: Path) -> str | None:
    if words[0] != "-m":
        return None if (root / words[0]).is_file() else f"no such file: {words[0]}"
    if importlib.util.find_spec(words[1]) is None:
        return f"no such module: {words[1]}"
    if words[1] == "pytest":
        missing = [word for word in words[2:] if word.startswith("tests") and not (root / word).exists()]
        return f"no such tests: {missing}" if missing else None
    return None


@pytest.fixture
def targets(root):
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_command_in_the_documents_can_be_typed(root, files, targets):
    found = [
        (path, line)
        for path in files(*PAGES, suffixes=(".md",))
        for line in commands(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 20
    wrong = [
        f"{path.relative_to(root)}: {line}: {why}"
        for path, line in found
        if (why := fault(line, root, targets))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_two_commands_stand_in_the_readme(root):
    lines = list(commands((root / "README.md").read_text(encoding="utf-8")))
    assert lines[:2] == ["make demo", "make test"]


def anchor(heading: str) -> str:
    """What a heading is called in an address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken(page: Path) -> list[str]:
    """Links of a page to files and headings that are not there."""
    found = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue  # held by the check of addresses
        name, _, part = link.partition("#")
        target = page.parent / name if name else page
        if not _is_there(target, part):
            found.append(link)
    return found


def _is_there(target: Path, part: str) -> bool:
    if not target.exists() or not part:
        return target.exists()
    return part in map(anchor, _HEADING.findall(target.read_text(encoding="utf-8")))


def test_no_link_leads_nowhere(root, files):
    wrong = [
        f"{path.relative_to(root)}: {link}"
        for path in files(*PAGES, suffixes=(".md",))
        for link in broken(path)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_readme_names_every_room(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (root / "kiosk").glob("*/__init__.py")}
    missing = {room for room in rooms if f"`kiosk/{room}/`" not in text}
    assert len(rooms) > 8
    assert not missing


def test_pictures_are_small_enough_for_a_page(files):
    pictures = list(files("docs/pictures", suffixes=(".png",)))
    assert len(pictures) >= 2
    assert [path.name for path in pictures if path.stat().st_size > IMAGE_MAX_BYTES] == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("make coffee", "no such target"),
        ("kiosk brew", "invalid choice"),
        ("kiosk doctor", "required: --config"),
        ("edge-agent report weather --db x", "invalid choice"),
        ("python -m no_such_module", "no such module"),
        ("python tests/no_such_file.py", "no such file"),
        (".venv/bin/python -m pytest tests/no_such_folder", "no such tests"),
        ("rm -rf var", "no command of ours"),
    ],
)
def test_a_planted_command_is_found(root, targets, line, why):
    assert why in (fault(line, root, targets) or "")


def test_a_planted_link_is_found(tmp_path):
    (tmp_path / "there.md").write_text("# A heading, here\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text("[a](there.md#a-heading-here) [b](gone.md) [c](there.md#gone)", encoding="utf-8")
    assert broken(page) == ["gone.md", "there.md#gone"]
