"""The tables in the documents that repeat the program: commands, settings, codes.

Each stands between two markers and is made from the program itself. In the tables of
settings the last column is a person's: it is kept, and a new key waits there for words.

python tests/checks/document_tables.py [--check]
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Maker: TypeAlias = Callable[[str], list[str]]
"""Makes the lines of a table; takes the old table, for the column that a person wrote."""

_UNITS = {"s": "seconds", "px": "pixels", "bytes": "bytes"}
_HEADS = {
    "en": "| key | value | default | meaning |",
    "zh": "| 配置项 | 取值 | 默认值 | 含义 |",
}
_CHINESE = {
    "seconds": "秒",
    "pixels": "像素",
    "bytes": "字节",
    "text": "文本",
    "whole number": "整数",
    "number": "数值",
    "true or false": "true 或 false",
    "path": "路径",
    "none": "无",
    "table of decimals in quotes": "小数表（加引号）",
    "table of texts": "文本表",
    "or": "或",
    "**needed**": "**必填**",
    "list of {} whole numbers": "{} 个整数",
}
"""The words of the made columns; what is not here is a name or a value and stays as it is."""
_ROW = re.compile(r"\| `([^`]+)` \|(.*)\|$")
_CODE = re.compile(r"[A-Z]{2}-\d\d")


# Commands


def commands(program: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """(usage, what it does) of every command of a program, groups opened."""
    groups = [a for a in program._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield _usage(program), program.description or ""
    for group in groups:
        for one in group.choices.values():
            yield from commands(one)


def _usage(one: argparse.ArgumentParser) -> str:
    one.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=10_000)
    return one.format_usage().removeprefix("usage: ").replace(" [-h]", "").replace("|", "\\|").strip()


def command_table(program: Callable[[], argparse.ArgumentParser]) -> Maker:
    """Usage and purpose, one row a command."""

    def make(_: str) -> list[str]:
        rows = [f"| `{usage}` | {does.rstrip('.')} |" for usage, does in commands(program())]
        return ["| command | does |", "|---|---|", *rows]

    return make


def _kiosk() -> argparse.ArgumentParser:
    from kiosk.cli import parser

    return parser()


def _edge_agent() -> argparse.ArgumentParser:
    from edge_agent.cli import parser

    return parser()


# Settings


def settings(schema: type[Any], where: str = "", language: str = "en") -> Iterator[tuple[str, str, str]]:
    """(`[section] key`, kind of value, default) of every key of a schema, in its order."""
    hints = typing.get_type_hints(schema)
    for field in dataclasses.fields(schema):
        hint = _without_none(hints[field.name])
        if dataclasses.is_dataclass(hint):
            yield from settings(typing.cast(type[Any], hint), field.name, language)
            continue
        key = f"[{where}] {field.name}" if where else field.name
        yield key, _kind(hint, field.name, language), _said(_default(field), language)


def _said(words: str, language: str) -> str:
    return _CHINESE.get(words, words) if language == "zh" else words


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(option for option in typing.get_args(hint) if option is not type(None))
    return hint


def _kind(hint: Any, name: str, language: str) -> str:
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return f" {_said('or', language)} ".join(f"`{option!s}`" for option in options)
    if origin is tuple:
        return _said("list of {} whole numbers", language).format(len(options))
    if origin is dict:
        return _said("table of decimals in quotes" if options[1] is Decimal else "table of texts", language)
    kind = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}[hint]
    unit = _UNITS.get(name.rpartition("_")[2])
    if not unit or hint not in (int, float):
        return _said(kind, language)
    comma = "，" if language == "zh" else ", "
    return f"{_said(kind, language)}{comma}{_said(unit, language)}"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return "none" if not field.default_factory() else str(field.default_factory())
    if field.default is dataclasses.MISSING:
        return "**needed**"
    match field.default:
        case None | "":
            return "none"
        case bool():
            return "`true`" if field.default else "`false`"
        case _:
            return f"`{field.default}`"


def settings_table(schema: Callable[[], type[Any]], language: str = "en") -> Maker:
    """Key, kind, default from the schema; the meaning from the old table. Languages: en, zh."""

    def make(old: str) -> list[str]:
        said = meanings(old)
        rows = [
            f"| `{key}` | {kind} | {default} | {said.get(key, '')} |"
            for key, kind, default in settings(schema(), language=language)
        ]
        return [_HEADS[language], "|---|---|---|---|", *rows]

    return make


def meanings(table: str) -> dict[str, str]:
    """The last column of a table of settings, by key."""
    rows = (_ROW.fullmatch(line) for line in table.splitlines())
    return {row[1]: row[2].rpartition("|")[2].strip() for row in rows if row}


def _schema(module: str, name: str) -> Callable[[], type[Any]]:
    def find() -> type[Any]:
        found: type[Any] = getattr(__import__(module, fromlist=[name]), name)
        return found

    return find


# Codes


def _codes_table(_: str) -> list[str]:
    """The codes that the program names, when they come, and what the patient reads."""
    from kiosk.journeys.texts import shipped

    rows = [
        f"| {code} | {row.when} | {row.text.zh} | {row.text.en} |"
        for code, row in shipped().codes.items()
        if code in codes_of_the_program()
    ]
    return ["| code | when | the patient reads | in English |", "|---|---|---|---|", *rows]


def _codes_table_zh(_: str) -> list[str]:
    """The same in Chinese; when a code comes, its text says."""
    from kiosk.journeys.texts import shipped

    rows = [
        f"| {code} | {row.text.zh} | {row.text.en} |"
        for code, row in shipped().codes.items()
        if code in codes_of_the_program()
    ]
    return ["| 代码 | 患者看到的文字 | 英文界面 |", "|---|---|---|", *rows]


@functools.cache
def codes_of_the_program() -> frozenset[str]:
    """Codes that stand as texts in the product's own modules; samples of screens do not count."""
    found = set()
    for path in sorted((ROOT / "kiosk").rglob("*.py")):
        inside = path.relative_to(ROOT / "kiosk")
        if inside.parts[0] in ("sandbox", "simulate") or inside.as_posix() == "ui/samples.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                found.add(node.value)
    return frozenset(found)


# Pages

_SETTINGS = {
    "settings of kiosk run": _schema("kiosk.config", "KioskConfig"),
    "settings of edge-agent run": _schema("edge_agent.settings", "AgentSettings"),
    "settings of edge-agent collect": _schema("edge_agent.settings", "CollectorSettings"),
    "settings of kiosk sandbox": _schema("kiosk.sandbox.config", "SandboxConfig"),
}

PAGES: dict[str, dict[str, Maker]] = {
    "README.md": {
        "commands of kiosk": command_table(_kiosk),
        "commands of edge-agent": command_table(_edge_agent),
    },
    "docs/operating.md": {
        **{name: settings_table(schema) for name, schema in _SETTINGS.items()},
        "codes": _codes_table,
    },
    "docs/zh/operating.md": {
        **{name: settings_table(schema, "zh") for name, schema in _SETTINGS.items()},
        "codes": _codes_table_zh,
    },
}
"""Which page holds which tables."""


def made(page: str, tables: dict[str, Maker]) -> str:
    """The page with its tables made anew. Raises ValueError when a marker is missing."""
    for name, make in tables.items():
        begin, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        before, found, rest = page.partition(begin + "\n")
        old, found_end, after = rest.partition(end)
        if not found or not found_end:
            raise ValueError(f"no markers for {name}")
        page = "\n".join([before + begin, *make(old), end]) + after
    return page


def undescribed(page: str) -> list[str]:
    """Keys of settings that nobody has put into words yet."""
    return [key for key, said in meanings(page).items() if not said]


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with --check tell which are out of date; exit 0 done, 1 failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    failed = False
    for name, tables in PAGES.items():
        page = (ROOT / name).read_text(encoding="utf-8")
        fresh = made(page, tables)
        for key in undescribed(fresh):
            print(f"{name}: `{key}` has no meaning yet", file=sys.stderr)
            failed = True
        if options.check and fresh != page:
            print(f"{name}: out of date; run python tests/checks/document_tables.py", file=sys.stderr)
            failed = True
        if not options.check:
            (ROOT / name).write_text(fresh, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
