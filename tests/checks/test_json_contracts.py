"""Each command that prints JSON has a schema, each schema is sound, and a test holds it against output."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

import edge_agent.cli
import kiosk.cli

FOLDER = "docs/schemas"
HELD_BY = "tests/cli"

NO_VALUE = {
    "edge-agent run": "serves until it is ended; its lines are logs",
    "edge-agent collect": "serves until it is ended; its first line names its page",
}
"""Commands that take --json and print no value."""


def _with_json(one: argparse.ArgumentParser) -> Iterator[str]:
    """Commands below `one` that take --json."""
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _with_json(below)
        elif "--json" in action.option_strings:
            yield one.prog


@pytest.fixture
def schemas(root):
    """Name and content of each schema."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (root / FOLDER).glob("*.json")
    }


def test_every_command_that_prints_json_has_a_schema(schemas):
    titles = {schema["title"] for schema in schemas.values()}
    programs = (kiosk.cli.parser(), edge_agent.cli.parser())
    commands = {command for program in programs for command in _with_json(program)}
    assert len(commands) > 15
    assert {command for command in commands if f"{command} --json" not in titles} == set(NO_VALUE)


def test_every_schema_is_sound_and_says_what_it_describes(schemas):
    assert schemas
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert schema["title"], name
        assert schema["description"].endswith("."), name


def test_every_schema_is_held_against_real_output(schemas, files):
    tests = "".join(path.read_text(encoding="utf-8") for path in files(HELD_BY, suffixes=(".py",)))
    held = set(re.findall(r'faults\("(\w+)"', tests))
    assert set(schemas) == held
