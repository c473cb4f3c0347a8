"""Sends one stream, from the first entry the collector does not have, and never forgets one by itself.

Only the collector's acknowledgement moves the mark. What was sent and not acknowledged is sent again:
after each connect, when the collector says that entries are missing, and after a time without progress.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edge_agent import settings
from edge_agent.marks import Marks
from edge_agent.wire import Ack, pack_batch
from kiosk.journal import GENESIS, HeaderUnreadable, JournalError, JournalReader, Mark, read_entry

log = logging.getLogger(__name__)

RESEND_HINTS_EVERY_S = 0.5
"""A collector that misses entries says so for each batch under way; one answer is enough."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a stream stands, for birth, health and tests."""

    stream: str
    epoch: str | None
    acked_seq: int
    sent_seq: int
    head_seq: int
    trouble: str | None


class Uplink:
    """`publish` hands a payload to the broker and returns its mid, or raises ConnectionError."""

    def __init__(
        self,
        stream: str,
        reader: JournalReader,
        marks: Marks,
        limits: settings.Uplink,
        clock: Callable[[], float],
        incident: Callable[[str, dict[str, object]], None],
    ) -> None:
        self.stream = stream
        self._reader = reader
        self._marks = marks
        self._limits = limits
        self._clock = clock
        self._incident = incident
        self._epoch: str | None = None
        self._acked = Mark("", 0, GENESIS)
        self._sent_seq = 0
        self._unconfirmed: set[int] = set()
        self._progress_at = clock()
        self._hinted_at = float("-inf")
        self._resend_after_s = limits.resend_after_s
        self._trouble: str | None = None
        self._diverged: str | None = None  # the epoch in which the collector knows other entries than we do
        self.acked_at: float | None = None

    def fill(self, publish: Callable[[bytes], int]) -> None:
        """Send what the windows admit. Raises ConnectionError."""
        try:
            self._look_which_journal()
            if self._diverged == self._epoch:
                return
            self._resend_if_stuck()
            while len(self._unconfirmed) < self._limits.window_messages:
                room = self._limits.window_entries - (self._sent_seq - self._acked.seq)
                if room <= 0 or not self._send_next(publish, room):
                    break
        except JournalError as exc:
            self._trouble_is(str(exc), type(exc).__name__)
        else:
            self._trouble_is(None, "")

    def reconnected(self) -> None:
        """A new connection: whatever was under way is unknown, so begin after the mark again."""
        self._unconfirmed.clear()
        self._sent_seq = self._acked.seq
        self._progress_at = self._clock()

    def confirmed(self, mid: int) -> None:
        """The broker has a batch; it makes room for the next, and proves nothing else."""
        self._unconfirmed.discard(mid)

    def acknowledged(self, ack: Ack) -> None:
        """The collector's word. An older one, or one for another epoch, changes nothing."""
        if ack.epoch != self._epoch or self._diverged == ack.epoch:
            return
        if not self._is_ours(ack):
            self._diverged = ack.epoch
            log.error("stream %s: the collector knows another entry %d than we do", self.stream, ack.seq)
            self._incident(
                "agent.diverged", {"of_stream": self.stream, "of_epoch": ack.epoch, "seq": ack.seq}
            )
            return
        if ack.seq > self._acked.seq:
            self._move_to(ack.mark)
            self._sent_seq = max(self._sent_seq, ack.seq)
        elif ack.resend and self._clock() - self._hinted_at >= RESEND_HINTS_EVERY_S:
            self._hinted_at = self._clock()
            self._move_to(ack.mark)
            self._sent_seq = ack.seq

    def wait_s(self) -> float:
        """How long nothing needs to be done, if nothing happens."""
        if self._sent_seq > self._acked.seq:
            return max(0.0, self._progress_at + self._resend_after_s - self._clock())
        return self._limits.poll_s

    def progress(self) -> Progress:
        head_seq = 0
        try:
            head = self._reader.head()
            head_seq = 0 if head is None else head.seq
        except JournalError as exc:
            self._trouble_is(str(exc), type(exc).__name__)
        trouble = (
            "diverged" if self._diverged is not None and self._diverged == self._epoch else self._trouble
        )
        return Progress(self.stream, self._epoch, self._acked.seq, self._sent_seq, head_seq, trouble)

    def birth(self) -> dict[str, Any] | None:
        """What the collector needs to begin with this stream; None while it cannot be read."""
        try:
            self._look_which_journal()
            start, head = self._reader.start(), self._reader.head()
        except JournalError as exc:
            self._trouble_is(str(exc), type(exc).__name__)
            return None
        return {
            "stream": self.stream,
            "epoch": self._epoch,
            "first_seq": start.first_seq,
            "first_prev": None if start.prev is None else start.prev.hex(),
            "head_seq": 0 if head is None else head.seq,
            "head_hash": (GENESIS if head is None else head.hash).hex(),
            "acked_seq": self._acked.seq,
        }

    def oldest_unacked_age_s(self, now: datetime | None = None) -> float | None:
        """Age of the oldest entry the collector does not have; None when it has all."""
        try:
            row = next(iter(self._reader.after(self._acked.seq, entries_max=1, bytes_max=1)), None)
            if row is None:
                return None
            return max(0.0, ((now or datetime.now(UTC)) - read_entry(row).when).total_seconds())
        except (JournalError, HeaderUnreadable):
            return None

    # Inside

    def _look_which_journal(self) -> None:
        """Begin after the mark when another journal lies there now."""
        epoch = self._reader.identity().epoch
        if epoch != self._epoch:
            if self._epoch is not None:
                log.warning("stream %s: another journal, epoch %s after %s", self.stream, epoch, self._epoch)
                fields: dict[str, object] = {"of_stream": self.stream, "old": self._epoch, "new": epoch}
                self._incident("agent.journal_replaced", fields)
            self._epoch = epoch
            self._acked = self._marks.acked(self.stream, epoch) or Mark(epoch, 0, GENESIS)
            self.reconnected()

    def _send_next(self, publish: Callable[[bytes], int], room: int) -> bool:
        rows = self._reader.after(
            self._sent_seq,
            entries_max=min(room, self._limits.batch_entries_max),
            bytes_max=self._limits.batch_max_bytes,
        )
        if not rows:
            return False
        if self._sent_seq == self._acked.seq:
            self._progress_at = self._clock()
        self._unconfirmed.add(publish(pack_batch(rows)))
        self._sent_seq = rows[-1].seq
        return True

    def _resend_if_stuck(self) -> None:
        now = self._clock()
        if self._sent_seq > self._acked.seq and now - self._progress_at >= self._resend_after_s:
            self._sent_seq = self._acked.seq
            self._unconfirmed.clear()
            self._progress_at = now
            self._resend_after_s = min(2 * self._resend_after_s, self._limits.resend_max_s)

    def _is_ours(self, ack: Ack) -> bool:
        """Whether the acknowledged entry is the one in our journal. A pruned one cannot be told any more."""
        try:
            row = self._reader.row(ack.seq)
            if row is not None:
                return row.hash == ack.hash
            return ack.seq < self._reader.start().first_seq
        except JournalError as exc:
            self._trouble_is(str(exc), type(exc).__name__)
            return True

    def _move_to(self, mark: Mark) -> None:
        self._acked = mark
        self._marks.keep(self.stream, mark)
        self._progress_at = self.acked_at = self._clock()
        self._resend_after_s = self._limits.resend_after_s

    def _trouble_is(self, trouble: str | None, kind: str) -> None:
        """Logged once when it comes and once when it goes."""
        if trouble is not None and self._trouble is None:
            log.warning("stream %s: %s", self.stream, trouble)
            if kind == "JournalDamaged":
                self._incident("agent.journal_damaged", {"of_stream": self.stream})
        elif trouble is None and self._trouble is not None:
            log.info("stream %s: readable again", self.stream)
        self._trouble = trouble
