"""Papers that were on their way when the power went: never a second unmarked one, and none for nobody."""

from __future__ import annotations

import pytest
from journeys_panel import Panel, at_the_code, home_again, identified

from hw.printer.port import PrintUnknown
from hw.printer.queue import PaperQueue
from kiosk.journeys import lobby
from kiosk.journeys.views import Attract, BeingChecked, Bills, Finished, WhoPays


@pytest.fixture
def papers(tmp_path):
    """Where the queue lives: `papers()` opens it as a start of the terminal does."""
    opened = []

    def open_queue() -> PaperQueue:
        for queue in opened:
            queue.close()
        opened.append(PaperQueue(tmp_path / "papers.db"))
        return opened[-1]

    yield open_queue
    opened[-1].close()


@pytest.mark.clause("S0-6.15b")
async def test_the_slip_of_an_open_payment_comes_out_again_as_a_marked_copy_without_a_name(
    hospital, till, phone, papers, monkeypatch
):
    monkeypatch.setattr(lobby, "RECOVERY_HOLD_MAX_S", 0.1)
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    hospital.plan("5203", "delay_s", times=3, seconds=60)
    before = Panel(hospital, till)
    before.terminal.papers, before.tray.outcome = papers(), PrintUnknown()
    before.open()
    await at_the_code(before, "zhang")
    assert phone.pay()
    await before.see(BeingChecked)
    await hospital.faults["agency"].wait_received("5203", 1)
    await before.close()  # the power cut
    assert len(before.tray.papers) == 1

    after = Panel(hospital, till)
    after.terminal.papers = papers()
    after.open()
    await after.see_more_attempts(1)
    await after.see_view(lambda view: bool(after.tray.papers))
    (slip,) = after.tray.papers
    words = after.tray.words()
    assert slip.copy == 1
    assert "副本" in words or "补打" in words
    assert "张" not in words
    assert after.attempts[0].name[:4].upper() in words
    assert after.terminal.papers.unfinished() == ()
    hospital.faults["agency"].clear()
    hospital.faults["agency"].release()
    await after.close()


async def test_papers_of_a_patient_who_has_gone_are_given_up(hospital, till, papers):
    queue = papers()
    queue.add("ab" * 16, "Statement")
    queue.add("ab" * 16, "BeingChecked")
    panel = Panel(hospital, till)
    panel.terminal.papers = queue
    panel.open()
    await identified(panel, "zhang")
    assert panel.tray.papers == []
    assert queue.unfinished() == ()
    await panel.close()


async def test_a_queue_that_cannot_be_written_holds_no_paper_back(hospital, till, papers):
    panel = Panel(hospital, till)
    panel.terminal.papers = papers()
    panel.open()
    await panel.see(Attract)
    panel.terminal.papers.close()  # as if its disk had gone
    hospital.bill_of("chen")
    await identified(panel, "chen")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    assert (await panel.see(Finished)).papers == 2
    await home_again(panel)
    await panel.close()
