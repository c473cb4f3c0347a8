"""The result of a demo: `summary.json`, and the same in a few lines for a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.domain.money import yuan_text
from kiosk.sandbox.demo import visit
from kiosk.sandbox.demo.books import NAMES, Books, disagreements
from kiosk.sandbox.demo.folder import Folder
from kiosk.sandbox.demo.play import Played


@dataclass(frozen=True, slots=True)
class Summary:
    """All of one run. Without a driver there are no visits, only what the journal says."""

    folder: Folder
    played: Sequence[Played]
    attempts: Sequence[visit.Attempt]
    books: Books
    trouble: str
    took_s: float

    @property
    def ok(self) -> bool:
        """Every step held and all money, journal and collector sums agree."""
        return not self.trouble and all(not one.failure for one in self.played) and self.books.equal

    def as_json(self) -> dict[str, Any]:
        """The content of `summary.json`. Amounts in fen, persons masked."""
        return {
            "ok": self.ok,
            "equal": self.books.equal,
            "trouble": self.trouble,
            "visits": [one.as_json() for one in self.played],
            "attempts": [attempt.as_json() for attempt in self.attempts],
            "sums": self.books.by_name(),
            "disagreements": list(disagreements(self.books.by_name())),
            "collector_has_all": self.books.collector_has_all,
            "journal_chain_whole": self.books.chain_whole,
            "screens": list(dict.fromkeys(name for one in self.played for name in one.screens)),
            "shots": sorted(path.name for path in self.folder.shots.glob("*.png")),
            "receipts": sorted(path.name for path in self.folder.receipts.glob("*.pdf")),
            "took_s": round(self.took_s, 1),
        }

    def write(self) -> None:
        """Put it into the folder."""
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
        self.folder.summary.write_text(text + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """For a person."""
        found = [self.trouble] if self.trouble else []
        if self.books.equal:
            sums = self.books.journal
            words = ("total", "fund", "account", "phone", "hospital")
            parts = (f"{word} {yuan_text(sums[name])}" for word, name in zip(words, NAMES, strict=True))
            found.append(f"journal, agency, wallet, HIS and collector agree: {', '.join(parts)}")
        else:
            found += [f"ledgers differ: {line}" for line in disagreements(self.books.by_name())]
            if not self.books.collector_has_all:
                found.append("the collector does not have the whole journal")
            if not self.books.chain_whole:
                found.append("the journal's chain is broken")
        shots = len(list(self.folder.shots.glob("*.png")))
        papers = len(list(self.folder.receipts.glob("*.pdf")))
        found.append(f"{self.folder.summary}; {shots} screens in shots/, {papers} papers in receipts/")
        return found


def played_line(played: Played, took_s: float) -> str:
    """One visit in one line."""
    name = f"{played.scenario.name:<18}"
    if played.failure:
        return f"{name} FAILED  {played.failure}"
    done = []
    for attempt in played.attempts:
        if not attempt.amounts:
            done.append(attempt.outcome)
            continue
        verb = "given back" if attempt.undo else "settled"
        cash, total = attempt.amounts["cash_fen"], attempt.amounts["total_fen"]
        done.append(f"{verb} {yuan_text(total)}, by phone {yuan_text(cash)}")
    person = visit.masked_person(played.scenario.person.id) if played.scenario.person else "nobody known"
    return f"{name} {person}: {'; '.join(done) or 'nothing to settle'} ({took_s:.0f} s)"
