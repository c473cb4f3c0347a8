"""The programs as a shell runs them, and the schemas of what they print."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "schemas"

COMMAND_MAX_S = 400

MODULES = {"kiosk": "kiosk.cli", "edge-agent": "edge_agent.cli"}


TERMINAL = """
[terminal]
site = "demo"
device = "K01"
institution_code = "H99010000001"
hospital = "示例医院"
hospital_en = "Example Hospital"
place = "1"
environment = "demo"
msgid_block = [120, 129]
[hospital]
url = "{his}"
[payment]
url = "{wallet}"
[insurance]
profile = "990100"
url = "{agency}"
[journal]
path = "{folder}/journal/journal.db"
hospital_seal_file = "{folder}/seal.pub"
reserve_bytes = 4096
[card]
{card}
[printer]
driver = "pdf"
folder = "{folder}/papers"
"""


@dataclass(frozen=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON value on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def _command(words: tuple[object, ...]) -> list[str]:
    program, *rest = map(str, words)
    return [sys.executable, "-m", MODULES.get(program, program), *rest]


@pytest.fixture(scope="session")
def run() -> Callable[..., Ran]:
    """`run("kiosk", "scan", path)`: run it to its end. `env`: on top of this process's."""

    def run_one(*words: object, env: Mapping[str, str] | None = None) -> Ran:
        ended = subprocess.run(
            _command(words),
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=COMMAND_MAX_S,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    return run_one


@pytest.fixture
def terminal_file(tmp_path: Path) -> Callable[..., Path]:
    """`terminal_file(urls, card="enabled = false")`: a terminal before the hospital in a box."""

    def write(urls: Mapping[str, str], *, card: str) -> Path:
        key = X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        (tmp_path / "seal.pub").write_bytes(key)
        config = tmp_path / "kiosk.toml"
        text = TERMINAL.format(folder=tmp_path, card=card, **urls)
        config.write_text(text, encoding="utf-8")
        return config

    return write


@pytest.fixture(scope="session")
def serving() -> Callable[..., contextlib.AbstractContextManager[dict[str, str]]]:
    """`with serving("kiosk", "sandbox") as urls`: a server, by the JSON on its first line."""

    @contextlib.contextmanager
    def serve(*words: object) -> Iterator[dict[str, str]]:
        with subprocess.Popen(_command(words), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, f"{words[0]} ended before it served"
                yield json.loads(line)
            finally:
                process.terminate()

    return serve


@pytest.fixture(scope="session")
def faults() -> Callable[[str, Any], list[str]]:
    """`faults("scan", printed)`: where a value departs from its schema; keys without a word in it too.

    The published schema leaves room for new keys; here every key must be described.
    """

    def check(name: str, printed: Any) -> list[str]:
        schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
        validator = Draft202012Validator(closed(schema))
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(printed)]

    return check


def closed(schema: Any) -> Any:
    """A copy that allows described keys only."""
    schema = copy.deepcopy(schema)
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        elif isinstance(part, dict):
            if "properties" in part:
                part.setdefault("additionalProperties", False)
                pending += part["properties"].values()
            pending += [part[key] for key in ("items", "additionalProperties", "oneOf") if key in part]
    return schema
