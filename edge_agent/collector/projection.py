"""What a journal entry means for the list of transactions.

Kinds are `settlement.<event>` and `undo.<event>`. Amounts stand in the entry that makes them true; those of
an undo count negative, so that the list adds up.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from edge_agent.collector.store import AMOUNTS
from kiosk.journal import Entry

SETTLEMENT, UNDO = "settlement.", "undo."
BOOKED = ("settlement.settled", "settlement.committed", "undo.committed")
ENDED = ("settlement.ended", "undo.ended")


class Poison(ValueError):
    """An entry in its right place whose content cannot be used. It is kept, and the stream goes on."""


class Change(NamedTuple):
    """What an entry tells of its settlement beyond having happened."""

    amounts: dict[str, int]
    outcome: str | None


def change_of(entry: Entry) -> Change | None:
    """The change an entry makes to its transaction; None when it is about none. Raises Poison."""
    try:
        body = json.loads(entry.body)
    except (ValueError, RecursionError) as exc:
        raise Poison(f"body is not JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise Poison("body is not a JSON object")
    if not entry.kind.startswith((SETTLEMENT, UNDO)):
        return None
    if entry.settlement is None:
        raise Poison(f"{entry.kind} names no settlement")
    amounts = _amounts(body) if entry.kind in BOOKED else {}
    if entry.kind.startswith(UNDO):
        amounts = {name: -value for name, value in amounts.items()}
    outcome = body.get("outcome") if entry.kind in ENDED else None
    if outcome is not None and not isinstance(outcome, str):
        raise Poison("outcome is not text")
    return Change(amounts, outcome)


def _amounts(body: dict[str, Any]) -> dict[str, int]:
    amounts = {name: body[name] for name in AMOUNTS if body.get(name) is not None}
    for name, value in amounts.items():
        if type(value) is not int or abs(value) >= 2**53:
            raise Poison(f"{name} is not integer fen")
    return amounts
