"""The operating documents: the same in both languages, and everything that they name exists."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.cli import parser as edge_agent_parser
from kiosk.cli import parser as kiosk_parser
from kiosk.journeys.texts import shipped

PAGES = ("operating.md", "installing.md", "maintaining.md", "incidents.md")
BOTH = [f"{folder}{page}" for page in PAGES for folder in ("docs/", "docs/zh/")]

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(text: str) -> str:
    """Without the blocks of code."""
    return _FENCE.sub("", text)


def commands(text: str) -> list[str]:
    """The lines of all blocks of code, remarks cut off."""
    lines = [line for _, block in _FENCE.findall(text) for line in block.splitlines()]
    return [line.strip() for line in (line.partition("  #")[0] for line in lines) if line.strip()]


def levels(text: str) -> list[int]:
    """Of each heading its level, in order."""
    return [len(marks) for marks, _ in _HEADING.findall(prose(text))]


def anchors(text: str) -> set[str]:
    """What a link may name: headings as the code forge spells them."""
    names = (title.lower() for _, title in _HEADING.findall(prose(text)))
    return {re.sub(r"[^\w\- ]", "", name).replace(" ", "-") for name in names}


def codes(text: str) -> set[str]:
    return set(re.findall(r"\b[A-Z]{2}-\d\d\b", text))


def playbooks(text: str) -> set[str]:
    """Every file that is called like one, whatever stands before it."""
    named = set(re.findall(r"(?<![\w/.])([a-z_]+\.yml)(?![.\w])", text))
    return named - {"vault.yml", "hosts.yml", "main.yml"}


@pytest.fixture
def read(root: Path) -> Callable[[str], str]:
    return lambda name: (root / name).read_text(encoding="utf-8")


@pytest.fixture
def sources(root: Path) -> Callable[..., str]:
    """All text of these folders with these endings, as one."""

    def together(*folders: str, suffixes: tuple[str, ...]) -> str:
        paths = (path for folder in folders for path in sorted((root / folder).rglob("*")))
        return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.suffix in suffixes)

    return together


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_sections_in_the_same_order(read, page):
    assert levels(read(f"docs/{page}")) == levels(read(f"docs/zh/{page}"))


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_give_the_same_commands(read, page):
    assert commands(read(f"docs/{page}")) == commands(read(f"docs/zh/{page}"))


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_tables_of_the_same_length(read, page):
    rows = [
        len(re.findall(r"^ *\|", read(f"{folder}{page}"), re.MULTILINE)) for folder in ("docs/", "docs/zh/")
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("name", BOTH)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(root, read, name):
    here = root / name
    for target in _LINK.findall(prose(read(name))):
        file, _, anchor = target.partition("#")
        path = (here.parent / file).resolve() if file else here
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), target


def test_the_playbooks_are_those_that_exist_and_none_is_left_out(root, read):
    exist = {path.name for path in (root / "deploy/ansible").glob("*.yml")}
    for folder in ("docs/", "docs/zh/"):
        assert set().union(*(playbooks(read(f"{folder}{page}")) for page in PAGES)) == exist


@pytest.mark.parametrize("name", BOTH)
def test_every_code_that_is_named_exists(read, name):
    assert codes(read(name)) <= set(shipped().codes)


@pytest.mark.parametrize("name", [name for name in BOTH if "installing" not in name])
def test_every_metric_that_is_named_exists(read, sources, name):
    made = sources("edge_agent/collector", suffixes=(".py",))
    for metric in set(re.findall(r"`(collector_[a-z_]+)`", read(name))):
        assert f'"{metric.removesuffix("_total")}"' in made, metric


@pytest.mark.parametrize("name", ["docs/operating.md", "docs/zh/operating.md"])
def test_every_line_of_the_log_that_is_an_alarm_is_one_that_the_program_writes(read, sources, name):
    words = re.findall(r"^\| `([a-z][a-z ,]+)` \|", read(name), re.MULTILINE)
    assert len(words) > 5
    written = sources("kiosk", "edge_agent", "hw", suffixes=(".py",))
    assert [word for word in words if word not in written] == []


@pytest.mark.parametrize("name", BOTH)
def test_every_variable_that_a_command_sets_is_known_to_a_playbook(read, sources, name):
    known = sources("deploy/ansible", suffixes=(".yml", ".j2"))
    for command in commands(read(name)):
        if command.startswith("ansible-playbook"):
            for variable in re.findall(r"-e ([a-z_]+)=", command):
                assert re.search(rf"\b{variable}\b", known), variable


def words_of(parser: argparse.ArgumentParser) -> set[str]:
    """First words of the commands of a program."""
    (group,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return set(group.choices)


@pytest.mark.parametrize("name", BOTH)
def test_every_command_of_the_product_exists(root, read, name):
    sys.path.insert(0, str(root / "deploy/guard"))
    from kiosk_guard.command import parser as guard_parser

    programs = {"kiosk": kiosk_parser(), "edge-agent": edge_agent_parser(), "kiosk-guard": guard_parser()}
    text = read(name)
    named = [line.removeprefix("sudo ") for line in commands(text)] + re.findall(r"`([^`\n]+)`", prose(text))
    for program, parser in programs.items():
        for line in named:
            if match := re.match(rf"{program} ([a-z]+)", line):
                assert match[1] in words_of(parser), line


@pytest.mark.clause("S2-E.1", "S2-E.2")
def test_levels_contacts_records_and_a_runbook_for_each_cause_are_there(read):
    sections = anchors(read("docs/incidents.md"))
    assert {"power", "telecom", "hardware", "software", "intrusion", "virus"} <= sections
    assert {"levels", "signals", "contacts", "drills", "drill-record-incident-record"} <= sections


def test_what_differs_is_seen():
    assert commands("```sh\nmake setup  # once\n```\n") == ["make setup"]
    assert commands("```sh\nmake setup\n```\n") != commands("```sh\nmake test\n```\n")
    assert levels("# a\n\n## b\n") != levels("# a\n")
    assert playbooks("play `gone.yml` and `vault.yml`") == {"gone.yml"}
    assert anchors('## "Being checked": what staff do\n') == {"being-checked-what-staff-do"}
