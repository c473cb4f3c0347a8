"""The table of operations, enforced: what may not go out twice does not go out twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kiosk.settlement.operations import OPERATIONS, Op, Repeat


class DisciplineError(AssertionError):
    """Our own code is about to send something twice, or the same key with another content."""


class Discipline:
    """What one attempt has announced in the journal. Made from its entries, so a restart forgets nothing."""

    def __init__(self) -> None:
        self._announced: dict[Op, list[str]] = {}
        self._sent: dict[Op, int] = {}

    def announced(self, bodies: Iterable[Mapping[str, Any]], *, by_this_process: bool = True) -> None:
        """Take note of the `sent` lists of journal entries.

        Raises DisciplineError when they would repeat what is sent once, or change what is keyed. What an
        earlier process announced counts as sent: nobody knows that it was not.
        """
        for note in (note for body in bodies for note in body.get("sent", ())):
            op = Op(note["op"])
            digests = self._announced.setdefault(op, [])
            if digests and OPERATIONS[op] is Repeat.NEVER:
                raise DisciplineError(f"{op} is sent once")
            if digests and OPERATIONS[op] is Repeat.KEYED and digests[0] != note["digest"]:
                raise DisciplineError(f"{op} again with another content")
            digests.append(note["digest"])
            if not by_this_process:
                self._sent[op] = len(digests)

    def leave(self, op: Op) -> None:
        """Called with the first byte about to leave. Raises DisciplineError when it was not announced."""
        sent = self._sent.get(op, 0)
        if sent >= len(self._announced.get(op, ())):
            raise DisciplineError(f"{op} is not in the journal")
        self._sent[op] = sent + 1
