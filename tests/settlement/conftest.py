"""A whole hospital on loopback, and a terminal without a screen that settles against it.

Their parts lie in `parts/`, because the process that is killed (`killed.py`) is made of them too.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

sys.path.append(str(Path(__file__).with_name("parts")))

import settlement_journal
import settlement_visit
from settlement_hospital import DELAY_S, Clock, Hospital, Phone, open_hospital
from settlement_terminal import QUICK, Terminal, open_terminal

from kiosk.settlement.runner import Attempt


@pytest.fixture
def clock() -> Clock:
    """The hospital's clock."""
    return Clock()


@pytest.fixture
async def hospital(tmp_path: Path, clock: Clock) -> AsyncIterator[Hospital]:
    """A hospital whose agency can be asked what became of a settlement."""
    async with open_hospital(tmp_path / "hospital", "990100", clock) as made:
        yield made


@pytest.fixture
async def mute_hospital(tmp_path: Path, clock: Clock) -> AsyncIterator[Hospital]:
    """A hospital whose agency cannot be asked."""
    async with open_hospital(tmp_path / "hospital", "990200", clock) as made:
        yield made


@pytest.fixture
def journals() -> SimpleNamespace:
    """What can be read off a journal from outside."""
    return SimpleNamespace(
        journal_sums=settlement_journal.journal_sums,
        attempts=settlement_journal.attempts,
        untrue=settlement_journal.untrue,
    )


@pytest.fixture
def seal() -> X25519PublicKey:
    """The public half of the hospital's seal."""
    return X25519PrivateKey.generate().public_key()


@pytest.fixture
async def terminal(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """A terminal at `hospital`."""
    async with open_terminal(hospital, seal) as made:
        yield made


@pytest.fixture
async def second_terminal(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """Another one, with a block of message numbers of its own."""
    async with open_terminal(hospital, seal, number=2) as made:
        yield made


@pytest.fixture
async def terminal_paying_for_1_s(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """One whose codes can be paid for a second only."""
    async with open_terminal(hospital, seal, policy=replace(QUICK, pay_valid_s=1)) as made:
        yield made


@pytest.fixture
async def terminal_waiting_1_s(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """One that waits a second only for what became of a shown code."""
    async with open_terminal(hospital, seal, policy=replace(QUICK, charge_wait_s=1)) as made:
        yield made


@pytest.fixture
def showing() -> Callable[[str], Callable[[Attempt], None]]:
    """A patient who shows the code on their phone."""
    return settlement_visit.showing


@pytest.fixture
async def terminal_holding_3_s(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """One with leases of two seconds, which it holds for three at most."""
    policy = replace(QUICK, lease_ttl_s=2, lease_hold_max_s=3.0)
    async with open_terminal(hospital, seal, policy=policy) as made:
        yield made


@pytest.fixture
async def impatient_terminal(hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """One that gives up an answer long before the agency's longest delay is over."""
    text = hospital.area.read_text(encoding="utf-8")
    text = text.replace("read_timeout_s = 60", "read_timeout_s = 0.3")
    hospital.area.write_text(text.replace(f"= {DELAY_S}", "= 1.5"), encoding="utf-8")
    async with open_terminal(hospital, seal, policy=replace(QUICK, answer_delay_max_s=1.5)) as made:
        yield made


@pytest.fixture
async def mute_terminal(mute_hospital: Hospital, seal: X25519PublicKey) -> AsyncIterator[Terminal]:
    """A terminal at `mute_hospital`."""
    async with open_terminal(mute_hospital, seal) as made:
        yield made


async def _with_phone(hospital: Hospital) -> AsyncIterator[Phone]:
    phone = Phone(hospital)
    task = asyncio.get_running_loop().create_task(phone.serve())
    yield phone
    task.cancel()


@pytest.fixture
async def phone(hospital: Hospital) -> AsyncIterator[Phone]:
    """The patient's phone at `hospital`."""
    async for one in _with_phone(hospital):
        yield one


@pytest.fixture
async def mute_phone(mute_hospital: Hospital) -> AsyncIterator[Phone]:
    """The patient's phone at `mute_hospital`."""
    async for one in _with_phone(mute_hospital):
        yield one
