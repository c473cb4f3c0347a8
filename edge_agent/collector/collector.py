"""The collector's life: read what the broker has, commit it at once, confirm, acknowledge."""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge_agent.collector.ingest import Ingest, Message
from edge_agent.collector.store import Store
from edge_agent.collector.web import WebThread
from edge_agent.link import Hooks, Incoming, Link, Note, Session
from edge_agent.settings import CollectorSettings
from edge_agent.stop import StopSignal
from edge_agent.wire import UP_LEAVES, Topics, pack_ack

log = logging.getLogger(__name__)

_WAIT_MAX_S = 5.0


class Collector:
    """`run` returns when `stop` is asked for. Raises DatabaseFailure or OSError: the service manager restarts
    the process, and the broker delivers again what was not confirmed."""

    def __init__(self, config: CollectorSettings, stop: StopSignal) -> None:
        self._stop = stop
        self._root = config.root
        self._store = Store(config.db)
        self._ingest = Ingest(self._store, config.root, config.terminals_max, config.quarantine_rows_max)
        self._web = WebThread(config.db, config.web.host, config.web.port)
        self._arrived: list[Incoming] = []
        patterns = tuple(f"{config.root}/+/+/{leaf}" for leaf in UP_LEAVES)
        self._link = Link(
            config.mqtt,
            Session(config.client_id, durable=True, subscriptions=patterns),
            Hooks(up=lambda: log.info("link up"), down=self._went_down, message=self._arrived.append),
        )

    def run(self, started: Callable[[int], None] = lambda port: None) -> None:
        """`started` is told the page's port, which `port = 0` leaves to the system."""
        try:
            self._web.start()
            started(self._web.port)
            while not self._stop.asked:
                self._link.step(_WAIT_MAX_S, (self._stop,))
                if self._arrived:
                    self._take()
        finally:
            self._link.close()
            self._web.stop()
            self._store.close()

    def _went_down(self, reason: str) -> None:
        self._arrived.clear()  # not confirmed: they come again

    def _take(self) -> None:
        arrived, self._arrived[:] = list(self._arrived), []
        replies = self._ingest.take([Message(each.topic, each.payload) for each in arrived])
        try:
            for reply in replies:
                topic = Topics(self._root, reply.site, reply.device).of("journal_ack")
                self._link.publish(Note(topic, pack_ack(reply.ack)))
        except ConnectionError as exc:  # an acknowledgement is cumulative: a later one says the same
            log.info("acknowledgement not sent: %s", exc)
        for each in arrived:
            self._link.confirm(each)
