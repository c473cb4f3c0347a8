"""What the books say of one visit, against what its scenario says that they must say."""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.money import yuan_text
from kiosk.sandbox.demo import books, visit
from kiosk.sandbox.demo.steps import Fact
from kiosk.sandbox.demo.table import Table


class Auditor:
    """Looks at journal, hospital and wallet for what began after `first_seq` of the journal."""

    def __init__(self, journal: Path, table: Table, first_seq: int) -> None:
        self._journal = journal
        self._table = table
        self._first_seq = first_seq

    def attempts(self) -> tuple[visit.Attempt, ...]:
        """The visit's attempts as they stand. Raises JournalError."""
        return visit.attempts(books.entries(self._journal, self._first_seq))

    def ended(self, outcome: str, *, undo: bool) -> tuple[visit.Attempt, ...]:
        """Those that have ended so."""
        return tuple(a for a in self.attempts() if a.undo is undo and a.outcome == outcome)

    def against(self, fact: Fact) -> str:
        """What the books say against a fact; "" when it is so. Raises JournalError, TableError."""
        attempts = self.attempts()
        match fact.name:
            case "settled once":
                return self._once(fact.name, attempts)
            case "refunded once":
                return self._once(fact.name, attempts)
            case "not settled":
                return "" if all(a.outcome == "not_settled" for a in attempts if not a.undo) else "it was"
            case "nothing begun":
                return "" if not attempts else f"{len(attempts)} attempts"
            case "ledgers agree":
                return "; ".join(books.money_agrees(self._journal, self._table))
            case "paid" | "returned":
                return self._phone(fact, attempts)
            case "told":
                told = [phrase for a in attempts for phrase in a.told]
                return "" if fact.value in told else f"told was {', '.join(told) or 'nothing'}"
            case "printed":
                papers = [paper for a in attempts for paper in a.papers]
                return "" if fact.value in papers else f"printed was {', '.join(papers) or 'nothing'}"
        raise AssertionError(f"{fact} is no fact of the books")

    def _once(self, name: str, attempts: tuple[visit.Attempt, ...]) -> str:
        """Exactly one attempt of the visit is booked so, here and at the HIS."""
        undo = name == "refunded once"
        done = [a for a in attempts if a.undo is undo and a.outcome == "settled"]
        if len(done) != 1:
            return f"{len(done)} times in the journal"
        kind = "refund" if undo else "settle"
        settled = {a.name for a in attempts if not a.undo}
        rows = [r for r in self._table.ledgers()["his"] if r["kind"] == kind and r["attempt"] in settled]
        return "" if len(rows) == 1 else f"{len(rows)} times at the hospital"

    def _phone(self, fact: Fact, attempts: tuple[visit.Attempt, ...]) -> str:
        """What the phone paid in this visit, or got back."""
        names = {a.name for a in attempts}
        states = ("paid", "refunded") if fact.name == "paid" else ("refunded",)
        orders = [o for o in self._table.orders() if o["order"] in names and o["state"] in states]
        amount_fen = sum(order["amount_fen"] for order in orders)
        return "" if amount_fen == fact.value else f"it was {yuan_text(amount_fen)}"
