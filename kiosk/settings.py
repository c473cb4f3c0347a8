"""Configuration: TOML read into frozen dataclasses, checked once at start.

An unknown key, a missing key or a value of the wrong type stops the start, and
the message names the file and the key. `KIOSK__SECTION__KEY` in the environment
overrides a single key. A schema is a dataclass; nested dataclasses are tables;
a default makes a key optional.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_PREFIX = "KIOSK__"
_MAX_FILE_BYTES = 1 << 20


class SettingsError(Exception):
    """A configuration that may not be used. The text is for the operator and names file and key."""


def load(path: Path, schema: type[T], env: Mapping[str, str] | None = None) -> T:
    """Read `path` into `schema`. Raises SettingsError."""
    return build(read_toml(path), schema, str(path), env)


def read_toml(path: Path) -> dict[str, Any]:
    """The file as tables. Raises SettingsError when it is missing, too large or not TOML."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise SettingsError(f"{path}: larger than {_MAX_FILE_BYTES} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror or exc}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path}: not TOML: {exc}") from exc


def build(tables: dict[str, Any], schema: type[T], source: str, env: Mapping[str, str] | None = None) -> T:
    """Check `tables` against `schema`, environment overrides applied. Raises SettingsError."""
    if env is None:
        env = os.environ
    tables = _overridden(tables, schema, source, env)
    return typing.cast(T, _table(tables, schema, source, ""))


def _overridden(
    tables: dict[str, Any], schema: type[Any], source: str, env: Mapping[str, str]
) -> dict[str, Any]:
    tables = {key: dict(value) if isinstance(value, dict) else value for key, value in tables.items()}
    sections = {field.name for field in dataclasses.fields(schema)}
    for name, text in env.items():
        if not name.startswith(_PREFIX):
            continue
        path = name[len(_PREFIX) :].lower().split("__")
        if path[0] not in sections:
            continue  # another program's section: the environment is shared
        table: Any = tables
        for part in path[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise SettingsError(f"{source}: {name}: {part} is not a table")
        table[path[-1]] = _override_value(text)
    return tables


def _override_value(text: str) -> Any:
    """A TOML value where it is one (`5`, `true`, `[1, 2]`), else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _table(raw: Any, schema: type[Any], source: str, where: str) -> Any:
    if not isinstance(raw, dict):
        raise SettingsError(f"{source}: {where or 'file'}: a table is needed")
    hints = typing.get_type_hints(schema)
    fields = {field.name: field for field in dataclasses.fields(schema)}
    for key in raw:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise SettingsError(f"{source}: {_place(where)}{key}: unknown key{hint}")
    values = {}
    for name, field in fields.items():
        if name in raw:
            values[name] = _value(raw[name], hints[name], source, f"{where}.{name}" if where else name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise SettingsError(f"{source}: {_place(where)}{name}: missing")
    try:
        return schema(**values)
    except ValueError as exc:  # a schema's own __post_init__ rule
        raise SettingsError(f"{source}: {_place(where)}{exc}") from exc


def _place(where: str) -> str:
    return f"[{where}] " if where else ""


def _value(raw: Any, hint: Any, source: str, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not type(None)]
        return _value(raw, options[0], source, where)
    if origin is typing.Literal:
        allowed = typing.get_args(hint)
        if raw not in allowed:
            raise SettingsError(f"{source}: {where}: one of {', '.join(map(str, allowed))} is needed")
        return raw
    if origin is tuple:
        return _tuple(raw, typing.get_args(hint), source, where)
    if origin is dict:
        return _mapping(raw, typing.get_args(hint)[1], source, where)
    if dataclasses.is_dataclass(hint):
        return _table(raw, typing.cast(type[Any], hint), source, where)
    return _scalar(raw, hint, source, where)


def _tuple(raw: Any, hints: tuple[Any, ...], source: str, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise SettingsError(f"{source}: {where}: a list is needed")
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(raw)
    if len(raw) != len(hints):
        raise SettingsError(f"{source}: {where}: {len(hints)} values are needed")
    pairs = enumerate(zip(raw, hints, strict=True))
    return tuple(_value(item, hint, source, f"{where}[{i}]") for i, (item, hint) in pairs)


def _mapping(raw: Any, hint: Any, source: str, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise SettingsError(f"{source}: {where}: a table is needed")
    return {key: _value(item, hint, source, f"{where}.{key}") for key, item in raw.items()}


def _scalar(raw: Any, hint: Any, source: str, where: str) -> Any:
    """One value. `float` takes whole numbers too; `Decimal` and `Path` take text; bool is no number."""
    if hint is Any:
        return raw
    if hint is Decimal:
        try:
            return Decimal(raw) if isinstance(raw, str) else _wrong(source, where, "a decimal in quotes")
        except InvalidOperation:
            return _wrong(source, where, "a decimal in quotes")
    if hint is Path:
        return Path(raw) if isinstance(raw, str) else _wrong(source, where, "a path in quotes")
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(raw)
        except ValueError:
            return _wrong(source, where, "one of " + ", ".join(str(m.value) for m in hint))
    if hint is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    names = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    if not isinstance(raw, hint) or (isinstance(raw, bool) and hint is not bool):
        return _wrong(source, where, names.get(hint, str(hint)))
    return raw


def _wrong(source: str, where: str, wanted: str) -> typing.NoReturn:
    raise SettingsError(f"{source}: {where}: {wanted} is needed")
