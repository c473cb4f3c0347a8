"""`msgid`: institution code (12) + time (14) + counter (4), exactly 30 characters.

The only name a message has at the agency: 2601 asks for it and a settlement echoes it. Terminals of one
institution own disjoint blocks of the counter. The last one used lies in the journal with each attempt;
from it and the clock the next follows, so a restart or a clock set back can never make one twice.
Source: insurance interface, §1.1 and §9.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_TIME = "%Y%m%d%H%M%S"
_CODE_CHARS, _TIME_CHARS, _COUNTER_CHARS = 12, 14, 4
MSGID_CHARS = _CODE_CHARS + _TIME_CHARS + _COUNTER_CHARS


class MsgidError(ValueError):
    """A block, an institution code or a last msgid that cannot be right."""


@dataclass(frozen=True, slots=True)
class MsgidClock:
    """Makes this terminal's message ids.

    `block` is the first and the last number of the counter that are ours alone; `zone` is the area's.
    """

    institution: str
    block: tuple[int, int]
    zone: dt.tzinfo

    def __post_init__(self) -> None:
        first, last = self.block
        if len(self.institution) != _CODE_CHARS or not self.institution.isascii():
            raise MsgidError(f"institution code: {_CODE_CHARS} characters are needed")
        if not 0 <= first <= last < 10**_COUNTER_CHARS:
            raise MsgidError(f"msgid_block [{first}, {last}]: two rising numbers from 0 to 9999 are needed")

    def next(self, now: dt.datetime, last: str | None) -> str:
        """The id after `last`, whatever the clock says. A second whose block is used up lends from the next.

        Args:
            now: the wall clock, with its zone.
            last: the id used before this one, None for a terminal's very first.

        Raises:
            MsgidError: `last` is no id of this institution.
        """
        local = now.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
        first, highest = self.block
        if last is None:
            return self._text(local, first)
        used, counter = self._parts(last)
        if local > used:
            return self._text(local, first)
        if first <= counter < highest:
            return self._text(used, counter + 1)
        return self._text(used + dt.timedelta(seconds=1), first)

    def _text(self, time: dt.datetime, counter: int) -> str:
        return f"{self.institution}{time.strftime(_TIME)}{counter:0{_COUNTER_CHARS}d}"

    def _parts(self, msgid: str) -> tuple[dt.datetime, int]:
        head = _CODE_CHARS + _TIME_CHARS
        if len(msgid) != MSGID_CHARS or msgid[:_CODE_CHARS] != self.institution:
            raise MsgidError("the last msgid is not of this institution")
        try:
            return dt.datetime.strptime(msgid[_CODE_CHARS:head], _TIME), int(msgid[head:])
        except ValueError as exc:
            raise MsgidError("the last msgid holds no time and counter") from exc
