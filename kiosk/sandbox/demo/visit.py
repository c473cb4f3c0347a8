"""What became of one visit, read from the journal, and said without a person in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.domain.person import mask_name
from kiosk.journal import Entry
from kiosk.sandbox.persons import BY_ID

STARTED = ("settlement.started", "undo.started")
ENDED = ("settlement.ended", "undo.ended")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One settlement or undo of a visit. Amounts in fen, as committed; empty when nothing was."""

    name: str
    undo: bool
    amounts: dict[str, int]
    outcome: str  # settled, not_settled, handed_over; "" while it is under way
    told: tuple[str, ...]  # money phrases, in their order
    papers: tuple[str, ...]  # that were printed

    def as_json(self) -> dict[str, Any]:
        """For the summary."""
        return {
            "attempt": self.name,
            "kind": "refund" if self.undo else "settlement",
            "amounts": self.amounts,
            "outcome": self.outcome,
            "told": list(self.told),
            "papers": list(self.papers),
        }


def attempts(found: tuple[Entry, ...]) -> tuple[Attempt, ...]:
    """The attempts that began within these entries, oldest first."""
    names = [(e.settlement, e.kind) for e in found if e.kind in STARTED and e.settlement]
    return tuple(
        _attempt(name, [e for e in found if _is_about(e, name)], undo=kind == STARTED[1])
        for name, kind in names
    )


def _is_about(entry: Entry, name: str) -> bool:
    return entry.settlement == name or entry.data.get("attempt") == name


def _attempt(name: str, found: list[Entry], *, undo: bool) -> Attempt:
    amounts: dict[str, int] = {}
    outcome = ""
    told: list[str] = []
    papers: list[str] = []
    for entry in found:
        body = entry.data
        told += [phrase for phrase, _ in body.get("told", ()) if phrase]
        if entry.kind in ENDED:
            outcome = str(body["outcome"])
        elif entry.kind in ("settlement.committed", "undo.committed"):
            amounts = {key: value for key, value in body.items() if key.endswith("_fen")}
        elif entry.kind == "paper.printed" and body["outcome"] == "printed":
            papers.append(str(body["paper"]))
    return Attempt(name, undo, amounts, outcome, tuple(told), tuple(papers))


def masked_person(person: str | None) -> str:
    """A person's name as screens and papers show it; "" when nobody identified themselves."""
    return mask_name(BY_ID[person].name) if person else ""
