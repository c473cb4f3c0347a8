"""How long the terminal keeps what the hospital already has.

The hospital's copy serves the legal periods (two, three, fifteen years by kind of record);
the terminal's copy serves reprints and disputes of the last weeks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from kiosk.journal._entry import Mark


@dataclass(frozen=True, slots=True)
class Retention:
    """Days by kind; `kind_days` takes a whole kind or the part before its first dot.

    The newest entry of each kind in `keep_last_of` stays, however old: counters live in it.
    """

    default_days: int = 30
    kind_days: Mapping[str, int] = field(default_factory=dict)
    keep_last_of: frozenset[str] = frozenset()

    def period(self, kind: str) -> timedelta:
        family = kind.partition(".")[0]
        return timedelta(days=self.kind_days.get(kind, self.kind_days.get(family, self.default_days)))


class Pruned(NamedTuple):
    """What a pruning took away: so many entries, the last of them `through_seq`."""

    entries: int
    through_seq: int


def write_mark(path: Path, mark: Mark) -> None:
    """Leave the collector's acknowledgement where the writer of the journal finds it.

    Replaced as a whole and not synced: an older mark after a power cut only prunes less.
    """
    text = json.dumps({"epoch": mark.epoch, "seq": mark.seq, "hash": mark.hash.hex()})
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(path)


def read_mark(path: Path) -> Mark | None:
    """The acknowledgement that `write_mark` left; None when there is none that can be read."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Mark(str(fields["epoch"]), int(fields["seq"]), bytes.fromhex(fields["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
