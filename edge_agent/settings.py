"""Configuration of agent and collector, read by `kiosk.settings.load`. Names end in their unit."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from edge_agent.wire import BATCH_ENTRIES_MAX, BATCH_MAX_BYTES, check_name

Environment = Literal["production", "demo"]


@dataclass(frozen=True, slots=True)
class Mqtt:
    """The broker. Production demands TLS with a client certificate; a demo may use loopback in clear."""

    host: str
    port: int = 8883
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    keepalive_s: int = 30
    connect_wait_max_s: float = 5.0
    retry_base_s: float = 2.0
    retry_max_s: float = 60.0
    start_jitter_max_s: float = 5.0  # after a power cut a whole ward comes up at once

    @property
    def encrypted(self) -> bool:
        return self.ca is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Which device this is: its topics are `<root>/<site>/<device>/...`."""

    site: str
    device: str
    root: str = "hospital"

    def __post_init__(self) -> None:
        check_name(self.site, "site")
        check_name(self.device, "device")
        for part in self.root.split("/"):
            check_name(part, "root")


@dataclass(frozen=True, slots=True)
class Files:
    """`journal`: the terminal's, read only. `wake`: the socket it rings. `state`: the agent's directory."""

    journal: Path
    wake: Path
    state: Path


@dataclass(frozen=True, slots=True)
class Uplink:
    """How much may be under way, and when to try again."""

    batch_entries_max: int = 100
    batch_max_bytes: int = 256 * 1024
    window_entries: int = 500  # sent and not acknowledged by the collector
    window_messages: int = 8  # handed to the broker and not confirmed by it
    resend_after_s: float = 3.0
    resend_max_s: float = 60.0
    poll_s: float = 5.0  # the datagram is the rule, this is for a lost one

    def __post_init__(self) -> None:
        if not 0 < self.batch_entries_max <= BATCH_ENTRIES_MAX:
            raise ValueError(f"batch_entries_max: 1 to {BATCH_ENTRIES_MAX}")
        if not 0 < self.batch_max_bytes <= BATCH_MAX_BYTES // 2:
            raise ValueError(f"batch_max_bytes: 1 to {BATCH_MAX_BYTES // 2}")
        if self.window_entries < self.batch_entries_max:
            raise ValueError("window_entries: not less than batch_entries_max")


@dataclass(frozen=True, slots=True)
class Health:
    every_s: float = 60.0
    look_every_s: float = 15.0  # for a significant change in between


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """`edge-agent run`."""

    environment: Environment
    place: Place
    files: Files
    mqtt: Mqtt
    uplink: Uplink = field(default_factory=Uplink)
    health: Health = field(default_factory=Health)

    def __post_init__(self) -> None:
        check_peer(self.environment, self.mqtt)


@dataclass(frozen=True, slots=True)
class Web:
    """The collector's page and metrics, on loopback only; a proxy of the hospital publishes them."""

    port: int
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            raise ValueError(f"host: {self.host} is not loopback")


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """`edge-agent collect`."""

    environment: Environment
    db: str
    mqtt: Mqtt
    web: Web
    root: str = "hospital"
    client_id: str = "collector"
    terminals_max: int = 2000
    quarantine_rows_max: int = 10_000

    def __post_init__(self) -> None:
        check_peer(self.environment, self.mqtt)
        for part in self.root.split("/"):
            check_name(part, "root")
        check_name(self.client_id, "client_id")
        check_database(self.db)


def check_peer(environment: Environment, mqtt: Mqtt) -> None:
    """Raises ValueError for a broker that this environment may not use."""
    given = [path is not None for path in (mqtt.ca, mqtt.cert, mqtt.key)]
    if any(given) and not all(given):
        raise ValueError("mqtt: ca, cert and key are given together or not at all")
    if environment == "production":
        if not mqtt.encrypted:
            raise ValueError("mqtt: production needs ca, cert and key")
        if is_loopback(mqtt.host):
            raise ValueError(f"mqtt: production refuses a broker on loopback ({mqtt.host})")
    elif not mqtt.encrypted and not is_loopback(mqtt.host):
        raise ValueError(f"mqtt: {mqtt.host} is not loopback, so ca, cert and key are needed")
    for path in (mqtt.ca, mqtt.cert, mqtt.key):
        if path is not None and not path.is_file():
            raise ValueError(f"mqtt: {path}: no such file")


def check_database(where: str) -> None:
    """Raises ValueError for an address that holds a password: configuration files are read by many."""
    parts = urlsplit(where)
    if parts.scheme in ("postgresql", "postgres") and (
        parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True)
    ):
        raise ValueError("db: a password does not stand here but in libpq's own file (PGPASSFILE)")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
