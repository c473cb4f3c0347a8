"""The agent's life: one loop, one thread. It wakes for the terminal's datagram, the broker and the clock."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edge_agent.downlink import Downlink
from edge_agent.health import HealthReports, Machine, versions
from edge_agent.link import Hooks, Incoming, Link, Note, Session
from edge_agent.marks import Marks
from edge_agent.settings import AgentSettings
from edge_agent.stop import StopSignal
from edge_agent.uplink import Uplink
from edge_agent.wire import Ack, Topics, pack_note
from kiosk.journal import Journal, JournalError, JournalReader
from kiosk.service import ServiceManager

log = logging.getLogger(__name__)

OWN_JOURNAL_RESERVE_BYTES = 1 << 20
RELEASE_MAX_CHARS = 64
_BELL_MODE = 0o660
_BELL_DRAIN_MAX = 1000


class Agent:
    """`run` returns when `stop` is asked for. Raises OSError when its own files cannot be used."""

    def __init__(self, config: AgentSettings, stop: StopSignal) -> None:
        self._config = config
        self._stop = stop
        self._manager = ServiceManager()
        self._topics = Topics(config.place.root, config.place.site, config.place.device)
        self._machine = Machine(Path("/"), config.files.state, config.mqtt.cert)
        self._marks = Marks(config.files.state)
        self._bell = _bell(config.files.wake)
        own = config.files.state / "journal" / "agent.db"
        self._own = Journal.open(
            own, "agent", hospital_seal=None, wake=config.files.wake, reserve_bytes=OWN_JOURNAL_RESERVE_BYTES
        )
        self._uplinks = [self._uplink("kiosk", config.files.journal), self._uplink("agent", own)]
        self._downlink = Downlink(self._topics, self._acknowledged)
        self._reports = HealthReports(
            self._machine, config.health.every_s, config.health.look_every_s, time.monotonic
        )
        self._bdseq = 0
        name = f"{config.place.site}.{config.place.device}"
        self._link = Link(
            config.mqtt,
            Session(name, durable=False, subscriptions=self._downlink.subscriptions, will=self._will),
            Hooks(up=self._came_up, down=self._went_down, message=self._message, confirmed=self._confirmed),
        )

    def run(self) -> None:
        self._note_incident("agent.started", {"release": _release(), "boot_id": self._machine.boot_id()})
        try:
            self._manager.ready()
            while not self._stop.asked:
                self._manager.alive()
                if self._bell in self._link.step(self._wait_s(), (self._bell, self._stop)):
                    self._drain_bell()
                if self._link.up:
                    self._work()
        finally:
            self._close()

    # The link's hooks

    def _will(self) -> Note:
        self._bdseq = self._marks.next_connection()
        return self._state(online=False)

    def _came_up(self) -> None:
        log.info("link up: %s connections", self._link.connections)
        for uplink in self._uplinks:
            uplink.reconnected()
        self._reports.again()
        try:
            self._link.publish(self._birth())
            self._link.publish(self._state(online=True))
        except ConnectionError as exc:
            log.warning("birth not sent: %s", exc)

    def _went_down(self, reason: str) -> None:
        for uplink in self._uplinks:
            uplink.reconnected()

    def _message(self, message: Incoming) -> None:
        self._downlink.take(message)
        self._link.confirm(message)

    def _confirmed(self, mid: int) -> None:
        for uplink in self._uplinks:
            uplink.confirmed(mid)

    def _acknowledged(self, ack: Ack) -> None:
        for uplink in self._uplinks:
            uplink.acknowledged(ack)

    # Work

    def _work(self) -> None:
        topic = self._topics.of("journal")
        try:
            for uplink in self._uplinks:
                uplink.fill(lambda payload: self._link.publish(Note(topic, payload)))
            sample = self._reports.due()
            if sample is not None:
                self._link.publish(Note(self._topics.of("health"), pack_note(self._health(sample)), qos=0))
        except ConnectionError as exc:  # the link tells of itself; what was not sent is sent again
            log.info("not sent: %s", exc)

    def _wait_s(self) -> float:
        waits = [] if self._manager.beat_s is None else [self._manager.beat_s]
        if not self._link.up:
            return min([self._config.uplink.poll_s, *waits])
        return min([self._reports.wait_s(), *waits, *(uplink.wait_s() for uplink in self._uplinks)])

    def _drain_bell(self) -> None:
        for _ in range(_BELL_DRAIN_MAX):
            try:
                self._bell.recv(16)
            except BlockingIOError:
                return

    def _state(self, *, online: bool) -> Note:
        fields = {"v": 1, "online": online, "bdseq": self._bdseq}
        return Note(self._topics.of("state"), pack_note(fields), retain=True)

    def _birth(self) -> Note:
        fields: dict[str, Any] = {
            "v": 1,
            "bdseq": self._bdseq,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "boot_id": self._machine.boot_id(),
            "release": _release(),
            "versions": versions(),
            "streams": [birth for birth in (uplink.birth() for uplink in self._uplinks) if birth is not None],
        }
        return Note(self._topics.of("birth"), pack_note(fields), retain=True)

    def _health(self, sample: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        streams = []
        for uplink in self._uplinks:
            progress = uplink.progress()
            streams.append(
                {
                    "stream": progress.stream,
                    "epoch": progress.epoch,
                    "head_seq": progress.head_seq,
                    "acked_seq": progress.acked_seq,
                    "unacked_entries": max(0, progress.head_seq - progress.acked_seq),
                    "oldest_unacked_age_s": uplink.oldest_unacked_age_s(),
                    "last_ack_age_s": None if uplink.acked_at is None else round(now - uplink.acked_at, 1),
                    "trouble": progress.trouble,
                }
            )
        confirmed_at = self._link.confirmed_at
        return {
            "v": 1,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "bdseq": self._bdseq,
            "machine": sample,
            "streams": streams,
            "link": {
                "attempts": self._link.attempts,
                "connections": self._link.connections,
                "last_puback_age_s": None if confirmed_at is None else round(now - confirmed_at, 1),
                "refused_messages": self._downlink.refused,
            },
        }

    # Inside

    def _uplink(self, stream: str, path: Path) -> Uplink:
        reader = JournalReader(path)
        limits = self._config.uplink
        return Uplink(stream, reader, self._marks, limits, time.monotonic, self._note_incident)

    def _note_incident(self, kind: str, fields: dict[str, object]) -> None:
        """The agent's own facts go into its own stream. They never stop the terminal's."""
        try:
            self._own.append(kind, fields)
        except JournalError as exc:
            log.error("%s not journalled: %s", kind, exc)

    def _close(self) -> None:
        self._link.close(self._state(online=False))
        self._own.close()
        self._marks.close()
        self._bell.close()
        self._config.files.wake.unlink(missing_ok=True)


def _bell(path: Path) -> socket.socket:
    """The socket that the terminal rings. One left behind by a killed agent is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(str(path))
    os.chmod(path, _BELL_MODE)  # noqa: PTH101 - a socket, named by its path
    bell.setblocking(False)
    return bell


def _release(environment: Path = Path(sys.prefix)) -> str:
    """What a release folder says of itself, beside the environment that it brings; else what is installed."""
    told = environment.parent / "VERSION"
    if told.is_file():
        return told.read_text(encoding="utf-8", errors="replace")[:RELEASE_MAX_CHARS].strip()
    try:
        return version("hospital-terminal")
    except PackageNotFoundError:
        return "unpackaged"
