"""A number in a configuration says its unit in its name: `answer_delay_max_s`, never `timeout`."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import types
import typing
from dataclasses import dataclass
from decimal import Decimal

import pytest

_UNITS = (
    "s ms min h days months years fen bytes mib px mm dots fps hz percent ratio points degrees "
    "port ports block"
)
_COUNTS = (
    "attempts bills columns connections copies digits entries files items lines messages pages records "
    "repeats restarts rows shots slots terminals threads tries workers"
)
_SUFFIX = re.compile(
    rf"(?:^|_)(?:{'|'.join(_UNITS.split())})$|(?:^|_)(?:{'|'.join(_COUNTS.split())})(?:_max|_min)?$"
)

EXEMPT = {
    "kiosk.sandbox.benefits.policy:Policy": "amounts and ratios of a benefit policy, a format of its own",
    "kiosk.sandbox.benefits.items:_File": "items of the sandbox's catalogue, a format of its own",
}
"""Schemas that are data formats, not settings of this product."""


def schemas_in(source: str, module: str) -> list[str]:
    """`module:Name` of every schema handed to `settings.load` or `settings.build` in a module."""
    tree = ast.parse(source)
    doors = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kiosk.settings"
        for alias in node.names
        if alias.name in ("load", "build")
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) >= 2 and _is_door(node.func, doors):
            schema = node.args[1]
            found.append(f"{module}:{schema.id if isinstance(schema, ast.Name) else ast.unparse(schema)}")
    return found


def _is_door(func: ast.expr, doors: set[str]) -> bool:
    if isinstance(func, ast.Attribute) and func.attr in ("load", "build"):
        return isinstance(func.value, ast.Name) and func.value.id == "settings"
    return isinstance(func, ast.Name) and func.id in doors


def numbers_without_unit(schema: type, where: str = "") -> list[str]:
    """Numeric fields of a schema, nested tables included, whose name has no unit."""
    found = []
    hints = typing.get_type_hints(schema)
    for field in dataclasses.fields(schema):
        name = f"{where}{field.name}"
        for leaf in _leaves(hints[field.name]):
            if dataclasses.is_dataclass(leaf):
                found += numbers_without_unit(typing.cast(type, leaf), f"{name}.")
            elif leaf in (int, float, Decimal) and not _SUFFIX.search(field.name):
                found.append(name)
    return list(dict.fromkeys(found))


def _leaves(hint: object) -> list[object]:
    """The types inside a hint: of a union, a tuple, a mapping's values."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType, tuple, dict, list):
        return [leaf for part in typing.get_args(hint) for leaf in _leaves(part)]
    return [hint]


def test_every_number_in_a_settings_schema_has_a_unit(root, files):
    wrong = []
    for path in files("kiosk", "edge_agent", "hw", suffixes=(".py",)):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if module == "kiosk.settings":
            continue
        for name in schemas_in(path.read_text(encoding="utf-8"), module):
            if name not in EXEMPT:
                schema = getattr(importlib.import_module(module), name.partition(":")[2])
                wrong += [f"{name}: {field}" for field in numbers_without_unit(schema)]
    assert not wrong, "\n".join(wrong)


def test_every_exempt_schema_still_exists():
    for name in EXEMPT:
        module, _, schema = name.partition(":")
        assert dataclasses.is_dataclass(getattr(importlib.import_module(module), schema))


@dataclass
class _Inner:
    retries: int
    pause_max_s: float


@dataclass
class _Planted:
    timeout: float
    wait_s: float
    size: int | None
    block: tuple[int, int]
    rates: dict[str, Decimal]
    inner: tuple[_Inner, ...]
    lines_max: int
    name: str
    on: bool


def test_planted_numbers_without_a_unit_are_found_at_every_depth():
    assert numbers_without_unit(_Planted) == ["timeout", "size", "rates", "inner.retries"]


@pytest.mark.parametrize(
    "source",
    [
        "from kiosk import settings\nsettings.load(path, Mine)",
        "from kiosk import settings\nsettings.build(tables, Mine, 'x')",
        "from kiosk.settings import load\nload(path, Mine, env)",
        "from kiosk.settings import build as make\nmake(tables, Mine, 'x')",
    ],
)
def test_a_schema_is_found_however_it_is_loaded(source):
    assert schemas_in(source, "kiosk.some") == ["kiosk.some:Mine"]


def test_other_loads_are_none_of_our_business():
    assert schemas_in("import json\njson.load(file, cls)\nload(path, Mine)", "kiosk.some") == []
