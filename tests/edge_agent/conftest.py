"""Broker, agent, collector and database of one test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent / "parts"))

from edge_hospital import Broker, Hospital, wait_until
from edge_postgresql import PostgresqlServer


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a collector may keep what it gets: each engine in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "collector.db")
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.end()


@pytest.fixture
def tls_broker(tmp_path: Path) -> Iterator[Callable[[str], Broker]]:
    started: list[Broker] = []

    def start(extra: str) -> Broker:
        broker = Broker(tmp_path, extra)
        broker.start()
        started.append(broker)
        return broker

    yield start
    for broker in started:
        broker.end()


@pytest.fixture
def hospital(tmp_path: Path, broker: Broker) -> Iterator[Hospital]:
    hospital = Hospital(tmp_path, broker)
    yield hospital
    hospital.close()
