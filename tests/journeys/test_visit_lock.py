"""A patient is never cut off by an update, and no visit begins while one is put on."""

from __future__ import annotations

import fcntl
import os

import pytest
from journeys_hands import card_of
from journeys_panel import home_again, identified

from kiosk.journeys.views import Attract, Bills, Home, NotPossible
from kiosk.journeys.visit_lock import VisitLock


@pytest.fixture
def updater(tmp_path, panel):
    """Whoever puts releases on: `updater()` takes the lock, or says that a patient is there."""
    path = tmp_path / "visit.lock"
    path.touch()
    panel.terminal.visit_lock = VisitLock(path)
    descriptor = os.open(path, os.O_RDONLY)

    def take() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    yield take
    os.close(descriptor)


async def test_while_somebody_stands_there_no_update_comes(hospital, panel, updater):
    await identified(panel, "zhang")
    await panel.see(Bills)
    assert not updater()
    panel.touch("home")
    await home_again(panel)
    assert updater()


async def test_while_an_update_is_put_on_no_visit_begins(hospital, panel, updater):
    await panel.see(Attract)
    assert updater()
    panel.reader.insert(card_of("zhang"))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("JR-01", "M0")
    panel.touch("finish")
    await panel.see_view(lambda view: isinstance(view.content, Attract | Home))
    assert hospital.received("1101") == 0


async def test_a_lock_that_cannot_be_opened_hinders_nobody(hospital, panel, tmp_path):
    panel.terminal.visit_lock = VisitLock(tmp_path / "nowhere" / "visit.lock")
    await identified(panel, "zhang")
    await panel.see(Bills)
