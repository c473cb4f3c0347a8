"""A journal that takes no more: nothing new begins, what is under way stops there, and no lie is told."""

from __future__ import annotations

import pytest

from kiosk.journal import Journal, JournalFull
from kiosk.settlement.state import Result


@pytest.fixture
def full_after(monkeypatch):
    """Makes every journal full after so many more commits of attempts; `None` gives the room back."""

    def set_limit(commits: int | None) -> None:
        left = commits

        def append_many(self, items):
            nonlocal left
            if left is not None and any(item.settlement is not None for item in items):
                if left == 0:
                    raise JournalFull(self.path, "no space left on device")
                left -= 1
            return write(self, items)

        monkeypatch.setattr(Journal, "append_many", append_many)

    write = Journal.append_many
    return set_limit


@pytest.mark.clause("S2-U.5")
async def test_a_full_journal_stops_a_visit_before_anything_is_sent(hospital, terminal, full_after):
    bill = hospital.bill_of("zhang")
    full_after(0)
    with pytest.raises(JournalFull):
        await terminal.start("zhang", bill.bill_id)
    assert hospital.received("lease") == hospital.received("2201") == hospital.received("create") == 0
    assert not any(hospital.sums().values())


@pytest.mark.parametrize("commits", range(1, 12))
async def test_an_attempt_that_cannot_be_written_stops_there_and_goes_on_later(
    hospital, terminal, phone, full_after, commits
):
    """No further step is taken, what is said is true, and with room again comes the outcome."""
    full_after(commits)
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    with pytest.raises(JournalFull):
        await visit.end()
    attempt = visit.attempt
    assert attempt.stopped
    phrase = attempt.told[-1].phrase
    assert phrase == ("M0" if commits < 8 else "M1b" if commits < 10 else "M1")
    if phrase == "M0":
        assert hospital.paid_fen(visit.name) == 0
    full_after(None)
    await terminal.restart()
    ends = await terminal.all_ended()
    assert all(end.result in (Result.SETTLED, Result.NOT_SETTLED) for end in ends)
    assert hospital.agency.received("2207") <= 1
    assert terminal.agrees_with(hospital)
