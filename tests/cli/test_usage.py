"""What holds for every command: it explains itself, and its exit code tells done from failed from misused."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import pytest

import edge_agent.cli
import kiosk.cli

PROGRAMS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "kiosk": kiosk.cli.parser,
    "edge-agent": edge_agent.cli.parser,
}
MAINS = {"kiosk": kiosk.cli.main, "edge-agent": edge_agent.cli.main}


def _paths(one: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield before
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _paths(below, (*before, name))


COMMANDS = [(program, *path) for program, make in PROGRAMS.items() for path in _paths(make())]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words, capsys):
    program, *path = words
    with pytest.raises(SystemExit) as ended:
        MAINS[program]([*path, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: {' '.join(words)}")
    assert len(said.split("\n\n")[1].split()) >= 2, "a description of at least two words"


@pytest.mark.parametrize(
    "words",
    [
        ("kiosk",),
        ("kiosk", "nonsense"),
        ("kiosk", "run"),
        ("kiosk", "simulate", "--runs", "many"),
        ("kiosk", "catalogue", "approve", "--db", "x.db"),
        ("kiosk", "ui", "shots", "--out", "x", "--role", "nobody"),
        ("edge-agent",),
        ("edge-agent", "report", "weather", "--db", "x.db"),
    ],
    ids=" ".join,
)
def test_a_misused_command_ends_with_2_and_says_why(words, capsys):
    program, *rest = words
    with pytest.raises(SystemExit) as ended:
        MAINS[program](rest)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_input_that_cannot_be_used_ends_with_2_and_is_named(run, tmp_path):
    missing = tmp_path / "missing"
    for words in (
        ("kiosk", "run", "--config", missing),
        ("kiosk", "sandbox", "--config", missing),
        ("kiosk", "doctor", "--config", missing),
        ("kiosk", "scan", missing),
        ("kiosk", "benefits", "check", missing),
        ("kiosk", "catalogue", "search", "--db", missing, "x"),
        ("kiosk", "journal", "verify", missing),
        ("edge-agent", "run", "--config", missing),
        ("edge-agent", "report", "gaps", "--db", missing),
    ):
        ended = run(*words)
        assert (ended.code, "missing" in ended.err, ended.out) == (2, True, ""), words


def test_an_unknown_mutation_ends_with_2_and_the_known_ones_are_listed(run):
    ended = run("kiosk", "simulate", "--runs", "1", "--mutate", "nonsense")
    assert ended.code == 2
    assert "refund_twice" in ended.out + ended.err


def test_a_hospital_that_does_not_answer_cannot_be_proved(run, tmp_path):
    ended = run("kiosk", "hospital", "conformance", "--url", "http://127.0.0.1:9")
    assert ended.code == 2
    assert "error:" in ended.err


def test_a_misspelt_setting_is_named_with_the_right_one(run, tmp_path):
    config = tmp_path / "kiosk.toml"
    config.write_text(
        '[terminal]\nsite = "s"\ndevice = "K01"\ninstitution_code = "H99010000001"\n'
        'hospital = "示例医院"\nhospital_en = "Example"\nplace = "1"\nrole = "price_inquiry"\n'
        "[screen]\nidle_after = 60\n"
    )
    ended = run("kiosk", "doctor", "--config", config)
    assert ended.code == 2
    assert str(config) in ended.err
    assert "did you mean idle_after_s?" in ended.err
