"""Parts that journal tests share: a seal, a clock that stands still, and a journal in a fresh directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.journal import Journal

SMALL_RESERVE_BYTES = 64 * 1024


class StoppedClock:
    """A wall clock that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="session")
def hospital() -> X25519PrivateKey:
    """The hospital's private seal, made for this run and thrown away with it."""
    return X25519PrivateKey.generate()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "journal.db"


@pytest.fixture
def open_journal(
    db: Path, hospital: X25519PrivateKey, clock: StoppedClock
) -> Iterator[Callable[..., Journal]]:
    opened: list[Journal] = []

    def opener(**options: Any) -> Journal:
        options = {
            "hospital_seal": hospital.public_key(),
            "clock": clock,
            "reserve_bytes": SMALL_RESERVE_BYTES,
        } | options
        journal = Journal.open(options.pop("path", db), **options)
        opened.append(journal)
        return journal

    yield opener
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Callable[..., Journal]) -> Journal:
    return open_journal()
