"""Message ids from the journal: none is ever used twice, also not after a crash or a clock set back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from kiosk.insurance.msgid import MsgidClock
from kiosk.journal import Entry, Journal

_CHUNK_ENTRIES = 500

ASKED = "agency.asked"
"""A message outside an attempt: sign-in, person, entitlement."""


class Msgids:
    """Gives the next msgid. Those of attempts are journalled with their step, the others here."""

    def __init__(self, journal: Journal, clock: MsgidClock, now: Callable[[], dt.datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._now = now
        self._last = _last_used(journal)

    def take(self) -> str:
        """The next id, for a message that the caller journals before it is sent."""
        self._last = self._clock.next(self._now(), self._last)
        return self._last

    def take_for(self, infno: str) -> str:
        """The next id, journalled here: for a question outside an attempt."""
        msgid = self.take()
        self._journal.append(ASKED, {"infno": infno, "msgid": msgid})
        return msgid


def _last_used(journal: Journal) -> str | None:
    """The newest id, looked for from the end: ids only grow, so the last entries hold the greatest."""
    end = journal.head.seq if journal.head else 0
    while end > 0:
        start = max(end - _CHUNK_ENTRIES, 0)
        used = [msgid for entry in journal.entries(after_seq=start) for msgid in _ids(entry)]
        if used:
            return max(used, key=lambda msgid: msgid[12:])  # behind the institution: time, then counter
        end = start
    return None


def _ids(entry: Entry) -> list[str]:
    body = entry.data
    ids = [str(note["msgid"]) for note in body.get("sent", ()) if "msgid" in note]
    return [*ids, str(body["msgid"])] if "msgid" in body else ids
