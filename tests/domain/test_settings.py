"""A configuration is right, or the start stops and the message names file and key."""

from __future__ import annotations

import enum
import textwrap
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from kiosk.settings import SettingsError, load


class Role(enum.StrEnum):
    KIOSK = "kiosk"
    BEDSIDE = "bedside"


@dataclass(frozen=True)
class Terminal:
    name: str
    role: Role = Role.KIOSK
    environment: Literal["production", "demo"] = "production"
    msgid_block: tuple[int, int] | None = None
    idle_max_s: float = 60.0
    camera: bool = True
    ratio: Decimal = Decimal(1)
    keys: Path = Path("keys")
    limits_fen: dict[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.msgid_block and self.msgid_block[0] > self.msgid_block[1]:
            raise ValueError("msgid_block: first after last")


@dataclass(frozen=True)
class Peer:
    answer_delay_max_s: float


@dataclass(frozen=True)
class Schema:
    terminal: Terminal
    insurance: Peer


GOOD = """
    [terminal]
    name = "a01"
    role = "bedside"
    msgid_block = [120, 129]
    idle_max_s = 30
    ratio = "0.75"
    keys = "keys/demo"
    limits_fen = { consent = 20000 }
    places = ["一楼", "二楼"]

    [insurance]
    answer_delay_max_s = 60
    """


@pytest.fixture
def read(tmp_path):
    """Load a text as a configuration file."""

    def read_text(text: str, env: dict[str, str] | None = None) -> Schema:
        path = tmp_path / "kiosk.toml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load(path, Schema, env or {})

    return read_text


def test_a_good_file_becomes_the_schema(read):
    settings = read(GOOD)
    assert settings == Schema(
        Terminal(
            "a01",
            Role.BEDSIDE,
            "production",
            (120, 129),
            30.0,
            True,
            Decimal("0.75"),
            Path("keys/demo"),
            {"consent": 20000},
            ("一楼", "二楼"),
        ),
        Peer(60.0),
    )
    assert isinstance(settings.terminal.idle_max_s, float)


def test_an_unknown_key_is_named_and_the_likely_one_is_offered(read):
    with pytest.raises(SettingsError) as refused:
        read(GOOD.replace("answer_delay_max_s", "answer_delay_max"))
    assert "kiosk.toml" in str(refused.value)
    assert "[insurance] answer_delay_max: unknown key; did you mean answer_delay_max_s?" in str(refused.value)


def test_an_unknown_section_is_named(read):
    with pytest.raises(SettingsError, match="payments: unknown key"):
        read(GOOD + "\n    [payments]\n    x = 1\n")


def test_a_missing_key_is_named(read):
    with pytest.raises(SettingsError, match=r"\[terminal\] name: missing"):
        read(GOOD.replace('name = "a01"', ""))


def test_a_missing_section_is_named(read):
    with pytest.raises(SettingsError, match="insurance: missing"):
        read(GOOD.split("[insurance]")[0])


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('name = "a01"', "name = 7", "terminal.name: text in quotes is needed"),
        ('role = "bedside"', 'role = "lobby"', "terminal.role: one of kiosk, bedside"),
        ("idle_max_s = 30", 'idle_max_s = "30"', "terminal.idle_max_s: a number is needed"),
        ("idle_max_s = 30", "idle_max_s = true", "terminal.idle_max_s: a number is needed"),
        ('ratio = "0.75"', "ratio = 0.75", "terminal.ratio: a decimal in quotes is needed"),
        ('ratio = "0.75"', 'ratio = "three"', "terminal.ratio: a decimal in quotes is needed"),
        ("msgid_block = [120, 129]", "msgid_block = [120]", "terminal.msgid_block: 2 values are needed"),
        ("msgid_block = [120, 129]", "msgid_block = [1, 2.5]", "terminal.msgid_block[1]: a whole number"),
        ("msgid_block = [120, 129]", "msgid_block = [1, true]", "terminal.msgid_block[1]: a whole number"),
        ("msgid_block = [120, 129]", "msgid_block = 120", "terminal.msgid_block: a list is needed"),
        ("msgid_block = [120, 129]", "msgid_block = [9, 1]", "msgid_block: first after last"),
        ("{ consent = 20000 }", '{ consent = "20000" }', "terminal.limits_fen.consent: a whole number"),
        ("{ consent = 20000 }", "20000", "terminal.limits_fen: a table is needed"),
        ('"一楼", "二楼"', '"一楼", 2', "terminal.places[1]: text in quotes is needed"),
        ('keys = "keys/demo"', "keys = 1", "terminal.keys: a path in quotes is needed"),
        ("idle_max_s = 30", 'camera = "yes"', "terminal.camera: true or false is needed"),
        ("idle_max_s = 30", 'environment = "test"', "terminal.environment: one of production, demo"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_what_is_needed(read, good, bad, told):
    assert good in GOOD
    with pytest.raises(SettingsError) as refused:
        read(GOOD.replace(good, bad))
    assert told in str(refused.value)


def test_a_section_that_is_no_table_is_named(read):
    with pytest.raises(SettingsError, match="insurance: a table is needed"):
        read("insurance = 5\n" + GOOD.split("[insurance]")[0])


def test_the_environment_overrides_a_single_key(read):
    env = {
        "KIOSK__TERMINAL__IDLE_MAX_S": "5",
        "KIOSK__TERMINAL__NAME": "b07",
        "KIOSK__TERMINAL__MSGID_BLOCK": "[1, 9]",
        "KIOSK__OTHER__KEY": "ignored",
        "PATH": "/bin",
    }
    settings = read(GOOD, env)
    assert (settings.terminal.idle_max_s, settings.terminal.name) == (5.0, "b07")
    assert settings.terminal.msgid_block == (1, 9)


def test_an_override_with_a_wrong_name_or_value_is_refused_like_the_file(read):
    with pytest.raises(SettingsError, match="idle_max: unknown key"):
        read(GOOD, {"KIOSK__TERMINAL__IDLE_MAX": "5"})
    with pytest.raises(SettingsError, match="idle_max_s: a number is needed"):
        read(GOOD, {"KIOSK__TERMINAL__IDLE_MAX_S": "soon"})


def test_an_override_can_supply_what_the_file_lacks(read):
    settings = read(GOOD.split("[insurance]")[0], {"KIOSK__INSURANCE__ANSWER_DELAY_MAX_S": "45"})
    assert settings.insurance.answer_delay_max_s == 45.0


@pytest.mark.parametrize("text", ["[terminal", "a = 1\na = 2", "\udcff"])
def test_a_file_that_is_not_toml_is_named(tmp_path, text):
    path = tmp_path / "kiosk.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError, match=r"kiosk\.toml: not TOML"):
        load(path, Schema, {})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml", Schema, {})


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "kiosk.toml"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(SettingsError, match="larger than"):
        load(path, Schema, {})
