"""What the hospital says to the device: for now the collector's acknowledgements.

Anything else on a device's topics is counted and left alone; nothing here runs what a message says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge_agent.link import Incoming
from edge_agent.wire import Ack, Topics, WireError, unpack_ack

log = logging.getLogger(__name__)


class Downlink:
    """Gives acknowledgements to `acknowledged`; `refused` counts what was none."""

    def __init__(self, topics: Topics, acknowledged: Callable[[Ack], None]) -> None:
        self._ack_topic = topics.of("journal_ack")
        self._acknowledged = acknowledged
        self.refused = 0

    @property
    def subscriptions(self) -> tuple[str, ...]:
        return (self._ack_topic,)

    def take(self, message: Incoming) -> None:
        if message.topic != self._ack_topic:
            self.refused += 1
            return
        try:
            ack = unpack_ack(message.payload)
        except WireError as exc:
            self.refused += 1
            log.warning("%s: %s", message.topic, exc)
            return
        self._acknowledged(ack)
