"""What the service manager hears: ready once, then a sign of life only while both threads turn."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import CatalogueSection, KioskConfig, TerminalSection
from kiosk.core import Core
from kiosk.journeys.views import Attract, Dock, Header, View
from kiosk.service import ServiceManager
from kiosk.ui.inbox import ViewInbox

HEARD_MAX_S = 120.0
CONFIG = KioskConfig(
    terminal=TerminalSection(
        "990100", "P01", "H99010000001", "示例医院", "Example Hospital", "大厅", environment="demo",
        role="price_inquiry",
    ),
    catalogue=CatalogueSection(),
)  # fmt: skip


@pytest.fixture
def ears(tmp_path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """The manager's socket, and the environment that it starts services with."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.settimeout(HEARD_MAX_S)
        yield listening, {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000"}


def test_ready_comes_when_the_screen_draws_and_life_only_while_it_does(ears):
    listening, environment = ears
    draws, asked = threading.Event(), threading.Event()

    def screen_lives() -> bool:
        asked.set()
        return draws.is_set()

    core = Core(
        CONFIG, lambda view: None, scanner=None, failed=lambda exc: None, screen_lives=screen_lives,
        manager=ServiceManager(environment),
    )  # fmt: skip
    core.start()
    assert asked.wait(HEARD_MAX_S)
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.recv(100)
    listening.settimeout(HEARD_MAX_S)
    draws.set()
    assert listening.recv(100) == b"READY=1"
    assert listening.recv(100) == b"WATCHDOG=1"
    draws.clear()
    asked.clear()
    assert asked.wait(HEARD_MAX_S)  # what was asked before is over
    asked.clear()
    listening.setblocking(False)
    drain(listening)
    assert asked.wait(HEARD_MAX_S)
    with pytest.raises(BlockingIOError):
        listening.recv(100)
    core.stop()


def drain(listening: socket.socket) -> None:
    try:
        while True:
            listening.recv(100)
    except BlockingIOError:
        return


def test_the_inbox_knows_whether_the_screen_has_come_by_since():
    inbox = ViewInbox()
    assert not inbox.is_drawing()
    inbox.put(View(1, Attract(), Header("示例医院", "大厅"), Dock(), "zh"))
    assert not inbox.is_drawing()
    inbox.take()
    assert inbox.is_drawing()
    assert not inbox.is_drawing()


@pytest.mark.parametrize(
    ("environment", "beat_s"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "30000000"}, 10.0),
        ({"NOTIFY_SOCKET": "@nowhere", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_manager_that_is_not_there_or_not_ours_hinders_nothing(environment, beat_s):
    manager = ServiceManager(environment)
    assert manager.beat_s == beat_s
    manager.ready()
    manager.alive()


def test_the_socket_may_be_an_abstract_one(tmp_path: Path):
    name = f"kiosk-test-{tmp_path.name}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(HEARD_MAX_S)
        ServiceManager({"NOTIFY_SOCKET": "@" + name}).ready()
        assert listening.recv(100) == b"READY=1"
