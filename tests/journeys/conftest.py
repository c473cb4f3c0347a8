"""A terminal without a screen before a patient with a card, a code and a phone, at the hospital on loopback.

Hospital and till are those of the settlement tests.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_HERE = Path(__file__).parent
sys.path += [str(_HERE / "parts"), str(_HERE.parent / "settlement" / "parts")]

from journeys_panel import Panel  # noqa: E402
from settlement_hospital import Clock, Hospital, Phone, open_hospital  # noqa: E402
from settlement_terminal import Terminal, open_terminal  # noqa: E402

from kiosk.journeys.desk import Patience  # noqa: E402


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[Hospital]:
    """The hospital."""
    async with open_hospital(tmp_path / "hospital", "990100", Clock()) as made:
        yield made


@pytest.fixture
async def till(hospital: Hospital) -> AsyncIterator[Terminal]:
    """Journal, clients and runner of the terminal."""
    async with open_terminal(hospital, X25519PrivateKey.generate().public_key()) as made:
        yield made


@pytest.fixture
async def panel(hospital: Hospital, till: Terminal) -> AsyncIterator[Panel]:
    """The terminal in service."""
    made = Panel(hospital, till)
    made.open()
    yield made
    await made.close()


@pytest.fixture
async def hasty_panel(hospital: Hospital, till: Terminal) -> AsyncIterator[Panel]:
    """One that soon asks whether anybody is still there."""
    made = Panel(hospital, till, patience=Patience(0.3, 0.4))
    made.open()
    yield made
    await made.close()


@pytest.fixture
async def phone(hospital: Hospital) -> AsyncIterator[Phone]:
    """The patient's phone; it pays when the test says so."""
    made = Phone(hospital, pays=False)
    task = asyncio.get_running_loop().create_task(made.serve())
    yield made
    task.cancel()
