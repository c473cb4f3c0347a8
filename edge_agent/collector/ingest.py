"""What an arriving message means. Everything a batch of messages changes is one commit.

A stream moves only along its chain: the next entry must hash onto the last one. An entry that comes too
early is not kept but asked for in order; one that comes again is ignored; one that contradicts what is known
holds the stream until a person has looked. What cannot be read at all goes to quarantine and never blocks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from edge_agent.collector.projection import Poison, change_of
from edge_agent.collector.store import Store, Stream, utc_text
from edge_agent.wire import Ack, Frame, WireError, split_topic, unpack_batch, unpack_note
from kiosk.journal import Entry, HeaderUnreadable, Row, entry_hash, read_entry

log = logging.getLogger(__name__)

SEQ_MAX = 2**62


class Message(NamedTuple):
    topic: str
    payload: bytes


class Reply(NamedTuple):
    """An acknowledgement and the device it is for."""

    site: str
    device: str
    ack: Ack


class Ingest:
    """`take` returns after the commit; only then may messages be confirmed and replies sent."""

    def __init__(self, store: Store, root: str, terminals_max: int, quarantine_rows_max: int) -> None:
        self._store = store
        self._root = root
        self._terminals_max = terminals_max
        self._quarantine_rows_max = quarantine_rows_max

    def take(self, messages: Sequence[Message]) -> list[Reply]:
        """Take messages in, in order, in one transaction. Raises DatabaseFailure, nothing kept then."""
        replies: dict[tuple[str, str], Reply] = {}
        with self._store.transaction():
            for message in messages:
                for reply in self._take_one(message, utc_text()):
                    replies[reply.device, reply.ack.epoch] = reply
        return list(replies.values())

    def _take_one(self, message: Message, now: str) -> list[Reply]:
        device = None
        try:
            site, name, leaf = split_topic(message.topic, self._root)
            device = self._admit(f"{site}/{name}", now)
            if leaf == "journal":
                acks = self._take_batch(device, unpack_batch(message.payload), message, now)
                return [Reply(site, name, ack) for ack in acks]
            self._take_note(device, leaf, message.payload, now)
        except WireError as exc:
            self._quarantine(device, message, str(exc), message.payload, now)
        return []

    def _admit(self, device: str, now: str) -> str:
        if not self._store.knows_device(device) and self._store.device_count() >= self._terminals_max:
            raise WireError(f"device {device}: there are {self._terminals_max} already")
        self._store.device_seen(device, now)
        return device

    def _take_note(self, device: str, leaf: str, payload: bytes, now: str) -> None:
        fields = unpack_note(payload)
        bdseq = fields.get("bdseq", 0)
        if type(bdseq) is not int or not 0 <= bdseq < SEQ_MAX:
            raise WireError("bdseq is not a number")
        match leaf:
            case "birth":
                self._store.keep_birth(device, bdseq, payload.decode(), now)
            case "state":
                if type(fields.get("online")) is not bool:
                    raise WireError("state without online")
                self._store.keep_state(device, bdseq, fields["online"])
            case "health":
                self._store.keep_health(device, payload.decode(), now)
            case _:
                raise WireError(f"nothing is expected on {leaf}")

    def _take_batch(self, device: str, frames: Iterable[Frame], message: Message, now: str) -> list[Ack]:
        resend: dict[str, bool] = {}
        for frame in frames:
            try:
                entry = read_entry(Row(0, frame.header, frame.body, frame.hash))
                if not 0 < entry.seq < SEQ_MAX:
                    raise HeaderUnreadable(f"seq {entry.seq}")
            except HeaderUnreadable as exc:
                self._quarantine(device, message, str(exc), b"".join(frame), now)
                continue
            too_early = self._take_entry(device, entry, message, now)
            resend[entry.epoch] = resend.get(entry.epoch, False) or too_early
        acks = []
        for epoch, missing in resend.items():
            stream = self._store.stream(device, epoch)
            if stream is not None:
                acks.append(Ack(epoch, stream.watermark, stream.watermark_hash, missing))
        return acks

    def _take_entry(self, device: str, entry: Entry, message: Message, now: str) -> bool:
        """Whether the entry came too early."""
        stream = self._store.stream(device, entry.epoch) or self._store.begin_stream(
            device, entry.epoch, entry.stream
        )
        if stream.held_reason is not None:
            return False
        if entry.seq <= stream.watermark:
            known = self._store.entry_hash(device, entry.epoch, entry.seq)
            if known is not None and known != entry.hash:
                self._hold(stream, entry, "another entry than the one known", message, now)
            return False
        if entry.seq > stream.watermark + 1:
            stream = self._begun_later(stream, now)
        if entry.seq > stream.watermark + 1:
            self._store.move_stream(replace(stream, highest=max(stream.highest, entry.seq)))
            return True
        if entry.stream != stream.stream:
            self._hold(stream, entry, f"stream {entry.stream}, not {stream.stream}", message, now)
        elif entry_hash(stream.watermark_hash, entry.header, entry.body) != entry.hash:
            self._hold(stream, entry, "the chain does not hold", message, now)
        else:
            self._keep(stream, entry, message, now)
        return False

    def _keep(self, stream: Stream, entry: Entry, message: Message, now: str) -> None:
        poison = None
        try:
            change = change_of(entry)
        except Poison as exc:
            poison = str(exc)
            self._quarantine(stream.device, message, poison, entry.header + entry.body, now)
        else:
            if change is not None:
                self._store.project(stream.device, entry, change.amounts, change.outcome)
        self._store.add_entry(stream.device, entry, now, poison)
        highest = max(stream.highest, entry.seq)
        self._store.move_stream(
            replace(stream, watermark=entry.seq, watermark_hash=entry.hash, highest=highest)
        )

    def _begun_later(self, stream: Stream, now: str) -> Stream:
        """The terminal pruned what another database of ours had acknowledged: begin where it begins."""
        birth = self._store.birth(stream.device)
        offers = [] if birth is None else birth.get("streams", [])
        for offer in offers if isinstance(offers, list) else []:
            try:
                first, prev = int(offer["first_seq"]), bytes.fromhex(offer["first_prev"])
                if offer["epoch"] != stream.epoch or first <= stream.watermark + 1 or len(prev) != 32:
                    continue
            except (KeyError, TypeError, ValueError):
                continue
            self._store.add_gap(stream, first - 1, "pruned at the terminal", now)
            log.error("%s epoch %s: entries before %s are gone", stream.device, stream.epoch, first)
            stream = replace(stream, watermark=first - 1, watermark_hash=prev)
            self._store.move_stream(stream)
        return stream

    def _hold(self, stream: Stream, entry: Entry, reason: str, message: Message, now: str) -> None:
        text = f"entry {entry.seq}: {reason}"
        log.error("%s epoch %s held: %s", stream.device, stream.epoch, text)
        self._store.hold_stream(stream, text, entry.seq, entry.hash, now)
        self._quarantine(stream.device, message, text, entry.header + entry.body + entry.hash, now)

    def _quarantine(
        self, device: str | None, message: Message, reason: str, payload: bytes, now: str
    ) -> None:
        log.warning("quarantined, %s: %s", message.topic[:200], reason)
        self._store.quarantine(device, message.topic[:1000], reason, payload, now, self._quarantine_rows_max)
