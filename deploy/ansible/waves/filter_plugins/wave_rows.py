"""One row of the report for each terminal, from what the plays noted of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def wave_rows(terminals: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with name, wave, before, after, outcome, why, heard, and all of it as one line."""
    return [_row(terminal) for terminal in terminals]


def _row(terminal: Mapping[str, Any]) -> dict[str, Any]:
    before = terminal.get("release_status") or {}
    after = terminal.get("wave_after") or {}
    reached = bool(terminal.get("wave_reached"))
    needed = bool(terminal.get("wave_needed"))
    outcome = terminal.get("wave_outcome") or (
        "unchanged" if reached and not needed else "waiting" if reached else "offline"
    )
    why = terminal.get("wave_why") or ""
    if outcome == "lost" and after.get("last"):
        why = why or f"{after['last'].get('release') or 'settings'}: {after['last'].get('why')}"
    heard = terminal.get("wave_heard")
    row = {
        "terminal": terminal["inventory_hostname"],
        "wave": terminal.get("wave_name"),
        "before": before.get("good"),
        "after": after.get("current"),
        "outcome": outcome,
        "why": why,
        "heard": heard,
    }
    shown = [
        row["terminal"],
        row["wave"] or "-",
        f"{row['before'] or '?'} -> {row['after'] or '?'}",
        outcome,
        heard if heard and heard != why else "",
        why,
    ]
    return row | {"line": "  ".join(word for word in shown if word)}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {"wave_rows": wave_rows}
