"""Sets keys in the text of a settings file, and leaves every other line as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_TABLE = re.compile(r"\s*\[([A-Za-z0-9_.-]+)\]\s*(?:#.*)?$")


def toml_with(text: str, settings: Mapping[str, Mapping[str, str | int | bool]]) -> str:
    """`text` with `settings` (section, key, value) in it. Raises ValueError when the result does not say so.

    Sections and keys that are not there yet are added. A key that goes over several lines is not understood.
    """
    lines = text.splitlines()
    for section, keys in settings.items():
        for key, value in keys.items():
            _set(lines, section, key, json.dumps(value, ensure_ascii=False))
    new = "\n".join(lines) + "\n"
    _check(new, settings)
    return new


def _set(lines: list[str], section: str, key: str, value: str) -> None:
    start = _find(lines, section)
    if start is None:
        lines += ["", f"[{section}]"]
        start = len(lines) - 1
    end = start + 1
    while end < len(lines) and not _TABLE.match(lines[end]):
        found = _KEY.match(lines[end])
        if found and found[1] == key:
            lines[end] = f"{key} = {value}"
            return
        end += 1
    lines.insert(start + 1, f"{key} = {value}")


def _find(lines: list[str], section: str) -> int | None:
    for number, line in enumerate(lines):
        found = _TABLE.match(line)
        if found and found[1] == section:
            return number
    return None


def _check(text: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
    said = tomllib.loads(text)
    for section, keys in settings.items():
        for key, value in keys.items():
            if said[section][key] != value:
                raise ValueError(f"[{section}] {key} could not be set")


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {"toml_with": toml_with}
