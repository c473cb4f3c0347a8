"""What the hospital has heard of each terminal: its release, whether it delivers, and what is wrong with it.

A terminal may find itself well and reach nobody. This is the other end's word; releases are judged by it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from edge_agent.collector.store import Store

FAULTS_MAX = 20
"""Of one terminal in one report; what is more is told by the reports of gaps and quarantine."""


def heard(store: Store) -> list[dict[str, Any]]:
    """One row a terminal. Raises DatabaseFailure.

    `release`, `birth_at`: of its newest birth, and when that was heard first. `acked_seq`, `acked_at`: the
    newest entry acknowledged to it, of `acked_stream`. `missing_entries`: those that it had at its birth and
    that are not here; None without a birth. `faults`: in words, oldest first. Times are the collector's.
    """
    streams = _by_device(store.streams())
    faults = _faults(store)
    return [_row(device, streams[device["device"]], faults[device["device"]]) for device in store.devices()]


def _row(device: Mapping[str, Any], streams: list[Mapping[str, Any]], faults: list[str]) -> dict[str, Any]:
    birth = _object(device["birth"])
    newest = max(
        (each for each in streams if each["watermark_at"] is not None),
        key=lambda each: str(each["watermark_at"]),
        default={},
    )
    return {
        "device": device["device"],
        "online": None if device["online"] is None else bool(device["online"]),
        "last_seen": device["last_seen"],
        "release": _text(birth.get("release")),
        "birth_at": device["birth_at"],
        "acked_stream": newest.get("stream"),
        "acked_seq": newest.get("watermark"),
        "acked_at": newest.get("watermark_at"),
        "missing_entries": None if not birth else _missing(birth, streams),
        "faults": [*faults, *_held(streams), *_own_troubles(device)][:FAULTS_MAX],
    }


def _missing(birth: Mapping[str, Any], streams: Iterable[Mapping[str, Any]]) -> int:
    here = {each["epoch"]: int(each["watermark"]) for each in streams}
    missing = 0
    for each in _objects(birth.get("streams")):
        head = each.get("head_seq")
        if type(head) is int:
            missing += max(0, head - here.get(each.get("epoch"), 0))
    return missing


def _faults(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for gap in store.gaps():
        text = f"entries {gap['first_seq']} to {gap['last_seq']} will not come: {gap['reason']}"
        found[gap["device"]].append(text)
    for useless in store.of_no_use():
        found[useless["device"]].append(f"{useless['count']} {useless['what']}")
    for incident in store.incidents():
        found[incident["device"]].append(f"{incident['kind']} at {incident['at']}")
    return found


def _held(streams: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"{each['stream']} held: {each['held_reason']}" for each in streams if each["held_reason"]]


def _own_troubles(device: Mapping[str, Any]) -> list[str]:
    """What it said of its streams in its last report of health."""
    reports = _objects(_object(device["health"]).get("streams"))
    return [f"{each.get('stream')}: {each['trouble']}" for each in reports if each.get("trouble")]


def _by_device(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["device"]].append(row)
    return found


def _object(text: str | None) -> Mapping[str, Any]:
    """A terminal's message is kept as it came, so it may be of any shape."""
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
